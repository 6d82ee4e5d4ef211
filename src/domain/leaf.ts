/**
 * Digests and the leaf of an event: salted commitments to every field, so that one field can later be opened and proven
 * without the others. Algorithm names travel in the digests (`sha256:…`).
 *
 * - A *field* is a top-level member of the envelope except `data`, `seed`, `sealed`; a member of `data`, whole; or an entry
 *   of `sealed` without its digests, at `/sealed/<subject>`.
 * - salt = first 16 bytes of SHA-256(seed ‖ pointer); digest = "sha256:" + base64url(SHA-256(salt ‖ JCS([pointer, value]))).
 * - leaf = SHA-256(0x00 ‖ JCS(digests sorted by code unit)), e.g. `ffa83fa11745e48d…dfdf466d4`.
 */
import { fromBase64url, prefixedSha256Chars, prefixedSha256Text } from '../kernel/hash.js'
import { canonicalJson } from '../kernel/jcs.js'
import { leafHash } from '../kernel/merkle.js'
import type { StoredEvent } from './event.js'

/** RFC 6901: `~` and `/` inside a member's name are escaped. */
export function pointerTo(...members: readonly string[]): string {
  let pointer = ''
  for (const member of members) pointer += `/${member.replaceAll('~', '~0').replaceAll('/', '~1')}`
  return pointer
}

/** The digest of one field, e.g. `sha256:gHKoLXDMk57oyv0PpGJj2psgNM0M39PhrUzfPedT53w`. */
export function fieldDigest(seed: Uint8Array, pointer: string, value: unknown): string {
  const salt = prefixedSha256Chars(seed, pointer).slice(0, 16)
  return `sha256:${prefixedSha256Text(salt, canonicalJson([pointer, value]))}`
}

/** Every digest of a stored event, sorted by code unit: the clear fields' computed, the sealed fields' as stored. */
export function eventDigests(event: StoredEvent): readonly string[] {
  const { data, seed, sealed, ...envelope } = event
  const seedBytes = fromBase64url(seed)
  const digests: string[] = []
  for (const [member, value] of Object.entries(envelope)) {
    if (value !== undefined) digests.push(fieldDigest(seedBytes, pointerTo(member), value))
  }
  for (const [member, value] of Object.entries(data)) {
    if (value !== undefined) digests.push(fieldDigest(seedBytes, pointerTo('data', member), value))
  }
  for (const { digests: sealedDigests, ...entry } of sealed) {
    digests.push(fieldDigest(seedBytes, pointerTo('sealed', entry.subject), entry), ...Object.values(sealedDigests))
  }
  return digests.sort()
}

/** The leaf of a stored event: 32 bytes. */
export function eventLeaf(event: StoredEvent): Buffer {
  return leafHash(canonicalJson(eventDigests(event)))
}
