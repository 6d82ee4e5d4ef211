import t from 'tap'
import { EXAMPLE_UNIT, exampleBody } from '../fixtures/example-events.js'
import type { Cleanup } from '../fixtures/store.js'
import { readWorkbook, workbookText } from '../fixtures/xlsx-parts.js'
import { openRealHub } from './real-hub.js'

const FEED = '/v1/feeds/police-quarterly'
const AFTER_QUARTER = Date.parse('2026-07-02T09:00:00+08:00')

/** A high-risk person of one station's area, and the quarter over. */
const setup = async (t: Cleanup) => {
  const real = await openRealHub(t)
  const operator = await real.operatorKey()
  const doctor = await real.enrol('CHC', { id: EXAMPLE_UNIT })
  const police = await real.enrol('POLICE')
  const auditor = await real.enrol('AUDITOR', { areas: [] })
  const patientId = await real.register(doctor)
  await real.call(doctor, 'POST', '/v1/events', {
    patientId,
    ...exampleBody('RiskAssessed', { level: 4, targets: 'PERSON' }),
  })
  await real.settled()
  return { ...real, operatorKey: operator, doctor, police, auditor, patientId }
}

const released = async (t: Cleanup) => {
  const all = await setup(t)
  all.calendar.advanceTo(AFTER_QUARTER)
  const closed = await all.call(all.operatorKey, 'POST', `${FEED}/periods/2026Q2/close`, { confirm: '2026Q2' })
  await all.settled()
  return { ...all, closed, document: `${FEED}/periods/2026Q2/documents/${all.police.agency}` }
}

t.test('lists feeds and periods, with the own documents only', async (t) => {
  const { call, police, enrol, operatorKey, closed } = await released(t)
  const other = await enrol('POLICE', { name: '另一派出所', areas: ['371003001'] })

  t.equal(closed.status, 201)
  t.match(
    (await call(police, 'GET', '/v1/feeds')).json.feeds.map(({ name }: { name: string }) => name),
    ['police-quarterly', 'political-legal-quarterly'],
  )
  const own = (await call(police, 'GET', `${FEED}/periods/2026Q2`)).json
  t.match(own, { state: 'RELEASED', documents: [{ agency: police.agency, rows: 1 }] })
  t.notOk('unmapped' in own, 'how many nobody answers for is not a recipient’s business')
  t.same((await call(other, 'GET', `${FEED}/periods/2026Q2`)).json.documents, [])
  t.ok((await call(operatorKey, 'GET', `${FEED}/periods`)).json.periods.length >= 1)
  t.match((await call(police, 'GET', '/v1/feeds/employers-weekly/periods')).json, { status: 404 })
  t.match((await call(police, 'GET', `${FEED}/periods/2026Q9`)).json, { status: 404 })
  t.match((await call(police, 'GET', `${FEED}/periods/1999Q1`)).json, { status: 404 })
})

t.test('the metrics say of the last compile how many nobody answers for', async (t) => {
  const { call, calendar, doctor, operatorKey, register, settled } = await setup(t)
  const nowhere = {
    identity: { idType: '0', status: 'UNKNOWN', sex: '0' },
    presentTownship: '371003001',
    presentArea: '371003001001',
    presentAddress: { text: '示例路3号' },
  }
  const patientId = await register(doctor, nowhere)
  calendar.advanceTo(AFTER_QUARTER)
  await call(operatorKey, 'POST', `${FEED}/periods/2026Q2/close`, { confirm: '2026Q2' })
  await settled()

  const { text } = await call(undefined, 'GET', '/metrics')

  t.ok(patientId)
  t.match(text, /lianhu_feed_unmapped_people\{feed="police-quarterly"\} 1/)
  t.match(text, /lianhu_feed_failures_total 0/)
  t.match(text, /lianhu_dispatcher_state\{state="running"\} 1/)
  t.match(text, /lianhu_held_writes 0/)
  t.match(text, /lianhu_clock_in_doubt 0/)
})

