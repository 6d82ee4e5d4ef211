/**
 * Sealing: one AES-256-GCM blob per event and data subject. Sample entry:
 * `{"subject":"patient","kid":"0199…","alg":"A256GCM","nonce":"b2DaV5PJ8e-U_9w8","ct":"aj_Fla17…","digests":{"/data/note":"sha256:…"}}`.
 * Plaintext = JCS({seed2, fields}); AAD = JCS([stream, id, type, version, subject, kid]); ct = ciphertext ‖ 16-byte tag.
 */
import { createCipheriv, createDecipheriv, randomFillSync } from 'node:crypto'
import type { SealedEntry } from '../domain/event.js'
import { fieldDigest } from '../domain/leaf.js'
import { HubError } from '../kernel/errors.js'
import { fromBase64url, toBase64url } from '../kernel/hash.js'
import { canonicalJson } from '../kernel/jcs.js'

/** A data key of one subject: 32 bytes under a random id. */
export interface DataKey {
  readonly kid: string
  readonly key: Uint8Array
}

/** Where a blob lies: the event that holds it. */
export interface SealPlace {
  readonly stream: string
  readonly id: string
  readonly type: string
  readonly version: number
}

/** What a blob is bound to: it opens nowhere else. */
export interface SealContext extends SealPlace {
  readonly subject: string
}

export interface SealRandomness {
  /** 12 bytes, never twice under one key. */
  readonly nonce: Uint8Array
  /** 16 bytes: salts of the sealed fields' digests; only the blob holds them. */
  readonly seed2: Uint8Array
}

const TAG_BYTES = 16
/** Told to the decipher, which would take a tag of 4 bytes for as good. */
const TAG = { authTagLength: TAG_BYTES }
const POOL_BYTES = 28 * 512
const pool = Buffer.alloc(POOL_BYTES)
let poolAt = POOL_BYTES

/** Fresh nonce and seed2; random bytes are drawn in blocks, since one small draw costs more than the sealing. */
export function sealRandomness(): SealRandomness {
  const bytes = randomSlice(28)
  return { nonce: bytes.subarray(0, 12), seed2: bytes.subarray(12) }
}

/** 16 fresh random bytes for an event's own seed. */
export function randomSeed(): Uint8Array {
  return randomSlice(16)
}

/** Seals the fields (pointer → value) of one subject. */
export function seal(
  context: SealContext,
  dataKey: DataKey,
  fields: Readonly<Record<string, unknown>>,
  randomness: SealRandomness = sealRandomness(),
): SealedEntry {
  const { nonce, seed2 } = randomness
  const digests: Record<string, string> = {}
  for (const [pointer, value] of Object.entries(fields)) digests[pointer] = fieldDigest(seed2, pointer, value)
  const cipher = createCipheriv('aes-256-gcm', dataKey.key, nonce)
  cipher.setAAD(associatedData(context, context.subject, dataKey.kid))
  const body = cipher.update(canonicalJson({ seed2: toBase64url(seed2), fields }), 'utf8')
  const tail = cipher.final()
  const ct = Buffer.concat([body, tail, cipher.getAuthTag()]).toString('base64url')
  return { subject: context.subject, kid: dataKey.kid, alg: 'A256GCM', nonce: toBase64url(nonce), ct, digests }
}

export interface OpenedSeal {
  readonly seed2: Uint8Array
  /** pointer → value */
  readonly fields: Readonly<Record<string, unknown>>
}

/** Opens a sealed entry. Throws `HUB_SEAL_BROKEN` where key, place or bytes are not those it was sealed with. */
export function openSeal(place: SealPlace, key: Uint8Array, entry: SealedEntry): OpenedSeal {
  const ct = fromBase64url(entry.ct)
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, fromBase64url(entry.nonce), TAG)
    decipher.setAAD(associatedData(place, entry.subject, entry.kid))
    decipher.setAuthTag(ct.subarray(ct.length - TAG_BYTES))
    const plain = decipher.update(ct.subarray(0, ct.length - TAG_BYTES), undefined, 'utf8') + decipher.final('utf8')
    const { seed2, fields } = JSON.parse(plain) as { seed2: string; fields: Record<string, unknown> }
    return { seed2: fromBase64url(seed2), fields }
  } catch (cause) {
    throw new HubError('HUB_SEAL_BROKEN', `event ${place.id}: the ${entry.subject} seal does not open`, { cause })
  }
}

/** Names, ids and a whole number: of a list of these `JSON.stringify` is JCS already. */
function associatedData({ stream, id, type, version }: SealPlace, subject: string, kid: string): Buffer {
  return Buffer.from(JSON.stringify([stream, id, type, version, subject, kid]), 'utf8')
}

function randomSlice(length: number): Uint8Array {
  if (poolAt + length > POOL_BYTES) {
    randomFillSync(pool)
    poolAt = 0
  }
  const slice = Buffer.from(pool.subarray(poolAt, poolAt + length))
  pool.fill(0, poolAt, poolAt + length)
  poolAt += length
  return slice
}
