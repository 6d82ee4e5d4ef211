import t from 'tap'
import { codeListOf } from '../../src/domain/code-lists/code-list.js'
import { columnsOf, isRecalled, rowsOf } from '../../src/feeds/columns.js'
import type { FieldSet } from '../../src/policy/disclosure.js'
import { FACT_FIELDS, FACT_PATHS, type FactField, type FactPath } from '../../src/policy/facts.js'
import { PL_HIGH, POLICE_HIGH } from '../../src/policy/feed-field-sets.js'

/** A set that lets all of these out, as they are. */
const letting = (...fields: readonly FactPath[]): FieldSet => ({
  ...POLICE_HIGH,
  rules: fields.map((field) => ({ field, action: 'allow', clauses: ['W43'], basis: 'a test' })),
})

/** What the cell of this fact says of a value. */
function told(path: FactPath, value: unknown): string | number | undefined {
  const [head = '', tail] = path.split('.')
  const [column] = columnsOf([letting(path)])
  return column?.cellOf(tail === undefined ? { [head]: value } : { [head]: { [tail]: value } })
}

t.test('has a column for what may leave, and none for what may not', async (t) => {
  t.same(
    columnsOf([PL_HIGH]).map(({ heading, kind }) => `${heading} ${kind}`),
    [
      '人员代号 id',
      '姓名 text',
      '现住乡镇街道代码 digits',
      '现住社区代码 digits',
      '现住社区 text',
      '危险性评估等级 text',
      '评估日期 time',
      '评估状态 text',
      '联系卫生机构 text',
      '卫生机构电话 digits',
      '存在异议的内容 text',
      '行编号 id',
    ],
  )
})

t.test('tells ID numbers and telephones from numbers, and counts from codes', async (t) => {
  const kindOf = (path: FactPath) => columnsOf([letting(path)])[0]?.kind

  for (const path of ['idNumber', 'guardian.idNumber', 'phones', 'guardian.phones', 'relocation.to'] as const) {
    t.equal(kindOf(path), 'digits', path)
  }
  for (const path of ['policeRecorded.criminalHarm', 'danger.injured', 'selfHarm'] as const) {
    t.equal(kindOf(path), 'count', path)
  }
  for (const path of ['sex', 'level', 'conditionClass', 'economicStatus', 'evidence', 'name'] as const) {
    t.equal(kindOf(path), 'text', path)
  }
  t.equal(kindOf('birthDate'), 'day')
  t.equal(kindOf('danger.at'), 'time')
})

t.test('says in words what somebody holds to be wrong', async (t) => {
  t.equal(told('disputed', ['name', 'level', 'policeRecorded']), '身份信息、危险性评估等级、公安记录情况')
})

t.test('says every code of every fact in words', async (t) => {
  const coded = FACT_PATHS.flatMap((path) => {
    const list = codeListOf(FACT_FIELDS[path].schema)
    return list ? [{ path, list }] : []
  })

  t.ok(coded.length > 15, 'the coded facts are found')
  for (const { path, list } of coded) {
    for (const { code, zh } of list.entries) {
      const isLevel = list.name === 'riskLevel'
      t.equal(told(path, code), isLevel ? `${code}级` : zh, `${path} ${code}`)
    }
  }
})

t.test('leaves no fact whose values are names without words for them', async (t) => {
  for (const path of FACT_PATHS) {
    const { schema }: FactField = FACT_FIELDS[path]
    if (schema.type !== 'enum' && schema.type !== 'literal') continue
    const values = 'options' in schema ? (schema.options as readonly unknown[]) : []
    for (const value of values) t.match(told(path, value), /[\u4e00-\u9fff]/, `${path} ${value}`)
  }
})

t.test('joins lists, and leaves empty what a row does not say', async (t) => {
  t.equal(told('guardian.phones', ['139', '138']), '139、138')
  t.equal(told('evidence', ['SELF_HARM', 'WEAPON']), '自伤、自杀、持管制性危险武器')
  t.equal(told('policeRecorded.criminalHarm', 0), 0)
  t.equal(told('sex', '7'), '7', 'a code that no list has stays as it is')
  t.equal(columnsOf([letting('guardian.name')])[0]?.cellOf({ id: 'r1' }), '')
  t.equal(columnsOf([letting('name')])[0]?.cellOf(Object.create({ name: 'inherited' })), '')
})

t.test('reads the rows behind the header, with or without a last line end', async (t) => {
  const rows = (text: string) => [...rowsOf(Buffer.from(text))]

  t.same(rows('{"format":"x"}\n{"id":"一"}\n{"id":"2"}\n'), [{ id: '一' }, { id: '2' }])
  t.same(rows('{"format":"x"}\n{"id":"1"}'), [{ id: '1' }])
  t.same(rows('{"format":"x"}\n'), [])
  t.same(rows('{"format":"x"}'), [])
  t.same([{ id: 'r', recalled: true }, { id: 'r' }, { recalled: 'true' }].map(isRecalled), [true, false, false])
})
