/** SHA-256, HMAC-SHA-256 and base64url without padding, in the few shapes that the formats need. */
import { createHash, hash } from 'node:crypto'

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

/** Longer ones get a buffer of their own: what one document needed is not kept for good. */
const LONG = 64 * 1024
const scratch = Buffer.alloc(LONG)

/**
 * The prefix (bytes, or a character for each) ‖ the data, a string as UTF-8, in a buffer that the next call overwrites:
 * hashing in one shot costs half of streaming.
 */
function joined(prefix: Uint8Array | string, data: string | Uint8Array): Buffer {
  const room = prefix.length + data.length * (typeof data === 'string' ? 3 : 1)
  const buffer = room > LONG ? Buffer.allocUnsafe(room) : scratch
  if (typeof prefix === 'string') buffer.write(prefix, 0, 'latin1')
  else buffer.set(prefix)
  if (typeof data === 'string') {
    return buffer.subarray(0, prefix.length + buffer.write(data, prefix.length, 'utf8'))
  }
  buffer.set(data, prefix.length)
  return buffer.subarray(0, room)
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

/** HMAC-SHA-256, 32 bytes (RFC 2104), in two one-shot hashes: these cost half of what an object that streams costs. */
export function hmacSha256(key: Uint8Array, data: string | Uint8Array): Buffer {
  fillPads(key, innerPad, outerPad)
  return hmacOf(data)
}

/** An HMAC-SHA-256 function with its key prepared once: a document computes four of them for every row. */
export function preparedHmacSha256(key: Uint8Array): (data: string) => Buffer {
  const inner = Buffer.alloc(BLOCK)
  const outer = Buffer.alloc(BLOCK)
  fillPads(key, inner, outer)
  return (data) => {
    innerPad.set(inner)
    outerPad.set(outer)
    return hmacOf(data)
  }
}

/** Bytes that SHA-256 takes at a time. */
const BLOCK = 64
const DIGEST = 32
const innerPad = Buffer.alloc(BLOCK)
const outerBlock = Buffer.alloc(BLOCK + DIGEST)
const outerPad = outerBlock.subarray(0, BLOCK)

function fillPads(key: Uint8Array, inner: Buffer, outer: Buffer): void {
  const short = key.length > BLOCK ? sha256(key) : key
  for (let i = 0; i < BLOCK; i++) {
    const byte = short[i] ?? 0
    inner[i] = byte ^ 0x36
    outer[i] = byte ^ 0x5c
  }
}

/** With the pads as they stand; nothing of a key stays in them. */
function hmacOf(data: string | Uint8Array): Buffer {
  const inner = joined(innerPad, data)
  outerBlock.write(hash('sha256', inner, CHARACTERS), BLOCK, 'latin1')
  const digest = sha256(outerBlock)
  for (const held of [innerPad, inner.subarray(0, BLOCK), outerBlock]) held.fill(0)
  return digest
}

/** Base64url without padding (RFC 4648 §5): all binary in every format of ours. */
export function toBase64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url')
}

export function fromBase64url(text: string): Buffer {
  return Buffer.from(text, 'base64url')
}
