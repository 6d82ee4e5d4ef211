import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import t from 'tap'
import { createSigner } from '../../src/feeds/signing.js'
import { canonicalJson } from '../../src/kernel/jcs.js'
import { REPOSITORY } from '../fixtures/repository.js'
import { madeDocument, resigned, SIGNER, someRows, toldBy, verdictOn } from './made-document.js'

const golden = (name: string): Buffer => readFileSync(join(REPOSITORY, 'test/feeds/golden', name))

const document = golden('station-1.ndjson')
const manifest = golden('station-1.manifest.json')
const members = JSON.parse(manifest.toString('utf8'))
const [first, second, third] = members.commitments
const written = (changes: Readonly<Record<string, unknown>>): Buffer =>
  Buffer.from(canonicalJson({ ...members, ...changes }))

t.test('tells a signature that is not over these bytes, whichever was changed', async (t) => {
  const flipped = members.signature.replace(/.(.)$/, (_: string, last: string) => `_${last}`)
  for (const [what, changes] of Object.entries({
    'the accounting digest': { accountingDigest: `sha256:${'A'.repeat(43)}` },
    'an algorithm': { algorithms: { ...members.algorithms, digest: 'md5' } },
    'a member more': { note: 1 },
    'a member without a canonical form': { note: '\ud800' },
    'the signature': { signature: flipped },
    'a short signature': { signature: 'ed25519:AAAA' },
    'another kind of signature': { signature: members.signature.replace('ed25519', 'ed448') },
    'the signer': { signedBy: SIGNER.publicKey },
  })) {
    const text = what.includes('canonical') ? JSON.stringify({ ...members, ...changes }) : written(changes)
    t.same(toldBy(verdictOn(document, Buffer.from(text))), [['MANIFEST_SIGNATURE']], what)
  }
})

t.test('takes the same manifest in another layout: what is signed is its canonical form', async (t) => {
  t.match(verdictOn(document, Buffer.from(JSON.stringify(members, undefined, 2))), { isSound: true })
})

t.test('tells a signer other than the one that is known', async (t) => {
  const { publicKey } = createSigner(Buffer.alloc(32, 8))

  const verdict = verdictOn(document, manifest, publicKey)

  t.same(toldBy(verdict), [['MANIFEST_SIGNER']])
  t.same(verdict.checked?.signer, { key: members.signedBy, isKnown: false })
  t.match(verdictOn(document, manifest, members.signedBy), { isSound: true })
})

t.test('tells a root, counts and ids that do not go together, also where they are signed', async (t) => {
  const root = `sha256:${'A'.repeat(43)}`
  for (const [changes, expected] of [
    [{ root }, [['MANIFEST_ROOT']]],
    [{ counts: { ...members.counts, rows: 2 } }, [['MANIFEST_COUNT'], ['HEADER_DIFFERS', 1]]],
    [{ counts: { rows: 2, closings: 2 } }, [['MANIFEST_COUNT'], ['HEADER_DIFFERS', 1]]],
    [{ counts: { rows: 2, closings: 1 } }, [['HEADER_DIFFERS', 1]]],
    [{ rows: 2 }, [['MANIFEST_COUNT'], ['HEADER_DIFFERS', 1]]],
    [
      { commitments: [second, first, third] },
      [
        ['MANIFEST_ORDER', first.id],
        ['MANIFEST_ROOT'],
        ['ROW_MISPLACED', 2, first.id],
        ['ROW_MISPLACED', 3, second.id],
      ],
    ],
    [
      { commitments: [first, second, second, third] },
      [['MANIFEST_COUNT'], ['MANIFEST_COUNT'], ['MANIFEST_DOUBLED', second.id], ['MANIFEST_ROOT']],
    ],
    [
      { commitments: [first, third] },
      [['MANIFEST_COUNT'], ['MANIFEST_COUNT'], ['MANIFEST_ROOT'], ['ROW_FOREIGN', 3, second.id]],
    ],
  ] as const) {
    const found = toldBy(verdictOn(document, resigned(manifest, changes)))
    t.same(
      found.filter(([kind]) => kind !== 'DIGEST_DIFFERS'),
      expected,
      JSON.stringify(expected),
    )
  }
})

t.test('reads no manifest that is none, says where, and looks no further', async (t) => {
  const wrong: readonly (readonly [Buffer, RegExp])[] = [
    [Buffer.from(''), /expected a JSON object/],
    [Buffer.from('[]'), /expected a JSON object/],
    [document, /expected a JSON object/],
    [golden('station-1.accounting.ndjson').subarray(0, -1), /expected a JSON object/],
    [written({ format: 'lianhu.accounting/1' }), /^\/format: /],
    [written({ commitments: [first, { ...second, name: '王示例' }] }), /^\/commitments\/1: /],
    [written({ commitments: [first, null] }), /^\/commitments\/1: /],
    [written({ commitments: [{ id: '王示例', commitment: first.commitment }] }), /^\/commitments\/0: /],
    [written({ signedBy: 'ed25519:short' }), /^\/signedBy: /],
    [written({ feed: '\u001b[2J王示例' }), /^\/feed: /],
  ]
  for (const [bytes, message] of wrong) {
    const verdict = verdictOn(document, bytes)
    t.same(toldBy(verdict), [['MANIFEST_UNREADABLE']])
    t.match(verdict.findings, [{ message }])
    t.equal(verdict.checked, undefined)
    t.notMatch(JSON.stringify(verdict), '王示例')
  }
})

t.test('names any commitment that was taken out, also where root, counts and signature were made anew', async (t) => {
  fc.assert(
    fc.property(someRows(1), fc.nat(), (rows, at) => {
      const made = madeDocument(rows)
      const index = at % rows.length
      const without = madeDocument(rows.toSpliced(index, 1))
      const found = toldBy(verdictOn(made.bytes, without.manifest))
      const expected = [
        ...[
          ['HEADER_DIFFERS', 1],
          ['HEADER_DIFFERS', 1],
        ],
        ...[['ROW_FOREIGN', index + 2, rows[index]?.id], ['DIGEST_DIFFERS']],
      ]
      if (JSON.stringify(found) !== JSON.stringify(expected)) throw new Error(JSON.stringify({ found, expected }))
    }),
  )
  t.pass('100 manifests')
})
