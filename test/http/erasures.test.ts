/** Erasures over HTTP: who may ask and who may agree, and what is left when the keys are gone. */
import t, { type Test } from 'tap'
import { keyIdsIn } from '../../src/erasure/subject-keys.js'
import type { IssuedKey } from '../../src/recording/administration.js'
import { verifyLog } from '../../src/verify-log.js'
import { EXAMPLE_TOWNSHIP, EXAMPLE_UNIT, exampleBody } from '../fixtures/example-events.js'
import { until } from '../scenario/killed-hub.js'
import { openRealHub } from './real-hub.js'

const REASON = '本人要求删除，登记有误'
const POLICE_FEED = '/v1/feeds/police-quarterly/periods'

async function openCounty(t: Test) {
  const real = await openRealHub(t)
  const doctor = await real.enrol('CHC', { id: EXAMPLE_UNIT })
  const issue = (draft: { readonly agency: string; readonly staffName?: string; readonly isOperator?: boolean }) =>
    real.hub.administration.issueKey(real.operator, draft)
  const second = await issue({ agency: EXAMPLE_UNIT, staffName: '测试员乙' })
  const police = await real.enrol('POLICE')
  const operator = await real.operatorKey()
  const patientId = await real.register(doctor)
  const record = (body: object) => real.call(doctor, 'POST', '/v1/events', { patientId, ...body })
  await record(exampleBody('GuardianDesignated'))
  await record(exampleBody('RiskAssessed', { level: 4, targets: 'PERSON' }))
  const draft = { patientId, authority: 'CONSENT_WITHDRAWN', reason: REASON }
  const ask = (key: IssuedKey, more: object = {}) => real.call(key, 'POST', '/v1/erasures', { ...draft, ...more })
  const approve = (key: IssuedKey, erasure: string) => real.call(key, 'POST', `/v1/erasures/${erasure}/approve`)
  const show = (key: IssuedKey, erasure: string) => real.call(key, 'GET', `/v1/erasures/${erasure}`)
  const becomes = (erasure: string, state: string) =>
    until(
      async () => {
        await real.hub.tick()
        return show(doctor, erasure)
      },
      ({ json }) => json.state === state,
    )
  return { ...real, doctor, second, police, operator, patientId, issue, ask, approve, show, becomes, record }
}

t.test('two named persons of the health centre agree, and nobody by themself', async (t) => {
  const { ask, approve, show, doctor, second, call, patientId } = await openCounty(t)
  const id = '0198f0aa-0000-7000-8000-00000000e4a5'

  const asked = await ask(doctor, { id })
  t.match(asked, { status: 201, json: { erasure: id, expiresAt: '2026-04-27T09:30:00.000+08:00' } })
  t.match(await ask(doctor, { id }), { status: 200, json: asked.json }, 'a retry finds it')
  t.match(await ask(second, { id }), { status: 409, json: { code: 'HUB_DIFFERENT_CONTENT' } })
  t.match(await ask(second), { status: 409, json: { code: 'HUB_ALREADY_DECIDED', erasure: id } }, 'one at a time')
  t.match(await approve(doctor, id), { status: 403, json: { code: 'HUB_SECOND_PERSON' } })
  t.match(await show(second, id), { json: { state: 'REQUESTED', patientId, reason: REASON } })

  t.equal((await approve(second, id)).status, 204)

  t.match(await approve(second, id), { status: 409, json: { code: 'HUB_ALREADY_DECIDED' } }, 'once')
  const refuse = { reason: 'NO_GROUND' }
  t.match(await call(second, 'POST', `/v1/erasures/${id}/refuse`, refuse), { status: 409 })
  const { json } = await call(second, 'GET', '/v1/erasures')
  t.match(json.erasures, [
    { erasure: id, requestedBy: { person: doctor.person }, decidedBy: { person: second.person } },
  ])
  t.notMatch(JSON.stringify(json), /本人要求/)
})

