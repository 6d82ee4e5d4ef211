/**
 * The ids that one recipient knows, with its key prepared once: a document computes three of them for every row. They are
 * those of `commitments.ts` and `derived-ids.ts` to the byte.
 */
import type { Period } from '../kernel/dates.js'
import { hashedId } from '../kernel/ids.js'
import { keyedMessage, keyPads } from './fast-digests.js'

export interface RecipientIds {
  /** The recipient's own id of the document. */
  readonly documentId: string
  pseudonymOf(patientId: string): string
  rowIdOf(patientId: string): string
  saltOf(rowId: string): string
  /** Makes the digest of an accounting manifest unguessable. */
  accountingSalt(): string
}

/** The id of a document in the log, the same on every node: `document-<id>` is its stream. */
export function internalDocumentId(logId: string, feed: string, period: Period, agency: string): string {
  return hashedId([logId, 'document', feed, period, agency])
}

/** Ids are UUIDs, so the canonical JSON that is hashed needs no escaping. */
const DOCUMENT = keyedMessage('["document","', '"]')
const PSEUDONYM = keyedMessage('["pseudonym","', '"]')
const ROW = keyedMessage('["row",["', '","', '"]]')
const SALT = keyedMessage('["salt","', '","', '"]')
const ACCOUNTING = keyedMessage('["accounting","', '"]')

export function recipientIds(agencyIdKey: Uint8Array, internalId: string): RecipientIds {
  const key = keyPads(agencyIdKey)
  const documentId = DOCUMENT.uuid(key, internalId)
  return {
    documentId,
    pseudonymOf: (patientId) => PSEUDONYM.uuid(key, patientId),
    rowIdOf: (patientId) => ROW.uuid(key, internalId, patientId),
    saltOf: (rowId) => SALT.salt(key, documentId, rowId),
    accountingSalt: () => ACCOUNTING.salt(key, internalId),
  }
}
