/** Recalls over HTTP: an exclusion asks back what was told, its recipient answers, and who has not is listed. */
import t from 'tap'
import { scopedId } from '../../src/domain/derived-ids.js'
import { DAY } from '../../src/kernel/dates.js'
import type { IssuedKey } from '../../src/recording/administration.js'
import { agencyKeyName } from '../../src/vault/port.js'
import { EXAMPLE_UNIT, exampleBody } from '../fixtures/example-events.js'
import { openRealHub } from './real-hub.js'

/** A person whom station and office were told of by alarm and by document, and then a diagnosis that was excluded. */
async function excluded(t: Parameters<typeof openRealHub>[0]) {
  const real = await openRealHub(t)
  const { hub, call, calendar } = real
  const doctor = await real.enrol('CHC', { id: EXAMPLE_UNIT })
  const stranger = await real.enrol('CHC', { name: '示例第二中心', areas: ['371002008'] })
  const hospital = await real.enrol('HOSPITAL', { areas: [] })
  const police = await real.enrol('POLICE')
  const office = await real.enrol('PL')
  const operator = await real.operatorKey()
  const mailbox = { alerts: true, feeds: ['police-quarterly'], channel: 'mailbox' }
  const { subscription } = (await call(police, 'POST', '/v1/subscriptions', mailbox)).json
  const patientId = await real.register(doctor)
  const post = async (key: IssuedKey, type: string, changes = {}) => {
    const { status, text } = await call(key, 'POST', '/v1/events', { patientId, ...exampleBody(type, changes) })
    if (status !== 201) throw new Error(text)
  }
  await post(doctor, 'RiskAssessed', { level: 4, targets: 'PERSON' })
  await real.settled()
  calendar.advanceTo(Date.parse('2026-07-02T09:00:00+08:00'))
  await call(operator, 'POST', '/v1/feeds/police-quarterly/periods/2026Q2/close', { confirm: '2026Q2' })
  await real.settled()
  calendar.advanceTo(Date.parse('2026-07-03T09:00:00+08:00'))
  await post(hospital, 'HospitalAdmitted', { date: '2026-07-02' })
  await post(hospital, 'DiagnosisExcluded', { excludedOn: '2026-07-03' })
  const looked = async (): Promise<void> => {
    await real.settled()
    await hub.tick()
    await hub.recallKeeper.idle()
    await real.settled()
  }
  await looked()
  const list = async (key: IssuedKey, query = '') => (await call(key, 'GET', `/v1/recalls${query}`)).json
  return { ...real, doctor, stranger, police, office, operator, patientId, subscription, looked, list }
}

const rig = excluded(t)

t.test('an agency finds what it is asked to delete under its own names, and nothing else', async (t) => {
  const { hub, call, police, office, patientId, subscription, list } = await rig
  const key = await hub.core.store.vault.secret(agencyKeyName(police.agency))
  const document = '/v1/feeds/police-quarterly/periods/2026Q2/documents'
  const manifest = (await call(police, 'GET', `${document}/${police.agency}/manifest`)).json

  const { recalls, ...rest } = await list(police, '?open=true')

  t.same(rest, {})
  t.equal(recalls.length, 1)
  const { recall, ...asked } = recalls[0]
  t.same(asked, {
    ...{ pseudonym: scopedId(key, 'pseudonym', patientId), isPart: false, isOverdue: false, deleteBy: '2026-07-18' },
    ...{ sentAt: asked.sentAt, rows: [{ document: manifest.document, row: manifest.commitments[0].id }] },
  })
  t.notMatch(JSON.stringify(recalls), new RegExp(`${patientId}|EXCLUDED`))
  const { messages } = (await call(police, 'GET', `/v1/subscriptions/${subscription}/messages`)).json
  t.match(messages.at(-1).envelope, {
    kind: 'recalled',
    subject: asked.pseudonym,
    data: { recall: { deleteBy: '2026-07-18' } },
  })
  t.match(messages[0].envelope, { data: { tombstone: true } }, 'the alarm')
  t.match((await call(police, 'GET', `${document}/${police.agency}`)).headers, { 'lianhu-recalled': '1' })
  t.not((await list(office)).recalls[0].recall, recall)
})

