import fc from 'fast-check'
import t from 'tap'
import { hashedId, isUuid, keyedId, uuidBytes, uuidOfBytes, uuidv7, uuidv8 } from '../../src/kernel/ids.js'

const digest = fc.uint8Array({ minLength: 16, maxLength: 64 })
const moment = fc.integer({ min: 0, max: 2 ** 48 - 1 })
const random = fc.uint8Array({ minLength: 10, maxLength: 10 })

t.test('writes the UUIDv7 of RFC 9562 appendix A.6', async (t) => {
  const bits = Buffer.from('0cc318c4dc0c0c07398f', 'hex')

  t.equal(uuidv7(0x017f22e279b0, bits), '017f22e2-79b0-7cc3-98c4-dc0c0c07398f')
})

t.test('orders UUIDv7 by their millisecond', async (t) => {
  fc.assert(
    fc.property(moment, moment, random, random, (one, two, r1, r2) => {
      const [a, b] = [uuidv7(one, r1), uuidv7(two, r2)]
      return one === two || a < b === one < two
    }),
    { seed: 7, numRuns: 1000 },
  )
  t.ok(uuidv7(255) < uuidv7(256) && uuidv7(2 ** 32 - 1) < uuidv7(2 ** 32), 'over the borders of bytes')
})

t.test('sets version and variant, and keeps every other bit', async (t) => {
  fc.assert(
    fc.property(moment, random, (at, bits) => {
      const bytes = uuidBytes(uuidv7(at, bits))
      const time = Number.parseInt(bytes.subarray(0, 6).toString('hex'), 16)
      return isUuid(uuidv7(at, bits)) && time === at && isStamped(bytes, 7, Buffer.concat([Buffer.alloc(6), bits]))
    }),
    { seed: 7, numRuns: 500 },
  )
  fc.assert(
    fc.property(digest, (bytes) => {
      const id = uuidv8(bytes)
      const made = uuidBytes(id)
      const isPrefixKept = made.subarray(0, 6).equals(bytes.subarray(0, 6))
      return isUuid(id) && isPrefixKept && isStamped(made, 8, bytes)
    }),
    { seed: 8, numRuns: 500 },
  )
  t.pass()
})

t.test('draws its own randomness, and none twice', async (t) => {
  t.equal(new Set(Array.from({ length: 5000 }, () => uuidv7(1))).size, 5000)
})

t.test('leaves the digest and the random bytes as they are', async (t) => {
  const given = Buffer.alloc(32, 0xff)

  uuidv8(given)
  uuidv8(given.subarray(0, 16))
  uuidv7(1, given)

  t.same(given, Buffer.alloc(32, 0xff))
})

t.test('turns UUIDs into bytes and back', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      return uuidBytes(uuidOfBytes(bytes)).equals(bytes)
    }),
    { seed: 16, numRuns: 500 },
  )
})

t.test('accepts one spelling of a UUID', async (t) => {
  const id = '5166b806-c92f-8766-879b-077f506cf391'
  t.ok(isUuid(id))

  for (const bad of [
    '',
    id.toUpperCase(),
    id.replaceAll('-', ''),
    `{${id}}`,
    `urn:uuid:${id}`,
    ` ${id}`,
    `${id}\n`,
    id.slice(1),
    `${id}0`,
    id.replace('8766', '9766'),
    id.replace('8766', '0766'),
    id.replace('879b', '779b'),
    id.replace('879b', 'c79b'),
    id.replace('5', 'g'),
    '00000000-0000-0000-0000-000000000000',
  ]) {
    t.notOk(isUuid(bad), JSON.stringify(bad))
  }
})

t.test('derives one id from the same parts and another from others', async (t) => {
  const key = Buffer.alloc(32, 1)
  const parts = [['a', 'b'], ['ab'], ['a', 'b', ''], ['b', 'a'], ['a', ['b']], ['a', { b: 1 }], ['1'], [1]]

  const ids = [
    ...parts.map((each) => hashedId(each)),
    ...parts.map((each) => keyedId(key, each)),
    ...parts.map((each) => keyedId(Buffer.alloc(32, 2), each)),
  ]

  t.equal(new Set(ids).size, ids.length)
  t.equal(hashedId(['a', { x: 1, y: 2 }]), hashedId(['a', { y: 2, x: 1 }]))
})

/** Bytes 6 to 15 as given, but for the four bits of the version and the two of the variant. */
function isStamped(made: Uint8Array, version: number, given: Uint8Array): boolean {
  for (let i = 6; i < 16; i++) {
    const wanted = given[i] ?? 0
    if (i === 6 && made[i] !== ((wanted & 0x0f) | (version << 4))) return false
    if (i === 8 && made[i] !== ((wanted & 0x3f) | 0x80)) return false
    if (i !== 6 && i !== 8 && made[i] !== wanted) return false
  }
  return true
}
