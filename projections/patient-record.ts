/**
 * The one fold of a patient's life: what stands, what was done in each quarter, and the sealed blobs that the references
 * of the state still need, so that a compile opens values without reading the log. It holds no personal value in the clear.
 */
import { SELF_DIRECTED_BEHAVIOURS } from '../src/domain/code-lists/danger.js'
import { defineLifeProjection, type LifeStamp } from '../src/domain/define-projection.js'
import type { SealedEntry, StoredEvent } from '../src/domain/event.js'
import { evolvePatient, FOLDED_TYPES } from '../src/domain/patient-fold.js'
import { EMPTY_PATIENT, type PatientState, type SealedRef, type Time } from '../src/domain/patient-state.js'
import { findNumber, findText, readNumber, readText } from '../src/domain/read-data.js'
import { type Stated, statedAfter } from '../src/domain/stated-facts.js'
import { dayOfTime, epochMsOf, HOUR, type Moment, momentOf, type Period, quarterOf } from '../src/kernel/dates.js'
import { patientHead, shelfOf } from './patient-head.js'

/** A blob with what is needed to open it; its event's id and subject are the key, its stream is `patient-<row key>`. */
export interface KeptBlob {
  readonly type: string
  readonly version: number
  readonly entry: SealedEntry
}

export interface CountedFact {
  readonly eventId: string
  readonly at: Time
}

/** What happened in one quarter, by `occurredAt`, as far as it stands in effective history. */
export interface ActivityCounts {
  readonly followUps: number
  /** Follow-ups of form 1 or 2. */
  readonly faceToFaceVisits: number
  readonly missedAttempts: number
  /** `VisitRefused`; an attempt that met a refusal is counted apart, for the same refusal may be recorded as both. */
  readonly refusals: number
  readonly refusedAttempts: number
  readonly assessments: number
  /** Incidents that the police recorded, by kind 1 to 3. */
  readonly incidents: Readonly<Partial<Record<'1' | '2' | '3', number>>>
  /** Danger towards others that the police themselves reported: never self-harm, never a report of anybody else. */
  readonly dangerReportsByPolice: number
  readonly lossesOfContact: readonly (CountedFact & { readonly reason: number; readonly lastSeenOn: string })[]
  readonly contactsRegained: readonly (CountedFact & { readonly outcome: string })[]
  /** Stays under article 30(2)(ii) alone. */
  readonly art30Admissions: readonly CountedFact[]
  readonly art30Discharges: readonly CountedFact[]
  /** Measures 1 to 5 that were given, each once. */
  readonly rehabilitation: readonly number[]
  readonly rehabilitationProgrammes: readonly string[]
  readonly temporaryLivingAid: readonly CountedFact[]
  /** The events behind what police recorded, and behind rehabilitation: they may be disputed. */
  readonly policeEvents: readonly string[]
  readonly rehabilitationEvents: readonly string[]
}

export interface PatientRecord extends LifeStamp {
  readonly state: PatientState
  /** Quarter, `2026Q1`, to what is not zero or empty in it; read it with `activityIn`. */
  readonly activity: Readonly<Record<Period, Partial<ActivityCounts>>>
  /** Which event states what, where `state` does not say it. */
  readonly stated: Stated
  /** How often the person changed residence, as history stands. */
  readonly moves: number
  /** When something was last recorded that an earlier document may owe: a turn of the life, a late or a corrected fact. Empty: never. */
  readonly touched: Moment | ''
  /** `<event id>/<subject>` to the blobs that references of `state` still need. */
  readonly sealed: Readonly<Record<string, KeptBlob>>
}

export const EMPTY_RECORD: PatientRecord = {
  revision: -1,
  state: EMPTY_PATIENT,
  activity: {},
  stated: {},
  moves: 0,
  touched: '',
  sealed: {},
}

const NO_ACTIVITY: ActivityCounts = {
  followUps: 0,
  faceToFaceVisits: 0,
  missedAttempts: 0,
  refusals: 0,
  refusedAttempts: 0,
  assessments: 0,
  incidents: {},
  dangerReportsByPolice: 0,
  lossesOfContact: [],
  contactsRegained: [],
  art30Admissions: [],
  art30Discharges: [],
  rehabilitation: [],
  rehabilitationProgrammes: [],
  temporaryLivingAid: [],
  policeEvents: [],
  rehabilitationEvents: [],
}