t.test('who treats the person is asked for nothing, and sees who has not answered', async (t) => {
  const { doctor, stranger, police, office, operator, patientId, list } = await rig
  const told = await list(doctor, '?open=true')

  t.same(told.recalls, [])
  const recipients = told.sent.map((one: { recipient: { agency: string } }) => one.recipient.agency).sort()
  t.same(recipients, [police.agency, office.agency].sort())
  for (const one of told.sent) t.match(one, { patientId, reason: 'DIAGNOSIS_EXCLUDED', isOverdue: false })
  t.same(await list(stranger), { recalls: [], sent: [] }, 'of somebody else’s people nothing')
  const { sent } = await list(operator)
  t.equal(sent.length, 2)
  t.notMatch(JSON.stringify(sent), new RegExp(`${patientId}|EXCLUDED`))
})

t.test('a named person of that agency answers, once', async (t) => {
  const { hub, call, calendar, doctor, police, office, operator, settled, list } = await rig
  const [{ recall }] = (await list(police)).recalls
  const [{ recall: others }] = (await list(office)).recalls
  const answer = (key: IssuedKey, id: string) => call(key, 'POST', `/v1/recalls/${id}/acknowledge`)

  for (const key of [office, doctor]) t.equal((await answer(key, recall)).status, 404)
  t.equal((await answer(police, '0198f0aa-0000-7000-8000-00000000ffff')).status, 404)
  const { status, json } = await answer(police, recall)
  t.equal(status, 201)
  t.equal(json.stream, `recall-${recall}`, 'which names nobody')
  t.match(await answer(police, recall), { status: 409, json: { code: 'HUB_ALREADY_DECIDED' } })
  await settled()

  t.same((await list(police, '?open=true')).recalls, [])
  t.match((await list(police)).recalls, [{ recall, acknowledged: { by: police.person }, isOverdue: false }])
  t.match((await list(doctor, '?open=true')).sent, [{ recall: others }])

  calendar.advanceTo(Date.parse('2026-07-18T09:00:00+08:00'))
  t.match((await list(operator, '?open=true')).sent, [{ recall: others, isOverdue: false }], 'its day is not over')
  calendar.advanceTo(calendar.now() + DAY)
  t.match((await list(operator, '?open=true')).sent, [{ recall: others, isOverdue: true }])
  t.match((await list(office)).recalls, [{ isOverdue: true }])
  const answered = (await list(doctor)).sent.find((one: { recall: string }) => one.recall === recall)
  t.match(answered, { isOverdue: false, acknowledgedAt: /^2026-07-03/ })
  t.notOk('acknowledged' in answered, 'who it was is that agency’s own')
  t.ok(hub.readModels.status().isCaughtUp)
})

const TO_FEDERATION = {
  ...{ recipientRole: 'DPF', purposeCode: 'REHABILITATION', fieldSetId: 'disabled-persons.rehabilitation@1' },
  signedBy: 'PATIENT',
}

