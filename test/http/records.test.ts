import t from 'tap'
import { scopedId } from '../../src/domain/derived-ids.js'
import { viewsStream } from '../../src/domain/streams.js'
import { MINUTE } from '../../src/kernel/dates.js'
import type { IssuedKey } from '../../src/recording/administration.js'
import { agencyKeyName } from '../../src/vault/port.js'
import { EXAMPLE_UNIT, exampleBody } from '../fixtures/example-events.js'
import { eventsOf } from '../fixtures/recording.js'
import type { Cleanup } from '../fixtures/store.js'
import { readWorkbook, textRows } from '../fixtures/xlsx-parts.js'
import { openRealHub, START_MS } from './real-hub.js'

const setup = async (t: Cleanup) => {
  const real = await openRealHub(t)
  const doctor = await real.enrol('CHC', { id: EXAMPLE_UNIT })
  const patientId = await real.register(doctor)
  const record = (body: object) => real.call(doctor, 'POST', '/v1/events', { patientId, ...body })
  return { ...real, doctor, patientId, record, path: `/v1/patients/${patientId}` }
}

/** For tests that change neither the calendar nor what others see of the person. */
const shared = await setup(t)

t.test('shows a health centre the persons it is responsible for, opened', async (t) => {
  const { call, doctor, path, patientId } = shared

  const { status, json } = await call(doctor, 'GET', path)

  t.equal(status, 200)
  t.match(json, {
    patientId,
    revision: 0,
    state: {
      identity: { name: '张示例' },
      residence: { address: { text: '示例路1号' } },
      responsibleUnit: EXAMPLE_UNIT,
    },
  })
})

t.test('tells another health centre, and one who asks for nobody, the same', async (t) => {
  const { call, enrol, path } = shared
  const other = await enrol('CHC', { name: '另一中心', areas: ['371002002'] })

  const known = await call(other, 'GET', path)
  const unknown = await call(other, 'GET', '/v1/patients/0198f0aa-0000-7000-8000-00000000dead')
  const nonsense = await call(other, 'GET', '/v1/patients/nobody')

  t.equal(known.status, 404)
  t.same(known.json, unknown.json)
  t.equal(nonsense.status, 404)
})

t.test('refuses roles that do not read records, whomever they ask for', async (t) => {
  const { call, enrol, path } = shared

  for (const role of ['POLICE', 'PL', 'COMMUNITY', 'CA', 'FIN'] as const) {
    const key = await enrol(role)

    t.match((await call(key, 'GET', path)).json, { status: 403, code: 'HUB_FORBIDDEN' }, role)
    t.match((await call(key, 'GET', `${path}/history`)).json, { status: 403 }, role)
  }
})

t.test(
  'shows a hospital whom it recorded something of, a clinic its centre’s, the prevention centre its area',
  async (t) => {
    const { call, enrol, hub, operator, path, patientId } = shared
    const hospital = await enrol('HOSPITAL', { areas: [] })
    const mhpc = await enrol('MHPC')
    const elsewhere = await enrol('MHPC', { name: '别处', areas: ['371003'] })
    const { agencyId } = await hub.administration.enrolAgency(operator, {
      role: 'VILLAGE',
      name: '示例卫生室',
      phone: '0631-0000001',
      superior: EXAMPLE_UNIT,
    })
    const village = await hub.administration.issueKey(operator, { agency: agencyId })

    t.equal((await call(hospital, 'GET', path)).status, 404, 'before it treated anybody')
    await call(hospital, 'POST', '/v1/events', { patientId, ...exampleBody('HospitalAdmitted') })

    t.equal((await call(hospital, 'GET', path)).status, 200)
    t.equal((await call(village, 'GET', path)).status, 200)
    t.equal((await call(mhpc, 'GET', path)).status, 200)
    t.equal((await call(elsewhere, 'GET', path)).status, 404)
  },
)

t.test('shows an auditor the person under its own pseudonym, with nothing unsealed', async (t) => {
  const { call, enrol, hub, patientId, record, logLines } = shared
  await record(exampleBody('GuardianDesignated'))
  const auditor = await enrol('AUDITOR', { areas: [] })
  await hub.readModels.through()
  const pseudonym = scopedId(await hub.core.store.vault.secret(agencyKeyName(auditor.agency)), 'pseudonym', patientId)

  const state = await call(auditor, 'GET', `/v1/patients/${pseudonym}`)
  const history = await call(auditor, 'GET', `/v1/patients/${pseudonym}/history`)

  t.equal(state.status, 200)
  t.match(state.json, {
    patientId: pseudonym,
    state: { identity: { sealed: true }, guardian: { ref: { sealed: true } } },
  })
  t.match(history.json.entries[0].event, {
    type: 'PatientRegistered',
    data: { identity: { sealed: true }, presentTownship: String },
  })
  for (const { text } of [state, history]) t.notMatch(text, /张示例|赵示例|示例路|13800000000|11010519491231002X/)
  t.notMatch(state.text + history.text, patientId, 'nor the id by which others know them')
  t.notMatch(logLines.join(''), /张示例|赵示例/)
})

