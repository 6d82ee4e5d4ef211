import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import t from 'tap'
import { type CommittedRow, saltOf } from '../../src/feeds/commitments.js'
import { MAX_FINDINGS_TOLD } from '../../src/feeds/document-findings.js'
import { withoutRecalled } from '../../src/feeds/recalled-lines.js'
import { documentCheck } from '../../src/feeds/verify-document.js'
import { fromBase64url } from '../../src/kernel/hash.js'
import { canonicalJson } from '../../src/kernel/jcs.js'
import { REPOSITORY } from '../fixtures/repository.js'
import { vectors } from '../fixtures/vectors.js'
import {
  bytesOf,
  type MadeDocument,
  madeDocument,
  recalledLine,
  resigned,
  SECRET,
  SIGNER,
  someRows,
  toldBy,
  verdictOn,
} from './made-document.js'

const golden = (name: string): Buffer => readFileSync(join(REPOSITORY, 'test/feeds/golden', name))
const DIGEST = ['DIGEST_DIFFERS']
const COUNT = ['ROW_COUNT']

/** Any rows, and two places among them of which the first is the earlier. */
const places = fc.tuple(someRows(2), fc.nat(), fc.nat()).map(([rows, a, b]): [MadeDocument, number, number] => {
  const [first, second] = [a % rows.length, b % (rows.length - 1)]
  const other = second < first ? second : second + 1
  return [madeDocument(rows), Math.min(first, other), Math.max(first, other)]
})

/** What is told of a changed document, which is exactly what is expected, and nothing of what its rows say. */
function expectTold(document: Uint8Array | readonly string[], { manifest }: MadeDocument, expected: unknown): void {
  const verdict = verdictOn(document, manifest)
  const [found, wanted] = [JSON.stringify(toldBy(verdict)), JSON.stringify(expected)]
  if (found !== wanted) throw new Error(`expected ${wanted}, got ${found}`)
  if (JSON.stringify(verdict).includes(SECRET)) throw new Error('a finding repeats a value')
}

t.test('finds the golden documents sound, and names the signer', async (t) => {
  for (const [name, rows] of [
    ['station-1', 3],
    ['station-3', 0],
    ['office', 3],
  ] as const) {
    const manifest = golden(`${name}.manifest.json`)
    const { signedBy } = JSON.parse(manifest.toString('utf8'))

    const unpinned = verdictOn(golden(`${name}.ndjson`), manifest)
    const pinned = verdictOn(golden(`${name}.ndjson`), manifest, signedBy)

    t.match(unpinned, { isSound: true, found: 0, checked: { rows, recalled: 0, digest: 'EQUAL' } }, name)
    t.same(unpinned.checked?.signer, { key: signedBy, isKnown: false })
    t.same(pinned, { ...unpinned, checked: { ...unpinned.checked, signer: { key: signedBy, isKnown: true } } })
  }
})

t.test('finds the rows of the vectors to be what their commitments and roots say', async (t) => {
  for (const { rows, commitmentsInOrder, rootHex } of vectors.manifests) {
    const salts = (documentId: string, rowId: string): string =>
      saltOf(fromBase64url(vectors.agencyIdKey), documentId, rowId)
    const made = madeDocument(
      rows
        .map(({ row, rowId, documentId }) => ({ ...row, id: rowId, salt: salts(documentId, rowId) }))
        .sort((a, b) => (a.id < b.id ? -1 : 1)),
    )
    const ids = made.rows.map(({ id }) => id)
    const manifest = resigned(made.manifest, {
      commitments: commitmentsInOrder.map((commitment, i) => ({ id: ids[i], commitment })),
      root: `sha256:${Buffer.from(rootHex, 'hex').toString('base64url')}`,
    })

    t.same(toldBy(verdictOn(made.bytes, manifest)), [])
  }
})

t.test('finds any sound document sound, however its bytes come', async (t) => {
  fc.assert(
    fc.property(someRows(0), fc.array(fc.nat({ max: 2000 })), (rows, cuts) => {
      const { bytes, manifest } = madeDocument(rows)
      const at = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length]
      const check = documentCheck(manifest, SIGNER.publicKey)
      for (const [i, end] of at.slice(1).entries()) check.add(bytes.subarray(at[i], end))
      const { isSound, checked } = check.end()
      return isSound && checked?.digest === 'EQUAL' && checked.rows === rows.length
    }),
  )
  t.pass('100 documents')
})

t.test('names the row that was dropped', async (t) => {
  fc.assert(
    fc.property(places, ([made, i]) => {
      // The earlier place is never the last: nothing is missing at the end.
      const expected = [['ROW_DROPPED', made.rows[i]?.id], COUNT, DIGEST]
      expectTold(made.lines.toSpliced(i + 1, 1), made, expected)
    }),
  )
  t.pass('100 documents')
})

