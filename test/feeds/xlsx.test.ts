import fc from 'fast-check'
import t from 'tap'
import { type Cell, MOST_CHARACTERS, printed, type Sheet, writeWorkbook } from '../../src/feeds/xlsx.js'
import { dateOf, readWorkbook } from '../fixtures/xlsx-parts.js'

const AT = '2026-04-08T00:00:00.000+08:00'

const sheet = (rows: Sheet['rows'], changes: Partial<Sheet> = {}): Sheet => ({
  ...{ name: '名单', columns: [{ width: 10 }], rows, looks: new Map(), frozenRows: 1 },
  paper: { size: 'a4', isLandscape: true, hasGrid: true },
  ...{ header: '&L页眉', footer: '&R第 &P 页' },
  ...changes,
})

async function written(sheets: readonly Sheet[]) {
  return readWorkbook(await writeWorkbook({ title: '测试', at: AT, sheets }))
}

/** The cells of the first column, as they come back. */
async function backFrom(cells: readonly Cell[], changes?: Partial<Sheet>) {
  const [read] = (await written([sheet([['标题'], ...cells.map((cell) => [cell])], changes)])).sheets
  return cells.map((_, i) => read?.cells.get(`A${i + 2}`))
}

t.test('text that looks like a formula, an error, a number or a date stays that text', async (t) => {
  const texts = [
    '=HYPERLINK("http://127.0.0.1","x")',
    '=1+1',
    '+8613900000002',
    '-2+3',
    '@SUM(A1)',
    '＝1+1',
    '＋1',
    '－1',
    '＠x',
    '\t=1',
    '\r=1',
    '\n=1',
    ' =1',
    "'=1",
    '{=1}',
    '#N/A',
    '#REF!',
    '#VALUE!',
    '#GETTING_DATA',
    '#SPILL!',
    '# _x0041_ ',
    '#',
    'TRUE',
    'http://127.0.0.1/',
    '<f>1+1</f>',
    '&lt;f&gt;',
    ']]>',
    '440524188001010014',
    '011',
    '1e5',
    '2026-02-20',
    '3-2',
    '_x0041_',
    '_x005F_x0041_',
    '_x0041_x0042_',
    '\u0000\u0001\u001f',
    '\ufffe\uffff',
    '　两端　',
    ' 两端 ',
  ]

  const back = await backFrom(texts)

  for (const [i, text] of texts.entries()) t.same(back[i], { type: 's', value: text, format: '' }, JSON.stringify(text))
})

t.test('whatever text goes in comes out as it is, in text cells', async (t) => {
  const text = fc.string({ unit: 'binary', minLength: 1 })
  const marked = fc.tuple(fc.constantFrom('=', '+', '-', '@', '#', '_x', '＝', '\t', '\r', "'", ' '), text)
  const texts = fc.array(
    fc.oneof(
      text,
      marked.map(([mark, rest]) => mark + rest),
    ),
    { minLength: 1, maxLength: 50 },
  )

  const { failed, counterexample } = await fc.check(
    fc.asyncProperty(texts, fc.boolean(), async (some, isText) => {
      const back = await backFrom(some, { columns: [{ width: 10, isText }] })
      return some.every((value, i) => back[i]?.type === 's' && back[i].value === value)
    }),
    { numRuns: 60 },
  )

  t.notOk(failed, JSON.stringify(counterexample))
})

t.test('dates are dates, by the clock on the wall, and numbers numbers', async (t) => {
  const days = await backFrom([{ day: '2026-02-20' }, { day: '1949-12-31' }, { time: '2026-03-04T22:05:59.000+08:00' }])
  const mixed = await backFrom([3, 0, { day: '2026-02-20' }])
  const ancient = await backFrom([{ day: '1900-03-01' }, { day: '1900-02-28' }, { day: '1899-12-31' }])

  t.same(
    days.map((cell) => [cell?.type, dateOf(cell?.value ?? ''), cell?.format]),
    [
      ['n', '2026-02-20 00:00', 'yyyy-mm-dd'],
      ['n', '1949-12-31 00:00', 'yyyy-mm-dd'],
      ['n', '2026-03-04 22:05', 'yyyy-mm-dd hh:mm'],
    ],
  )
  t.same(
    mixed.map((cell) => [cell?.type, cell?.value, cell?.format]),
    [
      ['n', '3', ''],
      ['n', '0', ''],
      ['n', '46073', 'yyyy-mm-dd'],
    ],
  )
  t.same(
    ancient.map((cell) => [cell?.type, cell?.value]),
    [
      ['n', '61'],
      ['s', '1900-02-28'],
      ['s', '1899-12-31'],
    ],
    'what the format’s calendar does not know stays text',
  )
})

t.test('an empty cell has no value, and a column of text stays text when typed over', async (t) => {
  const back = await backFrom(['011', '', undefined, '11010519491231002X'], { columns: [{ width: 20, isText: true }] })

  t.same(back, [
    { type: 's', value: '011', format: '@' },
    undefined,
    undefined,
    { type: 's', value: '11010519491231002X', format: '@' },
  ])
})

t.test('the same sheets give the same bytes, and name nobody', async (t) => {
  const sheets = [sheet([['标题'], ['王示例']])]
  const book = { title: '测试', at: AT, sheets }

  const [first, second] = [await writeWorkbook(book), await writeWorkbook(book)]

  t.ok(first.equals(second))
  const core = readWorkbook(first).parts.get('docProps/core.xml') ?? ''
  t.match(core, /<dcterms:created[^>]*>2026-04-07T16:00:00Z</)
  t.match(core, /<dcterms:modified[^>]*>2026-04-07T16:00:00Z</)
  t.notMatch(core, /creator|lastModifiedBy/)
})

t.test('a long text in a wrapped column makes its row grow', async (t) => {
  const [read] = (
    await written([
      sheet([['标题'], ['短'], ['长'.repeat(30)], ['一\n二\n三']], { columns: [{ width: 21, isWrapped: true }] }),
    ])
  ).sheets
  const heights = [...(read?.xml.matchAll(/<row r="(\d+)" ht="(\d+)"/g) ?? [])].map(([, row, height]) => [row, height])

  t.same(heights, [
    ['3', '45'],
    ['4', '45'],
  ])
})

t.test('makes names harmless in headers and footers, and short', async (t) => {
  t.equal(printed('示例&P所\n第二行', 30), '示例&&P所 第二行')
  t.equal(printed('一二三四五', 5), '一二三四五')
  t.equal(printed('一二三四五六', 5), '一二三四…')
  t.equal(printed('𠮷𠮷𠮷', 2), '𠮷…', 'no character is cut in two')
})

t.test('refuses what the format does not hold', async (t) => {
  const longest = '长'.repeat(MOST_CHARACTERS)

  t.equal((await backFrom([longest]))[0]?.value, longest)
  await t.rejects(backFrom([`${longest}长`]), /a cell holds 32767 characters/)
  await t.rejects(written([sheet([['标题']], { footer: 'x'.repeat(256) })]), /holds 255 characters/)
})
