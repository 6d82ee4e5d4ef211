import { deflateRawSync } from 'node:zlib'
import t from 'tap'
import { headerLine, linesToBytes } from '../../src/feeds/document.js'
import { readReturnSheet } from '../../src/feeds/read-return-sheet.js'
import { RETURN_COVER, RETURN_LIST } from '../../src/feeds/return-columns.js'
import { renderReturnSheet } from '../../src/feeds/return-sheet.js'
import { columnLetters, readWorkbook } from '../../src/feeds/xlsx.js'
import { createXlsxRenderer, SHEET_BOUNDS } from '../../src/feeds/xlsx-thread.js'
import { isWithin } from '../../src/feeds/zip-bounds.js'
import { isHubError } from '../../src/kernel/errors.js'
import { canonicalJson } from '../../src/kernel/jcs.js'
import { COMMUNITY_CLOSING, POLICE_HIGH, POLICE_TOKEN } from '../../src/policy/feed-field-sets.js'
import { filledSheet } from '../fixtures/filled-sheet.js'
import { readWorkbook as partsOf, textRows } from '../fixtures/xlsx-parts.js'

const DOCUMENT = '0198f0aa-0000-7000-8000-0000000000d0'
const KNOWN = '0198f0aa-0000-8000-8000-000000000001'
const TOKEN = '0198f0aa-0000-8000-8000-000000000002'
const ROWS = [
  { id: 'a', pseudonym: KNOWN, name: '=王示例', idNumber: '440524188001010014', level: 4 },
  { id: 'b', pseudonym: TOKEN, level: 1 },
  { id: 'c', pseudonym: 'gone', closing: { reason: 'LEFT_AREA' } },
  { id: 'd', recalled: true, commitment: 'x' },
]

function ndjsonOf(rows: readonly unknown[]): Buffer {
  const fieldSets = [POLICE_HIGH, POLICE_TOKEN, COMMUNITY_CLOSING]
  const cut = { id: 'x', at: '2026-04-08T00:00:00.000+08:00' }
  const edition = { feed: 'police-quarterly', period: '2026Q1', fieldSets, versions: {}, isSimulated: true, cut }
  const head = { documentId: DOCUMENT, agency: 'x', agencyName: '示例派出所', rows: rows.length, counts: {} }
  return linesToBytes(
    headerLine(edition, head),
    rows.map((row) => Buffer.from(canonicalJson(row))),
  )
}

const order = { ndjson: ndjsonOf(ROWS), role: 'POLICE', label: '公安季度数据' } as const
const blank = renderReturnSheet(order)

/** What a sheet says once these cells of it are filled, or the faults. */
async function readWith(cells: Parameters<typeof filledSheet>[1], role: 'POLICE' | 'CA' = 'POLICE') {
  return readReturnSheet(await readWorkbook(await filledSheet(await blank, cells)), role)
}

async function faultsOf(cells: Parameters<typeof filledSheet>[1], role?: 'CA'): Promise<readonly unknown[]> {
  try {
    await readWith(cells, role)
  } catch (error) {
    if (isHubError(error, 'HUB_BAD_RETURN')) return error.faults.map(({ pointer, got }) => [pointer, got])
    throw error
  }
  return []
}

t.test('lists by pseudonym whom the document lists still, and of them no more than its names', async (t) => {
  const bytes = await blank
  const [cover, list] = partsOf(bytes).sheets
  if (!cover || !list) throw new Error('two sheets')

  const [headings = [], ...lines] = textRows(list)
  t.match(headings.slice(0, 5), ['人员代号', '姓名', '肇事肇祸：类别*', '肇事肇祸：时间*', '肇事肇祸：警情编号*'])
  t.same(
    lines.map((line) => line.slice(0, 2)),
    [[KNOWN, '=王示例'], [TOKEN]],
  )
  t.notMatch(JSON.stringify(textRows(list)), /440524|gone/)
  t.equal(list.cells.get('B2')?.type, 's', 'no name becomes a formula')
  t.match(list.xml, /<dataValidation [^>]*type="list"/, 'offers the words of code lists')
  t.match(list.xml, /轻度滋事,肇事,肇祸/)
  t.match(JSON.stringify(textRows(cover)), new RegExp(`文件编号","${DOCUMENT}`))
  t.ok((await renderReturnSheet(order)).equals(bytes), 'the same bytes every time')
  const many = ndjsonOf(Array.from({ length: 5001 }, () => ROWS[1]))
  await t.rejects(renderReturnSheet({ ...order, ndjson: many }), { code: 'HUB_TOO_MANY_ROWS' })
})

t.test('reads words for codes, and dates however they are written', async (t) => {
  const { document, items, places } = await readWith({
    [RETURN_LIST]: {
      ...{ C2: '肇祸', D2: '2026/3/2 9:05', E2: 123 },
      ...{ F3: '其他危害行为', G3: new Date('2026-03-03T00:00:00Z'), H3: '0', J3: ' 已死亡 ', K3: '2026年3月4日' },
      ...{ A4: KNOWN, C4: '肇事', D4: new Date('2026-03-05T22:10:00Z'), E4: '00123' },
      N4: '  示例路9号 ',
    },
  })

  t.equal(document, DOCUMENT)
  t.same(items, [
    { pseudonym: KNOWN, kind: 'INCIDENT', data: { kind: 3, at: '2026-03-02T09:05:00+08:00', policeRef: '123' } },
    { pseudonym: TOKEN, kind: 'DANGER', data: { kind: 4, at: '2026-03-03', injured: 0 } },
    { pseudonym: TOKEN, kind: 'CONTACT', data: { outcome: 'DECEASED', at: '2026-03-04' } },
    { pseudonym: KNOWN, kind: 'INCIDENT', data: { kind: 2, at: '2026-03-05T22:10:00+08:00', policeRef: '00123' } },
    { pseudonym: KNOWN, kind: 'ADDRESS', data: { text: '示例路9号' } },
  ])
  t.same(
    places.map((place) => [place.pseudonym, place.member('at'), place.member('elsewhere')]),
    [
      ['A2', 'D2', 'A2'],
      ['A3', 'G3', 'A3'],
      ['A3', 'K3', 'A3'],
      ['A4', 'D4', 'A4'],
      ['A4', 'A4', 'A4'],
    ],
  )
})

