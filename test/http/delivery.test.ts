import t from 'tap'
import { EXAMPLE_UNIT, exampleBody } from '../fixtures/example-events.js'
import type { Cleanup } from '../fixtures/store.js'
import { openRealHub } from './real-hub.js'

const MAILBOX = { alerts: true, feeds: [], channel: 'mailbox' }

const setup = async (t: Cleanup) => {
  const real = await openRealHub(t)
  const doctor = await real.enrol('CHC', { id: EXAMPLE_UNIT })
  const police = await real.enrol('POLICE')
  const opened = await real.call(police, 'POST', '/v1/subscriptions', MAILBOX)
  const id = String(opened.json.subscription)
  return { ...real, doctor, police, opened, id, path: `/v1/subscriptions/${id}` }
}

/** For tests in which nothing is handed over. */
const shared = await setup(t)

t.test('lets an agency open, see, change, pause, resume and close its own subscription', async (t) => {
  const { call, opened, police, path, id } = await setup(t)
  const own = async () => (await call(police, 'GET', '/v1/subscriptions')).json.subscriptions[0]

  t.equal(opened.status, 201)
  t.match(await own(), { id, alerts: true, channel: 'mailbox', paused: false, isOpen: true })
  t.equal((await call(police, 'POST', path, { feeds: ['police-quarterly'] })).status, 201)
  t.match(await own(), { feeds: ['police-quarterly'] })
  t.equal((await call(police, 'POST', `${path}/pause`)).status, 201)
  t.match(await own(), { paused: true })
  t.equal((await call(police, 'POST', `${path}/resume`)).status, 201)
  t.match((await call(police, 'GET', path)).json, { paused: false, delivery: { length: 0, acknowledgedThrough: -1 } })
  t.equal((await call(police, 'POST', `${path}/close`, { reason: 'NOT_NEEDED' })).status, 201)
  t.match(await own(), { isOpen: false })
  t.match((await call(police, 'POST', `${path}/pause`)).json, { status: 409 })
})

t.test('tells everybody else that there is no such subscription', async (t) => {
  const { call, enrol, path } = shared
  const other = await enrol('POLICE', { name: '另一派出所', areas: ['371003001'] })

  t.match((await call(other, 'GET', path)).json, { status: 404 })
  t.match((await call(other, 'GET', `${path}/messages`)).json, { status: 404 })
  t.match((await call(other, 'GET', `${path}/secret`)).json, { status: 404 })
  t.match((await call(other, 'POST', path, { alerts: false })).json, { status: 404 })
  t.match((await call(other, 'POST', `${path}/acknowledge`, { through: 0 })).json, { status: 404 })
  t.match((await call(other, 'POST', `${path}/redrive`, { dryRun: true })).json, { status: 404 })
  t.same((await call(other, 'GET', '/v1/subscriptions')).json, { subscriptions: [] })
})

t.test('refuses what is not for the role, and a webhook to where the hub may not send', async (t) => {
  const { call, enrol, police } = shared
  const finance = await enrol('FIN')
  const open = (key: typeof police, draft: object) => call(key, 'POST', '/v1/subscriptions', { ...MAILBOX, ...draft })

  t.match((await open(finance, {})).json, { status: 403 }, 'no alert is made for it')
  t.match((await open(police, { feeds: ['political-legal-quarterly'] })).json, { status: 403 })
  t.ok((await open(police, { channel: 'webhook', url: 'https://example.com/in' })).status >= 400)
  t.match((await open(police, { channel: 'webhook' })).json, { status: 422 })
  t.match((await open(police, { colour: 'red' })).json, { status: 400, errors: [{ pointer: '/colour' }] })
})

t.test('rotates the secret of a webhook, and retires the old one', async (t) => {
  const { call, police, path: mailbox } = shared
  const webhook = { alerts: true, feeds: [], channel: 'webhook', url: 'http://127.0.0.1:9/in' }
  const opened = (await call(police, 'POST', '/v1/subscriptions', webhook)).json
  const path = `/v1/subscriptions/${opened.subscription}`

  const rotated = await call(police, 'POST', `${path}/secret/rotate`)

  t.equal(rotated.status, 201)
  t.equal(rotated.headers['cache-control'], 'no-store')
  t.match(rotated.json, { secret: /^whsec_/, previous: { secret: opened.secret, until: String }, receipt: {} })
  t.match((await call(police, 'GET', path)).json, { secretNumber: 2, retiringSecret: { number: 1 } })
  t.match((await call(police, 'GET', `${path}/secret`)).json, { secret: rotated.json.secret, previous: {} })
  t.match((await call(police, 'POST', `${path}/secret/rotate`, { overlapHours: 1 })).json, { status: 409 })
  t.equal((await call(police, 'POST', `${path}/secret/retire`)).status, 201)
  t.same((await call(police, 'GET', `${path}/secret`)).json, { secret: rotated.json.secret })
  t.match((await call(police, 'POST', `${path}/secret/rotate`, { overlapHours: 0 })).json, { status: 400 })
  t.match((await call(police, 'POST', `${mailbox}/secret/rotate`)).json, { status: 404 }, 'a mailbox has none')
})

