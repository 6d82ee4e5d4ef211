import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import type { SealedEntry } from '../../src/domain/event.js'
import { fieldDigest } from '../../src/domain/leaf.js'
import { fromBase64url, toBase64url } from '../../src/kernel/hash.js'
import {
  openSeal,
  randomSeed,
  type SealContext,
  type SealPlace,
  seal,
  sealRandomness,
} from '../../src/vault/sealing.js'

const context: SealContext = {
  stream: 'patient-5166b806-c92f-8766-879b-077f506cf391',
  id: '0199810e-ed17-7a99-8d2f-38a7285d0e21',
  type: 'FollowUpCompleted',
  version: 1,
  subject: 'patient',
}
const dataKey = { kid: '019997e4-03e4-4aee-a5a2-96e9164cdf25', key: Buffer.alloc(32, 3) }
const fields = { '/data/note': '情绪平稳 😀', '/data/clinical': { sleep: 2, drugs: ['奥氮平'] } }
const broken = { code: 'HUB_SEAL_BROKEN' }

t.test('opens what was sealed, with the digests that its salts give', async (t) => {
  const entry = seal(context, dataKey, fields)

  const opened = openSeal(context, dataKey.key, entry)

  t.strictSame(opened.fields, fields)
  for (const [pointer, value] of Object.entries(fields)) {
    t.equal(entry.digests[pointer], fieldDigest(opened.seed2, pointer, value))
  }
  t.strictSame(Object.keys(entry.digests), Object.keys(fields))
})

t.test('opens any JSON again', async () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue({ stringUnit: 'grapheme' })),
      (anyFields) => {
        const entry = seal(context, dataKey, anyFields)
        const again = JSON.parse(JSON.stringify(anyFields))
        t.strictSame(openSeal(context, dataKey.key, entry).fields, again)
      },
    ),
    { seed: 8785, numRuns: 200 },
  )
})

t.test('opens under no other key', async (t) => {
  const entry = seal(context, dataKey, fields)

  for (const key of [Buffer.alloc(32, 4), Buffer.alloc(32), flipBit(dataKey.key, 0), flipBit(dataKey.key, 255)]) {
    t.throws(() => openSeal(context, key, entry), broken)
  }
  t.throws(() => openSeal(context, dataKey.key.subarray(0, 16), entry), broken, 'a key of another length')
})

t.test('opens in no other stream, event, type, version or subject, and under no other key id', async (t) => {
  const entry = seal(context, dataKey, fields)
  const elsewhere: readonly Partial<SealPlace>[] = [
    { stream: 'patient-5166b806-c92f-8766-879b-077f506cf392' },
    { id: '0199810e-ed17-7a99-8d2f-38a7285d0e22' },
    { type: 'FollowUpAttempted' },
    { version: 2 },
  ]

  for (const change of elsewhere) {
    t.throws(() => openSeal({ ...context, ...change }, dataKey.key, entry), broken, JSON.stringify(change))
  }
  const relabelled: readonly Partial<SealedEntry>[] = [
    { subject: 'guardian' },
    { subject: 'patient.2' },
    { kid: '019997e4-03e4-4aee-a5a2-96e9164cdf26' },
  ]
  for (const change of relabelled) {
    t.throws(() => openSeal(context, dataKey.key, { ...entry, ...change }), broken, JSON.stringify(change))
  }
})

t.test('opens with no bit flipped', async (t) => {
  const entry = seal(context, dataKey, fields)
  const ct = fromBase64url(entry.ct)
  const nonce = fromBase64url(entry.nonce)
  let refusals = 0

  for (let bit = 0; bit < ct.length * 8; bit++) refusals += refuses({ ...entry, ct: toBase64url(flipBit(ct, bit)) })
  for (let bit = 0; bit < 96; bit++) refusals += refuses({ ...entry, nonce: toBase64url(flipBit(nonce, bit)) })

  t.equal(refusals, ct.length * 8 + 96)
})

t.test('opens neither cut short nor drawn out', async (t) => {
  const entry = seal(context, dataKey, fields)
  const ct = fromBase64url(entry.ct)
  let refusals = 0

  for (let length = 0; length < ct.length; length++) {
    refusals += refuses({ ...entry, ct: toBase64url(ct.subarray(0, length)) })
    refusals += refuses({ ...entry, ct: toBase64url(ct.subarray(ct.length - length)) })
  }

  t.equal(refusals, ct.length * 2)
  for (const extra of [Buffer.concat([ct, Buffer.alloc(1)]), Buffer.concat([Buffer.alloc(1), ct])]) {
    t.throws(() => openSeal(context, dataKey.key, { ...entry, ct: toBase64url(extra) }), broken)
  }
})

t.test('says nothing about the person when it does not open', async (t) => {
  const entry = seal(context, dataKey, fields)

  const error = t.throws(() => openSeal(context, Buffer.alloc(32), entry), broken) as Error

  t.notMatch(error.message, /patient-|情绪|奥氮平/)
})

t.test('uses no nonce and no seed twice, and hands out bytes that nobody overwrites', async (t) => {
  const drawn = Array.from({ length: 2000 }, sealRandomness)
  const seeds = Array.from({ length: 2000 }, randomSeed)
  const first = seal(context, dataKey, fields)
  const second = seal(context, dataKey, fields)

  t.equal(new Set(drawn.map(({ nonce }) => toBase64url(nonce))).size, 2000)
  t.equal(new Set([...drawn.map(({ seed2 }) => seed2), ...seeds].map(toBase64url)).size, 4000)
  for (const { nonce, seed2 } of drawn) {
    if (nonce.length !== 12 || seed2.length !== 16) t.fail('a draw of another length')
    if (nonce.every((byte) => byte === 0) || seed2.every((byte) => byte === 0)) t.fail('a draw was wiped')
  }
  t.not(first.ct, second.ct)
  t.not(first.digests['/data/note'], second.digests['/data/note'], 'equal values have different digests')
})

t.test('refuses to seal what has no canonical form', async (t) => {
  for (const value of ['\ud800', Number.NaN, Number.POSITIVE_INFINITY, 1n]) {
    t.throws(() => seal(context, dataKey, { '/data/note': value }), { code: 'HUB_NOT_CANONICAL' }, typeof value)
  }
})

/** 1 where the entry is refused as broken. */
function refuses(entry: SealedEntry): number {
  try {
    openSeal(context, dataKey.key, entry)
    return 0
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === broken.code ? 1 : 0
  }
}

function flipBit(bytes: Uint8Array, bit: number): Buffer {
  const copy = Buffer.from(bytes)
  const at = Math.floor(bit / 8)
  copy[at] = (copy[at] ?? 0) ^ (1 << (bit % 8))
  return copy
}

t.test('takes keys of 32 bytes only', async (t) => {
  t.throws(() => seal(context, { ...dataKey, key: randomBytes(16) }, fields))
})