t.test('tells of a legal hold the health centre alone', async (t) => {
  const { call, doctor, enrol, path, patientId, record } = await setup(t)
  const hospital = await enrol('HOSPITAL', { areas: [] })
  const others = [hospital, await enrol('MHPC'), await enrol('AUDITOR', { areas: [] })]
  await call(hospital, 'POST', '/v1/events', { patientId, ...exampleBody('HospitalAdmitted') })
  const ask = async (key: typeof doctor) => [
    (await call(key, 'GET', path)).json,
    (await call(key, 'GET', `${path}/history`)).json,
  ]
  const before = new Map<object, unknown>()
  for (const key of others) before.set(key, await ask(key))

  const placed = await record(exampleBody('LegalHoldPlaced'))
  const hold = placed.json.receipts[0].id
  await record(exampleBody('RecordDisputed', { targetEventId: hold }))
  const [state, history] = await ask(doctor)
  t.match(state.state.holds, [{ event: hold }])
  const told = history.entries.find(({ event }: { readonly event: { readonly id: string } }) => event.id === hold)
  t.match(told.event, { type: 'LegalHoldPlaced', data: { authorityName: '示例区人民法院' } })
  for (const key of others) t.same(await ask(key), before.get(key), 'neither the state nor the history has a trace')
  await record(exampleBody('LegalHoldLifted', { hold }))
  await record({ type: 'RecordRetracted', corrects: hold, data: { scope: 'FACT', reason: '登记有误' } })
  for (const key of others) t.same(await ask(key), before.get(key), 'nor once it is over')
  t.equal((await ask(doctor))[1].entries.length, 6)
})

t.test('keeps closed what only the police recorded, and who reported', async (t) => {
  const { call, enrol, doctor, path, patientId, hub } = await setup(t)
  const police = await enrol('POLICE')
  await hub.readModels.through()
  const pseudonym = scopedId(await hub.core.store.vault.secret(agencyKeyName(police.agency)), 'pseudonym', patientId)
  const incident = await call(police, 'POST', '/v1/events', {
    patientId: pseudonym,
    ...exampleBody('PublicSafetyIncidentRecorded'),
  })

  const hospital = await enrol('HOSPITAL', { areas: [] })
  await call(hospital, 'POST', '/v1/events', { patientId, ...exampleBody('HospitalAdmitted') })
  const auditor = await enrol('AUDITOR', { areas: [] })
  const incidentFor = async (key: IssuedKey) => {
    const { json } = await call(key, 'GET', `${path}/history`)
    return json.entries.find(({ event }: { event: { type: string } }) => event.type === 'PublicSafetyIncidentRecorded')
  }

  t.equal(incident.status, 201)
  t.match(incident.json.receipts[0].stream, pseudonym, 'the station never learns the id of the hub')
  const closed = { sealed: true }
  for (const key of [doctor, hospital]) {
    t.same((await incidentFor(key)).event.data, { policeRef: closed, kind: closed }, 'that there was one, and no more')
  }
  t.match((await incidentFor(auditor)).event.data, { policeRef: closed, kind: Number }, 'who replays reads what was')
})

t.test('answers as of a day and as known on a day, before and after a correction', async (t) => {
  const { call, calendar, doctor, record, path } = await setup(t)
  const first = await record(exampleBody('RiskAssessed', { level: 4, assessedAt: '2026-02-20' }))
  const [{ id }] = first.json.receipts
  calendar.advanceTo(START_MS + 3 * 24 * 60 * MINUTE)
  await record({ ...exampleBody('RiskAssessed', { level: 2, assessedAt: '2026-02-20' }), corrects: id })
  const level = async (query: string) => (await call(doctor, 'GET', `${path}?${query}`)).json.state.risk?.level

  t.equal(await level(''), 2)
  t.equal(await level('knownAt=2026-04-20'), 4)
  t.equal(await level('asOf=2026-02-19'), undefined)
  t.equal(await level('asOf=2026-02-20&knownAt=2026-04-22'), 4)
  t.equal((await call(doctor, 'GET', `${path}?knownAt=2026-04-20`)).json.provisional, false)
  t.equal((await call(doctor, 'GET', `${path}?knownAt=2026-04-23`)).json.provisional, true)
  t.match((await call(doctor, 'GET', `${path}/history`)).json.entries, [
    { event: { type: 'PatientRegistered' } },
    { standing: 'REPLACED', event: { id } },
    { standing: 'IN_FORCE', event: { corrects: id } },
  ])
  t.match((await call(doctor, 'GET', `${path}?asOf=yesterday`)).json, { status: 400, code: 'HUB_BAD_QUERY' })
})

