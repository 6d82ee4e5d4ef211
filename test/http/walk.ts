/**
 * Walks over every route of a hub, so that each answer that is described is met once: two hubs, one with a clock in doubt.
 * It asserts nothing; whoever walks is told what was met.
 */
import { createPublicKey, randomUUID } from 'node:crypto'
import { scopedId } from '../../src/domain/derived-ids.js'
import { patientStream } from '../../src/domain/streams.js'
import { XLSX } from '../../src/http/media-types.js'
import { agencyKeyName } from '../../src/vault/port.js'
import { accept, openReceiver, type Received, type Receiver } from '../delivery/receiver.js'
import { EXAMPLE_TOWNSHIP, EXAMPLE_UNIT, exampleBody } from '../fixtures/example-events.js'
import { filledSheet } from '../fixtures/filled-sheet.js'
import { type Cleanup, tempDirectory } from '../fixtures/store.js'
import { until } from '../scenario/killed-hub.js'
import type { Met } from './described.js'
import { openRealHub, type RealHub, START_MS } from './real-hub.js'
import { askedByLetter } from './walk-letters.js'
import { lived } from './walk-lives.js'
import { versioned } from './walk-versions.js'

const FEED = '/v1/feeds/police-quarterly'
const AFTER_QUARTER = Date.parse('2026-07-02T09:00:00+08:00')
const BEHIND_MS = 9 * 60_000
/** The public key of RFC 8037, appendix A.6. */
const PUBLIC_KEY = { kty: 'OKP', crv: 'X25519', x: '3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08' }

/** Resolves with the first hub as the walk leaves it, and what it sent to a webhook meanwhile. */
export async function walk(
  t: Cleanup,
  meet: (met: Met) => void,
): Promise<{ readonly real: RealHub; readonly received: readonly Received[] }> {
  const real = await openRealHub(t, { delivery: { filesDirectory: tempDirectory(t) } }, undefined, meet)
  const doctor = await real.enrol('CHC', { id: EXAMPLE_UNIT })
  const police = await real.enrol('POLICE')
  const auditor = await real.enrol('AUDITOR', { areas: [] })
  const operator = await real.operatorKey()
  const keys = { doctor, police, auditor, operator }
  await describedItself(real)
  await administered(real, keys)
  await enrolled(real, keys)
  const receiver = await openReceiver(t)
  const webhook = await pushed(real, keys, receiver)
  await signed(real, keys, { webhook, receiver })
  await dropped(real, keys)
  const subscription = await subscribed(real, keys)
  const patientId = await recorded(real, keys)
  await held(real, keys, patientId)
  await alerted(real, keys, patientId)
  await delivered(real, keys, subscription)
  await read(real, keys, patientId)
  await askedByLetter(real, keys, patientId)
  await versioned(real, keys)
  await reported(real, keys, patientId)
  await erased(real, keys, patientId)
  await closed(real, keys, { webhook, subscription })
  await doubted(t, meet)
  return { real, received: receiver.received }
}

type Key = Awaited<ReturnType<RealHub['enrol']>>
type Keys = Readonly<Record<'doctor' | 'police' | 'auditor' | 'operator', Key>>

async function describedItself({ call }: RealHub): Promise<void> {
  for (const path of ['/healthz', '/readyz', '/metrics', '/openapi.json', '/asyncapi.json', '/schemas']) {
    await call(undefined, 'GET', path)
  }
  await call(undefined, 'GET', '/schemas/RecordRetracted@1')
}

