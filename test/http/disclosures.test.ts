import t from 'tap'
import { scopedId } from '../../src/domain/derived-ids.js'
import { patientStream, viewsStream } from '../../src/domain/streams.js'
import { agencyKeyName } from '../../src/vault/port.js'
import { EXAMPLE_UNIT, exampleBody } from '../fixtures/example-events.js'
import { eventsOf } from '../fixtures/recording.js'
import type { Cleanup } from '../fixtures/store.js'
import { openRealHub } from './real-hub.js'

const AFTER_QUARTER = Date.parse('2026-07-08T09:00:00+08:00')
/** Nothing of it may stand on a page: diagnoses, levels in words, whoever reported. */
const CANARIES =
  /障碍患者|分裂|双相|偏执|F20|高风险|[0-5] ?级|张示例|赵示例|110105|示例路|测试员|staff-|匿名邻居|报告人|警情/

interface Entry {
  readonly id: string
  readonly kind: string
  readonly at: string
  readonly to: { readonly agency: string; readonly role?: string }
  readonly [member: string]: unknown
}

/** A person of whom the police were told by alert and feed, and who was read about. */
const setup = async (t: Cleanup) => {
  const real = await openRealHub(t)
  const doctor = await real.enrol('CHC', { id: EXAMPLE_UNIT })
  const police = await real.enrol('POLICE')
  const hospital = await real.enrol('HOSPITAL')
  const { json } = await real.call(police, 'POST', '/v1/subscriptions', {
    ...{ alerts: true, feeds: ['police-quarterly'], channel: 'mailbox' },
  })
  const mailbox = `/v1/subscriptions/${json.subscription}`
  const patientId = await real.register(doctor)
  const record = (key: typeof doctor, body: object) => real.call(key, 'POST', '/v1/events', { patientId, ...body })
  await record(doctor, exampleBody('GuardianDesignated'))
  await record(hospital, exampleBody('HospitalAdmitted'))
  await record(hospital, exampleBody('DiagnosisConfirmed'))
  await record(doctor, exampleBody('RiskAssessed', { level: 4, targets: 'PERSON' }))
  await record(doctor, exampleBody('DangerousBehaviorReported', { reportedBy: { name: '匿名邻居', relation: '邻居' } }))
  await real.settled()
  await real.call(police, 'GET', `${mailbox}/messages`)
  await real.call(police, 'POST', `${mailbox}/opened`, { sequences: [0] })
  await real.call(police, 'POST', `${mailbox}/acknowledge`, { through: 0 })
  const path = `/v1/patients/${patientId}/disclosures`
  const account = async (key = doctor, query = ''): Promise<readonly Entry[]> => {
    const { status, json, text } = await real.call(key, 'GET', path + query)
    if (status !== 200) throw new Error(text)
    return json.entries
  }
  return { ...real, doctor, police, hospital, mailbox, patientId, path, account, record }
}

/** For tests that only read. */
const shared = await setup(t)

t.test('tells who was given what, why, and what became of it', async (t) => {
  const { hub, calendar, settled, police, doctor, patientId, account } = await setup(t)
  calendar.advanceTo(AFTER_QUARTER)
  await hub.tick()
  await settled()
  const [row] = await hub.feeds.releasedRows(patientId)
  await hub.hubRecorder.appendNext({
    stream: patientStream(patientId),
    type: 'RecallSent',
    data: {
      ...{ agency: police.agency, reason: 'CONSENT_WITHDRAWN', deleteBy: '2026-09-01' },
      rows: [{ document: row?.document, row: row?.row, commitment: row?.commitment }],
    },
  })
  await settled()

  const entries = await account()

  const to = { agency: police.agency, name: '单位 POLICE', role: 'POLICE' }
  const of = (kind: string) => entries.filter((entry) => entry.kind === kind)
  t.same([...new Set(entries.map(({ kind }) => kind))].sort(), ['DOCUMENT', 'MESSAGE', 'RECALL', 'VIEW'])
  t.same(
    entries.map(({ at }) => at),
    entries
      .map(({ at }) => at)
      .toSorted()
      .reverse(),
    'newest first',
  )
  t.match(of('DOCUMENT'), [
    {
      ...{ to, feed: 'police-quarterly', period: '2026Q2', deleteBy: String },
      ...{ document: row?.document, row: row?.row, commitment: row?.commitment },
      said: { fieldSet: 'police.high@2', purpose: 'STOP_AND_ESCORT' },
      takenBack: { deleteBy: '2026-09-01' },
      deliveries: [{ isCollected: false, isAcknowledged: false }],
    },
  ])
  const told = of('MESSAGE').filter(({ to }) => to.agency === police.agency)
  const assessed = told.find(({ about }) => about === 'risk-assessed')
  t.match(assessed, {
    ...{ to, class: 'ALARM', takenBack: { deleteBy: '2026-09-01' } },
    said: {
      fieldSet: 'alert.police.high@2',
      fields: [{ label: { zh: '人员代号' } }, { field: 'name', clauses: [/MHL/] }],
    },
    delivery: { isCollected: true, openedAt: String, isAcknowledged: true },
  })
  t.match(
    told.find(({ about }) => about === 'danger'),
    { to, delivery: { isAcknowledged: false } },
  )
  t.match(of('RECALL'), [{ to, by: 'RECALL', reason: 'CONSENT_WITHDRAWN', deliveries: [{ isAcknowledged: false }] }])
  t.match(of('VIEW').at(-1), { to: { agency: doctor.agency, role: 'CHC' }, purpose: 'CARE' })
  t.notMatch(JSON.stringify(entries), /张示例|赵示例|示例路|110105|staff-/, 'and nothing of what it said')
})

