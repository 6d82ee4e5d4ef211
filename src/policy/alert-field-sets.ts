/** What an alert may say, by recipient and tier (policy §5.4, §6.2). What is not let out here stays, as `withheld.ts` says. */

import type { Role } from '../domain/event.js'
import { allow, DISPUTED, defineFieldSet, generalise, marking, pseudonymise } from './define-field-set.js'
import type { DisclosureRule, FieldSet } from './disclosure.js'
import { COMMUNITY_STAYS, HEALTH_STAYS, PL_STAYS, POLICE_STAYS, TOKEN_STAYS } from './withheld.js'

const PUSH = ['W46'] as const
const ALIAS = pseudonymise('patientId', ['design §8'], 'the recipient’s own name for the person')
const CENTRE = allow(['healthCentre.name', 'healthCentre.phone'], ['W43', 'W46'], 'whom to call')
const LEVEL = allow(['level'], PUSH, 'every assessment is pushed at once')
const ASSESSED = generalise(['assessedOn'], 'DAY', PUSH, 'every level carries its day')
const GUARDIAN = allow(['guardian.name', 'guardian.phones', 'guardian.relation'], ['MHL 28'], 'to reach the guardian')

function tokenSet(name: string, audience: readonly Role[]): FieldSet {
  return defineFieldSet({
    name,
    version: 1,
    audience,
    purpose: audience.includes('PL') ? 'COORDINATION' : 'STOP_AND_ESCORT',
    leaves: [ALIAS, LEVEL, ASSESSED, CENTRE],
    stays: TOKEN_STAYS,
  })
}

/** A message that ends a belief: no more than whose it was, in the recipient's own terms, and since when. */
function endingSet(name: string, audience: readonly Role[], since: readonly DisclosureRule[]): FieldSet {
  return defineFieldSet({
    name,
    version: 1,
    audience,
    purpose: 'CORRECTION',
    leaves: [ALIAS, since, CENTRE],
    stays: TOKEN_STAYS,
  })
}

/** What version 1 of the alerts tells by, and the same with marks on what is disputed, as version 2 does. */
function bothVersions(sets: readonly FieldSet[]): readonly FieldSet[] {
  return [...sets, ...sets.map(marking)]
}

export const ASSESSMENT_SETS = bothVersions([
  defineFieldSet({
    name: 'alert.police.high',
    version: 1,
    audience: ['POLICE'],
    purpose: 'STOP_AND_ESCORT',
    leaves: [
      ALIAS,
      allow(['name', 'idNumber', 'presentAddress', 'householdAddress'], ['MHL 28', 'Shandong 36', 'W46'], 'to find'),
      GUARDIAN,
      LEVEL,
      ASSESSED,
      allow(['previousLevel'], PUSH, 'whether the level rose'),
      CENTRE,
    ],
    stays: POLICE_STAYS,
  }),
  tokenSet('alert.police.token', ['POLICE']),
  defineFieldSet({
    name: 'alert.police.welfare',
    version: 1,
    audience: ['POLICE'],
    purpose: 'WELFARE',
    instruction: {
      zh: '关怀请求：请先联系精防医生，由医生告知如何协助。',
      en: 'Welfare request: first call the doctor.',
    },
    leaves: [
      ALIAS,
      allow(['name', 'presentAddress'], ['MHL 28', 'Shandong 38'], 'to help a person in danger'),
      GUARDIAN,
      LEVEL,
      ASSESSED,
      CENTRE,
    ],
    stays: POLICE_STAYS,
  }),
  defineFieldSet({
    name: 'alert.political-legal.high',
    version: 1,
    audience: ['PL'],
    purpose: 'COORDINATION',
    leaves: [
      ALIAS,
      allow(['name', 'presentTownship', 'communityCode'], PUSH, 'coordination from level 3'),
      LEVEL,
      ASSESSED,
      CENTRE,
    ],
    stays: PL_STAYS,
  }),
  tokenSet('alert.political-legal.token', ['PL']),
  defineFieldSet({
    name: 'alert.political-legal.level-only',
    version: 1,
    audience: ['PL'],
    purpose: 'COORDINATION',
    leaves: [ALIAS, LEVEL, ASSESSED],
    stays: TOKEN_STAYS,
  }),
  defineFieldSet({
    name: 'alert.health.assessment',
    version: 1,
    audience: ['CHC', 'MHPC'],
    purpose: 'TREATMENT',
    leaves: [
      allow(['patientId', 'name', 'phones', 'presentAddress'], ['MHL 55', 'W17'], 'to treat'),
      allow(['guardian.name', 'guardian.phones', 'guardian.relation'], ['MHL 55', 'W17'], 'to reach the guardian'),
      allow(['level', 'previousLevel', 'targets', 'assessedOn'], ['W17', 'W46'], 'to refer and treat at once'),
      allow(['conditionClass'], ['W17'], 'the unstable pathway'),
      CENTRE,
    ],
    stays: HEALTH_STAYS,
  }),
])

