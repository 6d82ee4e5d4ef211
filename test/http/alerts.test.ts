import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { MINUTE, momentOf } from '../../src/kernel/dates.js'
import type { IssuedKey } from '../../src/recording/administration.js'
import { EXAMPLE_TOWNSHIP, EXAMPLE_UNIT, exampleBody } from '../fixtures/example-events.js'
import { openRealHub } from './real-hub.js'

const MAILBOX = { alerts: true, feeds: [], channel: 'mailbox' }

/** A station under a bureau, a duty desk, and two persons about whom alarms ring at different times. */
async function setup(t: Parameters<typeof openRealHub>[0]) {
  const real = await openRealHub(t)
  const { hub, operator, call, calendar } = real
  const doctor = await real.enrol('CHC', { id: EXAMPLE_UNIT })
  const bureau = await real.enrol('POLICE', { name: '示例分局', areas: [] })
  const draft = { role: 'POLICE', name: '示例所', phone: '0631-1', superior: bureau.agency } as const
  const { agencyId } = await hub.administration.enrolAgency(operator, draft)
  await hub.administration.assignAreas(operator, [{ agency: agencyId, areas: [EXAMPLE_TOWNSHIP], from: '2026-01-01' }])
  const police = await hub.administration.issueKey(operator, { agency: agencyId, staffName: '测试民警甲' })
  await call(police, 'POST', '/v1/subscriptions', MAILBOX)
  await call(bureau, 'POST', '/v1/subscriptions', MAILBOX)
  const pass = async (minutes: number): Promise<void> => {
    await real.settled()
    calendar.advanceTo(calendar.now() + minutes * MINUTE)
    await hub.tick()
    await real.settled()
  }
  const alarm = async (name: string): Promise<void> => {
    const identity = { idType: '1', status: 'UNKNOWN', sex: '1', name }
    const patientId = await real.register(doctor, { identity })
    const body = exampleBody('RiskAssessed', { level: 4, targets: 'PERSON' })
    await call(doctor, 'POST', '/v1/events', { patientId, ...body })
  }
  const list = async (key: IssuedKey, query: string) => (await call(key, 'GET', `/v1/alerts?${query}`)).json
  const metric = async (name: string): Promise<string | undefined> =>
    (await call(undefined, 'GET', '/metrics')).text.split('\n').find((line) => line.startsWith(name))
  return { ...real, doctor, police, bureau, pass, alarm, list, metric }
}

t.test('lists the alarms that wait longest first, and those that nobody answered', async (t) => {
  const { police, alarm, pass, list, call } = await setup(t)
  await alarm('示例甲')
  await pass(5)
  await alarm('示例乙')
  await pass(5)

  const { alerts } = await list(police, 'waiting=true')
  t.equal(alerts.length, 2)
  t.ok(alerts[0].raisedAt < alerts[1].raisedAt, 'the oldest comes first')
  t.same((await list(police, 'waiting=true&limit=1')).alerts, [alerts[0]])
  await call(police, 'POST', `/v1/alerts/${alerts[0].alert}/acknowledge`)
  for (const minutes of [10, 50, 24 * 60]) await pass(minutes)

  t.same((await list(police, 'waiting=true')).alerts, [], 'one is seen, one is over')
  const unanswered = (await list(police, 'state=UNANSWERED')).alerts
  t.match(unanswered, [{ alert: alerts[1].alert, ended: { end: 'UNANSWERED' }, climbed: [{ step: 'DUTY' }, {}] }])
  t.same(
    (await list(police, 'open=true')).alerts.map(({ state }: { state: string }) => state),
    ['ACKNOWLEDGED'],
  )
  t.match((await call(police, 'GET', '/v1/alerts?state=LOST')).json, { status: 400 })
})

t.test('shows the superior whose alarm climbed to it and nothing of whom it speaks', async (t) => {
  const { police, bureau, alarm, pass, list, call } = await setup(t)
  await alarm('示例甲')
  await pass(15)
  t.same((await list(bureau, 'open=true')).climbed, [])
  await pass(45)

  const { alerts, climbed } = await list(bureau, 'open=true')

  t.same(alerts, [])
  t.match(climbed, [{ class: 'ALARM', state: 'OPEN', recipient: { role: 'POLICE', agency: police.agency } }])
  t.notOk('patientId' in climbed[0])
  t.equal((await call(bureau, 'POST', `/v1/alerts/${climbed[0].alert}/acknowledge`)).status, 201)
  await pass(0)
  t.match((await list(police, 'open=true')).alerts, [{ state: 'ACKNOWLEDGED' }])
})

t.test('counts what waits, for how long, what climbed and how it ended', async (t) => {
  const { alarm, pass, metric } = await setup(t)
  t.equal(await metric('lianhu_alerts_oldest_unacknowledged_seconds'), 'lianhu_alerts_oldest_unacknowledged_seconds 0')
  await alarm('示例甲')
  await pass(10)

  t.equal(await metric('lianhu_alerts_waiting{class="ALARM"}'), 'lianhu_alerts_waiting{class="ALARM"} 2')
  t.equal(
    await metric('lianhu_alerts_oldest_unacknowledged_seconds'),
    'lianhu_alerts_oldest_unacknowledged_seconds 600',
  )
  for (const minutes of [5, 45, 24 * 60]) await pass(minutes)
  t.equal(
    await metric('lianhu_alerts_climbed_total{step="SUPERIOR"}'),
    'lianhu_alerts_climbed_total{step="SUPERIOR"} 2',
  )
  t.equal(await metric('lianhu_alerts_ended_total'), 'lianhu_alerts_ended_total{end="UNANSWERED"} 2')
  t.equal(await metric('lianhu_alerts_waiting{class="ALARM"}'), 'lianhu_alerts_waiting{class="ALARM"} 0')
})

t.test('climbs nowhere while the clock is in doubt', async (t) => {
  const { hub, police, alarm, pass, list, calendar } = await setup(t)
  await alarm('示例甲')
  await pass(14)
  hub.core.clockGuard.saw(momentOf(calendar.now() + 5 * MINUTE))

  await pass(2)
  t.match((await list(police, 'waiting=true')).alerts, [{ climbed: [] }])

  await pass(4)
  await pass(0)
  t.match((await list(police, 'waiting=true')).alerts, [{ climbed: [{ step: 'DUTY' }] }])
})

t.test('rings the bell of a mailbox while an alarm waits there, and not when it has been seen', async (t) => {
  const { police, alarm, pass, list, call } = await setup(t)
  let rung = 0
  const server = createServer((_, reply) => {
    rung++
    reply.writeHead(204).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => void server.close())
  const ping = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const opened = await call(police, 'POST', '/v1/subscriptions', { ...MAILBOX, ping })
  t.match((await call(police, 'GET', '/v1/subscriptions')).json.subscriptions.at(-1), { ping })
  await pass(0)
  t.equal(rung, 0)

  await alarm('示例甲')
  await pass(0)
  while (rung === 0) await new Promise((resolve) => setImmediate(resolve))
  await call(police, 'POST', `/v1/alerts/${(await list(police, 'waiting=true')).alerts[0].alert}/acknowledge`)
  await pass(0)

  t.equal(rung, 1)
  t.equal((await call(police, 'POST', `/v1/subscriptions/${opened.json.subscription}`, { ping: '' })).status, 201)
  t.notOk((await call(police, 'GET', '/v1/subscriptions')).json.subscriptions.at(-1).ping)
})