t.test('goes page by page, and refuses an entry of another account', async (t) => {
  const { call, doctor, path, account } = shared
  const whole = await account()
  const seen: string[] = []
  for (let next: string | undefined = ''; next !== undefined; ) {
    const { json } = await call(doctor, 'GET', `${path}?limit=2${next === '' ? '' : `&after=${next}`}`)
    t.equal(json.total, whole.length)
    seen.push(...json.entries.map(({ id }: Entry) => id))
    next = json.next
  }

  t.ok(whole.length > 3)
  t.same(
    seen,
    whole.map(({ id }) => id),
  )
  t.match((await call(doctor, 'GET', `${path}?after=message:x:1`)).json, { status: 400, code: 'HUB_BAD_QUERY' })
})

t.test('tells nobody who was told anything, and nobody of another area', async (t) => {
  const { call, enrol, hospital, path, patientId, hub } = shared
  for (const role of ['POLICE', 'PL', 'COMMUNITY', 'CA', 'FIN', 'VILLAGE', 'MHPC'] as const) {
    const reply = await call(await enrol(role, { name: '外单位', areas: [] }), 'GET', path)
    t.match(reply.json, { status: 403, code: 'HUB_FORBIDDEN' }, role)
    t.notMatch(reply.text, /risk-assessed|DOCUMENT|MESSAGE/)
  }
  t.equal((await call(hospital, 'GET', path)).status, 403, 'nor a hospital, which reads the record')
  const other = await enrol('CHC', { name: '另一中心', areas: ['371002002'] })
  const known = await call(other, 'GET', path)
  const unknown = await call(other, 'GET', path.replace(patientId, '0198f0aa-0000-7000-8000-00000000dead'))

  t.equal(known.status, 404)
  t.same(known.json, unknown.json)
  t.same(await eventsOf(hub.log, viewsStream(other.agency, '2026-04-20')), [], 'and nothing is taken for read')
})

t.test('is a reading of the record: recorded before it is answered, and in the next account', async (t) => {
  const { hub, doctor, account, patientId } = await setup(t)
  const views = () => eventsOf(hub.log, viewsStream(EXAMPLE_UNIT, '2026-04-20'))
  t.equal((await views()).length, 0)

  const first = await account()

  t.match(await views(), [{ type: 'RecordViewed', data: { patient: patientId, purpose: 'CARE' } }])
  t.equal(first.filter(({ kind }) => kind === 'VIEW').length, 1, 'also its own')
  await account(doctor, '?purpose=DUTY')
  t.equal((await account()).filter(({ kind }) => kind === 'VIEW').length, 2)
})

t.test('an auditor asks under its own pseudonym and is told no id of others', async (t) => {
  const { call, enrol, hub, patientId, account } = shared
  const auditor = await enrol('AUDITOR', { areas: [] })
  await hub.readModels.through()
  const pseudonym = scopedId(await hub.core.store.vault.secret(agencyKeyName(auditor.agency)), 'pseudonym', patientId)

  const { status, json, text } = await call(auditor, 'GET', `/v1/patients/${pseudonym}/disclosures`)

  t.equal(status, 200)
  t.equal(json.patientId, pseudonym)
  t.notMatch(text, patientId)
  t.match(
    (await account()).find(({ kind }) => kind === 'VIEW' && true),
    { to: { role: String } },
  )
  t.ok((await account()).some(({ kind, to }) => kind === 'VIEW' && to.role === 'AUDITOR'))
})

t.test('prints a page without diagnosis, level, name or reporter, in two versions', async (t) => {
  const { call, calendar, hub, settled, doctor, path, account } = await setup(t)
  calendar.advanceTo(AFTER_QUARTER)
  await hub.tick()
  await settled()
  await account()

  const patient = await call(doctor, 'GET', `${path}?format=html`)
  const guardian = await call(doctor, 'GET', `${path}?format=html&for=guardian`)

  for (const page of [patient, guardian]) {
    t.equal(page.status, 200)
    t.equal(page.headers['content-type'], 'text/html; charset=utf-8')
    t.match(page.headers['content-security-policy'], /^default-src 'none'/)
    t.notMatch(page.text, CANARIES)
    t.match(page.text, '公安季度数据（2026年第2季度')
    t.match(page.text, '0631-0000000')
  }
  t.match(patient.text, '查阅服务记录')
  t.notMatch(guardian.text, '查阅服务记录')
  t.match((await call(doctor, 'GET', `${path}?format=html&for=police`)).json, { status: 400 })
})

t.test('says of an erased person what was told to whom, and no fields of rows', async (t) => {
  const { hub, calendar, settled, patientId, account, call, doctor, path } = await setup(t)
  calendar.advanceTo(AFTER_QUARTER)
  await hub.tick()
  await settled()
  const rows = await hub.feeds.releasedRows(patientId)
  await hub.hubRecorder.appendNext({
    stream: patientStream(patientId),
    type: 'IdentityErased',
    data: {
      ...{ keyId: '0198f0aa-0000-4000-8000-000000000001', authority: 'UNLAWFUL', deleteBy: '2026-09-01' },
      rows: rows.map(({ document, row, commitment }) => ({ document, row, commitment })),
    },
  })
  await settled()

  const entries = await account()

  t.match(
    entries.find(({ kind }) => kind === 'DOCUMENT'),
    { said: undefined, takenBack: { deleteBy: '2026-09-01' } },
  )
  t.match(
    entries.find(({ kind }) => kind === 'RECALL'),
    { by: 'ERASURE', deleteBy: '2026-09-01' },
  )
  t.match((await call(doctor, 'GET', path)).json.erasedAt, '2026-07-08')
  t.match((await call(doctor, 'GET', `${path}?format=html`)).text, '内容已随身份信息销毁')
})
