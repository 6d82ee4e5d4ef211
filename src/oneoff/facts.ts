/**
 * The facts about a person that a one-off document may speak of, from the state that their log gives and the values that were opened
 * for it. Pure: everything that could be said is gathered; the rules of what was granted decide what leaves.
 */
import type { PatientState, SealedRef } from '../domain/patient-state.js'
import { type Stated, statedIn } from '../domain/stated-facts.js'
import { type Facts, objectOf } from '../policy/disclosure.js'

/** The sealed values that facts come from, by the head of the fact. */
export const SEALED_HEADS = {
  identity: (state: PatientState): SealedRef | undefined => state.identity,
  presentAddress: (state: PatientState): SealedRef | undefined => state.residence?.address,
  householdAddress: (state: PatientState): SealedRef | undefined => state.householdAddress,
  guardian: (state: PatientState): SealedRef | undefined => state.guardian?.ref,
} as const

export type SealedHead = keyof typeof SEALED_HEADS
export type Opened = Readonly<Partial<Record<SealedHead, unknown>>>

const IDENTITY_FACTS = ['name', 'alias', 'idType', 'idNumber', 'sex', 'birthDate', 'phones'] as const
/** Facts of several members that lie in the clear. */
const CLEAR_OF_GUARDIAN: readonly string[] = ['guardian.relation', 'guardian.kind']

/** Which sealed values these facts are taken from: nothing else is opened. */
export function headsOf(fields: readonly string[]): ReadonlySet<SealedHead> {
  const heads = new Set<SealedHead>()
  for (const field of fields) {
    if (CLEAR_OF_GUARDIAN.includes(field)) continue
    const head = (IDENTITY_FACTS as readonly string[]).includes(field) ? 'identity' : field.split('.', 1)[0]
    if (head !== undefined && Object.hasOwn(SEALED_HEADS, head)) heads.add(head as SealedHead)
  }
  return heads
}

export interface FactsGiven {
  readonly patientId: string
  readonly state: PatientState
  readonly stated: Stated
  readonly opened: Opened
  readonly centre?: { readonly name: string; readonly phone: string }
}

export function factsOf({ patientId, state, opened, centre }: FactsGiven): Facts {
  const identity = objectOf(opened.identity)
  const guardian = objectOf(opened.guardian)
  const { lossOfContact, stay, died } = state
  return {
    patientId,
    ...Object.fromEntries(IDENTITY_FACTS.map((name) => [name, identity[name]])),
    presentAddress: objectOf(opened.presentAddress).text,
    householdAddress: objectOf(opened.householdAddress).text,
    presentTownship: state.residence?.township,
    householdTownship: state.householdTownship,
    guardian: {
      ...{ name: guardian.name, phones: guardian.phones },
      ...{ relation: state.guardian?.relation, kind: state.guardian?.kind },
    },
    ...(state.diagnosisExcluded ? {} : disorderFacts(state)),
    lossOfContact: lossOfContact && {
      ...{ reason: lossOfContact.reason, lastSeenOn: lossOfContact.lastSeenOn, declaredOn: lossOfContact.declaredAt },
    },
    stay: stay && stayFacts(stay),
    compulsoryStay: stay?.route === 'ART30_2' ? datesOf(stay) : undefined,
    died: died && { on: died.on },
    healthCentre: centre && { name: centre.name, phone: centre.phone },
  }
}

/** Of what is given, what somebody holds to be wrong: the heads of its facts, in the order of `sources`. */
export function disputedIn(given: Pick<FactsGiven, 'state' | 'stated'>, fields: readonly string[]): readonly string[] {
  const { disputes } = given.state
  if (!disputes) return []
  const disputed = new Set<string | undefined>(disputes.map(({ event }) => event))
  const heads = new Set(fields.map((field) => field.split('.', 1)[0]))
  return Object.entries(sources(given)).flatMap(([head, events]) =>
    heads.has(head) && [events].flat().some((event) => disputed.has(event)) ? [head] : [],
  )
}

/** The events that state these facts, by their ids. */
export function toldBy(given: Pick<FactsGiven, 'state' | 'stated'>, fields: readonly string[]): ReadonlySet<string> {
  const heads = new Set(fields.map((field) => field.split('.', 1)[0]))
  const told = new Set<string>()
  for (const [head, events] of Object.entries(sources(given))) {
    if (heads.has(head)) for (const event of [events].flat()) if (event) told.add(event)
  }
  return told
}

/** The events that state a fact, by its head. Only who the person is by our own id rests on none. */
function sources(given: Pick<FactsGiven, 'state' | 'stated'>) {
  const { state, stated } = given
  const { identity, residence, householdAddress, guardian, risk, previousRisk, lastFollowUp, lossOfContact, stay } =
    state
  const stayed = [stay?.id, stay?.dischargedOn && stated.discharge]
  return {
    ...Object.fromEntries(IDENTITY_FACTS.map((name) => [name, identity?.eventId])),
    ...{ presentAddress: residence?.address?.eventId, householdAddress: householdAddress?.eventId },
    presentTownship: statedIn(given, 'residence'),
    householdTownship: statedIn(given, 'householdTownship'),
    guardian: guardian?.ref.eventId,
    ...{ level: risk?.eventId, assessedOn: risk?.eventId, assessment: risk?.eventId },
    previousLevel: previousRisk?.eventId,
    ...{ diagnosis: stated.diagnosis, conditionClass: stated.conditionClass },
    ...{ adherence: lastFollowUp?.id, lastFollowUpOn: lastFollowUp?.id },
    lossOfContact: lossOfContact?.id,
    ...{ stay: stayed, compulsoryStay: stayed },
    ...{ died: stated.died, healthCentre: statedIn(given, 'healthCentre') },
  }
}

/** What is said of a disorder: of whom it was excluded that they have one, nothing (MHL 32, 35). */
function disorderFacts(state: PatientState): Facts {
  const { diagnosis, conditionClass, lastFollowUp } = state
  return {
    ...riskFacts(state),
    diagnosis: diagnosis?.icd10 ?? text(diagnosis?.category),
    conditionClass: conditionClass?.value,
    adherence: lastFollowUp?.adherence,
    lastFollowUpOn: lastFollowUp?.date,
  }
}

/** A level that nobody renewed in time is none: the log says so by an event of its own. */
function riskFacts({ risk, previousRisk }: PatientState): Facts {
  if (!risk) return { assessment: 'NOT_CURRENTLY_ASSESSED' }
  return {
    ...{ level: risk.level, assessedOn: risk.assessedAt, assessment: 'ASSESSED' },
    previousLevel: previousRisk?.level,
  }
}

type Stay = NonNullable<PatientState['stay']>

function stayFacts(stay: Stay): Facts {
  return { route: stay.route, institution: stay.institution, ...datesOf(stay) }
}

function datesOf({ admittedOn, dischargedOn }: Stay): Facts {
  return { admittedOn, dischargedOn }
}

function text(category: number | undefined): string | undefined {
  return category === undefined ? undefined : String(category)
}
