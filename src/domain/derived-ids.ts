/** Ids that are derived, so that a retry, another node or an auditor finds the same ones (design §3, §8). */
import { hashedId, keyedId } from '../kernel/ids.js'

/** A patient's id, from the id of the registration: `5166b806-c92f-8766-879b-077f506cf391`. */
export function patientIdOf(logId: string, registrationId: string): string {
  return hashedId([logId, 'patient', registrationId])
}

/** The id of an event that the hub derives, from its slot: `d420ac9c-cda4-8ca5-892b-2953c763a3b7`. */
export function derivedEventId(logId: string, stream: string, revision: number): string {
  return hashedId([logId, stream, revision])
}

/** The id of an imported event, from the record's key in its source. */
export function importedEventId(vaultIdKey: Uint8Array, recordKey: unknown): string {
  return keyedId(vaultIdKey, ['import', recordKey])
}

/** The cause part of `alert-<cause>-<agency>`. */
export function causeIdOf(stream: string, eventId: string): string {
  return hashedId([stream, eventId])
}

export type ScopedKind = 'pseudonym' | 'row' | 'document' | 'message'

/**
 * An id that only one recipient agency knows: UUIDv8 of HMAC-SHA-256(agency id key, JCS([kind, internal id])). Internal
 * ids: `pseudonym` patient id, `row` [document id, patient id], `document` document id, `message` [outbox stream, revision].
 */
export function scopedId(agencyIdKey: Uint8Array, kind: ScopedKind, internalId: unknown): string {
  return keyedId(agencyIdKey, [kind, internalId])
}
