/**
 * The ids that one recipient knows, with its key prepared once: a document computes three of them for every row. They are
 * those of `commitments.ts` and `derived-ids.ts` to the byte.
 */

import type { Period } from '../kernel/dates.js'
import { hashedId } from '../kernel/ids.js'
import { keyedDigest } from './fast-digests.js'

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

const UUID_CHARS = 36

/** Ids are UUIDs, so the canonical JSON that is hashed needs no escaping. */
export function recipientIds(agencyIdKey: Uint8Array, internalId: string): RecipientIds {
  const around = (before: string, after: string) => keyedDigest(agencyIdKey, { before, after, length: UUID_CHARS })
  const documentId = around('["document","', '"]').uuid(internalId)
  const pseudonym = around('["pseudonym","', '"]')
  const row = around(`["row",["${internalId}","`, '"]]')
  const salt = around(`["salt","${documentId}","`, '"]')
  return {
    documentId,
    pseudonymOf: (patientId) => pseudonym.uuid(patientId),
    rowIdOf: (patientId) => row.uuid(patientId),
    saltOf: (rowId) => salt.salt(rowId),
    accountingSalt: around('["accounting","', '"]').salt(internalId),
  }
}
