/**
 * Ids of what comes back, by what it says: the same item of the same document about the same person has the same id, in whatever
 * line it stands and however often it is sent. Keyed, so that nobody guesses an address or a behaviour from an id. Pure.
 */
import { hmacSha256, toBase64url } from '../kernel/hash.js'
import { keyedId } from '../kernel/ids.js'
import { canonicalJson } from '../kernel/jcs.js'
import type { ReturnedItem } from './port.js'

/**
 * UUIDv8 of HMAC-SHA-256(agency id key, JCS(["return", document, pseudonym, kind, data])), in the order of the items: what says the
 * very same has the same id.
 * @param document its id in the log
 */
export function returnIds(
  agencyIdKey: Uint8Array,
  document: string,
  items: readonly ReturnedItem[],
): readonly string[] {
  return items.map(({ pseudonym, kind, data }) => keyedId(agencyIdKey, ['return', document, pseudonym, kind, data]))
}

/** What makes two returns of a document the same one, in whatever order their items stand: `hmac-sha256:…`. */
export function returnDigest(agencyIdKey: Uint8Array, ids: readonly string[]): string {
  return `hmac-sha256:${toBase64url(hmacSha256(agencyIdKey, canonicalJson(['returned', ...[...ids].sort()])))}`
}