t.test('names every cell that cannot be taken, and repeats nothing of it', async (t) => {
  t.same(
    await faultsOf({
      [RETURN_LIST]: {
        ...{ C2: '打架', D2: '昨天', E2: { formula: 'WEBSERVICE("http://127.0.0.1/")' } },
        ...{ G3: '2026-02-30', H3: -1 },
        ...{ A4: '王示例', N4: '示例路9号', AB4: '另外' },
        ...{ N5: '示例路10号' },
      },
    }),
    [
      ...[
        ['C2', 'another text'],
        ['D2', 'another text'],
        ['E2', 'a formula'],
      ],
      ...[
        ['F3', 'nothing'],
        ['G3', 'another text'],
        ['H3', 'a number'],
      ],
      ...[
        ['AB4', 'another text'],
        ['A4', 'another text'],
        ['A5', 'nothing'],
      ],
    ],
  )
  const error = await readWith({ [RETURN_LIST]: { C2: '打架斗殴王示例' } }).catch((refusal: unknown) => refusal)
  t.notMatch(JSON.stringify(error), /王示例|斗殴/)
  t.match(error, { faults: [{ messageZh: '只能填：轻度滋事、肇事、肇祸' }, {}, {}] })
})

t.test('takes nothing to report as such only where somebody says so', async (t) => {
  const row = textRows(partsOf(await blank).sheets[0] as never).findIndex(([label]) => label === '本期无情况反馈') + 1
  const [nothing, serial] = [`B${row}`, `B${row - 2}`]

  t.same(await faultsOf({}), [[`${RETURN_COVER}!${nothing}`, 'neither']], 'an empty sheet may be a wrong one')
  t.same((await readWith({ [RETURN_COVER]: { [nothing]: '是' } })).items, [])
  t.same(await faultsOf({ [RETURN_COVER]: { [nothing]: '是' }, [RETURN_LIST]: { N2: '示例路9号' } }), [
    [`${RETURN_COVER}!${nothing}`, '是'],
  ])
  t.same(await faultsOf({ [RETURN_COVER]: { [serial]: '2026-1', [nothing]: '也许' } }), [
    [`${RETURN_COVER}!${serial}`, 'another text'],
    [`${RETURN_COVER}!${nothing}`, 'another text'],
  ])
})

t.test('refuses another agency’s sheet, and one whose headings were changed', async (t) => {
  t.match(await faultsOf({ [RETURN_LIST]: { N2: '示例路9号' } }, 'CA'), [['C1', 'another heading']])
  t.same(await faultsOf({ [RETURN_LIST]: { D1: '日期', N2: '示例路9号' } }), [['D1', 'another heading']])
  t.throws(() => readReturnSheet([{ name: 'Sheet1', rows: [] }], 'POLICE'), { code: 'HUB_BAD_RETURN' })
  t.equal(columnLetters(0) + columnLetters(26) + columnLetters(701), 'AAAZZ')
})

t.test('reads no file that is none, or unpacks to more than a sheet', async (t) => {
  const renderer = createXlsxRenderer()
  t.teardown(() => renderer.close())
  const bytes = await blank

  t.equal((await renderer.read(bytes)).length, 2)
  t.ok((await renderer.returnSheet(order)).equals(bytes), 'the thread makes the same')
  const zeros = Buffer.alloc(40 * 1024 * 1024)
  for (const [what, file] of Object.entries({
    nothing: Buffer.alloc(0),
    text: Buffer.from('王示例'),
    'the half of it': bytes.subarray(0, bytes.length / 2),
    'a bomb that says so': zipOf(zeros, zeros.length),
    'one that says less': zipOf(zeros, 1000),
    'one that says nothing': zipOf(zeros, 0),
    'an archive of something else': zipOf(Buffer.from('x'), 1),
  })) {
    await t.rejects(renderer.read(file), { code: 'HUB_BAD_RETURN' }, what)
  }
  t.ok(isWithin(zipOf(zeros, 1000), SHEET_BOUNDS), 'a directory that lies is believed')
  await t.rejects(readWorkbook(zipOf(zeros, 1000)), /exceeds limit of 1000 bytes/, 'and held to what it says')
  t.equal((await renderer.read(bytes)).length, 2, 'and goes on')
})

/** An archive with one entry, the first that a reader wants, that states to unpack to so many bytes. */
function zipOf(content: Buffer, stated: number): Buffer {
  const [name, packed] = [Buffer.from('[Content_Types].xml'), deflateRawSync(content)]
  const sizes = (header: Buffer, at: number): Buffer => {
    header.writeUInt32LE(packed.length, at)
    header.writeUInt32LE(stated, at + 4)
    header.writeUInt16LE(name.length, at + 8)
    return header
  }
  const local = sizes(Buffer.alloc(30), 18)
  local.writeUInt32LE(0x04034b50, 0)
  const entry = sizes(Buffer.alloc(46), 20)
  entry.writeUInt32LE(0x02014b50, 0)
  entry.writeUInt16LE(8, 10)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(1, 10)
  end.writeUInt32LE(local.length + name.length + packed.length, 16)
  return Buffer.concat([local, name, packed, entry, name, end])
}