t.test('hands over messages in order, waits for the next, and counts what is acknowledged', async (t) => {
  const { call, police, path, settled } = await setup(t)
  await call(police, 'POST', `${path}/test`)
  await settled()

  const page = await call(police, 'GET', `${path}/messages`)
  const waiting = call(police, 'GET', `${path}/messages?after=0&wait=20`)
  await call(police, 'POST', `${path}/test`)
  const next = await waiting
  const beyond = await call(police, 'POST', `${path}/acknowledge`, { through: 7 })
  const read = await call(police, 'POST', `${path}/opened`, { sequences: [0, 1] })
  const unread = await call(police, 'POST', `${path}/opened`, { sequences: [] })
  const kept = await call(police, 'POST', `${path}/acknowledge`, { through: 1 })

  t.match(page.json, { messages: [{ sequence: 0, envelope: { specversion: '1.0' } }], next: 0, length: 1, parked: [] })
  t.equal(page.json.messages[0].id, page.json.messages[0].envelope.id)
  t.match(next.json, { messages: [{ sequence: 1 }], next: 1 })
  t.match(beyond.json, { status: 400 })
  t.equal(read.status, 204)
  t.match(unread.json, { status: 400, errors: [{ pointer: '/sequences' }] })
  t.equal(kept.status, 204)
  t.match((await call(police, 'GET', `${path}/deliveries`)).json.deliveries, [
    { state: 'ACKNOWLEDGED', opened: { by: police.person } },
    { state: 'ACKNOWLEDGED', opened: { by: police.person } },
  ])
  t.match((await call(police, 'GET', path)).json.delivery, { acknowledgedThrough: 1, length: 2 })
  const again = await call(police, 'GET', `${path}/messages?limit=1`)
  t.equal(again.json.messages[0].id, page.json.messages[0].id, 'as often as it is asked for, the same')
  t.match((await call(police, 'GET', `${path}/messages?after=x&limit=0`)).json, {
    status: 400,
    errors: [{ pointer: '/after' }, { pointer: '/limit' }],
  })
})

t.test('previews what a redrive or a rewind would send', async (t) => {
  const { call, police, path } = shared

  t.match((await call(police, 'POST', `${path}/redrive`, { dryRun: true })).json, { sequences: [], isDryRun: true })
  t.match(
    (await call(police, 'POST', `${path}/redrive`, {})).json,
    { status: 400 },
    'whether it is a preview must be said',
  )
  t.match(
    (await call(police, 'POST', `${path}/rewind`, { from: 0, dryRun: true })).json,
    { status: 400, code: 'HUB_BAD_QUERY' },
    'nothing was handed over yet',
  )
})

t.test('puts an alarm on the duty desk of the station, which acknowledges, relays and answers it', async (t) => {
  const { call, doctor, hub, operator, police, register, settled } = await setup(t)
  const patientId = await register(doctor)
  await call(doctor, 'POST', '/v1/events', {
    patientId,
    ...exampleBody('RiskAssessed', { level: 4, targets: 'PERSON' }),
  })
  await settled()

  const desk = await call(police, 'GET', '/v1/alerts?open=true')

  const [alert] = desk.json.alerts
  t.match(alert, { class: 'ALARM', state: 'OPEN', sequence: 0 })
  t.notMatch(desk.text, patientId, 'a station never learns the id of the hub')
  const { caused } = (await call(doctor, 'GET', `/v1/alerts?patientId=${patientId}`)).json
  t.match(caused, [{ alert: alert.alert, state: 'OPEN', recipient: { role: 'POLICE', agency: police.agency } }])
  t.same((await call(police, 'GET', `/v1/alerts?patientId=${patientId}`)).json, { alerts: [], caused: [] })
  const act = (name: string, body: unknown, key = police) =>
    call(key, 'POST', `/v1/alerts/${alert.alert}/${name}`, body)
  const machine = await hub.administration.issueKey(operator, { agency: police.agency })
  t.match((await act('acknowledge', undefined, machine)).json, { status: 403, code: 'HUB_PERSON_REQUIRED' })
  t.match((await act('acknowledge', undefined, doctor)).json, { status: 404 }, 'it is not theirs')
  t.equal((await act('acknowledge', undefined)).status, 201)
  t.equal((await act('relay', { to: 'DUTY_OFFICER', means: 'TELEPHONE' })).status, 201)
  t.match((await act('relay', { to: 'NEIGHBOUR', means: 'TELEPHONE' })).json, {
    status: 400,
    errors: [{ pointer: '/to' }],
  })
  t.equal((await act('outcome', { outcome: 'HANDLED' })).status, 201)
  await settled()
  t.same((await call(police, 'GET', '/v1/alerts?open=true')).json, { alerts: [], climbed: [] })
  t.match((await call(police, 'GET', '/v1/alerts')).json.alerts, [
    {
      state: 'ANSWERED',
      acknowledged: { by: police.person },
      relayed: [{ to: 'DUTY_OFFICER' }],
      outcome: { outcome: 'HANDLED' },
    },
  ])
  t.match((await call(police, 'POST', '/v1/alerts/nonsense/acknowledge')).json, { status: 404 })
})