export const patientRecord = defineLifeProjection<PatientRecord>({
  name: 'patient-record',
  version: 3,
  handles: new Set(FOLDED_TYPES.filter((type) => type !== 'RecordRetracted')),
  initial: EMPTY_RECORD,
  head: (row) => ({ shelf: shelfOf(row), touched: row.touched, value: patientHead(row) }),
  evolve(row, event) {
    const state = evolvePatient(row.state, event)
    const activity = withActivity(row, event)
    const isTouched = hasTurned(row.state, state) || (activity !== row.activity && isCountedLate(event))
    const touched = isTouched ? later(row.touched, event.recordedAt) : row.touched
    const stated = statedAfter(row.stated, event)
    const moves = row.moves + (hasMoved(row.state, state) ? 1 : 0)
    return { ...row, state, activity, stated, moves, touched, sealed: withBlobs(row, state, event) }
  },
  corrected: (row, recordedAt) => ({ ...row, touched: later(row.touched, recordedAt) }),
})

/** What happened in a quarter, zeros and empty lists included. */
export function activityIn(record: Pick<PatientRecord, 'activity'>, quarter: Period): ActivityCounts {
  return { ...NO_ACTIVITY, ...record.activity[quarter] }
}

/** The blob that a reference points into; undefined where the record does not keep it. */
export function blobOf(record: Pick<PatientRecord, 'sealed'>, ref: SealedRef): KeptBlob | undefined {
  return record.sealed[blobKey(ref)]
}

/** The references of a state whose values feeds, alerts and readers open. */
export function keptRefs(state: PatientState): readonly (SealedRef | undefined)[] {
  return [state.identity, state.householdAddress, state.residence?.address, state.residence?.area, state.guardian?.ref]
}

function blobKey(ref: SealedRef): string {
  return `${ref.eventId}/${ref.subject}`
}

function withBlobs(row: PatientRecord, state: PatientState, event: StoredEvent): PatientRecord['sealed'] {
  const before = keptRefs(row.state)
  const refs = keptRefs(state)
  if (refs.every((ref, i) => ref === before[i])) return row.sealed
  const sealed: Record<string, KeptBlob> = {}
  for (const ref of refs) {
    if (!ref) continue
    const blob = ref.eventId === event.id ? blobIn(event, ref.subject) : row.sealed[blobKey(ref)]
    if (blob) sealed[blobKey(ref)] = blob
  }
  return sealed
}

function blobIn(event: StoredEvent, subject: string): KeptBlob | undefined {
  const entry = event.sealed.find((candidate) => candidate.subject === subject)
  return entry && { type: event.type, version: event.version, entry }
}

/** From this level on political-legal offices have a row. */
const LISTED_FROM = 3

/** True where the event may have changed who lists the person: where they live, whether they are in scope, on what a row rests. */
function hasTurned(before: PatientState, after: PatientState): boolean {
  const isListed = ({ risk }: PatientState): boolean => risk !== undefined && risk.level >= LISTED_FROM
  return (
    before.registered !== after.registered ||
    before.residence !== after.residence ||
    before.programmes !== after.programmes ||
    before.died !== after.died ||
    before.diagnosisExcluded !== after.diagnosisExcluded ||
    before.restricted !== after.restricted ||
    before.erased !== after.erased ||
    before.applications !== after.applications ||
    before.dataConsents !== after.dataConsents ||
    before.homeless !== after.homeless ||
    before.flags !== after.flags ||
    isListed(before) !== isListed(after)
  )
}

function hasMoved(before: PatientState, after: PatientState): boolean {
  return before.residence !== undefined && before.residence.since !== after.residence?.since
}

/** What feeds say by the period in which it happened. */
const COUNTED_BY_PERIOD = new Set([
  'PublicSafetyIncidentRecorded',
  'DangerousBehaviorReported',
  'RehabilitationServiceDelivered',
  'RehabilitationProgrammeLinked',
  'TemporaryLivingAidGranted',
])

/**
 * How far the clocks of two nodes may be apart. One that is behind records at the end of a quarter what lies in the log after the
 * cut that another appended at the beginning of the next.
 */
export const CLOCKS_APART_MS = HOUR

function isCountedLate({ type, occurredAt, recordedAt }: StoredEvent): boolean {
  if (!COUNTED_BY_PERIOD.has(type)) return false
  const elsewhere = momentOf(epochMsOf(recordedAt) + CLOCKS_APART_MS)
  return quarterOf(dayOfTime(occurredAt ?? recordedAt)) < quarterOf(dayOfTime(elsewhere))
}

