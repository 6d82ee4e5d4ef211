import t from 'tap'
import { accountPage } from '../../src/account/account-page.js'
import { type PageVersion, pageYears } from '../../src/account/page-lines.js'
import type {
  AccountEntry,
  DeliveryState,
  DocumentEntry,
  MessageEntry,
  Said,
  ViewEntry,
} from '../../src/account/port.js'
import type { Role } from '../../src/domain/event.js'
import type { Purpose } from '../../src/policy/disclosure.js'

const PATIENT = '5166b806-c92f-8766-879b-077f506cf391'
const UNKNOWN: DeliveryState = { isCollected: false, isAcknowledged: false }

const party = (role: Role, name: string) => ({ agency: `agency-${role}`, name, role })
const said = (purpose: Purpose, fieldSet = 'police.high@1'): Said => ({
  fieldSet,
  purpose,
  fields: [
    { field: 'name', label: { zh: '姓名', en: 'Name' }, clauses: ['MHL 28'], basis: 'to find' },
    { field: 'level', label: { zh: '危险性评估等级', en: 'Risk level' }, clauses: ['W46'], basis: 'pushed' },
  ],
})

const DOCUMENT: DocumentEntry = {
  ...{ kind: 'DOCUMENT', id: 'document:d', at: '2026-04-08T00:00:05.000+08:00' },
  to: party('POLICE', '示例第一派出所'),
  ...{ feed: 'police-quarterly', label: { zh: '公安季度数据', en: 'Police quarterly' }, period: '2026Q1' },
  ...{ cutAt: '2026-04-08T00:00:00.000+08:00', document: 'd', row: 'r', commitment: 'sha256:x' },
  ...{ deleteBy: '2026-09-28', isClosing: false, said: said('STOP_AND_ESCORT') },
  deliveries: [{ ...UNKNOWN, handedOverAt: '2026-04-08T00:00:06.000+08:00' }],
}
const message = (at: string, changes: Partial<MessageEntry>): MessageEntry => ({
  ...{ kind: 'MESSAGE', id: `message:s:${at}`, at, to: party('POLICE', '示例第一派出所') },
  ...{ about: 'danger', class: 'ALARM', delivery: UNKNOWN, relayed: [] },
  ...changes,
})
const view = (role: Role, at: string): ViewEntry => ({
  ...{ kind: 'VIEW', id: `view:${at}`, at, to: party(role, `单位${role}`) },
  ...{ purpose: role === 'AUDITOR' ? 'AUDIT' : 'CARE', what: 'STATE' },
})

const pageOf = (entries: readonly AccountEntry[], version: PageVersion = 'patient', erasedAt?: string): string =>
  accountPage({
    account: { entries, ...(erasedAt === undefined ? {} : { erasedAt }) },
    ...{ version, number: PATIENT, printedOn: '2027-01-05' },
    unit: { name: '示例社区卫生服务中心', phone: '0631-5200001' },
  })

t.test('has one table for each year, the newest first, and says who, what, why, when and until when', async (t) => {
  const page = pageOf([message('2027-01-02T10:00:00.000+08:00', { said: said('FIND_AND_HELP') }), DOCUMENT])

  t.same(
    [...page.matchAll(/<h2>(\d{4})年<\/h2>/g)].map(([, year]) => year),
    ['2027', '2026'],
  )
  t.equal(page.match(/<table>/g)?.length, 2)
  t.match(page, '<td>2026年4月8日</td><td>示例第一派出所（公安派出所）</td>')
  t.match(page, '公安季度数据（2026年第1季度，截至2026年4月8日）：姓名、危险性评估等级')
  t.match(page, '依法防止危险、协助就医；依据：《精神卫生法》第二十八条；当地部门间信息交换规定')
  t.match(page, '<td>2026年9月28日</td><td>已送达（2026年4月8日）</td>')
  t.match(page, '失去联系时帮助寻找')
})

t.test('says which items of which period were put right, and that a person is listed no longer', async (t) => {
  const label = { zh: '本期肇事次数', en: 'Public-order offences in the period' }
  const field = { field: 'policeRecorded.publicOrderOffence' as const, label, clauses: ['PIPL 46'], basis: 'recorded' }
  const amendments = [{ period: '2025Q4', fields: [field] }]
  const { said: _, ...erased } = DOCUMENT

  const amended = pageOf([{ ...DOCUMENT, amendments }])
  t.match(amended, '姓名、危险性评估等级；更正2025年第4季度的肇事次数</td>')
  t.match(amended, '《精神卫生法》第二十八条；《个人信息保护法》第四十六条；')
  t.notMatch(amended, '不再列入')
  t.match(
    pageOf([{ ...DOCUMENT, isClosing: true, amendments }]),
    '截至2026年4月8日）：告知该单位，本人今后不再列入此项数据（姓名、危险性评估等级）；更正2025年第4季度的肇事次数</td>',
  )
  t.match(pageOf([{ ...erased, isClosing: true }]), '：告知该单位，本人今后不再列入此项数据</td>')
})

