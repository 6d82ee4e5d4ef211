import t from 'tap'
import { FEEDS } from '../../projections/feeds.js'
import { COUNT_WORDS, coverLines, type DocumentHeader, periodAndDays } from '../../src/feeds/cover.js'
import { type DocumentHead, digestOf, type Edition, headerLine, linesToBytes } from '../../src/feeds/document.js'
import { renderXlsx } from '../../src/feeds/render-xlsx.js'
import { MOST_ROWS } from '../../src/feeds/xlsx.js'
import { canonicalJson } from '../../src/kernel/jcs.js'
import { PL_HIGH, POLICE_HIGH, POLICE_TOKEN } from '../../src/policy/feed-field-sets.js'
import { dateOf, type ReadSheet, readWorkbook, textRows } from '../fixtures/xlsx-parts.js'

const EDITION: Edition = {
  ...{ feed: 'police-quarterly', period: '2026Q1', fieldSets: [POLICE_HIGH, POLICE_TOKEN], isSimulated: false },
  cut: { id: '0198f0aa-0000-8000-8000-000000000001', at: '2026-04-08T00:00:00.000+08:00' },
  versions: { 'feed:police-quarterly': 1, 'policy:weihai-2019': 1 },
}
const HEAD: DocumentHead = {
  ...{ documentId: '0198f0aa-0000-8000-8000-000000000002', agency: '0198f0aa-0000-8000-8000-000000000003' },
  ...{ agencyName: '示例&第一派出所', rows: 1, counts: { rows: 1, high: 1, low: 0, notAssessed: 0 } },
}
const ROW = {
  ...{
    id: 'r1',
    pseudonym: 'p1',
    fieldSet: 'police.high@1',
    salt: 'x',
    name: '王示例',
    idNumber: '440524188001010014',
  },
  ...{ level: 4, assessedOn: '2026-02-20', presentAddress: '=HYPERLINK("http://127.0.0.1","x")' },
  guardian: { phones: ['013900000001'], relation: '5' },
  policeRecorded: { criminalHarm: 2 },
  healthCentre: { name: '示例社区卫生服务中心', phone: '0631-5200001' },
}

interface Drawn {
  readonly edition?: Partial<Edition>
  readonly head?: Partial<DocumentHead>
  readonly rows?: readonly object[]
  readonly recalled?: number
}

function ndjsonOf({ edition, head, rows = [ROW] }: Drawn): Buffer {
  const first = headerLine({ ...EDITION, ...edition }, { ...HEAD, rows: rows.length, ...head })
  return linesToBytes(
    first,
    rows.map((row) => canonicalJson(row)),
  )
}

async function rendered(drawn: Drawn = {}): Promise<{ readonly cover: ReadSheet; readonly list: ReadSheet }> {
  const ndjson = ndjsonOf(drawn)
  const { fieldSets } = { ...EDITION, ...drawn.edition }
  const order = {
    ndjson,
    fieldSets,
    label: '公安季度数据',
    documentDigest: digestOf(ndjson),
    recalled: drawn.recalled ?? 0,
  }
  const { sheets } = readWorkbook(await renderXlsx(order))
  const [cover, list] = sheets
  if (!cover || !list || sheets.length !== 2) throw new Error('expected two sheets')
  return { cover, list }
}

/** The cover as label → value. */
const told = (cover: ReadSheet): Readonly<Record<string, string>> =>
  Object.fromEntries(textRows(cover).flatMap(([label = '', value]) => (value === undefined ? [] : [[label, value]])))

const column = (list: ReadSheet, heading: string): string =>
  String.fromCharCode(65 + (textRows(list)[0]?.indexOf(heading) ?? -1))

t.test('the cover says whose it is, what it is for, and until when', async (t) => {
  const { cover } = await rendered()
  const { 文档摘要: digest = '', 核对方法: how = '', ...others } = told(cover)

  t.equal(cover.name, '说明')
  t.match(others, {
    接收单位: '示例&第一派出所',
    文件编号: HEAD.documentId,
    名称: '公安季度数据（police-quarterly，第1版）',
    统计周期: '2026年第1季度（2026-01-01至2026-03-31）',
    提供目的: '制止危险行为、护送诊治',
    字段集: 'police.high@2、police.token@2',
    行数: '1',
    危险性评估3至5级人数: '1',
    目前无有效评估人数: '0',
    使用要求: /不得转交，不得公示/,
    联系: '示例社区卫生服务中心，电话0631-5200001',
  })
  t.equal(dateOf(others.截取时间 ?? ''), '2026-04-08 00:00')
  t.equal(dateOf(others.删除期限 ?? ''), '2026-09-28 00:00')
  t.equal(digest, digestOf(ndjsonOf({})))
  t.match(how, /NDJSON.*format=ndjson.*openssl.*checkDocument.*lianhu feed verify police-quarterly 2026Q1/s)
  t.notMatch([...cover.cells.values()].map(({ value }) => value).join(), /模拟|预览|撤回/)
})