const LOST = ['W16', 'Shandong 45'] as const
const CALL_CENTRE = { zh: '如有消息，请联系所列卫生机构。', en: 'With any news, please contact the health centre.' }
const LOSS_FACTS = [
  allow(['lossOfContact.reason', 'lossOfContact.lastSeenOn'], LOST, 'to search'),
  allow(['lossOfContact.declaredOn'], LOST, 'to search'),
]

function lossForClinicians(name: string, audience: Role): FieldSet {
  return defineFieldSet({
    name,
    version: 1,
    audience: [audience],
    purpose: 'TREATMENT',
    leaves: [
      allow(['patientId', 'name', 'phones', 'presentAddress'], LOST, 'to find and treat'),
      allow(['guardian.name', 'guardian.phones', 'guardian.relation'], LOST, 'to reach the guardian'),
      allow(['level', 'assessedOn'], LOST, 'how urgent it is'),
      ...LOSS_FACTS,
      CENTRE,
    ],
    stays: HEALTH_STAYS,
  })
}

export const LOSS_OF_CONTACT_SETS = bothVersions([
  defineFieldSet({
    name: 'alert.loss-of-contact.police',
    version: 1,
    audience: ['POLICE'],
    purpose: 'FIND_AND_HELP',
    instruction: CALL_CENTRE,
    leaves: [
      ALIAS,
      allow(['name', 'idNumber', 'presentAddress', 'householdAddress'], LOST, 'to search'),
      GUARDIAN,
      ...LOSS_FACTS,
      CENTRE,
    ],
    stays: POLICE_STAYS,
  }),
  defineFieldSet({
    name: 'alert.loss-of-contact.community',
    version: 1,
    audience: ['COMMUNITY'],
    purpose: 'FIND_AND_HELP',
    instruction: CALL_CENTRE,
    leaves: [
      ALIAS,
      allow(['name', 'presentAddress'], ['W16', 'W53'], 'to look for a neighbour'),
      allow(['guardian.name', 'guardian.phones'], ['W16'], 'to reach the guardian'),
      allow(['lossOfContact.lastSeenOn'], ['W16'], 'to look for a neighbour'),
      CENTRE,
    ],
    stays: COMMUNITY_STAYS,
  }),
  defineFieldSet({
    name: 'alert.loss-of-contact.subdistrict',
    version: 1,
    audience: ['SUBDISTRICT'],
    purpose: 'COORDINATION',
    instruction: CALL_CENTRE,
    leaves: [
      ALIAS,
      allow(['name', 'presentTownship', 'communityCode'], LOST, 'to coordinate the search'),
      ...LOSS_FACTS,
      CENTRE,
    ],
    stays: COMMUNITY_STAYS,
  }),
  lossForClinicians('alert.loss-of-contact.health', 'MHPC'),
  /** To the health centre, where a recipient answered that the search is not theirs. */
  lossForClinicians('alert.loss-of-contact.returned', 'CHC'),
])

const DANGER_FACTS = allow(['danger.kind', 'danger.at', 'danger.injured'], ['W8', 'MHL 28'], 'to stop it and to help')