t.test('is whole in itself: no script, nothing fetched, and it prints', async (t) => {
  const page = pageOf([DOCUMENT])

  t.notMatch(page, /<script|<link|<img|<iframe|<form|src=|href=|url\(|@import|https?:|\son\w+=/i)
  t.match(page, '@media print')
  t.match(page, `<th colspan="6">个人信息提供情况告知单（本人版）　编号：${PATIENT}　2026年</th>`, 'on every sheet')
  t.match(page, '<html lang="zh-CN">')
})

t.test('takes no markup from anybody', async (t) => {
  const evil = `<script>alert(1)</script>&"'`
  const page = accountPage({
    account: {
      entries: [{ ...DOCUMENT, to: { agency: 'a', name: evil, role: 'POLICE' }, label: { zh: evil, en: '' } }],
      erasedAt: evil,
    },
    ...{ version: 'patient', number: evil, printedOn: evil, unit: { name: evil, phone: evil } },
  })

  t.notMatch(page, '<script')
  t.notMatch(page, /[^;]&[^a-z#]/)
  t.match(page, '&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#39;')
})

t.test('tells how to have it corrected, disputed, withdrawn and taken to court, and whom to ask', async (t) => {
  const page = pageOf([])

  for (const article of ['第四十六条', '第四十七条', '第四十八条', '第十五条', '第十六条', '第五十条', '第八十二条']) {
    t.match(page, article)
  }
  t.match(page, '示例社区卫生服务中心，电话 0631-5200001')
  t.notMatch(page, '<table>')
  t.match(
    accountPage({ account: { entries: [] }, version: 'patient', number: PATIENT, printedOn: '2027-01-05' }),
    '为您服务的卫生机构',
  )
})

t.test('puts the readings of one agency for one purpose in one year into one line', async (t) => {
  const entries = [
    view('CHC', '2026-06-02T09:00:00.000+08:00'),
    view('CHC', '2026-03-01T09:00:00.000+08:00'),
    view('CHC', '2025-12-01T09:00:00.000+08:00'),
    view('AUDITOR', '2026-05-01T09:00:00.000+08:00'),
  ]

  t.same(
    pageYears(entries, 'patient').map(({ year, lines }) => [year, ...lines.map(({ what, why }) => `${what} ${why}`)]),
    [
      [
        '2026',
        '查阅服务记录2次（2026年3月1日至2026年6月2日） 诊疗和随访',
        '查阅服务记录1次（2026年5月1日） 依法审计监督',
      ],
      ['2025', '查阅服务记录1次（2025年12月1日） 诊疗和随访'],
    ],
  )
})

t.test('keeps from the guardian what is the person’s own, and nothing that others were told', async (t) => {
  const at = (day: string) => `${day}T10:00:00.000+08:00`
  const entries = [
    message(at('2026-06-05'), { said: said('WELFARE', 'alert.danger.welfare@1'), relayed: [] }),
    message(at('2026-06-04'), { said: said('TREATMENT', 'alert.danger.health@1'), to: party('MHPC', '防治中心') }),
    message(at('2026-06-03'), { to: party('COMMUNITY', '示例社区') }),
    message(at('2026-06-03'), { to: party('CHC', '示例中心'), about: 'risk-assessed' }),
    message(at('2026-06-02'), { said: said('FIND_AND_HELP'), about: 'loss-of-contact' }),
    view('CHC', at('2026-06-01')),
    view('AUDITOR', at('2026-05-01')),
    DOCUMENT,
  ]

  const [patient, guardian] = [pageOf(entries), pageOf(entries, 'guardian')]

  t.match(patient, '关怀和帮助')
  t.match(patient, '单位CHC')
  for (const own of ['关怀和帮助', '诊疗和随访', '紧急情况', '单位CHC']) t.notMatch(guardian, own)
  t.equal(guardian.match(/一份通知：内容属本人私事，本版不列明/g)?.length, 4)
  for (const told of ['防治中心', '示例社区', '失去联系通知', '单位AUDITOR', '公安季度数据', '2026年6月5日']) {
    t.match(guardian, told)
  }
  t.match(guardian, '监护人版')
  t.match(guardian, '不在本版列明')
})

t.test('says of an erased person that something was told, and no more', async (t) => {
  const { said: _, ...erased } = DOCUMENT
  const takenBack = { at: '2026-07-01T09:00:00.000+08:00', deleteBy: '2026-08-01' }

  const page = pageOf([{ ...erased, takenBack }], 'patient', '2026-07-01T09:00:00.000+08:00')

  t.match(page, '身份信息已于2026年7月1日销毁')
  t.match(page, '内容已随身份信息销毁，不再可查')
  t.match(page, '已于2026年7月1日要求在2026年8月1日前删除')
  t.notMatch(page, '姓名、')
})