t.test('whoever else asks learns of nobody', async (t) => {
  const { ask, approve, show, issue, doctor, second, police, operator, call, enrol } = await openCounty(t)
  const nobody = await issue({ agency: EXAMPLE_UNIT })
  const elsewhere = await enrol('CHC', { areas: ['371002009'] })
  const { erasure } = (await ask(doctor)).json

  for (const key of [police, elsewhere]) {
    t.match(await ask(key), { status: 404 })
    t.match(await approve(key, erasure), { status: 404 })
    t.match(await show(key, erasure), { status: 404 })
    t.same((await call(key, 'GET', '/v1/erasures')).json, { erasures: [] })
  }
  for (const act of [ask(nobody), approve(nobody, erasure), show(nobody, erasure)]) {
    t.match(await act, { status: 403, json: { code: 'HUB_PERSON_REQUIRED' } })
  }
  t.match(await show(second, '0198f0aa-0000-7000-8000-00000000e4a6'), { status: 404 })
  const unknown = { patientId: '0198f0aa-0000-7000-8000-00000000e4a6' }
  t.match(await ask(operator, unknown), { status: 404 })
})

t.test('operators do not agree without the health centre, and do with it', async (t) => {
  const { ask, approve, issue, doctor, operator, call } = await openCounty(t)
  const other = await issue({ agency: operator.agency, staffName: '测试运维乙', isOperator: true })
  const { erasure } = (await ask(operator)).json

  t.match(await approve(other, erasure), { status: 403, json: { code: 'HUB_SECOND_PERSON' } })
  const refused = (key: IssuedKey, reason: string) => call(key, 'POST', `/v1/erasures/${erasure}/refuse`, { reason })
  t.match(await refused(operator, 'NO_GROUND'), { status: 403, json: { code: 'HUB_FORBIDDEN' } })
  t.match(await refused(other, 'WITHDRAWN'), { status: 403, json: { code: 'HUB_FORBIDDEN' } })
  t.equal((await refused(operator, 'WITHDRAWN')).status, 204, 'whoever asked withdraws')
  t.match(await approve(doctor, erasure), { status: 409 })

  const again = (await ask(operator)).json.erasure
  t.equal((await approve(doctor, again)).status, 204)
})

t.test('a legal hold keeps the keys, whenever it is placed, until it is lifted or its last day is over', async (t) => {
  const { ask, approve, show, becomes, record, doctor, second, patientId, call, hub, calendar } = await openCounty(t)
  const placed = { ...exampleBody('LegalHoldPlaced', { until: '2026-04-22', placedOn: '2026-04-20' }) }
  const { erasure } = (await ask(doctor)).json
  await record({ ...placed, id: '0198f0aa-0000-7000-8000-0000000001d1' })

  t.match(await approve(second, erasure), { status: 409, json: { code: 'HUB_LEGAL_HOLD', until: '2026-04-22' } })
  t.match((await show(second, erasure)).json, { state: 'REQUESTED' }, 'nothing is decided')
  const hold = (await call(doctor, 'GET', `/v1/patients/${patientId}`)).json.state.holds[0].event
  const lifted = exampleBody('LegalHoldLifted', { hold, liftedOn: '2026-04-20' })
  t.equal((await record(lifted)).status, 201)
  t.match((await record(lifted)).json, { errors: [{ rule: 'hold.stands' }] }, 'once')
  t.equal((await approve(second, erasure)).status, 204)

  // The carrying out is under way when another letter comes.
  t.equal((await record(placed)).status, 201)
  await hub.tick()
  await hub.tick()
  t.match((await show(second, erasure)).json, { state: 'GIVEN', erasedAt: undefined })
  t.equal((await record(exampleBody('RiskAssessed'))).status, 201, 'the person is known as before')
  calendar.advanceTo(Date.parse('2026-04-23T00:00:00+08:00'))
  t.match((await becomes(erasure, 'CARRIED_OUT')).json, { erasedAt: /2026-04-23/ }, 'the day after its last')
})

t.test('a request that nobody approves ends after seven days', async (t) => {
  const { ask, approve, becomes, doctor, second, calendar } = await openCounty(t)
  const { erasure } = (await ask(doctor)).json
  calendar.advanceTo(Date.parse('2026-04-27T09:30:00.000+08:00'))

  t.match(await approve(second, erasure), { status: 409, json: { code: 'HUB_ALREADY_DECIDED' } })
  t.equal((await becomes(erasure, 'EXPIRED')).json.decidedBy, undefined)
  t.equal((await ask(second)).status, 201, 'and may be asked for again')
})

