/** Returns over HTTP: five agencies get a document, fill its sheet, send it back, and the facts are where they belong. */
import t from 'tap'
import { scopedId } from '../../src/domain/derived-ids.js'
import { patientStream, returnStream } from '../../src/domain/streams.js'
import { XLSX } from '../../src/http/media-types.js'
import { HubError } from '../../src/kernel/errors.js'
import type { IssuedKey } from '../../src/recording/administration.js'
import { agencyKeyName } from '../../src/vault/port.js'
import { EXAMPLE_AREA, EXAMPLE_UNIT, exampleBody } from '../fixtures/example-events.js'
import { filledSheet } from '../fixtures/filled-sheet.js'
import { readWorkbook, textRows } from '../fixtures/xlsx-parts.js'
import { openRealHub } from './real-hub.js'

const ROLES = ['POLICE', 'PL', 'CA', 'DPF', 'LABOUR'] as const
type Role = (typeof ROLES)[number]
const FEEDS: Readonly<Record<Role, string>> = {
  POLICE: 'police-quarterly/periods/2026Q2',
  PL: 'political-legal-quarterly/periods/2026Q2',
  CA: 'civil-affairs-semiannual/periods/2026H1',
  DPF: 'disabled-persons-semiannual/periods/2026H1',
  LABOUR: 'labour-semiannual/periods/2026H1',
}
const OTHER = { name: '李示例', idType: '1', idNumber: '440524188001010014', status: 'VERIFIED', sex: '1' }
/** What each writes on the first line of its sheet. */
const FILLED: Readonly<Record<Role, Readonly<Record<string, string | number | Date>>>> = {
  POLICE: {
    ...{ C2: '肇事', D2: '2026-06-02 22:10', E2: '00123' },
    ...{ J2: '在家中找到', K2: new Date('2026-06-20T00:00:00Z'), L2: '2026/6/21', M2: '随家人外出', N2: '示例路9号' },
  },
  PL: { C2: '2026年6月2日', E2: '2026-06-03', F2: '在外地亲属处' },
  CA: { C2: '是', D2: '2026-05-01', E2: '最低生活保障', F2: '已批准', G2: '2026-05-02' },
  DPF: { C2: '示例路8号', D2: '是', E2: '二级', F2: '2026-05-03' },
  LABOUR: { C2: '城乡居民基本医疗保险', D2: '2026-01-01' },
}