t.test(
  'the list stays in sight: headings frozen and repeated, serial, recipient, delete-by and page on each page',
  async (t) => {
    const bytes = await renderXlsx({
      ...{
        ndjson: ndjsonOf({}),
        fieldSets: EDITION.fieldSets,
        label: '公安季度数据',
        documentDigest: 'x',
        recalled: 0,
      },
    })
    const { parts, sheets } = readWorkbook(bytes)

    t.match(sheets[1]?.xml, /<pane ySplit="1" topLeftCell="A2" state="frozen" activePane="bottomLeft"\/>/)
    t.match(parts.get('xl/workbook.xml'), /_xlnm.Print_Titles" localSheetId="1">(&apos;|')?名单(&apos;|')?!\$1:\$1</)
    for (const { name, xml } of sheets) {
      const footer = /<oddFooter>(.*?)<\/oddFooter>/s.exec(xml)?.[1] ?? ''
      for (const part of [HEAD.documentId, '示例&amp;&amp;第一派出所', '2026-09-28', '第 &amp;P 页，共 &amp;N 页']) {
        t.ok(footer.includes(part), `${name}: ${part}`)
      }
      t.match(xml, /<pageSetup [^>]*fitToWidth="1" fitToHeight="0"/)
    }
  },
)

t.test('dates are dates, numbers that are none are text, and nothing runs', async (t) => {
  const { list } = await rendered()
  const cell = (heading: string) => list.cells.get(`${column(list, heading)}2`)

  t.same(cell('评估日期'), { type: 'n', value: '46073', format: 'yyyy-mm-dd' })
  t.same(cell('证件号码'), { type: 's', value: '440524188001010014', format: '@' })
  t.same(cell('监护人电话'), { type: 's', value: '013900000001', format: '@' })
  t.same(cell('本期肇祸次数'), { type: 'n', value: '2', format: '' })
  t.match(cell('危险性评估等级'), { type: 's', value: '4级' })
  t.match(cell('与本人关系'), { type: 's', value: '父母' })
  t.match(cell('现住址'), { type: 's', value: ROW.presentAddress })
  t.equal(cell('失访原因'), undefined)
  t.notMatch(list.xml, /<f[ >]|<hyperlink/)
})

t.test('a moment keeps its minute, and a bare day gets none', async (t) => {
  const fieldSets = [
    { ...POLICE_HIGH, rules: POLICE_HIGH.rules.map((rule) => ({ ...rule, action: 'allow' as const })) },
  ]
  const rows = [
    { id: 'r1', danger: { at: '2026-03-04T22:05:00.000+08:00' } },
    { id: 'r2', danger: { at: '2026-03-05' } },
  ]

  const { list } = await rendered({ edition: { fieldSets }, rows })
  const at = [...list.cells].filter(([place]) => /^[A-Z]+[23]$/.test(place)).filter(([, { type }]) => type === 'n')

  t.same(
    at.map(([, { value, format }]) => [dateOf(value), format]),
    [
      ['2026-03-04 22:05', 'yyyy-mm-dd hh:mm'],
      ['2026-03-05 00:00', 'yyyy-mm-dd'],
    ],
  )
})

t.test('columns fit what they hold, within bounds', async (t) => {
  const { list } = await rendered({
    rows: [{ ...ROW, presentAddress: '示例路'.repeat(20), name: '王' }],
  })
  const widths = [...list.xml.matchAll(/<col min="(\d+)" max="\d+" width="([\d.]+)"/g)].map(([, , width]) =>
    Number(width),
  )
  const widthOf = (heading: string) => widths[column(list, heading).charCodeAt(0) - 65]

  t.equal(widths.length, textRows(list)[0]?.length, 'every column has one')
  t.equal(widthOf('姓名'), 8)
  t.equal(widthOf('证件号码'), 20)
  t.equal(widthOf('联系卫生机构'), 22, 'a Chinese character takes two')
  t.equal(widthOf('现住址'), 38)
})

t.test('a row that was taken back is a line that says so', async (t) => {
  const recalled = { commitment: 'sha256:x', id: 'r2', recalled: true }

  const { cover, list } = await rendered({ rows: [ROW, recalled], recalled: 1 })

  const line = textRows(list)[2] ?? []
  t.same([line[0], line.at(-1)], ['已撤回', 'r2'])
  t.same(
    line.slice(1, -1).filter((text) => text !== ''),
    [],
  )
  t.equal(told(cover).发布后撤回行数, '1')
  t.match(told(cover).核对方法, /1行被撤回/)
})

t.test('where nobody is concerned the list says so', async (t) => {
  const { cover, list } = await rendered({ rows: [], head: { counts: { rows: 0, high: 0, low: 0, notAssessed: 0 } } })

  t.same(textRows(list).slice(1), [['无']])
  t.match(told(cover), { 行数: '0', 联系: '本文件各行均未载联系单位' })
})

t.test('what is simulated or a preview says so in large letters, and on every page', async (t) => {
  const { cover, list } = await rendered({ edition: { isSimulated: true, isPreview: true } })

  t.same(
    textRows(cover)
      .slice(0, 3)
      .map(([text]) => text),
    ['公安季度数据', '模拟数据　不涉及真实人员', '预览　尚未发布，不得使用'],
  )
  t.match(cover.xml, /<mergeCell ref="A2:B2"\/><mergeCell ref="A3:B3"\/>/)
  for (const { xml } of [cover, list]) t.match(xml, /<oddHeader>.*&amp;C&amp;18模拟数据　预览/s)
})

t.test('coarse numbers are told as such, unit by unit', async (t) => {
  const byUnit = [{ unit: '示例中心', high: 3, low: '<5', notAssessed: 10 }]
  const counts = { rows: 3, high: 3, low: '<5', notAssessed: 10, byUnit }

  const { cover } = await rendered({ edition: { fieldSets: [PL_HIGH] }, head: { counts } })

  t.match(told(cover), {
    危险性评估0至2级人数: '不足5',
    目前无有效评估人数: '10',
    '其中：示例中心': '危险性评估3至5级人数：3；危险性评估0至2级人数：不足5；目前无有效评估人数：10',
    计数说明: /按5取整/,
  })
})

t.test('there are words for whatever a feed counts', async (t) => {
  for (const { name, counts, groups: names } of FEEDS) {
    const groups = Object.fromEntries(names.map((group) => [group, 6]))
    const { rows: _, byUnit = [], ...told } = counts({ rows: 6, closings: 1, groups, units: [{ name: 'x', groups }] })
    const inUnits = (byUnit as readonly object[]).flatMap((unit) => Object.keys(unit)).filter((key) => key !== 'unit')
    for (const key of [...Object.keys(told), ...inUnits]) t.ok(COUNT_WORDS[key], `${name}: ${key}`)
  }
  t.match(periodAndDays('2026H2'), '2026年下半年（2026-07-01至2026-12-31）')
})

t.test('names at most twenty to call, and none where no row does', async (t) => {
  const header = JSON.parse(ndjsonOf({}).toString('utf8').split('\n')[0] ?? '') as DocumentHeader
  const contacts = Array.from({ length: 21 }, (_, i) => `中心${i}`)
  const line = coverLines(header, { label: 'x', documentDigest: 'x', recalled: 0, contacts }).find(
    ([is]) => is === '联系',
  )

  t.match(line?.[1], /中心19；其余见名单各行$/)
})

t.test('the same document gives the same bytes', async (t) => {
  const order = { ndjson: ndjsonOf({}), fieldSets: EDITION.fieldSets, label: 'x', documentDigest: 'x', recalled: 0 }

  t.ok((await renderXlsx(order)).equals(await renderXlsx(order)))
})

t.test('refuses what no sheet holds', async (t) => {
  const ndjson = ndjsonOf({ rows: [], head: { rows: MOST_ROWS + 1 } })
  const order = { ndjson, fieldSets: EDITION.fieldSets, label: 'x', documentDigest: 'x', recalled: 0 }

  t.equal(MOST_ROWS, 1_048_575)
  await t.rejects(renderXlsx(order), { code: 'HUB_TOO_MANY_ROWS' })
})