async function administered({ call }: RealHub, { operator, doctor }: Keys): Promise<void> {
  const post = (url: string, body: unknown) => call(operator, 'POST', url, body)
  const draft = { id: '0198f0aa-0000-7000-8000-00000000aaaa', role: 'CHC', name: '示例第二中心', phone: '0631-5190001' }
  const superior = { superior: doctor.agency }
  for (let i = 0; i < 2; i++) await post('/v1/agencies', { ...draft, ...superior })
  const agency = draft.id
  await post(`/v1/agencies/${agency}`, { dutyPhone: '0631-5190002' })
  const assignments = [{ agency, areas: ['371002009'], from: '2026-01-01' }]
  const overlapping = { agency: doctor.agency, areas: ['371002009'], from: '2026-03-01', to: '2026-03-31' }
  await post('/v1/areas', { assignments: [...assignments, overlapping], dryRun: true })
  for (const dryRun of [true, false]) await post('/v1/areas', { assignments, dryRun })
  await post(`/v1/agencies/${agency}/live`, { from: '2026-02-01' })
  await post('/v1/areas/end', { agency, areas: ['371002009'], to: '2026-12-31' })
  await post('/v1/areas', { assignments: [overlapping], dryRun: true })
  await post(`/v1/agencies/${agency}`, { phone: '0631-5190004' })
  await call(doctor, 'GET', '/v1/agencies?role=CHC')
  await call(doctor, 'GET', `/v1/agencies/${agency}`)
  const issued = await post('/v1/keys', { agency, staffName: '测试医生乙' })
  const opened = await post(`/v1/agencies/${agency}/enrolments`, { hours: 2 })
  await call(undefined, 'POST', '/v1/enrolments', { code: opened.json.code, staffName: '测试医生丙' })
  await call(issued.json, 'GET', '/v1/keys')
  await post(`/v1/keys/${issued.json.keyId}/revoke`, { reason: 'LOST' })
}

/** A file of agencies, sent twice, with a line in it that is none. */
async function enrolled({ app }: RealHub, { operator }: Keys): Promise<void> {
  const lines = [
    { id: '0198f0aa-0000-7000-8000-00000000bbbb', role: 'POLICE', name: '示例派出所', phone: '0631-5190003' },
    { id: 'none' },
  ]
  for (let i = 0; i < 2; i++) await sendLines(app, operator, { url: '/v1/agencies/batch', lines })
}

/** @param lines one value a line */
async function sendLines(
  app: RealHub['app'],
  { key }: Key,
  { url, lines }: { readonly url: string; readonly lines: readonly unknown[] },
): Promise<void> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' }
  await app.inject({ method: 'POST', url, headers, payload: lines.map((line) => `${JSON.stringify(line)}\n`).join('') })
}

const MAILBOX = { alerts: true, feeds: ['police-quarterly'], channel: 'mailbox' }

async function subscribed({ call }: RealHub, { police }: Keys): Promise<string> {
  const opened = await call(police, 'POST', '/v1/subscriptions', { ...MAILBOX, ping: 'http://127.0.0.1:9/ping' })
  await call(police, 'GET', '/v1/subscriptions')
  return `/v1/subscriptions/${opened.json.subscription}`
}

/** A webhook that refuses one message for good, so that something parks, and takes it at the second asking. */
async function pushed({ call, hub, settled }: RealHub, { police }: Keys, receiver: Receiver): Promise<string> {
  const draft = { ...MAILBOX, channel: 'webhook', url: receiver.url, duty: true, heartbeats: false }
  const path = `/v1/subscriptions/${(await call(police, 'POST', '/v1/subscriptions', draft)).json.subscription}`
  const { secret } = (await call(police, 'GET', `${path}/secret`)).json
  receiver.trust(secret)
  await call(police, 'GET', '/v1/subscriptions')
  await call(police, 'POST', path, { url: `${receiver.url}/inbox` })
  await call(police, 'POST', `${path}/pause`)
  await call(police, 'POST', `${path}/resume`)
  receiver.answer((_, reply) => void reply.writeHead(422).end())
  await call(police, 'POST', `${path}/test`)
  await settled()
  await hub.delivery.idle()
  receiver.answer(accept)
  await call(police, 'GET', path)
  await until(
    () => call(police, 'GET', `${path}/deliveries`),
    ({ json }) => json.deliveries[0].state === 'PARKED',
  )
  await call(police, 'POST', `${path}/redrive`, { dryRun: false })
  await hub.delivery.idle()
  await call(police, 'POST', `${path}/rewind`, { from: 0, dryRun: true })
  return path
}

/** One secret follows another, and the older one is ended before its time. */
async function signed(
  { call, hub, settled }: RealHub,
  { police }: Keys,
  { webhook, receiver }: { readonly webhook: string; readonly receiver: Receiver },
): Promise<void> {
  const { secret } = (await call(police, 'POST', `${webhook}/secret/rotate`, { overlapHours: 48 })).json
  await call(police, 'GET', `${webhook}/secret`)
  await call(police, 'GET', webhook)
  await call(police, 'GET', '/v1/subscriptions')
  await call(police, 'POST', `${webhook}/test`)
  await settled()
  await hub.delivery.idle()
  await call(police, 'POST', `${webhook}/secret/retire`)
  receiver.trust(secret)
  await call(police, 'GET', `${webhook}/deliveries`)
}

