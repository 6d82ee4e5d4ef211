/**
 * What each kind of requester may be given once, by an official letter (policy §6.2; design §8): the most that a decision can let
 * out. What a role must not receive in feed or alert it does not receive by letter either. A fact that the hub keeps in no form of
 * its own stays as well. No feed, alert or row draws on these: their audience is no role of the directory.
 */
import type { LawfulRequester, OneOffRefusal, OneOffRequester } from '../domain/code-lists/one-off.js'
import { isLawfulRequester } from '../domain/code-lists/one-off.js'
import { allow, defineFieldSet, generalise, pseudonymise } from './define-field-set.js'
import type { DisclosureRule, FieldSet, Purpose } from './disclosure.js'
import type { FactPath } from './facts.js'
import { JUDICIAL_STAYS, POLICE_STAYS, TOKEN_STAYS } from './withheld.js'

const PERSON: readonly FactPath[] = ['name', 'alias', 'idType', 'idNumber', 'sex', 'birthDate']
const ADDRESSES: readonly FactPath[] = ['presentAddress', 'householdAddress', 'presentTownship', 'householdTownship']
const GUARDIAN: readonly FactPath[] = ['guardian.name', 'guardian.phones', 'guardian.relation', 'guardian.kind']
const LEVEL: readonly FactPath[] = ['level', 'previousLevel', 'assessment']
const CENTRE: readonly FactPath[] = ['healthCentre.name', 'healthCentre.phone']
const LOST: readonly FactPath[] = ['lossOfContact.reason', 'lossOfContact.lastSeenOn']

const ALIAS = pseudonymise('patientId', ['design §8'], 'a name for the person that stands in this document alone')

interface Draft {
  readonly name: string
  readonly purpose: Purpose
  readonly leaves: readonly (readonly DisclosureRule[])[]
  readonly stays: typeof POLICE_STAYS
}

const set = ({ name, ...rest }: Draft): FieldSet =>
  defineFieldSet({ name: `one-off.${name}`, version: 1, audience: [], ...rest })

/** Of a case in which the state of the person's mind is itself the question. */
function judicialSet(name: string, purpose: Purpose, clauses: readonly string[]): FieldSet {
  const basis = 'evidence that the law has to be handed over'
  return set({
    name,
    purpose,
    leaves: [
      ALIAS,
      allow([...PERSON, 'phones', ...ADDRESSES, ...GUARDIAN, ...LEVEL, ...CENTRE, ...LOST], clauses, basis),
      allow(['diagnosis', 'conditionClass', 'adherence'], clauses, basis),
      generalise(['assessedOn', 'lastFollowUpOn', 'lossOfContact.declaredOn', 'died.on'], 'DAY', clauses, basis),
      allow(['stay.route', 'stay.institution'], clauses, basis),
      generalise(['stay.admittedOn', 'stay.dischargedOn'], 'DAY', clauses, basis),
    ],
    stays: JUDICIAL_STAYS,
  })
}

const POLICE = ['Criminal Procedure Law 54'] as const
const SUPERVISION = ['Supervision Law 18'] as const
const INSPECTION = ['MHL 50'] as const

export const ONE_OFF_SETS: Readonly<Record<LawfulRequester, FieldSet>> = {
  COURT: judicialSet('court', 'JUDICIAL', ['Civil Procedure Law 70', 'Criminal Procedure Law 54']),
  PROCURATORATE: judicialSet('procuratorate', 'JUDICIAL', ['Criminal Procedure Law 54']),
  POLICE_INVESTIGATION: set({
    name: 'police',
    purpose: 'INVESTIGATION',
    leaves: [
      ALIAS,
      allow([...PERSON, ...ADDRESSES, ...GUARDIAN, ...LEVEL, ...CENTRE, ...LOST], POLICE, 'to investigate a case'),
      generalise(['assessedOn', 'lossOfContact.declaredOn', 'died.on'], 'DAY', POLICE, 'to investigate a case'),
      generalise(
        ['compulsoryStay.admittedOn', 'compulsoryStay.dischargedOn'],
        'DAY',
        ['MHL 30(2)(ii)', ...POLICE],
        'police assist in stays under art. 30(2)(ii)',
      ),
    ],
    stays: POLICE_STAYS,
  }),
  SUPERVISION_COMMISSION: set({
    name: 'supervision',
    purpose: 'INVESTIGATION',
    leaves: [
      ALIAS,
      allow([...PERSON, 'presentTownship', 'householdTownship', ...CENTRE], SUPERVISION, 'to look into an office'),
      generalise(['lastFollowUpOn'], 'DAY', SUPERVISION, 'whether the office did what it had to'),
    ],
    stays: JUDICIAL_STAYS,
  }),
  HEALTH_INSPECTION: set({
    name: 'inspection',
    purpose: 'INSPECTION',
    leaves: [
      ALIAS,
      allow(
        ['level', 'assessment', 'conditionClass', 'adherence', ...CENTRE],
        INSPECTION,
        'how the person is cared for',
      ),
      generalise(['assessedOn', 'lastFollowUpOn'], 'DAY', INSPECTION, 'whether visits were made'),
    ],
    stays: TOKEN_STAYS,
  }),
}

/** Undefined for whom no policy may ever let in. */
export function oneOffSetFor(kind: OneOffRequester): FieldSet | undefined {
  return isLawfulRequester(kind) ? ONE_OFF_SETS[kind] : undefined
}

/** The set under the id that a decision froze, e.g. `one-off.court@1`. An unknown id is a programming error. */
export function oneOffSetOf(id: string): FieldSet {
  const found = Object.values(ONE_OFF_SETS).find((one) => one.id === id)
  if (!found) throw new Error(`oneOffSetOf: no field set ${id}`)
  return found
}

/** The rules by which these facts leave; what the set does not let out has none. */
export function leavingRules({ rules }: FieldSet, fields: readonly string[]): readonly DisclosureRule[] {
  return rules.filter(({ field, action }) => action !== 'withhold' && fields.includes(field))
}

/** By what a refusal, or what is refused of a request, is refused. */
export const REFUSAL_CLAUSES: Readonly<Record<OneOffRefusal, readonly string[]>> = {
  NO_POWER: ['MHL 4(3)', 'PIPL 13', 'PIPL 25'],
  NO_LETTER: ['MHL 4(3)', 'PIPL 34'],
  PURPOSE_UNCLEAR: ['PIPL 6', 'PIPL 28'],
  NOT_NECESSARY: ['PIPL 6', 'PIPL 28'],
  WITHHELD: ['MHL 4(3)', 'PIPL 28', 'policy §6.2'],
  WITHDRAWN: ['PIPL 6'],
}
/** What the person may do about a refusal, and whoever asked about theirs (PIPL 50; MHL 82). */
export const REMEDY_CLAUSES: readonly string[] = ['PIPL 50', 'PIPL 65', 'MHL 82']
