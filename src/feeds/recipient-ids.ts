/**
 * The ids that one recipient knows, with its key prepared once: a document computes three of them for every row. They are
 * those of `commitments.ts` and `derived-ids.ts` to the byte.
 */

import type { Period } from '../kernel/dates.js'
import { preparedHmacSha256, toBase64url } from '../kernel/hash.js'
import { hashedId, uuidv8 } from '../kernel/ids.js'

export interface RecipientIds {
  /** The recipient's own id of the document. */
  readonly documentId: string
  pseudonymOf(patientId: string): string
  rowIdOf(patientId: string): string
  saltOf(rowId: string): string
  /** Makes the digest of an accounting manifest unguessable. */
  readonly accountingSalt: string
}

/** The id of a document in the log, the same on every node: `document-<id>` is its stream. */
export function internalDocumentId(logId: string, feed: string, period: Period, agency: string): string {
  return hashedId([logId, 'document', feed, period, agency])
}

/** Ids are UUIDs, so the canonical JSON that is hashed needs no escaping. */
export function recipientIds(agencyIdKey: Uint8Array, internalId: string): RecipientIds {
  const hmac = preparedHmacSha256(agencyIdKey)
  const short = (text: string): string => toBase64url(hmac(text).subarray(0, 16))
  const documentId = uuidv8(hmac(`["document","${internalId}"]`))
  return {
    documentId,
    pseudonymOf: (patientId) => uuidv8(hmac(`["pseudonym","${patientId}"]`)),
    rowIdOf: (patientId) => uuidv8(hmac(`["row",["${internalId}","${patientId}"]]`)),
    saltOf: (rowId) => short(`["salt","${documentId}","${rowId}"]`),
    accountingSalt: short(`["accounting","${internalId}"]`),
  }
}
