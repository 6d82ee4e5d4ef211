import { randomBytes } from 'node:crypto'
import { deflateRawSync } from 'node:zlib'
import t from 'tap'
import { headerLine, linesToBytes } from '../../src/feeds/document.js'
import { draftOf, readReturnSheet } from '../../src/feeds/read-return-sheet.js'
import { RETURN_COVER, RETURN_LIST, returnColumnsOf } from '../../src/feeds/return-columns.js'
import { renderReturnSheet } from '../../src/feeds/return-sheet.js'
import { columnLetters, readWorkbook } from '../../src/feeds/xlsx.js'
import {
  createXlsxRenderer,
  MAKING_LIMITS,
  READ_BOUNDS,
  READING_LIMITS,
  SHEET_BOUNDS,
} from '../../src/feeds/xlsx-thread.js'
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
    rows.map((row) => canonicalJson(row)),
  )
}

const order = { ndjson: ndjsonOf(ROWS), role: 'POLICE', label: '公安季度数据' } as const
const blank = renderReturnSheet(order)

const SHEETS = [RETURN_COVER, RETURN_LIST]
const BY = { agency: 'a', role: 'POLICE' } as const

/** What a sheet says once these cells of it are filled, or the faults. */
async function readWith(cells: Parameters<typeof filledSheet>[1], role: 'POLICE' | 'CA' = 'POLICE') {
  const sheets = await readWorkbook(await filledSheet(await blank, cells), SHEETS, READ_BOUNDS)
  return draftOf(readReturnSheet(sheets, role), role)
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

t.test('takes nothing that is too long for a day or time, whatever it is made of', async (t) => {
  t.same(await faultsOf({ [RETURN_LIST]: { C2: '肇事', E2: '1', D2: `2026-03-02${' '.repeat(40)}9:05` } }), [
    ['D2', 'another text'],
  ])

  const columns = returnColumnsOf('POLICE')
  const [cover, list] = await readWorkbook(await blank, SHEETS, READ_BOUNDS)
  if (!cover || !list) throw new Error('two sheets')
  const hostile = [KNOWN, undefined, ...columns.map(() => `${'T'.repeat(32_000)}x`)]
  const rows = [list.rows[0] ?? [], ...Array.from({ length: 500 }, () => hostile)]
  t.throws(() => readReturnSheet([cover, { ...list, rows }], 'POLICE'), /^\d+ cells/, 'and ends')
})

t.test('reads no file that is none, or unpacks to more than a sheet', async (t) => {
  const renderer = createXlsxRenderer()
  t.teardown(() => renderer.close())
  const bytes = await filledSheet(await blank, { [RETURN_LIST]: { N2: '示例路9号' } })

  const { items, places } = await renderer.read(bytes, BY)
  t.same(items, [{ pseudonym: KNOWN, kind: 'ADDRESS', data: { text: '示例路9号' } }])
  t.equal(places[0]?.member('text'), 'N2')
  t.match(await refusalOf(renderer.read(await blank, BY)), [/^说明!B/], 'faults come out of the thread')
  t.ok((await renderer.returnSheet(order)).equals(await blank), 'the thread makes the same')
  const zeros = Buffer.alloc(40 * 1024 * 1024)
  for (const [what, file] of Object.entries({
    nothing: Buffer.alloc(0),
    text: Buffer.from('王示例'),
    'the half of it': bytes.subarray(0, bytes.length / 2),
    'a bomb that says so': zipOf({ [FIRST]: zeros }),
    'one that says less': zipOf({ [FIRST]: zeros }, 1000),
    'one that says nothing': zipOf({ [FIRST]: zeros }, 0),
    'an archive of something else': zipOf({ [FIRST]: Buffer.from('x') }),
  })) {
    t.same(await refusalOf(renderer.read(file, BY)), UNREADABLE, what)
  }
  const lying = zipOf({ [FIRST]: zeros }, 1000)
  t.ok(isWithin(lying, SHEET_BOUNDS), 'a directory that lies is believed')
  await t.rejects(readWorkbook(lying, SHEETS, READ_BOUNDS), /exceeds limit of 1000 bytes/, 'and held to what it says')
  t.equal((await renderer.read(bytes, BY)).items.length, 1, 'and goes on')
})

t.test('reads no more than a sheet of ours holds, however little unpacks to it', async (t) => {
  const renderer = createXlsxRenderer()
  t.teardown(() => renderer.close())
  const shared = 'a'.repeat(8 * 1024 * 1024)
  const manyTimes = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`N${i + 2}`, shared]))
  t.same(await refusalOf(renderer.read(await listFilled(manyTimes), BY)), UNREADABLE, 'and the hub lives')

  const most = 'a'.repeat(32_767)
  const short = { ...READ_BOUNDS, mostCharacters: 1500 }
  for (const [cells, bounds] of [
    [{ N2: `${most}a` }, READ_BOUNDS],
    [{ N2: 'a'.repeat(700), N3: 'a'.repeat(700) }, short],
    [{ CW2: 'x' }, READ_BOUNDS],
    [{ A10001: 'x' }, READ_BOUNDS],
  ] as const) {
    await t.rejects(readWorkbook(await listFilled(cells), SHEETS, bounds), /holds more/, Object.keys(cells).join())
  }
  await t.resolves(readWorkbook(await listFilled({ N2: 'a'.repeat(700) }), SHEETS, short), 'what is within them')
  t.same(await faultsOf({ [RETURN_LIST]: { N2: most, A5002: 'x' } }), [['A5002', 'more']], 'more lines are told of')
})