const rig = (async () => {
  const real = await openRealHub(t)
  const { hub, call, calendar, settled, app } = real
  const doctor = await real.enrol('CHC', { id: EXAMPLE_UNIT })
  const stranger = await real.enrol('CHC', { name: '示例第二中心', areas: ['371002008'] })
  const auditor = await real.enrol('AUDITOR', { areas: [] })
  const carers = { mhpc: await real.enrol('MHPC'), hospital: await real.enrol('HOSPITAL') }
  const keys = {} as Record<Role, IssuedKey>
  for (const role of ROLES) keys[role] = await real.enrol(role)
  const patientId = await real.register(doctor)
  const otherId = await real.register(doctor, { identity: OTHER })
  const erasedId = await real.register(doctor, { identity: { idType: '9', status: 'UNKNOWN', sex: '0' } })
  const post = async (person: string, type: string, changes = {}) => {
    const { status, text } = await call(doctor, 'POST', '/v1/events', {
      patientId: person,
      ...exampleBody(type, changes),
    })
    if (status !== 201) throw new Error(text)
  }
  for (const person of [patientId, otherId]) {
    await post(person, 'RiskAssessed', { level: 4, targets: 'PERSON', assessedAt: '2026-04-19' })
    const applied = { by: 'PATIENT', appliedOn: '2026-04-19' }
    await post(person, 'ServiceApplied', { ...applied, recipientRole: 'CA', programme: 'LOW_INCOME' })
    await post(person, 'ServiceApplied', { ...applied, recipientRole: 'DPF', programme: 'REHABILITATION' })
    await post(person, 'ServiceApplied', { ...applied, recipientRole: 'LABOUR', programme: 'SOCIAL_INSURANCE' })
  }
  await settled()
  calendar.advanceTo(Date.parse('2026-07-09T09:00:00+08:00'))
  for (let i = 0; i < 2; i++) {
    await hub.tick()
    await settled()
  }
  const sheetOf = async (role: Role) => {
    const { agency } = keys[role]
    const { status, bytes, text } = await call(
      keys[role],
      'GET',
      `/v1/feeds/${FEEDS[role]}/documents/${agency}/return-sheet`,
    )
    if (status !== 200) throw new Error(text)
    return bytes
  }
  const send = async (key: IssuedKey, payload: Buffer) => {
    const headers = { authorization: `Bearer ${key.key}`, 'content-type': XLSX }
    const reply = await app.inject({ method: 'POST', url: '/v1/returns/sheets', headers, payload })
    return { status: reply.statusCode, json: reply.json() }
  }
  const list = async (key: IssuedKey, query = '') => (await call(key, 'GET', `/v1/returns${query}`)).json
  const nameOf = async (role: Role, person: string) =>
    scopedId(await hub.core.store.vault.secret(agencyKeyName(keys[role].agency)), 'pseudonym', person)
  const eventsOf = async (stream: string) => {
    const events = []
    for await (const event of hub.log.readStream(stream)) events.push(event)
    return events
  }
  return {
    ...real,
    doctor,
    stranger,
    auditor,
    carers,
    keys,
    patientId,
    otherId,
    erasedId,
    sheetOf,
    send,
    list,
    nameOf,
    eventsOf,
  }
})()

/** The line on which a person stands. */
async function lineOf(bytes: Buffer, pseudonym: string): Promise<number> {
  const sheet = readWorkbook(bytes).sheets.find(({ name }) => name === '反馈')
  if (!sheet) throw new Error('lineOf: no such sheet')
  return textRows(sheet).findIndex(([name]) => name === pseudonym) + 1
}

const onLine = (cells: Readonly<Record<string, string | number | Date>>, line: number) =>
  Object.fromEntries(Object.entries(cells).map(([place, value]) => [place.replace('2', String(line)), value]))

t.test('each agency answers its document on its own sheet, and owes nothing more', async (t) => {
  const { keys, patientId, sheetOf, send, list, nameOf, eventsOf, doctor } = await rig
  for (const role of ROLES) {
    const [owed] = (await list(keys[role], '?open=true')).own
    t.match(owed, { state: 'AWAITED', dueOn: '2026-08-08', returns: [] }, role)
    const sheet = await sheetOf(role)
    const pseudonym = await nameOf(role, patientId)
    const line = await lineOf(sheet, pseudonym)
    t.ok(line > 1, `${role}: the person has a line`)
    const filled = await filledSheet(sheet, { 反馈: onLine(FILLED[role], line) })

    const { status, json } = await send(keys[role], filled)

    t.equal(status, 201, `${role}: ${JSON.stringify(json)}`)
    t.same((await list(keys[role], '?open=true')).own, [], `${role} owes nothing`)
    const { own, others, about } = await list(keys[role])
    t.match(own, [{ document: owed.document, state: 'RETURNED', returns: [{ recorded: json.recorded }] }])
    t.same([others, about], [undefined, undefined], `${role} sees nobody else’s`)
  }
  const events = (await eventsOf(patientStream(patientId))).filter(({ source }) => source.kind === 'return')
  t.same(
    events.map(({ type, recordedBy }) => `${recordedBy.role} ${type}`),
    [
      ...['POLICE PublicSafetyIncidentRecorded', 'POLICE ContactRegained', 'POLICE ReturnReceived'],
      ...['POLICE ReturnReceived', 'PL ReturnReceived', 'PL ReturnReceived', 'CA FlagsUpdated'],
      ...['CA ApplicationDecided', 'DPF ReturnReceived', 'DPF FlagsUpdated', 'LABOUR InsuranceEnrollmentRecorded'],
    ],
  )
  t.match(events[0], { occurredAt: '2026-06-02T22:10:00.000+08:00', data: { kind: 2 } })
  t.match(events[1], { occurredAt: '2026-06-20', data: { outcome: 'FOUND_AT_HOME' } })
  t.match(events[9], { data: { disabilityCert: { held: true, level: 2 } }, occurredAt: '2026-05-03' })
  t.notMatch(JSON.stringify(events), /示例路|随家人|00123|亲属/, 'what is said in words is sealed')
  t.equal((await list(doctor)).about.length, events.length, 'the health centre sees each of them')
})

