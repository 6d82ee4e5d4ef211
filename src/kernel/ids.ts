/**
 * Identifiers: UUIDv7 for what is new, UUIDv8 for what is derived. A derived id is the first 16 bytes of a SHA-256 or
 * HMAC-SHA-256 with version and variant set, e.g. `5166b806-c92f-8766-879b-077f506cf391`.
 */
import { randomBytes } from 'node:crypto'
import { hmacSha256, sha256 } from './hash.js'
import { canonicalJson } from './jcs.js'

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** True for a UUID in lower case with dashes, the only spelling that any format of ours accepts. */
export function isUuid(text: string): boolean {
  return UUID.test(text)
}

/** A new UUIDv7 (RFC 9562): 48 bits of milliseconds since the epoch, then randomness. */
export function uuidv7(nowMs: number, random: Uint8Array = randomBytes(10)): string {
  const bytes = new Uint8Array(16)
  let time = nowMs
  for (let i = 5; i >= 0; i--) {
    bytes[i] = time % 256
    time = Math.floor(time / 256)
  }
  bytes.set(random.subarray(0, 10), 6)
  return stamped(bytes, 0x70)
}

/** UUIDv8 from the first 16 bytes of a digest, which stays as it is (`slice` of a Buffer would be a view of it). */
export function uuidv8(digest: Uint8Array): string {
  return stamped(Uint8Array.from(digest.subarray(0, 16)), 0x80)
}

/** UUIDv8 of SHA-256(JCS(parts)): ids that anybody can recompute from the log. */
export function hashedId(parts: readonly unknown[]): string {
  return uuidv8(sha256(canonicalJson(parts)))
}

/** UUIDv8 of HMAC-SHA-256(key, JCS(parts)): ids that only the holder of the key can recompute. */
export function keyedId(key: Uint8Array, parts: readonly unknown[]): string {
  return uuidv8(hmacSha256(key, canonicalJson(parts)))
}

/** The 16 bytes of a UUID. */
export function uuidBytes(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex')
}

/** The UUID of 16 bytes. */
export function uuidOfBytes(bytes: Uint8Array): string {
  let out = ''
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) out += '-'
    out += HEX[bytes[i] ?? 0]
  }
  return out
}

function stamped(bytes: Uint8Array, version: number): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | version
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  return uuidOfBytes(bytes)
}
