import t from 'tap'
import { renderCsv, safeCell } from '../../src/feeds/render-csv.js'
import { PL_HIGH, POLICE_HIGH, POLICE_TOKEN } from '../../src/policy/feed-field-sets.js'

const ndjson = (...rows: readonly object[]): Buffer =>
  Buffer.from(`${[{ format: 'header' }, ...rows].map((row) => JSON.stringify(row)).join('\n')}\n`)

t.test('no cell can be taken for a formula', async (t) => {
  for (const text of ['=1+1', '+8613', '-2', '@SUM(A1)', '\t=1', '\r=1', '＝1', '＋1', '－1', '＠x']) {
    t.equal(safeCell(text), `'${text}`)
  }
  for (const text of ['王示例', '示例路1号', '2026-02-20', '0631-5200001', '4级', '']) t.equal(safeCell(text), text)
})

t.test('no long number is rounded and no zero lost', async (t) => {
  t.equal(safeCell('440524188001010014'), '\t440524188001010014')
  t.equal(safeCell('06315200001'), '\t06315200001')
  t.equal(safeCell('11010519491231002X'), '11010519491231002X')
  t.equal(safeCell('13900000001'), '13900000001')
})

t.test('has a byte order mark, Chinese headings and codes in words', async (t) => {
  const row = {
    id: 'r1',
    pseudonym: 'p1',
    name: '王示例',
    level: 4,
    guardian: { relation: '5', phones: ['139', '138'] },
    lossOfContact: { reason: 3 },
    assessment: 'ASSESSED',
  }
  const text = renderCsv(ndjson(row), [POLICE_HIGH, POLICE_TOKEN]).toString('utf8')
  const [headings = '', cells = ''] = text.split('\r\n')

  t.equal(text.charCodeAt(0), 0xfeff)
  t.match(headings, /人员代号,姓名,证件号码,现住址/)
  t.match(cells, /^p1,王示例,/)
  for (const word of ['139、138', '父母', '4级', '走失', '已评估']) t.match(cells, word)
})

t.test('a row that was taken back is a line that says so', async (t) => {
  const text = renderCsv(ndjson({ commitment: 'sha256:x', id: 'r1', recalled: true }), [PL_HIGH]).toString('utf8')

  t.equal(text.split('\r\n')[1], '已撤回,,,,,,,,,,,r1')
})

t.test('leaves out what a row holds beyond its columns', async (t) => {
  const text = renderCsv(ndjson({ id: 'r1', diagnosis: 'F20', guardian: { idNumber: '123' } }), [PL_HIGH]).toString(
    'utf8',
  )

  t.notMatch(text, /F20|123/)
})