async function dropped({ call }: RealHub, { police }: Keys): Promise<void> {
  const draft = { alerts: false, feeds: [], channel: 'files' }
  const path = `/v1/subscriptions/${(await call(police, 'POST', '/v1/subscriptions', draft)).json.subscription}`
  await call(police, 'POST', `${path}/public-key`, { jwk: PUBLIC_KEY })
  const pem = createPublicKey({ key: PUBLIC_KEY, format: 'jwk' }).export({ type: 'spki', format: 'pem' })
  await call(police, 'POST', `${path}/public-key`, { pem: String(pem) })
  await call(police, 'GET', '/v1/subscriptions')
  await call(police, 'GET', path)
}

async function closed(
  { call, hub }: RealHub,
  { police }: Keys,
  { webhook, subscription }: Readonly<Record<'webhook' | 'subscription', string>>,
): Promise<void> {
  await hub.delivery.idle()
  await call(police, 'GET', webhook)
  for (const path of [webhook, subscription]) await call(police, 'GET', `${path}/deliveries`)
  await call(police, 'POST', `${webhook}/close`, { reason: 'NOT_NEEDED' })
}

async function recorded({ call, app, register }: RealHub, { doctor, police }: Keys): Promise<string> {
  const patientId = await register(doctor)
  const risk = exampleBody('RiskAssessed', { level: 4, targets: 'PERSON' })
  const visit = {
    patientId,
    events: [exampleBody('FollowUpCompleted'), risk].map((one) => ({ ...one, id: randomUUID() })),
  }
  for (let i = 0; i < 2; i++) await call(doctor, 'POST', '/v1/events', visit)
  await call(doctor, 'POST', '/v1/events', { patientId, ...exampleBody('GuardianDesignated') })
  const lines = [
    { patientId, ...exampleBody('ConditionClassified') },
    { type: 'MoodGuessed', data: {} },
  ]
  await sendLines(app, doctor, { url: '/v1/events/batch', lines })
  const named = { person: { name: '李示例', township: EXAMPLE_TOWNSHIP }, ...exampleBody('DangerousBehaviorReported') }
  await sendLines(app, police, { url: '/v1/events/batch', lines: [named, exampleBody('RiskAssessed', { level: 9 })] })
  return patientId
}

async function held({ call, hub }: RealHub, { doctor, police }: Keys, patientId: string): Promise<void> {
  const person = { name: '张示例', township: EXAMPLE_TOWNSHIP }
  const named = { person, ...exampleBody('DangerousBehaviorReported') }
  const [first, second] = [
    await call(police, 'POST', '/v1/events', named),
    await call(police, 'POST', '/v1/events', named),
  ]
  await hub.readModels.through()
  await call(doctor, 'GET', '/v1/held')
  await call(doctor, 'GET', `/v1/held/${first.json.heldId}`)
  await call(doctor, 'POST', `/v1/held/${first.json.heldId}/match`, { patientId })
  await call(doctor, 'POST', `/v1/held/${second.json.heldId}/reject`, { reason: 'SENT_IN_ERROR' })
}

async function alerted({ call, settled }: RealHub, { doctor, police }: Keys, patientId: string): Promise<void> {
  await settled()
  await call(doctor, 'GET', `/v1/alerts?patientId=${patientId}`)
  const { alerts } = (await call(police, 'GET', '/v1/alerts?open=true')).json
  for (const [i, { alert }] of alerts.entries()) {
    const desk = `/v1/alerts/${alert}`
    await call(police, 'POST', `${desk}/acknowledge`)
    await call(police, 'POST', `${desk}/relay`, { to: 'DUTY_OFFICER', means: 'TELEPHONE' })
    await call(police, 'POST', `${desk}/outcome`, { outcome: i === 0 ? 'HANDLED' : 'NOT_OURS' })
  }
  await settled()
  await call(police, 'GET', '/v1/alerts')
  await call(doctor, 'GET', '/v1/alerts')
  await call(doctor, 'GET', `/v1/alerts?patientId=${patientId}`)
}

async function delivered({ call, settled }: RealHub, { police }: Keys, subscription: string): Promise<void> {
  await call(police, 'POST', `${subscription}/test`)
  await settled()
  await call(police, 'GET', `${subscription}/messages?limit=1`)
  await call(police, 'GET', `${subscription}/messages`)
  await call(police, 'POST', `${subscription}/opened`, { sequences: [0] })
  await call(police, 'POST', `${subscription}/acknowledge`, { through: 0 })
  await call(police, 'GET', `${subscription}/deliveries`)
  await call(police, 'GET', subscription)
}

