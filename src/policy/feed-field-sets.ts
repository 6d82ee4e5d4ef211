/** What a row of a feed may say (policy §5.4, §6.2). What is not let out here stays, for the reasons in `withheld.ts`. */
import { allow, DISPUTED, defineFieldSet, type FieldSetDraft, generalise, pseudonymise } from './define-field-set.js'
import type { FieldSet } from './disclosure.js'
import { CLOSING_STAYS, PL_STAYS, POLICE_STAYS, TOKEN_STAYS } from './withheld.js'

type Draft = Omit<FieldSetDraft, 'version'>

/** The second version of a set: it says what of it somebody holds to be wrong (PIPL 46), and nothing else of that. */
function marking(draft: Draft): FieldSet {
  return defineFieldSet({ ...draft, version: 2, leaves: [...draft.leaves, DISPUTED] })
}

const POLICE_BASIS = ['MHL 28', 'MHL 35', 'Shandong 36', 'W43', 'W46'] as const
const ASSESSMENT = ['W43', 'W46'] as const

const POLICE_HIGH_DRAFT = {
  name: 'police.high',
  audience: ['POLICE'],
  purpose: 'STOP_AND_ESCORT',
  leaves: [
    pseudonymise('patientId', ['design §5'], 'the name under which the station records about this person'),
    allow(['name', 'idNumber'], POLICE_BASIS, 'to know whom to help, stop or escort'),
    allow(['presentAddress', 'householdAddress'], POLICE_BASIS, 'to find the person'),
    allow(
      ['guardian.name', 'guardian.phones', 'guardian.relation'],
      ['MHL 28', 'Shandong 38'],
      'to reach the guardian',
    ),
    allow(['level', 'previousLevel', 'assessment'], ASSESSMENT, 'the level as the clinician stated it'),
    generalise(['assessedOn'], 'DAY', ASSESSMENT, 'every level carries its day'),
    allow(
      [
        'policeRecorded.minorDisturbance',
        'policeRecorded.publicOrderOffence',
        'policeRecorded.criminalHarm',
        'policeRecorded.dangerToOthers',
      ],
      ['W6', 'W43'],
      'what police themselves recorded',
    ),
    allow(['lossOfContact.reason', 'lossOfContact.lastSeenOn'], ['W16', 'Shandong 45'], 'to search'),
    generalise(['lossOfContact.declaredOn'], 'DAY', ['W16', 'Shandong 45'], 'to search'),
    generalise(
      ['compulsoryStay.admittedOn', 'compulsoryStay.dischargedOn'],
      'DAY',
      ['MHL 30(2)(ii)', 'MHL 35', 'Shandong 26'],
      'police assist in stays under art. 30(2)(ii)',
    ),
    allow(['healthCentre.name', 'healthCentre.phone'], ['W43'], 'whom to call'),
  ],
  stays: POLICE_STAYS,
} as const satisfies Draft

/** Frozen: it marks nothing as disputed. */
export const POLICE_HIGH_1 = defineFieldSet({ ...POLICE_HIGH_DRAFT, version: 1 })
export const POLICE_HIGH = marking(POLICE_HIGH_DRAFT)

const POLICE_TOKEN_DRAFT = {
  name: 'police.token',
  audience: ['POLICE'],
  purpose: 'STOP_AND_ESCORT',
  leaves: [
    pseudonymise('patientId', ['policy §5.4', 'PIPL 6'], 'the literal duty of W46 without naming anybody'),
    allow(['level', 'assessment'], ASSESSMENT, 'the literal duty of W46'),
    generalise(['assessedOn'], 'DAY', ASSESSMENT, 'every level carries its day'),
    allow(['healthCentre.name', 'healthCentre.phone'], ['W43'], 'whom to call'),
  ],
  stays: TOKEN_STAYS,
} as const satisfies Draft

/** Frozen: it marks nothing as disputed. */
export const POLICE_TOKEN_1 = defineFieldSet({ ...POLICE_TOKEN_DRAFT, version: 1 })
export const POLICE_TOKEN = marking(POLICE_TOKEN_DRAFT)

const PL_HIGH_DRAFT = {
  name: 'political-legal.high',
  audience: ['PL'],
  purpose: 'COORDINATION',
  leaves: [
    pseudonymise('patientId', ['design §5'], 'the name under which the office records about this person'),
    allow(['name'], ['W43', 'W46'], 'coordination from level 3'),
    allow(['presentTownship', 'communityCode', 'communityName'], ['W43', 'W46'], 'the community, no address'),
    allow(['level', 'assessment'], ASSESSMENT, 'the level as the clinician stated it'),
    generalise(['assessedOn'], 'DAY', ASSESSMENT, 'every level carries its day'),
    allow(['healthCentre.name', 'healthCentre.phone'], ['W43', 'W51'], 'the responsible team'),
  ],
  stays: PL_STAYS,
} as const satisfies Draft

/** Frozen: it marks nothing as disputed. */
export const PL_HIGH_1 = defineFieldSet({ ...PL_HIGH_DRAFT, version: 1 })
export const PL_HIGH = marking(PL_HIGH_DRAFT)

/** What whoever was in charge of a person learns when they are no longer: so that the copy goes (design §8). */
export const COMMUNITY_CLOSING = defineFieldSet({
  name: 'community.closing',
  version: 1,
  audience: ['POLICE', 'PL'],
  purpose: 'CORRECTION',
  leaves: [
    pseudonymise('patientId', ['design §8'], 'whom it is about, by the name that the recipient was given'),
    allow(['closing.reason'], ['W47', 'PIPL 6', 'PIPL 47'], 'that the purpose has ended, and why'),
    generalise(['closing.on'], 'DAY', ['W47', 'PIPL 6'], 'since when'),
  ],
  stays: CLOSING_STAYS,
})

/** Of the offices: that a person is not listed any more, or has moved on to another's area; never that they died, nor when. */
export const OFFICE_CLOSING = defineFieldSet({
  name: 'office.closing',
  version: 1,
  audience: ['CA', 'DPF', 'LABOUR'],
  purpose: 'CORRECTION',
  leaves: [
    pseudonymise('patientId', ['design §8'], 'whom it is about, by the name that the recipient was given'),
    allow(['closing.reason'], ['PIPL 6', 'PIPL 47'], 'that the purpose has ended'),
  ],
  stays: CLOSING_STAYS,
})
