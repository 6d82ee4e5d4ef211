/**
 * SHA-256 and HMAC-SHA-256 for the inside of a compile, where nine of them stand behind every row: digests go from one to the
 * next as strings, which costs a third of handing out a buffer each time (measured). Same bytes as `kernel/hash.ts`.
 */
import { hash } from 'node:crypto'

const BLOCK = 64
const DIGEST = 32

/** A message with one gap: `before ‖ gap ‖ after`. The gap takes ASCII of one length. */
export interface Gap {
  readonly before: string
  readonly after: string
  readonly length: number
}

export interface KeyedDigest {
  /** UUIDv8 of HMAC-SHA-256(key, message). */
  uuid(filling: string): string
  /** The first 16 bytes of HMAC-SHA-256(key, message), base64url. */
  salt(filling: string): string
}

/** HMAC-SHA-256 of messages that differ in one gap: key and frame are laid out once. */
export function keyedDigest(key: Uint8Array, gap: Gap): KeyedDigest {
  if (key.length > BLOCK) throw new Error('keyedDigest: expected a key of at most 64 bytes')
  const frame = Buffer.from(gap.before + 'x'.repeat(gap.length) + gap.after, 'utf8')
  const inner = Buffer.concat([padded(key, 0x36), frame])
  const outer = Buffer.concat([padded(key, 0x5c), Buffer.alloc(DIGEST)])
  const at = BLOCK + Buffer.byteLength(gap.before)
  const fill = (filling: string): void => {
    if (filling.length !== gap.length) throw new Error(`keyedDigest: expected ${gap.length} characters`)
    inner.write(filling, at, 'latin1')
    outer.write(hash('sha256', inner, 'binary'), BLOCK, 'latin1')
  }
  return {
    uuid(filling) {
      fill(filling)
      return uuidOfHex(hash('sha256', outer, 'hex'))
    },
    salt(filling) {
      fill(filling)
      return first16(hash('sha256', outer, 'base64url'))
    },
  }
}

function padded(key: Uint8Array, byte: number): Buffer {
  const block = Buffer.alloc(BLOCK)
  block.set(key)
  for (let i = 0; i < BLOCK; i++) block[i] = (block[i] ?? 0) ^ byte
  return block
}

const VARIANTS = '89ab'

/** As `uuidv8` of the digest: version 8 and the variant set in its first 16 bytes. */
function uuidOfHex(hex: string): string {
  const variant = VARIANTS[Number.parseInt(hex.charAt(16), 16) & 3]
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
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
  nodeInput.write(left, 1, 'latin1')
  nodeInput.write(right, 1 + DIGEST, 'latin1')
  return hash('sha256', nodeInput, 'binary')
}
