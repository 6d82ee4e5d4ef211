/**
 * Which event states what of a person, as far as their state does not say it: so that what somebody holds to be wrong can be marked
 * wherever it is told, and what was taken back where it was told. It holds ids and no value. Pure.
 */
import type { StoredEvent } from './event.js'
import type { PatientState } from './patient-state.js'
import { readText } from './read-data.js'

/** What the registration states is left out: `{"povertyTarget":"0199…","applied.CA.LIVING_ALLOWANCE":"0199…"}`. */
export type Stated = Readonly<Record<string, string>>

/** What a registration gives and an update changes, by the member that says so. */
const BASICS = {
  economicStatus: 'economicStatus',
  employment: 'employment',
  residence: 'presentTownship',
  householdTownship: 'householdTownship',
  healthCentre: 'responsibleUnit',
} as const

/** A life as far as it is asked what states it. */
export interface StatedLife {
  readonly state: Pick<PatientState, 'registered' | 'applications'>
  readonly stated: Stated
}

/** What is known of it after one more event of effective history; the same object where nothing is new. */
export function statedAfter(stated: Stated, event: StoredEvent): Stated {
  const { type, data, id } = event
  const by = (...facts: readonly string[]): Stated =>
    facts.length === 0 ? stated : { ...stated, ...Object.fromEntries(facts.map((fact) => [fact, id])) }
  switch (type) {
    case 'PatientRegistered':
      return withoutBasics(stated)
    case 'BasicInfoUpdated':
      return by(...Object.entries(BASICS).flatMap(([fact, member]) => (data[member] === undefined ? [] : [fact])))
    case 'PatientRelocated':
      return data.kind === 'WORK_AWAY' ? stated : by('residence')
    case 'FlagsUpdated':
      return data.povertyTarget === undefined ? stated : by('povertyTarget')
    case 'DiagnosisConfirmed':
      return by('diagnosis')
    case 'ConditionClassified':
      return by('conditionClass')
    case 'DischargeConditionsMet':
      return by('readiness')
    case 'HospitalDischarged':
      return by('discharge')
    case 'PatientDied':
      return by('died')
    case 'HomelessSuspectedPatientEscorted':
    case 'TemporaryLivingAidGranted':
      return by('homeless')
    case 'ServiceApplied':
    case 'ApplicationDecided': {
      const asked = { recipient: readText(data, 'recipientRole'), programme: readText(data, 'programme') }
      return by(type === 'ServiceApplied' ? appliedFor(asked) : decidedOn(asked))
    }
    default:
      return stated
  }
}

/** Of a whole effective history. */
export function statedBy(history: readonly StoredEvent[]): Stated {
  return history.reduce(statedAfter, {})
}

interface Asked {
  readonly recipient: string
  readonly programme: string
}

const appliedFor = ({ recipient, programme }: Asked): string => `applied.${recipient}.${programme}`
const decidedOn = ({ recipient, programme }: Asked): string => `decided.${recipient}.${programme}`

/** The events that state an application to this recipient, or what was decided on it. */
export function applicationEvents({ state, stated }: StatedLife, recipient: string): readonly (string | undefined)[] {
  const own = (state.applications ?? []).filter((one) => one.recipient === recipient)
  return own.flatMap((one) => [stated[appliedFor(one)], one.grantedOn && stated[decidedOn(one)]])
}

/** The event that states something which a registration gives too. */
export function statedIn({ state, stated }: StatedLife, fact: keyof typeof BASICS): string | undefined {
  return stated[fact] ?? state.registered?.id
}

function withoutBasics(stated: Stated): Stated {
  const rest = Object.entries(stated).filter(([fact]) => !Object.hasOwn(BASICS, fact))
  return rest.length === Object.keys(stated).length ? stated : Object.fromEntries(rest)
}