t.test('reads the own write, and refuses to pretend', async (t) => {
  const { call, doctor, record, path } = shared
  const { id, revision } = (await record(exampleBody('RiskAssessed'))).json.receipts[0]

  t.equal((await call(doctor, 'GET', `${path}?after=${id}`)).json.revision, revision)
  t.equal((await call(doctor, 'GET', `${path}?after=${revision}`)).status, 200)
  t.match((await call(doctor, 'GET', `${path}?after=99`)).json, { status: 400, code: 'HUB_BAD_QUERY' })
})

t.test('records every view before it answers, the same within ten minutes once', async (t) => {
  const { call, calendar, doctor, path, hub, patientId } = await setup(t)
  const views = async () =>
    (await eventsOf(hub.log, viewsStream(EXAMPLE_UNIT, '2026-04-20'))).map(({ data }) => [
      data.viewer,
      data.kind,
      data.purpose,
    ])

  await Promise.all([call(doctor, 'GET', path), call(doctor, 'GET', path)])
  await call(doctor, 'GET', `${path}/history`)
  t.same(await views(), [[doctor.person, 'STATE', 'CARE']])

  await call(doctor, 'GET', `${path}?purpose=DUTY`)
  t.equal((await views()).length, 2, 'for another purpose it is another view')

  calendar.advanceTo(START_MS + 11 * MINUTE)
  await call(doctor, 'GET', `${path}/history`)
  t.same((await views()).at(-1), [doctor.person, 'HISTORY', 'CARE'])
  const [first] = await eventsOf(hub.log, viewsStream(EXAMPLE_UNIT, '2026-04-20'))
  t.match(first, { type: 'RecordViewed', data: { patient: patientId }, recordedBy: { person: doctor.person } })
  t.match((await call(doctor, 'GET', `${path}?purpose=AUDIT`)).json, { status: 403 }, 'an audit is an auditor’s')
})

t.test('a restriction keeps the record from others or from all, by its scope, until the centre lifts it', async (t) => {
  const { call, enrol, doctor, path, record, hub } = await setup(t)
  const hospital = await enrol('HOSPITAL', { areas: [] })
  const auditor = await enrol('AUDITOR', { areas: [] })
  const admitted = { patientId: path.split('/').at(-1), ...exampleBody('HospitalAdmitted') }
  await call(hospital, 'POST', '/v1/events', admitted)
  const readers = { doctor, hospital, auditor }
  const answers = async () => {
    const told: Record<string, string> = {}
    for (const [reader, key] of Object.entries(readers)) {
      const asked = [path, `${path}/history`, `${path}?knownAt=2026-04-20`]
      const replies = await Promise.all(asked.map((one) => call(key, 'GET', one)))
      told[reader] = [...new Set(replies.map(({ status, json }) => json.code ?? status))].join()
    }
    return told
  }
  const restrict = (scope: string, type = 'ProcessingRestricted') =>
    record({ type, occurredAt: '2026-04-19', data: { reason: 'UNDER_REVIEW', scope } })
  const free = { doctor: '200', hospital: '200', auditor: '200' }
  t.same(await answers(), free)

  await restrict('DISCLOSURE')
  t.same(await answers(), { ...free, auditor: 'HUB_RESTRICTED' }, 'whoever treats reads on')
  t.equal((await restrict('DISCLOSURE', 'ProcessingRestrictionLifted')).status, 201)
  t.same(await answers(), free)

  await restrict('ALL')
  const views = async () => (await eventsOf(hub.log, viewsStream(hospital.agency, '2026-04-20'))).length
  const before = await views()
  t.same(await answers(), { doctor: 'HUB_RESTRICTED', hospital: 'HUB_RESTRICTED', auditor: 'HUB_RESTRICTED' })
  t.equal(await views(), before, 'what is refused is no view')
  const refused = await call(doctor, 'GET', path)
  t.match(refused.json, { status: 403, titleZh: '该患者的信息已停止处理', hint: /ProcessingRestrictionLifted/ })
  t.same(refused.json.restricted, { on: '2026-04-19', reason: 'UNDER_REVIEW', scope: 'ALL' }, 'what lifting takes')
  t.notMatch(refused.text, /张示例|371002|responsibleUnit/)
  const stranger = await enrol('CHC', { name: '另一中心', areas: ['371002002'] })
  t.equal((await call(stranger, 'GET', path)).status, 404, 'who reads nothing of the person learns nothing')

  for (const key of [doctor, auditor])
    t.equal((await call(key, 'GET', `${path}/disclosures`)).status, 200, 'the account')
  t.equal((await record(exampleBody('RiskAssessed'))).status, 201, 'recording is storing')
  t.equal((await restrict('ALL', 'ProcessingRestrictionLifted')).status, 201)
  t.same(await answers(), free)
})