t.test('a consent that is withdrawn asks its recipient alone, by message, and takes the row out', async (t) => {
  const { hub, enrol, call, calendar, register, settled } = await openRealHub(t)
  const doctor = await enrol('CHC', { id: EXAMPLE_UNIT })
  const offices = await Promise.all([enrol('DPF'), enrol('CA'), enrol('LABOUR'), enrol('POLICE')])
  const boxes = new Map<string, string>()
  for (const office of offices) {
    const opened = await call(office, 'POST', '/v1/subscriptions', { alerts: true, feeds: [], channel: 'mailbox' })
    boxes.set(office.agency, opened.json.subscription)
  }
  const patientId = await register(doctor)
  const post = async (type: string, data: object) => {
    const { status, text } = await call(doctor, 'POST', '/v1/events', { patientId, type, data })
    if (status !== 201) throw new Error(text)
  }
  await post('DataConsentGiven', { ...TO_FEDERATION, separate: true, written: true, signedOn: '2026-04-20' })
  calendar.advanceTo(Date.parse('2026-07-09T09:00:00+08:00'))
  const looked = async (): Promise<void> => {
    await hub.tick()
    await settled()
    await hub.tick()
    await hub.recallKeeper.idle()
    await settled()
  }
  await looked()
  const [federation] = offices
  const path = `/v1/feeds/disabled-persons-semiannual/periods/2026H1/documents/${federation.agency}`
  const before = await call(federation, 'GET', path)
  t.match(before.text, /"kind":"CONSENT"/)

  await post('DataConsentWithdrawn', { ...TO_FEDERATION, withdrawnOn: '2026-07-09' })
  for (let i = 0; i < 2; i++) await looked()

  for (const office of offices) {
    const { messages } = (await call(office, 'GET', `/v1/subscriptions/${boxes.get(office.agency)}/messages`)).json
    const kinds = messages.map(({ envelope }: { envelope: { kind: string } }) => envelope.kind)
    t.same(kinds, office === federation ? ['recalled'] : [])
    const { recalls } = (await call(office, 'GET', '/v1/recalls')).json
    t.equal(recalls.length, office === federation ? 1 : 0)
  }
  const after = await call(federation, 'GET', path)
  t.match(after.headers, { 'lianhu-recalled': '1', 'lianhu-digest': before.headers['lianhu-digest'] })
  t.notMatch(after.text, /"kind":"CONSENT"/)
  t.match(after.text, /"commitment":"sha256:[^"]*","id":"[^"]*","recalled":true/)
  t.match((await call(doctor, 'GET', '/v1/recalls?open=true')).json.sent, [
    { patientId, reason: 'CONSENT_WITHDRAWN', rows: 1, recipient: { agency: federation.agency, role: 'DPF' } },
  ])

  await post('RiskAssessed', exampleBody('RiskAssessed', { level: 4, assessedAt: '2026-07-09' }).data)
  await looked()
  const { entries } = (await call(doctor, 'GET', `/v1/patients/${patientId}/history`)).json
  const registration = entries.find(({ event }: { event: { type: string } }) => event.type === 'PatientRegistered')
  const corrects = registration.event.id
  const data = { scope: 'FACT', reason: '误登记' }
  await call(doctor, 'POST', '/v1/events', { patientId, type: 'RecordRetracted', corrects, data })
  for (let i = 0; i < 2; i++) await looked()

  const station = offices.at(-1)
  const { messages } = (
    await call(station ?? doctor, 'GET', `/v1/subscriptions/${boxes.get(station?.agency ?? '')}/messages`)
  ).json
  t.match(messages.at(-1).envelope, { kind: 'recalled' }, 'a registration that was none')
  t.match(messages[0].envelope, { data: { tombstone: true } }, 'and the alarm says nothing any more')
  t.equal((await call(station ?? doctor, 'GET', '/v1/recalls')).json.recalls.length, 1)
  t.equal((await call(doctor, 'GET', `/v1/patients/${patientId}`)).status, 404)
  const toStation = (one: { recipient: { role: string } }) => one.recipient.role === 'POLICE'
  const { sent } = (await call(doctor, 'GET', '/v1/recalls?open=true')).json
  t.match(sent.filter(toStation), [{ patientId, reason: 'SENT_IN_ERROR' }], 'who registered sees who has not answered')
  const other = await enrol('CHC', { name: '示例第二中心', areas: ['371002002'] })
  t.same((await call(other, 'GET', '/v1/recalls')).json.sent, [], 'and no other centre')
  const account = (await call(doctor, 'GET', `/v1/patients/${patientId}/disclosures`)).json
  const asked = account.entries.filter(({ kind }: { kind: string }) => kind === 'RECALL')
  const askedOf = ({ reason, to }: { reason: string; to: { role: string } }) => `${to.role} ${reason}`
  t.same(
    asked.map(askedOf).sort(),
    ['DPF CONSENT_WITHDRAWN', 'DPF SENT_IN_ERROR', 'POLICE SENT_IN_ERROR'],
    'the federation too, to which a message came: that of the first recall',
  )
})