t.test('believes no directory that may stand elsewhere', async (t) => {
  const small = zipOf({ [FIRST]: Buffer.from('x'), 'x.xml': Buffer.from('x') })
  const end = small.length - 22
  const at = small.readUInt32LE(end + 16)
  const changed = (change: (bytes: Buffer) => unknown): Buffer => {
    const bytes = Buffer.from(small)
    change(bytes)
    return bytes
  }
  const put = (place: number, inserted: Buffer): Buffer =>
    Buffer.concat([small.subarray(0, place), inserted, small.subarray(place)])
  const locator = Buffer.alloc(20)
  locator.writeUInt32LE(0x07064b50, 0)

  t.ok(isWithin(await blank, SHEET_BOUNDS), 'a sheet that was given out')
  t.ok(isWithin(small, SHEET_BOUNDS))
  t.ok(isWithin(zipOf({ [FIRST]: Buffer.from('x') }, 1, Buffer.from('0200020000000000', 'hex')), SHEET_BOUNDS))
  const one = zipOf({ [FIRST]: Buffer.from('x') })
  const [first, last] = [one.readUInt32LE(one.length - 6), one.length - 22]
  const listed = Buffer.alloc((last - first) * 0xffff).fill(one.subarray(first, last))
  const many = Buffer.concat([one.subarray(0, first), listed, one.subarray(last)])
  many.writeUInt16LE(0xffff, many.length - 12)
  many.writeUInt32LE(listed.length, many.length - 10)
  const counted = { ...SHEET_BOUNDS, mostEntries: 0xffff }
  for (const [what, bytes] of Object.entries({
    'its size stands elsewhere': changed((bytes) => bytes.writeUInt32LE(0xffffffff, end + 12)),
    'it stands elsewhere': changed((bytes) => bytes.writeUInt32LE(0xffffffff, end + 16)),
    'it is counted elsewhere': many,
    'it ends elsewhere': changed((bytes) => bytes.writeUInt32LE(end - at - 1, end + 12)),
    'it has more entries': changed((bytes) => bytes.writeUInt16LE(1, end + 10)),
    'something stands behind it': put(end, Buffer.alloc(4)),
    'something stands before the file': put(0, Buffer.alloc(4)),
    'another is pointed at': put(end, locator),
    'another is pointed at, from its last entry': zipOf(
      { [FIRST]: Buffer.from('x') },
      1,
      Buffer.concat([Buffer.from('02001400', 'hex'), locator]),
    ),
    'sizes stand in an extra field': zipOf({ [FIRST]: Buffer.from('x') }, 1, Buffer.from('0200000001000000', 'hex')),
    'more is stored than stated': zipOf({ [FIRST]: randomBytes(SHEET_BOUNDS.mostBytes + 1) }, 1),
  })) {
    t.notOk(isWithin(bytes, counted), what)
  }
})

