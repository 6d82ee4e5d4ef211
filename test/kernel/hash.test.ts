import { createHash, createHmac } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import {
  fromBase64url,
  hmacSha256,
  prefixedSha256,
  prefixedSha256Text,
  preparedHmacSha256,
  sha256,
  sha256Of,
  toBase64url,
} from '../../src/kernel/hash.js'

const reference = (key: Uint8Array, data: string): string => createHmac('sha256', key).update(data).digest('hex')
const anyText = fc.string({ unit: 'binary', maxLength: 3000 })
const anyBytes = fc.uint8Array({ maxLength: 200 })

t.test('hashes bytes and UTF-8 text alike', async (t) => {
  t.equal(sha256('').toString('hex'), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  t.equal(sha256('abc').toString('hex'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  t.same(sha256('患者'), sha256(Buffer.from('患者', 'utf8')))
  t.same(sha256Of('患', Buffer.from('者'), ''), sha256('患者'))
  t.same(sha256Of(), sha256(''))
})

t.test('hashes a prefix and a text as one, at every length, without disturbing what it answered before', async (t) => {
  const earlier: (readonly [Buffer, string])[] = []

  fc.assert(
    fc.property(anyBytes, anyText, (prefix, text) => {
      const wanted = createHash('sha256').update(prefix).update(text).digest()
      const found = prefixedSha256(prefix, text)
      earlier.push([found, wanted.toString('hex')])
      return found.equals(wanted) && prefixedSha256Text(prefix, text) === wanted.toString('base64url')
    }),
    { seed: 1, numRuns: 300 },
  )

  t.ok(earlier.every(([found, wanted]) => found.toString('hex') === wanted))
})

t.test('computes HMAC-SHA-256 of RFC 4231', async (t) => {
  const cases: readonly (readonly [Buffer, Buffer, string])[] = [
    [
      Buffer.alloc(20, 0x0b),
      Buffer.from('Hi There'),
      'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
    ],
    [
      Buffer.from('Jefe'),
      Buffer.from('what do ya want for nothing?'),
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    ],
    [
      Buffer.alloc(131, 0xaa),
      Buffer.from('Test Using Larger Than Block-Size Key - Hash Key First'),
      '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    ],
  ]

  for (const [key, data, digest] of cases) {
    t.equal(hmacSha256(key, data).toString('hex'), digest)
    t.equal(preparedHmacSha256(key)(data.toString('latin1')).toString('hex'), digest)
  }
})

t.test(
  'agrees with createHmac for text and bytes of any length, without disturbing what it answered before',
  async (t) => {
    const earlier: (readonly [Buffer, string])[] = []
    const check = (key: Uint8Array, text: string): boolean => {
      const wanted = reference(key, text)
      const [ofText, ofBytes] = [hmacSha256(key, text), hmacSha256(key, Buffer.from(text))]
      earlier.push([ofText, wanted])
      return ofText.toString('hex') === wanted && ofBytes.toString('hex') === wanted
    }

    fc.assert(fc.property(anyBytes, anyText, check), { seed: 2, numRuns: 300 })
    for (const length of [21_000, 22_000, 65_000, 66_000, 200_000])
      t.ok(check(keyOf(32), '记'.repeat(length)), `${length}`)

    t.ok(earlier.every(([found, wanted]) => found.toString('hex') === wanted))
  },
)

t.test('agrees with createHmac for keys of every length around the block', async (t) => {
  for (let length = 0; length <= 140; length++) {
    const key = keyOf(length)
    t.equal(preparedHmacSha256(key)('记录').toString('hex'), reference(key, '记录'), `${length} bytes`)
  }
})

t.test('agrees with createHmac for any key and one text after the other, longer and shorter', async (t) => {
  fc.assert(
    fc.property(anyBytes, fc.array(anyText, { maxLength: 6 }), (key, texts) => {
      const prepared = preparedHmacSha256(key)
      return texts.every((text) => prepared(text).toString('hex') === reference(key, text))
    }),
    { seed: 2104, numRuns: 200 },
  )
  t.pass('200 keys')
})

t.test('agrees with createHmac while inputs grow over every size of its buffer', async (t) => {
  const key = keyOf(32)
  const prepared = preparedHmacSha256(key)

  for (const unit of ['a', 'é', '汉', '😀', '\ud800']) {
    for (const length of [0, 1, 63, 64, 319, 320, 321, 959, 960, 961, 1024, 5000, 4, 70_000, 3]) {
      const text = unit.repeat(length)
      t.equal(prepared(text).toString('hex'), reference(key, text), `${length} of ${JSON.stringify(unit)}`)
    }
  }
})

t.test('keeps two prepared keys apart, and answers that stay as they are', async (t) => {
  const [one, two] = [preparedHmacSha256(keyOf(32)), preparedHmacSha256(keyOf(33))]

  const answers = [one('a'), two('a'), one('b'), two('b'), one('a')].map((answer) => answer)

  t.strictSame(
    answers.map((answer) => answer.toString('hex')),
    [
      reference(keyOf(32), 'a'),
      reference(keyOf(33), 'a'),
      reference(keyOf(32), 'b'),
      reference(keyOf(33), 'b'),
      reference(keyOf(32), 'a'),
    ],
  )
})

t.test('writes base64url without padding, of views as well', async (t) => {
  const bytes = Uint8Array.of(9, 0xfb, 0xff, 0xfe, 9)

  t.equal(toBase64url(bytes.subarray(1, 4)), '-__-')
  t.equal(toBase64url(Uint8Array.of(0xff)), '_w')
  t.equal(toBase64url(Uint8Array.of()), '')
  t.same(fromBase64url('-__-'), Buffer.from([0xfb, 0xff, 0xfe]))
})

function keyOf(length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, i) => (i * 37 + length) % 256))
}