function later(a: Moment | '', b: Moment): Moment {
  return a > b ? a : b
}

function withActivity(row: PatientRecord, event: StoredEvent): PatientRecord['activity'] {
  const at = event.occurredAt ?? event.recordedAt
  const quarter = quarterOf(dayOfTime(at))
  const before = row.activity[quarter] ?? {}
  const after = countedIn(before, row.state, event, { eventId: event.id, at })
  return after === before ? row.activity : { ...row.activity, [quarter]: after }
}

/** The quarter's counts with this event in them; the same object where it counts for nothing. */
function countedIn(
  counts: Partial<ActivityCounts>,
  before: PatientState,
  event: StoredEvent,
  fact: CountedFact,
): Partial<ActivityCounts> {
  const { data } = event
  switch (event.type) {
    case 'FollowUpCompleted': {
      const followUps = (counts.followUps ?? 0) + 1
      if (data.form !== 1 && data.form !== 2) return { ...counts, followUps }
      return { ...counts, followUps, faceToFaceVisits: (counts.faceToFaceVisits ?? 0) + 1 }
    }
    case 'FollowUpAttempted':
      if (data.outcome === 'NOT_REACHED') return { ...counts, missedAttempts: (counts.missedAttempts ?? 0) + 1 }
      if (data.outcome === 'REFUSED') return { ...counts, refusedAttempts: (counts.refusedAttempts ?? 0) + 1 }
      return counts
    case 'VisitRefused':
      return { ...counts, refusals: (counts.refusals ?? 0) + 1 }
    case 'RiskAssessed':
      return { ...counts, assessments: (counts.assessments ?? 0) + 1 }
    case 'PublicSafetyIncidentRecorded': {
      const kind = data.kind
      if (kind !== 1 && kind !== 2 && kind !== 3) return counts
      const incidents = { ...counts.incidents, [kind]: (counts.incidents?.[kind] ?? 0) + 1 }
      return { ...counts, incidents, policeEvents: [...(counts.policeEvents ?? []), fact.eventId] }
    }
    case 'DangerousBehaviorReported':
      if (event.recordedBy.role !== 'POLICE' || SELF_DIRECTED_BEHAVIOURS.includes(findNumber(data, 'kind') ?? 0)) {
        return counts
      }
      return {
        ...counts,
        dangerReportsByPolice: (counts.dangerReportsByPolice ?? 0) + 1,
        policeEvents: [...(counts.policeEvents ?? []), fact.eventId],
      }
    case 'LossOfContactDeclared': {
      const loss = { ...fact, reason: findNumber(data, 'reason') ?? 0, lastSeenOn: findText(data, 'lastSeenOn') ?? '' }
      return { ...counts, lossesOfContact: [...(counts.lossesOfContact ?? []), loss] }
    }
    case 'ContactRegained': {
      const regained = { ...fact, outcome: findText(data, 'outcome') ?? '' }
      return { ...counts, contactsRegained: [...(counts.contactsRegained ?? []), regained] }
    }
    case 'HospitalAdmitted':
      return data.route === 'ART30_2'
        ? { ...counts, art30Admissions: [...(counts.art30Admissions ?? []), fact] }
        : counts
    case 'HospitalDischarged':
      return before.stay?.route === 'ART30_2' && before.stay.dischargedOn === undefined
        ? { ...counts, art30Discharges: [...(counts.art30Discharges ?? []), fact] }
        : counts
    case 'RehabilitationServiceDelivered':
      return {
        ...counts,
        rehabilitation: withCode(counts.rehabilitation, readNumber(data, 'kind')),
        rehabilitationEvents: [...(counts.rehabilitationEvents ?? []), fact.eventId],
      }
    case 'RehabilitationProgrammeLinked':
      return {
        ...counts,
        rehabilitationProgrammes: withCode(counts.rehabilitationProgrammes, readText(data, 'kind')),
        rehabilitationEvents: [...(counts.rehabilitationEvents ?? []), fact.eventId],
      }
    case 'TemporaryLivingAidGranted':
      return { ...counts, temporaryLivingAid: [...(counts.temporaryLivingAid ?? []), fact] }
    default:
      return counts
  }
}

function withCode<C extends number | string>(codes: readonly C[] = [], code: C): readonly C[] {
  return codes.includes(code) ? codes : [...codes, code].sort()
}