t.test('what is left when the keys are gone', async (t) => {
  const real = await openCounty(t)
  const { ask, approve, becomes, show, call, doctor, second, police, patientId, hub, calendar, settled, record } = real
  const subscribe = { alerts: true, feeds: [], channel: 'mailbox' }
  const box = (await call(police, 'POST', '/v1/subscriptions', subscribe)).json.subscription
  await record(exampleBody('RiskAssessed', { level: 5, targets: 'PERSON' }))
  const naming = { person: { name: '张示例', township: EXAMPLE_TOWNSHIP }, ...exampleBody('DangerousBehaviorReported') }
  const { heldId } = (await call(police, 'POST', '/v1/events', naming)).json
  await call(doctor, 'POST', `/v1/held/${heldId}/match`, { patientId })
  calendar.advanceTo(Date.parse('2026-07-09T09:00:00+08:00'))
  await hub.tick()
  await settled()
  const document = `${POLICE_FEED}/2026Q2/documents/${police.agency}`
  t.match((await call(police, 'GET', document)).text, /张示例/)
  const { erasure } = (await ask(doctor)).json
  await approve(second, erasure)

  await becomes(erasure, 'CARRIED_OUT')
  await settled()

  const events = []
  for await (const event of hub.core.store.log.readStream(`patient-${patientId}`)) events.push(event)
  t.equal((await hub.core.store.vault.keysById(keyIdsIn(events))).size, 0)
  t.same(events.filter(({ type }) => type === 'IdentityErased').length, 1)
  const told = (await show(second, erasure)).json
  t.match(told, { erasedAt: /2026-07-09/, carriedOutAt: /2026-07-09/, reason: undefined })

  t.match((await record(exampleBody('RiskAssessed'))).json, { code: 'HUB_ERASED' })
  const named = { person: { idNumber: '11010519491231002X' }, ...exampleBody('ConditionClassified') }
  t.match(await call(doctor, 'POST', '/v1/events', named), { status: 410 }, 'also by the number')
  t.match(await call(doctor, 'GET', `/v1/held/${heldId}`), { status: 410 }, 'what named them before it was matched')
  t.match(await ask(doctor), { status: 410 })
  const state = (await call(doctor, 'GET', `/v1/patients/${patientId}`)).json
  t.match(state, { state: { erased: { at: /2026-07-09/ } } })
  const before = '?asOf=2026-05-01&knownAt=2026-05-01'
  const then = (await call(doctor, 'GET', `/v1/patients/${patientId}${before}`)).json
  t.match(then.state, { identity: { erased: true }, guardian: { ref: { erased: true } } })
  t.notMatch(JSON.stringify([state, then]), /张示例|赵示例|示例路/)

  const line = JSON.parse((await call(police, 'GET', document)).text.split('\n')[1] ?? '')
  t.match(line, { recalled: true, commitment: /^sha256:/ })
  const verified = (await call(real.operator, 'POST', `${POLICE_FEED}/2026Q2/verify`)).json
  t.match(verified, { isEqual: true, documents: [{ isEqual: true, erased: 1 }] })
  const read = (await call(police, 'GET', `/v1/subscriptions/${box}/messages`)).json
  const messages = read.messages.map(({ envelope }: { readonly envelope: unknown }) => envelope)
  t.ok(messages.length > 1)
  t.match(messages.at(-1), { kind: 'recalled', data: { recall: { rows: [{ row: line.id }] } } })
  for (const { data } of messages.slice(0, -1)) t.match(data, { tombstone: true, facts: {} })
  t.notMatch(JSON.stringify(messages), /张示例|"level"/)

  calendar.advanceTo(Date.parse('2026-10-09T09:00:00+08:00'))
  await hub.tick()
  await settled()
  const next = await hub.feeds.accountingManifest('police-quarterly', '2026Q3', police.agency)
  t.match(next.toString(), new RegExp(`"outcome":"EXCLUDED","patient":"${patientId}","rule":"ERASED"`))
  const { log, vault } = hub.core.store
  const report = await verifyLog({ log: log.reader, keysById: (kids) => vault.keysById(kids) })
  t.same(report.findings, [], 'the log is as sound as before')
  t.ok(report.erasedSeals > 0)
})