t.test('a restriction keeps what was told of the person too, and what came back, by the same scope', async (t) => {
  const { call, calendar, enrol, hub, operatorKey, doctor, patientId, record, settled } = await setup(t)
  const police = await enrol('POLICE')
  const mailbox = { alerts: true, feeds: ['police-quarterly'], channel: 'mailbox' }
  const { subscription } = (await call(police, 'POST', '/v1/subscriptions', mailbox)).json
  t.equal((await record(exampleBody('RiskAssessed', { level: 4, targets: 'PERSON' }))).status, 201)
  await settled()
  calendar.advanceTo(Date.parse('2026-07-02T09:00:00+08:00'))
  const closing = '/v1/feeds/police-quarterly/periods/2026Q2'
  await call(await operatorKey(), 'POST', `${closing}/close`, { confirm: '2026Q2' })
  await settled()
  const own = `${closing}/documents/${police.agency}`
  const { document } = (await call(police, 'GET', `${own}/manifest`)).json
  const pseudonym = scopedId(await hub.core.store.vault.secret(agencyKeyName(police.agency)), 'pseudonym', patientId)
  const items = [{ pseudonym, kind: 'CONTACT', data: { outcome: 'DECEASED', at: '2026-07-01' } }]
  t.equal((await call(police, 'POST', '/v1/returns', { document, items })).status, 201)
  await settled()
  const restrict = async (scope: string, type = 'ProcessingRestricted') => {
    const body = { type, occurredAt: '2026-07-02', data: { reason: 'UNDER_REVIEW', scope } }
    t.equal((await record(body)).status, 201)
    await settled()
  }
  const lines = async (name: string): Promise<readonly string[]> => {
    const sheet = readWorkbook((await call(police, 'GET', `${own}/return-sheet`)).bytes).sheets.find(
      (one) => one.name === name,
    )
    return sheet ? textRows(sheet).map(([first]) => first ?? '') : []
  }
  const shown = async () => {
    const { messages, parked } = (await call(police, 'GET', `/v1/subscriptions/${subscription}/messages`)).json
    const kinds: readonly { kind: string; data: { tombstone?: true; document?: { content: string } } }[] = messages.map(
      ({ envelope }: { envelope: unknown }) => envelope,
    )
    const documents = [(await call(police, 'GET', own)).text]
    for (const { data } of kinds) if (data.document) documents.push(data.document.content)
    return {
      kinds: kinds.map(({ kind }) => kind),
      parked,
      rows: documents.map((text) => (text.includes('张示例') ? 'whole' : 'commitment')),
      inSheet: (await lines('反馈')).includes(pseudonym),
      alerts: (await call(police, 'GET', '/v1/alerts')).json.alerts.map(({ kind }: { kind: string }) => kind),
      caused: (await call(doctor, 'GET', `/v1/alerts?patientId=${patientId}`)).json.caused.length,
      about: (await call(doctor, 'GET', `/v1/returns?patientId=${patientId}`)).json.about.length,
    }
  }
  const whole = { kinds: ['risk-assessed', 'document'], rows: ['whole', 'whole'], alerts: ['risk-assessed'] }
  t.same(await shown(), { ...whole, parked: [], inSheet: true, caused: 1, about: 1 })

  await restrict('DISCLOSURE')
  const kept = { parked: [0], rows: ['commitment', 'commitment'], inSheet: false, alerts: ['withdrawn'] }
  t.same(await shown(), { ...kept, kinds: ['document', 'withdrawn'], caused: 2, about: 1 }, 'whoever treats sees on')
  await restrict('DISCLOSURE', 'ProcessingRestrictionLifted')
  await restrict('ALL')
  t.match(await shown(), { ...kept, caused: 2, about: 0 }, 'the centre sees what ended and no more')
  await restrict('ALL', 'ProcessingRestrictionLifted')
  t.match(await shown(), { parked: [], rows: ['whole', 'whole'], inSheet: true, about: 1 })
})
