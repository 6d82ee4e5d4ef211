/**
 * Salted commitments to the rows of a document (design §8): a recipient can prove what a row said, and learns nothing
 * about rows that it may not see. Sample row: `{"id":"2d7f27ce-…","salt":"k3J…","name":"王芳","level":5}`, commitment
 * `sha256:hfbD__kh-v5S_Q_WvGHbnKs2MDaol-warOnGEelo7h4`.
 */
import { scopedId } from '../domain/derived-ids.js'
import { fromBase64url, hmacSha256, prefixedSha256Text, toBase64url } from '../kernel/hash.js'
import { canonicalJson } from '../kernel/jcs.js'
import { treeRoot } from '../kernel/merkle.js'

/** The row's id for this recipient: one row per person and document. `internalDocumentId` is the one in the log. */
export function rowIdOf(agencyIdKey: Uint8Array, internalDocumentId: string, patientId: string): string {
  return scopedId(agencyIdKey, 'row', [internalDocumentId, patientId])
}

/** 16 bytes, base64url, recomputable by the hub alone. Both ids are the recipient-scoped ones. */
export function saltOf(agencyIdKey: Uint8Array, documentId: string, rowId: string): string {
  return toBase64url(hmacSha256(agencyIdKey, canonicalJson(['salt', documentId, rowId])).subarray(0, 16))
}

export interface CommittedRow {
  readonly id: string
  readonly salt: string
  readonly [field: string]: unknown
}

/** SHA-256(salt ‖ JCS(row with `id`, without `salt`)), written as digests are. */
export function commitmentOf(row: CommittedRow): string {
  const { salt, ...committed } = row
  return `sha256:${prefixedSha256Text(fromBase64url(salt), canonicalJson(committed))}`
}

/** RFC 6962 tree hash with the 32-byte commitments as entries, in row order; of no rows: SHA-256 of nothing. */
export function sealedRowsRoot(commitments: Iterable<string>): Buffer {
  return treeRoot(bytesOf(commitments))
}

function* bytesOf(commitments: Iterable<string>): Iterable<Uint8Array> {
  for (const commitment of commitments) yield fromBase64url(commitment.slice('sha256:'.length))
}