t.test('gives a station its document, and nobody else’s', async (t) => {
  const { call, police, operatorKey, auditor, document, patientId } = await released(t)

  const ndjson = await call(police, 'GET', document)
  const csv = await call(police, 'GET', `${document}?format=csv`)
  const xlsx = await call(police, 'GET', `${document}?format=xlsx`)
  const manifest = await call(police, 'GET', `${document}/manifest`)

  t.match(ndjson.headers, { 'content-type': /ndjson/, 'lianhu-digest': /^sha256:/, 'cache-control': 'no-store' })
  t.match(ndjson.text, '张示例')
  t.notMatch(ndjson.text, patientId)
  t.equal(csv.text.charCodeAt(0), 0xfeff)
  t.equal(csv.headers['lianhu-digest'], ndjson.headers['lianhu-digest'])
  t.match(xlsx.headers, {
    'content-type': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    'content-disposition': /^attachment; filename="2026Q2-[0-9a-f-]{36}\.xlsx"$/,
    'lianhu-digest': ndjson.headers['lianhu-digest'],
    'cache-control': 'no-store',
  })
  t.match(workbookText(readWorkbook(xlsx.bytes)), '张示例')
  t.match(manifest.json, { rows: Number, signature: String })
  for (const key of [operatorKey, auditor]) t.match((await call(key, 'GET', document)).json, { status: 404 })
  t.match((await call(police, 'GET', `${document}?format=pdf`)).json, {
    status: 400,
    errors: [{ pointer: '/format' }],
  })
})

t.test('accounts to the auditor for everybody, and explains one', async (t) => {
  const { call, police, auditor, document, patientId } = await released(t)

  t.equal((await call(auditor, 'GET', `${document}/accounting`)).status, 200)
  t.match((await call(police, 'GET', `${document}/accounting`)).json, { status: 403 })
  t.match((await call(auditor, 'GET', `${FEED}/periods/2026Q2/why/${patientId}`)).json, { outcome: 'ROW' })
  t.match((await call(police, 'GET', `${FEED}/periods/2026Q2/why/${patientId}`)).json, { status: 403 })
})

t.test('previews counts to the operator, never rows', async (t) => {
  const { call, operatorKey, police } = await setup(t)
  const preview = (key: typeof police) => call(key, 'POST', `${FEED}/periods/2026Q2/preview`, { agency: police.agency })

  const told = await preview(operatorKey)

  t.match(told.json, { rows: 1, agency: police.agency, unmapped: 0 })
  t.notMatch(told.text, '张示例')
  t.match((await preview(police)).json, { status: 403 })
})

t.test('closes by hand what is typed twice, once, and not before it is over', async (t) => {
  const { call, operatorKey, police, calendar } = await setup(t)
  const close = (confirm: string, key = operatorKey) => call(key, 'POST', `${FEED}/periods/2026Q2/close`, { confirm })

  const early = await close('2026Q2')
  calendar.advanceTo(AFTER_QUARTER)

  t.ok(early.status >= 400 && early.status < 500)
  t.match((await close('2026Q1')).json, { status: 400, code: 'HUB_BAD_QUERY' })
  t.match((await close('2026Q2', police)).json, { status: 403 })
  t.match((await close('2026Q2')).json, { outcome: 'closed' })
  const again = await close('2026Q2')
  t.equal(again.status, 200)
  t.match(again.json, { outcome: 'known' })
})

t.test('compiles a released period again and rebuilds a read model, for the operator', async (t) => {
  const { call, operatorKey, police } = await released(t)

  t.match((await call(operatorKey, 'POST', `${FEED}/periods/2026Q2/verify`)).json, {
    isEqual: true,
    documents: [{ isEqual: true }],
  })
  for (const act of ['verify', 'rebuild']) {
    const at = (name: string) => call(operatorKey, 'POST', `/v1/projections/${name}/${act}`)
    t.match((await at('patient-record')).json, { compared: 1, differing: 0 })
    t.match((await at('nothing')).json, { status: 404 })
    t.match((await call(police, 'POST', `/v1/projections/patient-record/${act}`)).json, { status: 403 })
  }
  t.match((await call(police, 'GET', '/v1/projections')).json, { status: 403 })
  t.ok((await call(operatorKey, 'GET', '/v1/projections')).json.projections.length > 3)
})