t.test('names the row that stands twice, and where', async (t) => {
  fc.assert(
    fc.property(places, ([made, i, j]) => {
      const doubled = made.lines.toSpliced(j + 1, 0, made.lines[i + 1] ?? '')
      expectTold(doubled, made, [['ROW_DOUBLED', j + 2, made.rows[i]?.id], COUNT, DIGEST])
    }),
  )
  t.pass('100 documents')
})

t.test('names both rows that were swapped, and no other', async (t) => {
  fc.assert(
    fc.property(places, ([made, i, j]) => {
      const { lines, rows } = made
      const swapped = lines.with(i + 1, lines[j + 1] ?? '').with(j + 1, lines[i + 1] ?? '')
      const expected = [['ROW_MISPLACED', i + 2, rows[j]?.id], ['ROW_MISPLACED', j + 2, rows[i]?.id], DIGEST]
      expectTold(swapped, made, expected)
    }),
  )
  t.pass('100 documents')
})

/** Every way in which a row may say something else; the id apart. */
const ALTERATIONS: Readonly<Record<string, (row: CommittedRow) => Record<string, unknown>>> = {
  'a value': (row) => ({ ...row, level: Number(row.level) + 1 }),
  'a nested value': (row) => ({ ...row, guardian: { ...guardianOf(row), name: `${guardianOf(row).name}甲` } }),
  'an item of a nested list': (row) => {
    const { phones, ...rest } = guardianOf(row)
    return { ...row, guardian: { ...rest, phones: phones.with(-1, `${phones.at(-1)}1`) } }
  },
  'a member more': (row) => ({ ...row, more: SECRET }),
  'a member less': ({ level: _, ...row }) => row,
  'a type': (row) => ({ ...row, level: String(row.level) }),
  'a salt': (row) => ({ ...row, salt: `${row.salt.startsWith('A') ? 'B' : 'A'}${row.salt.slice(1)}` }),
  'a salt that stands for the same bytes': (row) => ({ ...row, salt: row.salt.slice(0, -1) + nextTo(row.salt.at(-1)) }),
  'no salt': ({ salt: _, ...row }) => row,
  'a mark of a recall': (row) => ({ ...row, recalled: true }),
}

function guardianOf(row: CommittedRow): { readonly name: string; readonly phones: readonly string[] } {
  return row.guardian as ReturnType<typeof guardianOf>
}

/** `A` → `B`, `Q` → `R`: two bits of it count. */
function nextTo(last = ''): string {
  return String.fromCharCode(last.charCodeAt(0) + 1)
}

for (const [what, alter] of Object.entries(ALTERATIONS)) {
  t.test(`names the row of which was altered: ${what}`, async (t) => {
    fc.assert(
      fc.property(places, ([made, i]) => {
        const row = made.rows[i]
        if (!row) throw new Error('no such row')
        const altered = made.lines.with(i + 1, canonicalJson(alter(row)))
        expectTold(altered, made, [['ROW_ALTERED', i + 2, row.id], DIGEST])
      }),
    )
    t.pass('100 documents')
  })
}

t.test('names the row whose id was changed as missing, and the line as foreign', async (t) => {
  fc.assert(
    fc.property(places, fc.uuid(), ([made, i], id) => {
      fc.pre(made.rows.every((row) => row.id !== id))
      const row = made.rows[i]
      const named = made.lines.with(i + 1, canonicalJson({ ...row, id }))
      expectTold(named, made, [['ROW_FOREIGN', i + 2, id], ['ROW_DROPPED', row?.id], DIGEST])
      const person = made.lines.with(i + 1, canonicalJson({ ...row, id: SECRET }))
      expectTold(person, made, [['ROW_FOREIGN', i + 2], ['ROW_DROPPED', row?.id], DIGEST])
    }),
  )
  t.pass('100 documents')
})

t.test('names the row that was appended', async (t) => {
  fc.assert(
    fc.property(someRows(1), (rows) => {
      const [other, ...kept] = rows
      const made = madeDocument(kept)
      const appended = [...made.lines, canonicalJson(other)]
      expectTold(appended, made, [['ROW_FOREIGN', kept.length + 2, other?.id], COUNT, DIGEST])
    }),
  )
  t.pass('100 documents')
})