t.test('the same again records nothing twice, in another order and at the same time neither', async (t) => {
  const { keys, patientId, otherId, sheetOf, send, nameOf, eventsOf, list } = await rig
  const key = keys.LABOUR
  const sheet = await sheetOf('LABOUR')
  const [line, other] = [
    await lineOf(sheet, await nameOf('LABOUR', patientId)),
    await lineOf(sheet, await nameOf('LABOUR', otherId)),
  ]
  const again = await filledSheet(sheet, { 反馈: onLine(FILLED.LABOUR, line) })
  t.match(await send(key, again), { status: 200, json: { outcome: 'known', recorded: 1, forCentre: 0 } })

  const more = { [`C${other}`]: '失业保险', [`D${other}`]: '2026-02-01', [`E${other}`]: '2026-12-31' }
  const both = await filledSheet(sheet, { 反馈: { ...onLine(FILLED.LABOUR, line), ...more } })
  const answers = await Promise.all([send(key, both), send(key, both), send(key, again)])
  t.same(answers.map(({ status }) => status).sort(), [200, 200, 201])

  const count = async (person: string) =>
    (await eventsOf(patientStream(person))).filter(({ type }) => type === 'InsuranceEnrollmentRecorded').length
  t.same([await count(patientId), await count(otherId)], [1, 1])
  t.match((await list(key)).own, [{ returns: [{ recorded: 1 }, { recorded: 2 }] }])
})

