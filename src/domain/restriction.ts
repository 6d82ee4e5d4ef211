/**
 * From whom a restriction keeps what is known of a person (PIPL 47; policy §6.4): `DISCLOSURE` from whoever does not care for them,
 * anything else from everybody. What proves and what is owed to the person is no use of their data: evidence, the account of
 * disclosures, recalls, recording and lifting go on. Pure.
 */
import { isHealthRole } from './authority.js'
import type { Role, StoredEvent } from './event.js'
import type { PatientState } from './patient-state.js'
import { RECALLED } from './recalls.js'

/** Messages that end what was told of somebody, and say nothing else of them. */
const ENDING_KINDS: ReadonlySet<string> = new Set(['withdrawn', RECALLED])
const CHANGING: ReadonlySet<string> = new Set([
  'ProcessingRestricted',
  'ProcessingRestrictionLifted',
  'RecordRetracted',
])

export function isKeptFrom(role: Role, { restricted }: Pick<PatientState, 'restricted'>): boolean {
  if (restricted === undefined) return false
  return restricted.scope !== 'DISCLOSURE' || !isHealthRole(role)
}

/** True of a message or alert of this kind also where its person is kept from the reader. */
export function isToldAllTheSame(kind: string): boolean {
  return ENDING_KINDS.has(kind)
}

/** False where no restriction begins or ends by this event of a person. */
export function mayChangeRestriction({ type }: Pick<StoredEvent, 'type'>): boolean {
  return CHANGING.has(type)
}