t.test('lets whoever sends slow sheets hold up nobody who takes documents out', async (t) => {
  const slow = await slowSheet()
  const patient = createXlsxRenderer(MAKING_LIMITS, { ...READING_LIMITS, mostMs: 600_000 })
  let isRead = false
  const outcome = refusalOf(patient.read(slow, BY)).finally(() => {
    isRead = true
  })

  t.ok((await patient.returnSheet(order)).equals(await blank))
  t.notOk(isRead, 'it is made meanwhile')
  await patient.close()
  t.same(await outcome, ['HUB_STOPPING'])

  const limits = { ...READING_LIMITS, mostMs: 200, mostWaiting: 2, mostOfOne: 1 }
  const short = createXlsxRenderer(MAKING_LIMITS, limits)
  t.teardown(() => short.close())
  t.same(
    await Promise.all(['a', 'a', 'b', 'c'].map((agency) => overloadOf(short.read(slow, { ...BY, agency })))),
    [TOO_LONG, TOO_MANY, TOO_LONG, TOO_MANY],
    'each gets its time and no more; so many of one agency may wait, and so many at all',
  )
})

const FIRST = '[Content_Types].xml'
/** Of the file, not of a cell. */
const UNREADABLE = ['']

const TOO_LONG = 'reading the sheet took too long'
const TOO_MANY = 'too many workbooks are being made or read'

/** What is said where the hub has no time: 503, so that whoever sent it tries again. */
async function overloadOf(reading: Promise<unknown>): Promise<string> {
  try {
    await reading
  } catch (error) {
    if (isHubError(error, 'HUB_OVERLOADED')) return error.message
    throw error
  }
  return ''
}

/** Where the faults are, or the code where it is another. */
async function refusalOf(reading: Promise<unknown>): Promise<readonly string[]> {
  try {
    await reading
  } catch (error) {
    if (isHubError(error, 'HUB_BAD_RETURN')) return error.faults.map(({ pointer }) => pointer)
    if (isHubError(error)) return [error.code]
    throw error
  }
  return []
}

/** The blank sheet with these cells of its list filled. */
async function listFilled(cells: Readonly<Record<string, string>>): Promise<Buffer> {
  return filledSheet(await blank, { [RETURN_LIST]: cells })
}

/** The blank sheet with columns defined over and over, which takes the package minutes. */
async function slowSheet(): Promise<Buffer> {
  const defined = '<cols>'.concat('<col min="1" max="16384" width="9"/>'.repeat(400_000), '</cols><sheetData>')
  const parts = [...partsOf(await blank).parts].map(([name, xml]) => [
    name,
    Buffer.from(name === 'xl/worksheets/sheet2.xml' ? xml.replace(/(<cols>.*<\/cols>)?<sheetData>/s, defined) : xml),
  ])
  return zipOf(Object.fromEntries(parts))
}

/**
 * An archive of these entries.
 * @param stated what each says to unpack to; the truth where absent
 * @param extra the extra fields of each in the directory
 */
function zipOf(entries: Readonly<Record<string, Buffer>>, stated?: number, extra = Buffer.alloc(0)): Buffer {
  const files: Buffer[] = []
  const directory: Buffer[] = []
  let at = 0
  for (const [path, content] of Object.entries(entries)) {
    const [name, packed] = [Buffer.from(path), deflateRawSync(content)]
    const sizes = (header: Buffer, place: number): Buffer => {
      header.writeUInt32LE(packed.length, place)
      header.writeUInt32LE(stated ?? content.length, place + 4)
      header.writeUInt16LE(name.length, place + 8)
      return header
    }
    const local = sizes(Buffer.alloc(30), 18)
    local.writeUInt32LE(0x04034b50, 0)
    const entry = sizes(Buffer.alloc(46), 20)
    entry.writeUInt32LE(0x02014b50, 0)
    entry.writeUInt16LE(8, 10)
    entry.writeUInt16LE(extra.length, 30)
    entry.writeUInt32LE(at, 42)
    files.push(local, name, packed)
    directory.push(entry, name, extra)
    at += local.length + name.length + packed.length
  }
  const listed = Buffer.concat(directory)
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(Object.keys(entries).length, 10)
  end.writeUInt32LE(listed.length, 12)
  end.writeUInt32LE(at, 16)
  return Buffer.concat([...files, listed, end])
}
