import fc from 'fast-check'
import t from 'tap'
import { canonicalJson } from '../../src/kernel/jcs.js'

const notCanonical = { code: 'HUB_NOT_CANONICAL' }

t.test('writes the sample of RFC 8785 §3.2.2', async (t) => {
  const sample: unknown = JSON.parse(`{
    "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
    "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
    "literals": [null, true, false]
  }`)

  t.equal(
    canonicalJson(sample),
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  )
})

t.test('sorts members by UTF-16 code unit, as RFC 8785 §3.2.3 does', async (t) => {
  const sample = {
    '\u20ac': 'Euro Sign',
    '\r': 'Carriage Return',
    '\ufb33': 'Hebrew Letter Dalet With Dagesh',
    '1': 'One',
    '\ud83d\ude00': 'Emoji: Grinning Face',
    '\u0080': 'Control',
    '\u00f6': 'Latin Small Letter O With Diaeresis',
  }

  // Parsing would put a member named like an index first: it gets another name.
  t.strictSame(Object.values(JSON.parse(canonicalJson(sample).replace('"1":', '"_1":'))), [
    'Carriage Return',
    'One',
    'Control',
    'Latin Small Letter O With Diaeresis',
    'Euro Sign',
    'Emoji: Grinning Face',
    'Hebrew Letter Dalet With Dagesh',
  ])
})

t.test('sorts members that look like numbers as text', async (t) => {
  t.equal(
    canonicalJson({ 10: 'a', 9: 'b', 1: 'c', '-1': 'd', '01': 'e' }),
    '{"-1":"d","01":"e","1":"c","10":"a","9":"b"}',
  )
})

t.test('writes the numbers of RFC 8785 appendix B', async (t) => {
  const table: readonly (readonly [string, string])[] = [
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef4f', '999999999999999900000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555554', '333333333.33333325'],
    ['41b3de4355555555', '333333333.3333333'],
    ['41b3de4355555556', '333333333.3333334'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ]

  for (const [hex, text] of table) t.equal(canonicalJson(Buffer.from(hex, 'hex').readDoubleBE()), text, hex)
  for (const hex of ['7fffffffffffffff', '7ff0000000000000', 'fff0000000000000']) {
    t.throws(() => canonicalJson(Buffer.from(hex, 'hex').readDoubleBE()), notCanonical, hex)
  }
})

t.test('escapes what must be escaped, and nothing else', async (t) => {
  t.equal(canonicalJson('\b\t\n\f\r\u0000\u001f"\\'), '"\\b\\t\\n\\f\\r\\u0000\\u001f\\"\\\\"')
  t.equal(canonicalJson('/\u007f\u2028\u2029é汉😀'), '"/\u007f\u2028\u2029é汉😀"')
  t.not(canonicalJson('é'), canonicalJson('e\u0301'), 'no normalisation')
})

t.test('refuses unpaired surrogates, as values and as names, however deep', async (t) => {
  for (const bad of ['\ud800', '\udc00', 'a\udbff', '\ude00\ud83d', 'x\ud83dx']) {
    t.throws(() => canonicalJson(bad), notCanonical)
    t.throws(() => canonicalJson({ [bad]: 1 }), notCanonical)
    t.throws(() => canonicalJson([{ a: [bad] }]), notCanonical)
  }
  t.equal(canonicalJson('\ud83d\ude00'), '"😀"', 'a pair is one character')
})

t.test('refuses what JSON cannot say', async (t) => {
  for (const bad of [undefined, 1n, Symbol('x'), () => 1]) {
    t.throws(() => canonicalJson(bad), notCanonical)
    t.throws(() => canonicalJson([bad]), notCanonical)
  }
  const [hole] = [new Array<number>(2)]
  t.throws(() => canonicalJson(hole), notCanonical, 'a hole in an array')
  t.throws(() => canonicalJson({ a: 1n }), notCanonical)
})

t.test('leaves out members that are undefined', async (t) => {
  t.equal(canonicalJson({ b: undefined, a: 1 }), '{"a":1}')
  t.equal(canonicalJson({ b: undefined }), '{}')
})

t.test('says nothing of the value when it refuses', async (t) => {
  const error = t.throws(() => canonicalJson({ note: '张三\ud800' }), notCanonical) as Error

  t.notMatch(error.message, /张三/)
})

t.test('reads back as the same value, and is the same for every order of members', async (t) => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary', maxDepth: 5 }), (value) => {
      let text: string
      try {
        text = canonicalJson(value)
      } catch {
        return hasLoneSurrogate(JSON.stringify(value))
      }
      const again = JSON.parse(text)
      return canonicalJson(again) === text && canonicalJson(shuffled(again)) === text
    }),
    { seed: 8785, numRuns: 500 },
  )
  t.pass('500 values')
})

/** `JSON.stringify` writes a lone surrogate as an escape, and a pair as itself. */
function hasLoneSurrogate(json: string): boolean {
  return /\\ud[89a-f]/.test(json)
}

function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([member, item]) => [member, shuffled(item)]),
  )
}