t.test('what is said of one person is recorded together or not at all, and a copied line is refused', async (t) => {
  const { call, keys, otherId, nameOf, list, eventsOf } = await rig
  const { document } = (await list(keys.CA)).own[0]
  const pseudonym = await nameOf('CA', otherId)
  const refusal = (decidedOn: string) => {
    const data = { programme: 'LOW_INCOME', decision: 'REFUSED', decidedOn }
    return { pseudonym, kind: 'AID', data }
  }
  const poor = { pseudonym, kind: 'POVERTY', data: { povertyTarget: false, date: '2026-05-01' } }
  const sendJson = (...items: readonly unknown[]) => call(keys.CA, 'POST', '/v1/returns', { document, items })
  const types = async () =>
    (await eventsOf(patientStream(otherId)))
      .filter(({ recordedBy }) => recordedBy.role === 'CA')
      .map(({ type }) => type)

  const copied = await sendJson(refusal('2026-05-02'), refusal('2026-05-02'))
  t.match(copied, { status: 422, json: { code: 'HUB_BAD_RETURN' } })
  t.match(copied.json.errors, [{ pointer: '/items/1/pseudonym', rule: 'return.once', messageZh: /items\/0/ }])
  const decidedTwice = await sendJson(poor, refusal('2026-05-02'), refusal('2026-05-03'))
  t.match(decidedTwice, { status: 422, json: { code: 'HUB_BAD_RETURN' } })
  t.match(decidedTwice.json.errors, [{ pointer: /^\/items\/2\// }])
  t.same(await types(), [], 'nothing of either')

  t.match(await sendJson(refusal('2026-05-02')), { status: 201, json: { recorded: 1 } })
  t.match(await sendJson(poor, refusal('2026-05-02')), { status: 201, json: { recorded: 2 } }, 'with one line more')
  t.match(await sendJson(refusal('2026-05-02'), poor), { status: 200, json: { recorded: 2 } }, 'sorted')
  t.same(await types(), ['ApplicationDecided', 'FlagsUpdated'])

  const crowd = Array.from({ length: 51 }, (_, i) => ({ ...poor, data: { ...poor.data, date: `${1960 + i}-05-01` } }))
  const tooMany = await sendJson(...crowd)
  t.match(tooMany, { status: 422, json: { errors: [{ pointer: '/items/50/pseudonym', rule: 'return.most' }] } })
})

t.test('a return that breaks off says what is recorded, and the same again completes it', async (t) => {
  const { hub, keys, patientId, otherId, nameOf, list, eventsOf, call, logLines } = await rig
  const { document } = (await list(keys.PL)).own[0]
  const [first, second] = [await nameOf('PL', patientId), await nameOf('PL', otherId)]
  const moved = (pseudonym: string, text: string) => ({ pseudonym, kind: 'WHEREABOUTS', data: { text } })
  const items = [moved(second, '示例一'), moved(first, '示例二'), moved(second, '示例三')]
  const { recorder } = hub.core
  const { record } = recorder
  let refusals = 2
  const failing: typeof record = (by, write) => {
    if (write.patientId !== second || refusals-- <= 0) return record(by, write)
    return Promise.reject(new HubError('HUB_LOG_AWAY', 'a double of the tests'))
  }
  Object.assign(recorder, { record: failing })
  t.teardown(() => void Object.assign(recorder, { record }))
  const texts = async (person: string) =>
    (await eventsOf(patientStream(person))).filter(({ source, type }) => source.ref && type === 'ReturnReceived').length
  const before = [await texts(patientId), await texts(otherId)]

  for (let i = 0; i < 2; i++) {
    const { status, json } = await call(keys.PL, 'POST', '/v1/returns', { document, items })
    t.match(
      { status, json },
      { status: 409, json: { code: 'HUB_RETURN_IN_PART', recorded: 0, forCentre: 1, notRecorded: 2 } },
    )
    t.same(
      json.errors.map(({ pointer }: { pointer: string }) => pointer),
      ['/items/0/pseudonym', '/items/2/pseudonym'],
    )
  }
  t.equal(logLines.filter((line) => line.includes('HUB_RETURN_IN_PART')).length, 2, 'and the operator sees why')
  t.equal((await list(keys.PL)).own[0].returns.length, 1, 'nothing is noted of it yet')
  const whole = { status: 201, json: { recorded: 0, forCentre: 3 } }
  t.match(await call(keys.PL, 'POST', '/v1/returns', { document, items }), whole)
  t.same([await texts(patientId), await texts(otherId)], [(before[0] ?? 0) + 1, (before[1] ?? 0) + 2])
})

t.test('whoever is unknown, another’s, gone or erased gets one answer, and nothing is recorded', async (t) => {
  const { call, keys, patientId, otherId, nameOf, list, doctor, eventsOf, settled, logLines, hub, erasedId } = await rig
  const { document } = (await list(keys.POLICE)).own[0]
  const item = (pseudonym: string) => ({
    pseudonym,
    kind: 'ADDRESS',
    data: { text: '示例路77号' },
  })
  const own = await nameOf('POLICE', patientId)
  const before = (await eventsOf(patientStream(patientId))).length
  const sendJson = (items: readonly unknown[], to = document, key = keys.POLICE) =>
    call(key, 'POST', '/v1/returns', { document: to, items })

  const answers = []
  for (const stranger of [await nameOf('PL', patientId), patientId, '0198f0aa-0000-7000-8000-00000000ffff']) {
    answers.push(await sendJson([item(own), item(stranger)]))
  }
  t.match(answers[0], { status: 422, json: { code: 'HUB_BAD_RETURN' } })
  const said = answers.map(({ status, json }) => [status, { ...json, instance: undefined, requestId: undefined }])
  t.same(said[1], said[0])
  t.same(said[2], said[0])
  t.match(answers[0]?.json.errors, [{ pointer: '/items/1/pseudonym', rule: 'return.person' }])
  t.equal((await eventsOf(patientStream(patientId))).length, before, 'all or nothing')

  const gone = await nameOf('POLICE', otherId)
  const moved = exampleBody('PatientRelocated', { to: '371002009', toArea: undefined, leftAt: '2026-07-01' })
  t.equal((await call(doctor, 'POST', '/v1/events', { patientId: otherId, ...moved })).status, 201)
  await settled()
  t.same((await sendJson([item(own), item(gone)])).json.errors, answers[0]?.json.errors, 'gone from the area')

  const erased = await nameOf('POLICE', erasedId)
  t.equal((await sendJson([item(own), item(erased)])).status, 201)
  const gonePeople = { keyId: EXAMPLE_UNIT, authority: 'RETENTION_ENDED', deleteBy: '2026-08-01' }
  await hub.hubRecorder.appendNext({ stream: patientStream(erasedId), type: 'IdentityErased', data: gonePeople })
  await settled()
  const other = { ...item(erased), data: { text: '示例路78号' } }
  t.same((await sendJson([item(own), other])).json.errors, answers[0]?.json.errors, 'erased')

  t.equal((await sendJson([item(own)], (await list(keys.PL)).own[0].document)).status, 404, 'another’s document')
  t.equal((await sendJson([item(own)], document, keys.PL)).status, 404)
  t.match(await sendJson([]), { status: 400 })
  t.match(await call(keys.POLICE, 'POST', '/v1/returns', { document, nothingToReport: true }), { status: 201 })
  t.match(await call(keys.POLICE, 'POST', '/v1/returns', { document, nothingToReport: true }), { status: 200 })
  const wrong = [
    { pseudonym: own, kind: 'POVERTY', data: {} },
    { pseudonym: own, kind: 'INCIDENT', data: { kind: 9 } },
  ]
  t.match((await sendJson(wrong)).json.errors, [
    { pointer: '/items/0/pseudonym' },
    { pointer: '/items/1/data/kind' },
    { pointer: '/items/1/data/at' },
    { pointer: '/items/1/data/policeRef' },
  ])
  const future = [{ pseudonym: own, kind: 'CONTACT', data: { outcome: 'DECEASED', at: '2027-01-01' } }]
  t.match((await sendJson(future)).json.errors, [{ pointer: '/items/0/data/at', rule: 'event.notInFuture' }])

  const restriction = exampleBody('ProcessingRestricted', { scope: 'ALL' })
  t.equal(
    (await call(doctor, 'POST', '/v1/events', { patientId, ...restriction, occurredAt: '2026-07-01' })).status,
    201,
  )
  t.equal((await sendJson([item(own)])).status, 201, 'that somebody is restricted is nobody’s to learn')
  const lifted = exampleBody('ProcessingRestrictionLifted', { scope: 'ALL' })
  await call(doctor, 'POST', '/v1/events', { patientId, ...lifted, occurredAt: '2026-07-02' })
  await settled()
  t.notMatch(logLines.join(''), /示例路77号|示例路9号/)
})

t.test('the health centre sees what came back about its people, and settles it', async (t) => {
  const { call, doctor, stranger, auditor, carers, patientId, list, eventsOf, settled } = await rig
  const { about, others } = await list(doctor, `?patientId=${patientId}&open=true`)
  t.ok(about.length >= 6)
  for (const one of about) t.match(one, { patientId, type: 'ReturnReceived', isOpen: true })
  t.same(others, [], 'everybody has answered')
  t.same(await list(stranger), { own: [], others: [], about: [] }, 'nothing of other people and other areas')
  const { others: seen, about: none } = await list(auditor)
  t.equal(seen.length, ROLES.length)
  t.equal(none, undefined)
  t.notMatch(JSON.stringify(seen), new RegExp(patientId))

  const history = (await call(doctor, 'GET', `/v1/patients/${patientId}/history`)).json.entries
  const [first] = about.filter(({ from }: { from: { role: string } }) => from.role === 'DPF')
  const received = history.find(({ event }: { event: { id: string } }) => event.id === first.event)
  t.match(received.event.data, { about: 'ADDRESS', text: '示例路8号' }, 'in the record it is opened')
  const id = '0198f0aa-0000-7000-8000-00000000a11d'
  const corrected = { id, ...exampleBody('BasicInfoUpdated', { presentAddress: { text: '示例路8号' } }) }
  const settles = (target: string, changes: object) => ({
    type: 'ReturnSettled',
    data: { targetEventId: target, ...changes },
  })
  const events = [corrected, settles(first.event, { outcome: 'RECORDED', recordedAs: id })]
  const settledOnce = await call(doctor, 'POST', '/v1/events', { patientId, events })
  t.equal(settledOnce.status, 201, settledOnce.text)
  const twice = { patientId, ...settles(first.event, { outcome: 'KNOWN_ALREADY' }) }
  t.match(await call(doctor, 'POST', '/v1/events', twice), { status: 422 })
  await settled()

  const admitted = { patientId, ...exampleBody('HospitalAdmitted') }
  t.equal((await call(carers.hospital, 'POST', '/v1/events', admitted)).status, 201)
  for (const [name, reader] of Object.entries({ ...carers, auditor })) {
    const { entries } = (await call(reader, 'GET', `/v1/patients/${patientId}/history`)).json
    const said = entries.filter(({ event }: { event: { type: string } }) => event.type.startsWith('Return'))
    t.ok(said.length > about.length, `${name} reads the history`)
    const values = said.flatMap(({ event }: { event: { data: object } }) => Object.values(event.data))
    t.same(new Set(values.map((one: unknown) => JSON.stringify(one))), new Set(['{"sealed":true}']), name)
    const { status, json } = await call(reader, 'GET', `/v1/patients/${patientId}`)
    t.equal(status, 200)
    t.notOk('openReturns' in json.state, `${name} is told of none that waits`)
  }

  const after = await list(doctor, `?patientId=${patientId}`)
  t.match(
    after.about.find(({ event }: { event: string }) => event === first.event),
    { isOpen: false },
  )
  t.equal((await list(doctor, `?patientId=${patientId}&open=true`)).about.length, about.length - 1)
  const state = (await call(doctor, 'GET', `/v1/patients/${patientId}`)).json.state
  t.equal(state.openReturns.length, about.length - 1)
  const stream = returnStream(
    (await eventsOf(patientStream(patientId))).find(({ id: one }) => one === first.event)?.source.ref ?? '',
  )
  const [fact] = await eventsOf(stream)
  t.match(fact, { type: 'DocumentReturned', data: { recorded: 1, forCentre: 1, feed: 'disabled-persons-semiannual' } })
  t.notMatch(JSON.stringify(fact), new RegExp(patientId))
})

t.test('who lives in the part of a township that another station holds is that station’s', async (t) => {
  const { call, keys, patientId, nameOf, list, enrol, hub } = await rig
  const closer = await enrol('POLICE', { name: '示例第二派出所', areas: [EXAMPLE_AREA] })
  const { document } = (await list(keys.POLICE)).own[0]
  const items = [{ pseudonym: await nameOf('POLICE', patientId), kind: 'WHEREABOUTS', data: { text: '在家' } }]

  t.match(await call(keys.POLICE, 'POST', '/v1/returns', { document, items }), {
    status: 422,
    json: { errors: [{ rule: 'return.person' }] },
  })
  t.equal(hub.directory().agency(closer.agency)?.role, 'POLICE')
})