async function read({ call, hub }: RealHub, { doctor, auditor }: Keys, patientId: string): Promise<void> {
  await call(doctor, 'GET', `/v1/patients/${patientId}?asOf=2026-04-20&knownAt=2026-04-20`)
  await call(doctor, 'GET', `/v1/patients/${patientId}/history`)
  const key = await hub.core.store.vault.secret(agencyKeyName(auditor.agency))
  const pseudonym = scopedId(key, 'pseudonym', patientId)
  await call(auditor, 'GET', `/v1/patients/${pseudonym}`)
  await call(auditor, 'GET', `/v1/patients/${pseudonym}/history`)
}

async function reported(real: RealHub, keys: Keys, patientId: string): Promise<void> {
  const { doctor, police, auditor, operator } = keys
  const { call, calendar, register, settled } = real
  const identity = { name: '王示例', idType: '1', idNumber: '440524188001010014', status: 'VERIFIED', sex: '1' }
  const outside = await register(doctor, { identity, programme: 'MEDICAL_AID' })
  const period = `${FEED}/periods/2026Q2`
  const document = `${period}/documents/${police.agency}`
  await call(police, 'GET', '/v1/feeds')
  await call(operator, 'POST', `${period}/preview`, { agency: police.agency })
  calendar.advanceTo(AFTER_QUARTER)
  for (let i = 0; i < 2; i++) await call(operator, 'POST', `${period}/close`, { confirm: '2026Q2' })
  await settled()
  await call(police, 'GET', `${FEED}/periods`)
  await call(operator, 'GET', `${FEED}/periods`)
  await call(police, 'GET', period)
  await call(operator, 'GET', period)
  for (const format of ['ndjson', 'csv', 'xlsx']) await call(police, 'GET', `${document}?format=${format}`)
  const { commitments } = (await call(police, 'GET', `${document}/manifest`)).json
  await call(auditor, 'GET', `${document}/accounting`)
  for (const id of [patientId, outside]) await call(auditor, 'GET', `${period}/why/${id}?agency=${police.agency}`)
  await call(operator, 'POST', `${period}/verify`)
  const [released] = (await call(police, 'GET', period)).json.documents
  const row = { document: released.document, row: commitments[0].id, commitment: commitments[0].commitment }
  await real.hub.core.hubRecorder.appendNext({
    stream: patientStream(patientId),
    type: 'RecallSent',
    data: { agency: police.agency, reason: 'SENT_IN_ERROR', deleteBy: '2026-09-01', rows: [row] },
  })
  for (const format of ['ndjson', 'csv', 'xlsx']) await call(police, 'GET', `${document}?format=${format}`)
  await settled()
  await accounted(real, keys, patientId)
  await recalled(real, keys)
  await returned(real, keys, patientId, document)
  await call(operator, 'GET', '/v1/projections')
  for (const act of ['verify', 'rebuild']) await call(operator, 'POST', `/v1/projections/patient-record/${act}`)
}

interface Handover {
  readonly handedOverAt?: string
}

interface AccountEntry {
  readonly delivery?: Handover
  readonly deliveries?: readonly Handover[]
}

const isHandedOver = (one: Handover | undefined): boolean => one?.handedOverAt !== undefined

/** Once what was handed over is written down, at most a second later. */
async function accounted({ call, hub }: RealHub, { doctor, auditor }: Keys, patientId: string): Promise<void> {
  const account = `/v1/patients/${patientId}/disclosures`
  // Not over HTTP: an account that is not whole yet would be one of the examples.
  await until(
    async () => (await hub.account(patientId)).entries as readonly AccountEntry[],
    (entries) =>
      entries.find(({ deliveries }) => deliveries)?.deliveries?.some(isHandedOver) === true &&
      entries.some(({ delivery }) => isHandedOver(delivery)),
  )
  await call(doctor, 'GET', account)
  const { next } = (await call(doctor, 'GET', `${account}?limit=1`)).json
  await call(doctor, 'GET', `${account}?after=${next}`)
  await call(auditor, 'GET', account)
  for (const version of ['patient', 'guardian']) await call(doctor, 'GET', `${account}?format=html&for=${version}`)
}

