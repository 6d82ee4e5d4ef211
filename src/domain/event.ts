/**
 * The shape of an event: what clients send, what the log stores. Pure types, and the two conversions between what a
 * client wrote and what is stored.
 */
import type { CalendarDate, Moment } from '../kernel/dates.js'

export const ROLES = [
  'CHC',
  'VILLAGE',
  'HOSPITAL',
  'MHPC',
  'POLICE',
  'PL',
  'CA',
  'RELIEF',
  'DPF',
  'LABOUR',
  'FIN',
  'HIB',
  'HEALTH_COMMISSION',
  'LEADING_OFFICE',
  'SUBDISTRICT',
  'COMMUNITY',
  'PHARMACY',
  'HOSP_INSURANCE',
  'COURT_RELAY',
  'HUB',
  'AUDITOR',
] as const
/** Recorder roles of policy §3.1. */
export type Role = (typeof ROLES)[number]

export interface RecordedBy {
  readonly agency: string
  readonly role: Role
  /** A staff pseudonym, where a named person acted. */
  readonly person?: string
  /** The API key's id. */
  readonly client?: string
}

export interface Source {
  readonly kind: 'api' | 'import' | 'return' | 'derived' | 'backfill'
  readonly ref?: string
}

export interface SealedEntry {
  /** `patient`, `guardian`, `reporter`, `staff`; a second of a kind is `guardian.2`. */
  readonly subject: string
  readonly kid: string
  readonly alg: 'A256GCM'
  readonly nonce: string
  readonly ct: string
  readonly digests: Readonly<Record<string, string>>
}

export interface Causation {
  readonly stream: string
  readonly id: string
}

export type EventData = Readonly<Record<string, unknown>>

/**
 * A stored event. Sample (abridged):
 * `{"id":"0199810e-…","type":"RiskAssessed","version":1,"stream":"patient-7c0e…","revision":12,
 * "occurredAt":"2026-03-02T09:30:00.000+08:00","recordedAt":"2026-03-02T09:31:07.214+08:00",
 * "recordedBy":{"agency":"…","role":"CHC","person":"…","client":"…"},"source":{"kind":"api"},
 * "seed":"RvH7bbqUPNSF4nUrIR8Alg","data":{"level":3},"sealed":[{"subject":"patient","kid":"…","alg":"A256GCM",…}]}`
 */
export interface StoredEvent {
  readonly id: string
  readonly type: string
  readonly version: number
  readonly stream: string
  readonly revision: number
  /** When it happened: a moment or a bare date. Absent where the type has no such thing. */
  readonly occurredAt?: Moment | CalendarDate
  readonly recordedAt: Moment
  readonly recordedBy: RecordedBy
  readonly legalBasis?: readonly string[]
  readonly observedBy?: string
  readonly onBehalfOf?: string
  readonly source: Source
  readonly corrects?: string
  readonly causation?: Causation
  /** 16 random bytes, base64url: salts of the clear fields' digests. */
  readonly seed: string
  readonly data: EventData
  /** One entry per subject, sorted by subject; empty where nothing is sealed. */
  readonly sealed: readonly SealedEntry[]
}

/** What is handed to the log: everything but its place. */
export type NewEvent = Omit<StoredEvent, 'stream' | 'revision'>

/** The values of one subject on their way to be sealed: they go no further than the sealing. */
export interface OpenFields {
  readonly subject: string
  /** Whose key they are sealed under, as the vault names owners. */
  readonly owner: string
  /** pointer → value */
  readonly fields: Readonly<Record<string, unknown>>
}

/** An event before its seals are made: nothing sealed stands in `event`, and nothing else in `open`. */
export interface OpenEvent {
  readonly event: Omit<NewEvent, 'sealed'>
  /** Sorted by subject; empty where nothing is sealed. */
  readonly open: readonly OpenFields[]
}

/** `{ id, stream, revision, recordedAt }`: all that an append promises, for ever. */
export interface Receipt {
  readonly id: string
  readonly stream: string
  readonly revision: number
  readonly recordedAt: Moment
}

/** A stored event with its sealed values opened back into `data` (those whose keys are gone stay absent). */
export interface OpenedEvent extends Omit<StoredEvent, 'sealed' | 'seed'> {
  /** Subjects whose values could not be opened: their keys were destroyed. */
  readonly erased?: readonly string[]
}
