/** A released document after rows of it were taken back: by download, in a message, by every format. */
import t from 'tap'
import { checkDocument } from '../../kit/document.js'
import type { DocumentNotice } from '../../kit/envelope.js'
import { withoutRecalled } from '../../src/feeds/recalled-lines.js'
import { readWorkbook, workbookText } from '../fixtures/xlsx-parts.js'
import { driveTo, openCounty, Q1, STATION_1, STATION_2 } from './county.js'

const POLICE = 'police-quarterly'

interface Line {
  readonly id: string
  readonly name?: string
  readonly commitment?: string
  readonly recalled?: boolean
}

async function released(t: Parameters<typeof openCounty>[0]) {
  const county = await openCounty(t)
  await driveTo(county, '2026-04-09T10:00:00+08:00')
  const read = (agency = STATION_1) => county.feeds.document(POLICE, Q1, agency)
  const manifest = JSON.parse((await county.feeds.recipientManifest(POLICE, Q1, STATION_1)).toString('utf8'))
  const { documents } = (await county.feeds.periods(POLICE)).find(({ period }) => period === Q1) ?? { documents: [] }
  const document = documents.find(({ agency }) => agency === STATION_1)?.document ?? ''
  return { county, read, manifest, document }
}

function linesOf(bytes: Buffer): readonly Line[] {
  return bytes
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => JSON.parse(line))
}

/** Takes the row of a name back. */
async function recall(
  { county, manifest, document }: Awaited<ReturnType<typeof released>>,
  lines: readonly Line[],
  name: string,
): Promise<Line> {
  const row = lines.find((line) => line.name === name)
  if (!row) throw new Error(`no row of ${name}`)
  const { commitment } = manifest.commitments.find(({ id }: Line) => id === row.id)
  await county.deps.recorder.appendNext({
    stream: `patient-${county.people.high}`,
    type: 'RecallSent',
    data: {
      ...{ agency: STATION_1, reason: 'SENT_IN_ERROR', deleteBy: '2026-05-01' },
      rows: [{ document, row: row.id, commitment }],
    },
  })
  return { ...row, commitment }
}

interface Manifest {
  readonly document: string
  readonly rows: number
  readonly root: string
  readonly documentDigest: string
}

function noticeOf({ document: id, rows, root, documentDigest: digest }: Manifest): DocumentNotice {
  return { id, feed: POLICE, period: Q1, rows, root, digest, href: '/' }
}

t.test('goes out without a row that was taken back, with the commitment in its place', async (t) => {
  const rig = await released(t)
  const { county, read, manifest } = rig
  const whole = await read()
  const before = linesOf(whole.bytes)
  const other = (await read(STATION_2)).bytes
  const row = await recall(rig, before, '王示例')

  const after = await read()

  t.equal(after.recalled, 1)
  t.equal(whole.recalled, 0)
  t.notMatch(after.bytes.toString('utf8'), /王示例/)
  t.same(
    linesOf(after.bytes),
    before.map((line) => (line.id === row.id ? { commitment: row.commitment, id: row.id, recalled: true } : line)),
    'every other row stands as it stood',
  )
  t.ok((await read(STATION_2)).bytes.equals(other), 'and every other document')
  const csv = await county.feeds.document(POLICE, Q1, STATION_1, 'csv')
  t.notMatch(csv.bytes.toString('utf8'), /王示例/)
  t.match(csv.bytes.toString('utf8'), new RegExp(`^已撤回,.*${row.id}`, 'm'))
  const workbook = await county.feeds.document(POLICE, Q1, STATION_1, 'xlsx')
  const texts = workbookText(readWorkbook(workbook.bytes))
  t.equal(workbook.recalled, 1)
  t.notMatch(texts, /王示例/)
  t.match(texts, new RegExp(`"已撤回".*${row.id}`, 's'))

  const notice = noticeOf(manifest)
  checkDocument(notice, whole.bytes)
  checkDocument(notice, after.bytes)
  t.pass('the kit takes both by the same notice')
})

t.test('a receiver takes no document in which anything else was changed', async (t) => {
  const rig = await released(t)
  const { read, manifest } = rig
  await recall(rig, linesOf((await read()).bytes), '王示例')
  const text = (await read()).bytes.toString('utf8')
  const notice = noticeOf(manifest)
  const lines = text.split('\n')
  const kept = lines.findIndex((line, i) => i > 0 && !line.includes('"recalled"'))
  const recalled = lines.findIndex((line) => line.includes('"recalled"'))
  const changed: Readonly<Record<string, readonly string[]>> = {
    'a level': lines.with(kept, (lines[kept] ?? '').replace('"assessment":"', '"assessment":"X')),
    'a commitment': lines.with(
      recalled,
      (lines[recalled] ?? '').replace('sha256:', 'sha256:A').replace(/.("id)/, '$1'),
    ),
    'a row less': lines.toSpliced(kept, 1),
    'rows in another order': lines.with(kept, lines[recalled] ?? '').with(recalled, lines[kept] ?? ''),
    'a row behind the end': [...lines.slice(0, -1), lines[kept] ?? ''],
    'more in a recalled row': lines.with(recalled, (lines[recalled] ?? '').replace('true}', 'true,"name":"X"}')),
    'another period': lines.with(0, (lines[0] ?? '').replace('2026Q1', '2026Q2')),
    'another document': lines.with(0, (lines[0] ?? '').replace(/"document":"./, '"document":"_')),
    'no JSON': lines.with(kept, 'x'),
    'no commitment': lines.with(recalled, '{"id":"x","recalled":true}'),
  }
  checkDocument({ ...notice, recalled: 1 }, Buffer.from(text))
  t.throws(() => checkDocument({ ...notice, recalled: 2 }, Buffer.from(text)), { code: 'DOCUMENT_MISMATCH' }, 'a count')
  for (const [what, tampered] of Object.entries(changed)) {
    t.not(tampered.join('\n'), text, what)
    t.throws(() => checkDocument(notice, Buffer.from(tampered.join('\n'))), { code: 'DOCUMENT_MISMATCH' }, what)
  }
})

t.test('an erasure takes rows out too, also where nobody who gives it out was told meanwhile', async (t) => {
  const rig = await released(t)
  const { county, read, document } = rig
  const row = linesOf((await read()).bytes).find(({ name }) => name === '王示例')
  await county.deps.recorder.appendNext({
    stream: `patient-${county.people.high}`,
    type: 'IdentityErased',
    data: {
      ...{ keyId: '0198f0aa-0000-4000-8000-000000000001', authority: 'UNLAWFUL', deleteBy: '2026-05-01' },
      rows: [{ document, row: row?.id, commitment: `sha256:${'A'.repeat(43)}` }],
    },
  })

  t.match(await read(), { recalled: 1 })
})

t.test('leaves what names no row of it', async (t) => {
  const bytes = Buffer.from('{"format":"lianhu.document/1"}\n{"id":"a","note":"\\"id\\":\\"b\\""}\n')

  t.same(withoutRecalled(bytes, new Map([['b', 'sha256:x']])), { bytes, recalled: 0 })
  t.same(withoutRecalled(bytes, new Map()), { bytes, recalled: 0 })
})
