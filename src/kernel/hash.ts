/** SHA-256, HMAC-SHA-256 and base64url without padding, in the few shapes that the formats need. */
import { createHash, createHmac, hash } from 'node:crypto'

const RAW = 'buffer'
/** Latin-1: a character for each byte. */
const CHARACTERS = 'binary'

/** SHA-256 of the bytes, 32 bytes. A string is hashed as UTF-8. */
export function sha256(data: string | Uint8Array): Buffer {
  return hash('sha256', data, RAW)
}

/** SHA-256 of several byte strings, one after the other. */
export function sha256Of(...parts: readonly (string | Uint8Array)[]): Buffer {
  const digest = createHash('sha256')
  for (const part of parts) digest.update(part)
  return digest.digest()
}

let scratch = Buffer.alloc(4096)

/**
 * The prefix (bytes, or a character for each) ‖ the text as UTF-8, in a buffer that the next call overwrites: hashing in one
 * shot costs half of streaming.
 */
function joined(prefix: Uint8Array | string, text: string): Buffer {
  const room = prefix.length + text.length * 3
  if (room > scratch.length) scratch = Buffer.alloc(room * 2)
  if (typeof prefix === 'string') scratch.write(prefix, 0, 'latin1')
  else scratch.set(prefix)
  return scratch.subarray(0, prefix.length + scratch.write(text, prefix.length, 'utf8'))
}

/** SHA-256(prefix ‖ text), 32 bytes. */
export function prefixedSha256(prefix: Uint8Array, text: string): Buffer {
  return hash('sha256', joined(prefix, text), RAW)
}

/** SHA-256(prefix ‖ text) as 32 characters, one for each byte: a fifth of the bytes' cost where another hash takes them. */
export function prefixedSha256Chars(prefix: Uint8Array, text: string): string {
  return hash('sha256', joined(prefix, text), CHARACTERS)
}

/** SHA-256(prefix ‖ text) in base64url: cheaper than the bytes where text is wanted. A prefix may come as characters. */
export function prefixedSha256Text(prefix: Uint8Array | string, text: string): string {
  return hash('sha256', joined(prefix, text), 'base64url')
}

/** HMAC-SHA-256, 32 bytes (RFC 2104). */
export function hmacSha256(key: Uint8Array, data: string | Uint8Array): Buffer {
  return createHmac('sha256', key).update(data).digest()
}

/**
 * An HMAC-SHA-256 function with its key prepared once. Two one-shot hashes are about half the cost of a `createHmac`
 * object, which counts where a document computes four of them for every row.
 */
export function preparedHmacSha256(key: Uint8Array): (data: string) => Buffer {
  const block = Buffer.alloc(64)
  ;(key.length > 64 ? sha256(key) : Buffer.from(key)).copy(block)
  const outer = Buffer.alloc(96)
  for (let i = 0; i < 64; i++) outer[i] = (block[i] ?? 0) ^ 0x5c
  let inner = Buffer.alloc(1024)
  const fillInner = (): void => {
    for (let i = 0; i < 64; i++) inner[i] = (block[i] ?? 0) ^ 0x36
  }
  fillInner()
  return (data) => {
    if (64 + data.length * 3 > inner.length) {
      inner = Buffer.alloc(64 + data.length * 3)
      fillInner()
    }
    const length = 64 + inner.write(data, 64, 'utf8')
    outer.write(hash('sha256', inner.subarray(0, length), CHARACTERS), 64, 'latin1')
    return sha256(outer)
  }
}

/** Base64url without padding (RFC 4648 §5): all binary in every format of ours. */
export function toBase64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')
}

export function fromBase64url(text: string): Buffer {
  return Buffer.from(text, 'base64url')
}