t.test('names what is missing where the file was cut off, wherever that was', async (t) => {
  fc.assert(
    fc.property(someRows(1), fc.nat(), (rows, at) => {
      const made = madeDocument(rows)
      const kept = made.bytes.subarray(0, at % made.bytes.length)
      const lines = kept.toString('utf8').split('\n')
      // The last line may be whole but for its line feed.
      const whole = lines.filter((line, i) => line === made.lines[i]).length
      const dropped = rows.slice(Math.max(whole - 1, 0)).map(({ id }) => ['ROW_DROPPED', id])
      const last = lines.at(-1) === '' ? lines.length - 1 : lines.length
      const isCounted = Math.max(last - 1, 0) === rows.length
      expectTold(kept, made, [
        ...(whole === 0 && kept.length > 0 ? [['HEADER_UNREADABLE', 1]] : []),
        ...dropped,
        ...(isCounted ? [] : [COUNT]),
        ['TRUNCATED', last],
        DIGEST,
      ])
    }),
    { numRuns: 500 },
  )
  t.pass('500 documents')
})

t.test('counts a recalled row once, and tells the second line of it', async (t) => {
  const made = madeDocument([{ id: '2d7f27ce-dbfb-84c6-a246-d0b3f13eb487', salt: 'A'.repeat(22), name: SECRET }])
  const [row] = made.rows
  const recalled = row ? recalledLine(row) : ''

  const verdict = verdictOn([made.lines[0] ?? '', recalled, recalled], made.manifest)

  t.same(toldBy(verdict), [['ROW_DOUBLED', 3, row?.id], COUNT, DIGEST])
  t.match(verdict.checked, { rows: 2, recalled: 1, digest: 'DIFFERENT' })
})

t.test('checks a signature over more commitments than are written at a time', async (t) => {
  const ids = Array.from({ length: 20_001 }, (_, n) => `00000000-0000-8000-8000-${String(n).padStart(12, '0')}`)
  const made = madeDocument(ids.map((id) => ({ id, salt: 'A'.repeat(22) })))

  t.match(verdictOn(made.bytes, made.manifest), { isSound: true, checked: { rows: 20_001, digest: 'EQUAL' } })
})

t.test('takes rows that were recalled for what they are, and says that nothing else explains the digest', async (t) => {
  fc.assert(
    fc.property(someRows(2), fc.array(fc.boolean(), { minLength: 9, maxLength: 9 }), (rows, marks) => {
      const made = madeDocument(rows)
      const { commitments } = JSON.parse(made.manifest.toString('utf8')) as {
        readonly commitments: readonly { readonly id: string; readonly commitment: string }[]
      }
      const taken = commitments.filter((_, i) => i === 0 || marks[i])
      const { bytes } = withoutRecalled(made.bytes, new Map(taken.map(({ id, commitment }) => [id, commitment])))
      const { isSound, checked } = verdictOn(bytes, made.manifest)
      return isSound && checked?.recalled === taken.length && checked.digest === 'WITHOUT_RECALLED'
    }),
  )
  t.pass('100 documents')
})

t.test('names what else was changed in a document with recalled rows', async (t) => {
  fc.assert(
    fc.property(places, ([made, i, j]) => {
      const [first, other] = [made.rows[i], made.rows[j]]
      if (!first || !other) throw new Error('no such rows')
      const recalled = made.lines.with(i + 1, recalledLine(first))
      const altered = canonicalJson({ ...other, level: 'X' })
      expectTold(recalled.with(j + 1, altered), made, [['ROW_ALTERED', j + 2, other.id], DIGEST])
      const wrong = canonicalJson({ ...JSON.parse(recalledLine(other)), id: first.id })
      expectTold(made.lines.with(i + 1, wrong), made, [['ROW_ALTERED', i + 2, first.id], DIGEST])
      const more = canonicalJson({ ...JSON.parse(recalledLine(first)), name: SECRET })
      expectTold(made.lines.with(i + 1, more), made, [['ROW_ALTERED', i + 2, first.id], DIGEST])
      const header = canonicalJson({ ...JSON.parse(made.lines[0] ?? ''), note: SECRET })
      expectTold(recalled.with(0, header), made, [['HEADER_DIFFERS', 1], DIGEST])
    }),
  )
  t.pass('100 documents')
})

