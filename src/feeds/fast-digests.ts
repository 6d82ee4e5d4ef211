/**
 * SHA-256 and HMAC-SHA-256 for the inside of a compile, where nine of them stand behind every row: digests go from one to the
 * next as strings, which costs a third of handing out a buffer each time (measured). Same bytes as `kernel/hash.ts`.
 */
import { hash } from 'node:crypto'

const BLOCK = 64
const DIGEST = 32

/** A key laid out for HMAC: what goes before the message, and before the digest of that. */
export interface KeyPads {
  readonly inner: Uint8Array
  readonly outer: Uint8Array
}

/** @param key of at most 64 bytes */
export function keyPads(key: Uint8Array): KeyPads {
  if (key.length > BLOCK) throw new Error('keyPads: expected a key of at most 64 bytes')
  return { inner: padded(key, 0x36), outer: padded(key, 0x5c) }
}

/** HMAC-SHA-256 of one kind of message, for any key. */
export interface KeyedMessage {
  /** UUIDv8 of the digest. */
  uuid(key: KeyPads, first: string, second?: string): string
  /** The first 16 bytes of the digest, base64url. */
  salt(key: KeyPads, first: string, second?: string): string
}

const UUID_CHARS = 36

/**
 * A message that is laid out once, e.g. `["row",["`, `","` and `"]]` with a UUID in each of the two gaps. Nothing of it is kept for each
 * key: there are 40,000 recipients, and people come in an order in which the next one is anybody's.
 */
export function keyedMessage(...fixed: readonly [string, string, string?]): KeyedMessage {
  const [before, between] = fixed
  const message = Buffer.from('\0'.repeat(BLOCK) + fixed.join('x'.repeat(UUID_CHARS)), 'latin1')
  const firstAt = BLOCK + before.length
  const secondAt = firstAt + UUID_CHARS + between.length
  const gaps = fixed.length - 1
  const fill = ({ inner, outer }: KeyPads, first: string, second?: string): void => {
    const given = second === undefined ? 1 : 2
    if (given !== gaps || first.length !== UUID_CHARS || (second ?? first).length !== UUID_CHARS) {
      throw new Error(`keyedMessage: expected ${gaps} UUIDs`)
    }
    message.set(inner)
    put(first, message, firstAt)
    if (second !== undefined) put(second, message, secondAt)
    outerMessage.set(outer)
    put(hash('sha256', message, 'binary'), outerMessage, BLOCK)
  }
  return {
    uuid(key, first, second) {
      fill(key, first, second)
      return uuidOfHex(hash('sha256', outerMessage, 'hex'))
    },
    salt(key, first, second) {
      fill(key, first, second)
      return first16(hash('sha256', outerMessage, 'base64url'))
    },
  }
}

/** Latin-1 text, byte by byte: for some ten of them sooner than `write` is called. */
function put(text: string, bytes: Uint8Array, at: number): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i)
}

const outerMessage = Buffer.alloc(BLOCK + DIGEST)

function padded(key: Uint8Array, byte: number): Uint8Array {
  return Uint8Array.from({ length: BLOCK }, (_, i) => (key[i] ?? 0) ^ byte)
}

const uuidText = Buffer.from('00000000-0000-8000-8000-000000000000', 'latin1')
const VERSION_AT = 14
const VARIANT_AT = 19
const VARIANTS = Buffer.from('89ab', 'latin1')
/** Where each of 32 hexadecimal digits stands in a UUID. */
const PLACES = Uint8Array.from(
  { length: 32 },
  (_, digit) => digit + (digit >= 8 ? 1 : 0) + (digit >= 12 ? 1 : 0) + (digit >= 16 ? 1 : 0) + (digit >= 20 ? 1 : 0),
)

/**
 * As `uuidv8` of the digest: version 8 and the variant set in its first 16 bytes. Written digit by digit: a text that is joined from
 * slices is copied together once more by whoever hashes it (measured: a third of an id).
 */
function uuidOfHex(hex: string): string {
  for (let digit = 0; digit < PLACES.length; digit++) uuidText[PLACES[digit] ?? 0] = hex.charCodeAt(digit)
  uuidText[VERSION_AT] = 0x38
  uuidText[VARIANT_AT] = VARIANTS[Number.parseInt(hex.charAt(16), 16) & 3] ?? 0
  return uuidText.toString('latin1')
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/** 16 bytes are 21 characters and the upper two bits of the 22nd. */
function first16(base64url: string): string {
  return base64url.slice(0, 21) + ALPHABET.charAt(ALPHABET.indexOf(base64url.charAt(21)) & 0b110000)
}

/** SHA-256 of bytes, base64url. */
export function sha256Base64url(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'base64url')
}

const leafInput = Buffer.alloc(1 + DIGEST)
const nodeInput = Buffer.alloc(1 + 2 * DIGEST)
nodeInput[0] = 1

/**
 * The RFC 6962 tree hash over 32-byte entries given in base64url, as base64url: what `treeRoot` of `kernel/merkle.ts` finds.
 */
export function treeRootOf(entries: Iterable<string>): string {
  const levels: (string | undefined)[] = []
  for (const entry of entries) {
    leafInput.write(entry, 1, 'base64url')
    let carry: string = hash('sha256', leafInput, 'binary')
    let level = 0
    for (let left = levels[level]; left !== undefined; left = levels[++level]) {
      carry = nodeOf(left, carry)
      levels[level] = undefined
    }
    levels[level] = carry
  }
  let root: string | undefined
  for (const subtree of levels) {
    if (subtree !== undefined) root = root === undefined ? subtree : nodeOf(subtree, root)
  }
  return root === undefined ? hash('sha256', '', 'base64url') : Buffer.from(root, 'latin1').toString('base64url')
}

function nodeOf(left: string, right: string): string {
  put(left, nodeInput, 1)
  put(right, nodeInput, 1 + DIGEST)
  return hash('sha256', nodeInput, 'binary')
}