export const DANGER_SETS = bothVersions([
  defineFieldSet({
    name: 'alert.danger.police',
    version: 1,
    audience: ['POLICE'],
    purpose: 'STOP_AND_ESCORT',
    leaves: [
      ALIAS,
      allow(['name', 'idNumber', 'presentAddress'], ['W8', 'MHL 28', 'Shandong 38'], 'to stop and escort'),
      GUARDIAN,
      DANGER_FACTS,
      CENTRE,
    ],
    stays: POLICE_STAYS,
  }),
  /** Behaviour against oneself: help, not an offence. */
  defineFieldSet({
    name: 'alert.danger.welfare',
    version: 1,
    audience: ['POLICE'],
    purpose: 'WELFARE',
    instruction: {
      zh: '关怀请求：请先联系精防医生，由医生告知如何协助。',
      en: 'Welfare request: first call the doctor.',
    },
    leaves: [
      ALIAS,
      allow(['name', 'presentAddress'], ['W8', 'MHL 28', 'Shandong 38'], 'to help a person in danger'),
      GUARDIAN,
      CENTRE,
    ],
    stays: POLICE_STAYS,
  }),
  defineFieldSet({
    name: 'alert.danger.health',
    version: 1,
    audience: ['CHC', 'MHPC'],
    purpose: 'TREATMENT',
    leaves: [
      allow(['patientId', 'name', 'phones', 'presentAddress'], ['W8', 'MHL 55'], 'to treat'),
      allow(['guardian.name', 'guardian.phones', 'guardian.relation'], ['W8', 'MHL 55'], 'to tell the guardian'),
      allow(['level', 'assessedOn'], ['W8', 'MHL 55'], 'to treat'),
      DANGER_FACTS,
      CENTRE,
    ],
    stays: HEALTH_STAYS,
  }),
])

const LEAVING = ['W20', 'MHL 44'] as const

export const DISCHARGE_SETS = [
  /** To the health centre, and, where nobody there attends to it, to whoever of the health side stands above it. */
  defineFieldSet({
    name: 'alert.discharge-ready',
    version: 1,
    audience: ['CHC', 'MHPC'],
    purpose: 'TREATMENT',
    instruction: {
      zh: '请立即告知监护人，并协助及时办理出院手续。',
      en: 'Tell the guardian at once, and help with the discharge.',
    },
    leaves: [
      ALIAS,
      generalise(['discharge.assessedOn'], 'DAY', LEAVING, 'since when the person may leave'),
      allow(['discharge.hospital', 'discharge.phone'], LEAVING, 'whom to call'),
      DISPUTED,
    ],
    stays: HEALTH_STAYS,
  }),
] as const

export const ENDING_SETS = [
  endingSet(
    'alert.contact-regained',
    ['POLICE', 'COMMUNITY', 'SUBDISTRICT', 'MHPC'],
    generalise(['contactRegained.on'], 'DAY', ['W16'], 'the search is over'),
  ),
  endingSet(
    'alert.discharged',
    ['CHC', 'MHPC'],
    generalise(['stay.dischargedOn'], 'DAY', LEAVING, 'nobody waits any more'),
  ),
  endingSet(
    'alert.moved',
    ['POLICE', 'PL', 'COMMUNITY', 'SUBDISTRICT'],
    generalise(['relocation.on'], 'DAY', ['W47', 'PIPL 6'], 'no longer in this area'),
  ),
  endingSet(
    'alert.died',
    ['POLICE', 'PL', 'COMMUNITY', 'SUBDISTRICT', 'MHPC'],
    generalise(['died.on'], 'DAY', ['PIPL 6', 'PIPL 47'], 'the purpose has ended'),
  ),
  /** A retraction of a whole fact, an excluded diagnosis, a closed programme: what was sent no longer stands. */
  endingSet('alert.withdrawn', ['POLICE', 'PL', 'COMMUNITY', 'SUBDISTRICT', 'CHC', 'MHPC'], []),
  /** What was told is to be deleted (PIPL 47): to whoever was told anything, and no reason is given. */
  endingSet('alert.recalled', ['POLICE', 'PL', 'COMMUNITY', 'SUBDISTRICT', 'CHC', 'MHPC', 'CA', 'DPF', 'LABOUR'], []),
  /** The same, of what was told by some field sets: the rest stands. */
  endingSet(
    'alert.recalled-part',
    ['POLICE', 'PL', 'COMMUNITY', 'SUBDISTRICT', 'CHC', 'MHPC', 'CA', 'DPF', 'LABOUR'],
    [],
  ),
] as const