/** Two persons agree to one erasure and not to another; what was released is read, and compiled again, without the first. */
async function erased(real: RealHub, { doctor, police, operator }: Keys, patientId: string): Promise<void> {
  const { call, hub, register } = real
  const second = (await call(operator, 'POST', '/v1/keys', { agency: doctor.agency, staffName: '测试医生丁' })).json
  const draft = { patientId, authority: 'RETENTION_ENDED', reason: '保存期限已满' }
  const withId = { ...draft, id: '0198f0aa-0000-7000-8000-00000000e4a5' }
  for (let i = 0; i < 2; i++) await call(doctor, 'POST', '/v1/erasures', withId)
  const path = `/v1/erasures/${withId.id}`
  await call(second, 'GET', path)
  await call(second, 'POST', `${path}/approve`)
  const other = await register(doctor, { identity: { idType: '9', status: 'UNKNOWN', sex: '0', phones: [] } })
  const { erasure } = (await call(doctor, 'POST', '/v1/erasures', { ...draft, patientId: other })).json
  await call(second, 'POST', `/v1/erasures/${erasure}/refuse`, { reason: 'RETENTION_RUNS' })
  await until(
    async () => {
      await hub.tick()
      return call(second, 'GET', path)
    },
    ({ json }) => json.state === 'CARRIED_OUT',
  )
  await call(second, 'GET', '/v1/erasures')
  for (const when of ['', '?asOf=2026-04-20&knownAt=2026-04-20']) {
    await call(doctor, 'GET', `/v1/patients/${patientId}${when}`)
  }
  await call(operator, 'POST', `${FEED}/periods/2026Q2/verify`)
  await call(police, 'GET', `${FEED}/periods/2026Q2/documents/${police.agency}`)
}

/** A station answers its document by sheet and by items, with nothing to report, and wrongly; the health centre looks. */
async function returned(
  { call, app, hub, settled }: RealHub,
  { doctor, police, operator }: Keys,
  patientId: string,
  document: string,
): Promise<void> {
  const key = await hub.core.store.vault.secret(agencyKeyName(police.agency))
  const pseudonym = scopedId(key, 'pseudonym', patientId)
  const blank = await call(police, 'GET', `${document}/return-sheet`)
  const [owed] = (await call(police, 'GET', '/v1/returns?open=true')).json.own
  for (const asker of [doctor, operator]) await call(asker, 'GET', '/v1/returns?open=true')
  const filled = await filledSheet(blank.bytes, { 反馈: { A2: pseudonym, C2: '肇事', D2: '2026-06-02', E2: '示例' } })
  const headers = { authorization: `Bearer ${police.key}`, 'content-type': XLSX }
  const post = (payload: Buffer) => app.inject({ method: 'POST', url: '/v1/returns/sheets', headers, payload })
  for (const sheet of [blank.bytes, filled, filled]) await post(sheet)
  const items = [{ pseudonym, kind: 'ADDRESS', data: { text: '示例路9号' } }]
  for (let i = 0; i < 2; i++) await call(police, 'POST', '/v1/returns', { document: owed.document, items })
  await settled()
  for (const asker of [police, doctor, operator]) await call(asker, 'GET', '/v1/returns')
  await call(doctor, 'GET', `/v1/patients/${patientId}`)
}

async function recalled({ call, settled }: RealHub, { doctor, police, operator }: Keys): Promise<void> {
  await settled()
  const { recalls } = (await call(police, 'GET', '/v1/recalls?open=true')).json
  for (const key of [doctor, operator]) await call(key, 'GET', '/v1/recalls?open=true')
  await call(police, 'POST', `/v1/recalls/${recalls[0].recall}/acknowledge`)
  await settled()
  for (const key of [police, doctor]) await call(key, 'GET', '/v1/recalls')
}

async function doubted(t: Cleanup, meet: (met: Met) => void): Promise<void> {
  let behindMs = 0
  const real = await openRealHub(t, {}, { now: () => START_MS - behindMs }, meet)
  const { call, enrol, operatorKey } = real
  const doctor = await enrol('CHC', { id: EXAMPLE_UNIT })
  const operator = await operatorKey()
  const patientId = await lived(real, { doctor, hospital: await enrol('HOSPITAL') })
  behindMs = BEHIND_MS
  await call(doctor, 'POST', '/v1/events', { patientId, ...exampleBody('RiskAssessed') })
  await call(undefined, 'GET', '/readyz')
  await call(operator, 'POST', '/v1/clock/confirm')
}