t.test('tells a header that speaks of something else', async (t) => {
  const [document, manifest] = [golden('station-1.ndjson'), golden('station-1.manifest.json')]
  const [line = '', ...rows] = document.toString('utf8').trimEnd().split('\n')
  const header = JSON.parse(line)
  const given = (changes: Readonly<Record<string, unknown>>) =>
    verdictOn([canonicalJson({ ...header, ...changes }), ...rows], manifest).findings.map(({ message }) => message)
  const digest = 'it is not that of these bytes'

  for (const [member, value] of Object.entries({
    format: 'lianhu.document/2',
    document: 'a709167d-2aba-8a43-9044-476f6325f54f',
    feed: 'political-legal-quarterly',
    period: '2026Q2',
    recipient: { ...header.recipient, id: '0199bbbb-0000-7000-8000-000000000003' },
    cut: { ...header.cut, at: '2026-04-08T00:00:00.001+08:00' },
    versions: { ...header.versions, 'policy:weihai-2019': 2 },
    fieldSets: ['police.high@1'],
    counts: { ...header.counts, high: 2 },
    simulated: undefined,
  })) {
    t.same(given({ [member]: value }), [`${member} is not that of the manifest`, digest], member)
  }
  t.same(given({ rows: 4 }), ['rows is not that of the manifest', 'expected 4 rows, got 3', digest])
  t.same(given({ preview: true }), ['1 members are none of a released document’s', digest])
  t.same(given({ deleteBy: undefined }), ['deleteBy is missing', digest])
  t.match(given({ purposes: ['X'] }), [/^it is not that of these bytes: purposes, deleteBy or/])
})

t.test('tells the document of somebody else as such, and as no part of this one', async (t) => {
  const verdict = verdictOn(golden('station-2.ndjson'), golden('station-1.manifest.json'))

  t.same(
    verdict.findings.map(({ kind }) => kind),
    [
      ...['HEADER_DIFFERS', 'HEADER_DIFFERS', 'HEADER_DIFFERS', 'HEADER_DIFFERS'],
      ...['ROW_FOREIGN', 'ROW_FOREIGN', 'ROW_DROPPED', 'ROW_DROPPED', 'ROW_DROPPED', 'DIGEST_DIFFERS'],
    ],
  )
})

t.test('tells a line that says the same in other bytes', async (t) => {
  const made = madeDocument([
    { id: '2d7f27ce-dbfb-84c6-a246-d0b3f13eb487', salt: 'A'.repeat(22), name: '\ufffd', n: 1 },
  ])
  const { lines, rows, manifest } = made
  const line = lines[1] ?? ''
  const [before = '', after = ''] = line.split('\ufffd')
  const canonical = ['NOT_CANONICAL', 2, rows[0]?.id]

  for (const other of [` ${line}`, `${line}\r`, line.replace('"n":1', '"n":1.0'), line.replace('{', '{"n":1,')]) {
    expectTold([lines[0] ?? '', other], made, [canonical, DIGEST])
  }
  expectTold([` ${lines[0]}`, line], made, [['NOT_CANONICAL', 1], DIGEST])
  const noUtf8 = Buffer.concat([Buffer.from(`${lines[0]}\n${before}`), Buffer.of(0xff), Buffer.from(`${after}\n`)])
  t.same(toldBy(verdictOn(noUtf8, manifest)), [canonical, DIGEST])
  const half = line.replace('\ufffd', '\\ud800')
  t.same(toldBy(verdictOn([lines[0] ?? '', half], manifest)), [canonical, ['ROW_ALTERED', 2, rows[0]?.id], DIGEST])
})

t.test('tells a line that is none, and goes on behind it', async () => {
  const made = madeDocument([])
  const [header = ''] = made.lines

  expectTold([header, ''], made, [['ROW_UNREADABLE', 2], COUNT, DIGEST])
  expectTold([header, '[1]', 'null'], made, [['ROW_UNREADABLE', 2], ['ROW_UNREADABLE', 3], COUNT, DIGEST])
  expectTold([header, `{"a":${'['.repeat(100_000)}`], made, [['ROW_UNREADABLE', 2], COUNT, DIGEST])
  expectTold([header, 'x'.repeat(17 * 1024 * 1024), '{}'], made, [
    ...[['ROW_UNREADABLE', 2], ['ROW_FOREIGN', 3], COUNT, DIGEST],
  ])
  expectTold([`\ufeff${header}`], made, [['HEADER_UNREADABLE', 1], DIGEST])
})

t.test('keeps so many findings and counts the others', async (t) => {
  const made = madeDocument([])
  const foreign = Array.from({ length: MAX_FINDINGS_TOLD + 5 }, () => '{}')

  const verdict = verdictOn([...made.lines, ...foreign], made.manifest)

  t.equal(verdict.findings.length, MAX_FINDINGS_TOLD)
  t.equal(verdict.found, MAX_FINDINGS_TOLD + 7, 'rows, their number and the digest')
})

t.test('ends with a verdict whatever bytes it is given', async (t) => {
  const made = madeDocument([])
  fc.assert(
    fc.property(fc.uint8Array(), fc.boolean(), (bytes, isDocument) => {
      const noise = Buffer.from(bytes)
      const verdict = isDocument ? verdictOn(noise, made.manifest) : verdictOn(made.bytes, noise)
      return !verdict.isSound
    }),
  )
  t.same(toldBy(verdictOn(bytesOf(made.lines), made.manifest)), [])
})
