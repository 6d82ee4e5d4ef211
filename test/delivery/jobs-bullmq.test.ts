import t, { type Test } from 'tap'
import { HubError } from '../../src/kernel/errors.js'
import { NO_REDIS, redisServerVersion } from '../fixtures/redis-server.js'
import { accept } from './receiver.js'
import { checkArrivals, LOCK_MS, openTwoHubs, overlaps, type TwoHubs } from './two-hubs.js'

const version = redisServerVersion()
const REDIS = `redis-server ${version}`

// Faults cost seconds each, more on a busy machine.
t.setTimeout(5 * 60_000)

const test = (title: string, body: (t: Test) => Promise<void>): void => {
  if (version !== undefined) t.test(`${title} (${REDIS})`, { timeout: 120_000 }, body)
}
if (version === undefined) t.pass('two hubs on one log', { skip: NO_REDIS })

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Records assessments of these persons in turn; `at` says what happens when. */
async function assess(
  { hubs }: TwoHubs,
  patients: readonly string[],
  count: number,
  at: Readonly<Record<number, () => unknown>> = {},
): Promise<void> {
  for (let i = 0; i < count; i++) {
    await at[i]?.()
    await hubs[0].record(patients[i % patients.length] ?? '', 'RiskAssessed', { level: i % 6 })
  }
}

test('hands everything over once and in order per person, one hub at a time', async (t) => {
  const two = await openTwoHubs(t)
  const patients = await two.patients(5)

  await assess(two, patients, 60, { 20: () => pause(900), 40: () => pause(900) })
  await two.settled(60)

  checkArrivals(t, two.receiver, 60)
  t.equal(two.receiver.received.length, 60, 'each once')
  t.equal(overlaps(two.attempts), 0, 'never two at once')
})

test('goes on after Redis was killed in the middle, and records meanwhile', async (t) => {
  const two = await openTwoHubs(t)
  const patients = await two.patients(5)

  await assess(two, patients, 40, { 10: () => two.redis.kill() })
  const before = two.receiver.received.length
  for (const { dispatcher } of two.hubs) await dispatcher.idle()
  t.equal((await two.hubs[1].outbox(two.subscription)).length, 40, 'what is recorded is queued')
  while (two.hubs.some(({ delivery }) => delivery.away() === undefined)) await pause(50)
  await two.redis.restart()
  await two.settled(40)

  t.ok(before < 40, `${before} of 40 arrived before it was back`)
  checkArrivals(t, two.receiver, 40)
  while (two.hubs.some(({ delivery }) => delivery.away() !== undefined)) await pause(50)
  t.pass('and both say that it is back')
})

test('loses nothing when Redis forgets everything', async (t) => {
  const two = await openTwoHubs(t)
  const patients = await two.patients(5)

  await assess(two, patients, 60, {
    10: () => two.redis.flush(),
    25: () => two.redis.flush(),
    40: () => two.redis.restart({ empty: true }),
  })
  await two.settled(60)

  checkArrivals(t, two.receiver, 60)
})

test('finds again what waited for its moment when Redis forgets it', async (t) => {
  const two = await openTwoHubs(t)
  const [patient = ''] = await two.patients(1)
  two.receiver.answer((_, reply) => void reply.writeHead(503).end())
  await assess(two, [patient], 3)
  await two.receiver.count(1)
  while (two.holder() !== undefined) await pause(20)
  for (const { delivery } of two.hubs) {
    t.match(await delivery.status(two.police, two.subscription), { cursor: 0, pause: { reason: 'HTTP_503' } })
  }

  two.receiver.answer(accept)
  await two.redis.flush()
  await two.settled(3)

  checkArrivals(t, two.receiver, 3)
})

test('keeps to the schedule of a receiver that takes nothing, whoever sends', async (t) => {
  const two = await openTwoHubs(t)
  const [patient = ''] = await two.patients(1)
  two.receiver.answer((_, reply) => void reply.writeHead(503).end())
  const startedAt = Date.now()

  await assess(two, [patient], 12, Object.fromEntries([1, 4, 8].map((at) => [at, () => pause(600)])))
  await two.receiver.count(3)

  t.ok(Date.now() - startedAt >= 19_500, 'at once, after 5 s, after 15 s more')
  two.receiver.answer(accept)
  await two.hubs[1].subscriptions.change(two.police, two.subscription, { url: `${two.receiver.url}?moved` })
  await two.settled(12)
  t.ok(Date.now() - startedAt < 45_000, 'another address is tried at once')
  checkArrivals(t, two.receiver, 12)
})

test('gives no lease back before what it sent is written down', async (t) => {
  let isRefusing = true
  const two = await openTwoHubs(t, {
    through: (log) => ({
      ...log,
      async append(stream, events, expected) {
        const isRefused = isRefusing && events[0]?.type === 'MessageHandedOver'
        if (isRefused) throw new HubError('HUB_READ_ONLY', 'the log takes no record')
        return log.append(stream, events, expected)
      },
    }),
  })
  const [patient = ''] = await two.patients(1)
  await assess(two, [patient], 2)
  await two.receiver.count(2)
  await pause(2 * LOCK_MS)
  await assess(two, [patient], 2)
  await two.receiver.count(4)

  isRefusing = false
  await two.settled(4)

  checkArrivals(t, two.receiver, 4)
  t.equal(two.receiver.received.length, 4, 'each once, sent on meanwhile')
})

test('the other hub goes on when one stops in the middle', async (t) => {
  const two = await openTwoHubs(t)
  const patients = await two.patients(5)
  two.receiver.answer((received, reply, nth) => void setTimeout(() => accept(received, reply, nth), 30))

  await assess(two, patients, 30)
  while (two.holder() === undefined && two.receiver.received.length < 30) await pause(5)
  const stopped = two.holder() ?? 0
  await two.hubs[stopped]?.stop()
  const other = two.hubs[1 - stopped]
  while (((await other?.delivery.status(two.police, two.subscription))?.cursor ?? 0) < 30) await pause(50)

  checkArrivals(t, two.receiver, 30)
  t.equal(overlaps(two.attempts), 0)
  t.equal(two.receiver.received.length, 30, 'what was under way ended and was written down')
})

test('a hub that is cut off from Redis begins nothing once its lease has run out, and the other goes on', async (t) => {
  const two = await openTwoHubs(t)
  const patients = await two.patients(5)
  two.receiver.answer((received, reply, nth) => void setTimeout(() => accept(received, reply, nth), 20))
  await assess(two, patients, 10)
  while (two.holder() === undefined) await pause(5)
  const cutOff = two.holder() === 1 ? 1 : 0

  two.ways[cutOff].silence(true)
  const cutAt = Date.now()
  await assess(two, patients, 60, Object.fromEntries(Array.from({ length: 60 }, (_, i) => [i, () => pause(100)])))
  const other = two.hubs[1 - cutOff]
  while (((await other?.delivery.status(two.police, two.subscription))?.cursor ?? 0) < 70) await pause(50)

  checkArrivals(t, two.receiver, 70)
  const begun = (hub: number): readonly number[] =>
    two.attempts.filter((one) => one.hub === hub && one.from > cutAt).map(({ from }) => from)
  const last = Math.max(cutAt, ...begun(cutOff))
  t.ok(last <= cutAt + LOCK_MS, `it began nothing more ${last - cutAt} ms after the cut`)
  t.ok(Math.min(...begun(1 - cutOff)) >= last, 'and the other nothing before')
  t.not(two.hubs[cutOff].delivery.away(), undefined, 'it says so')
  two.ways[cutOff].silence(false)
  while (two.hubs[cutOff].delivery.away() !== undefined) await pause(50)
  await assess(two, patients, 5)
  await two.settled(75)
  checkArrivals(t, two.receiver, 75)
})

test('sends again what is asked for at the hub that does not hold the lease', async (t) => {
  const two = await openTwoHubs(t)
  const [one = '', other = ''] = await two.patients(2)
  two.receiver.answer(({ envelope }, reply) => void reply.writeHead(envelope.sequence === 0 ? 422 : 204).end())
  await assess(two, [one], 2)
  await two.settled(2)
  // A message that is slow to be taken keeps the lease where it is.
  let take = (): void => undefined
  two.receiver.answer((received, reply, nth) => {
    if (received.envelope.sequence !== 2) return accept(received, reply, nth)
    take = () => accept(received, reply, nth)
  })
  await assess(two, [other], 1)
  await two.receiver.count(2)
  const holder = two.holder() ?? 0
  const elsewhere = two.hubs[1 - holder]
  t.same(
    (await elsewhere?.delivery.redrive(two.police, two.subscription, { dryRun: true }))?.sequences,
    [0, 1],
    'it knows what is parked',
  )

  await elsewhere?.delivery.redrive(two.police, two.subscription, { dryRun: false })
  await two.receiver.count(4)
  take()
  await two.settled(3)

  t.same(
    two.receiver.received.map(({ envelope }) => envelope.sequence),
    [0, 2, 0, 1],
  )
  t.ok(
    two.attempts.every(({ hub }, i) => i < 1 || hub === holder),
    'sent by the hub that holds the lease',
  )
  for (const { delivery } of two.hubs) {
    t.match(await delivery.status(two.police, two.subscription), { cursor: 3, parked: [], redriving: [] })
  }
})

test('obeys a pause that was asked for at another hub, and its end', async (t) => {
  const two = await openTwoHubs(t)
  const [patient = ''] = await two.patients(1)
  await two.hubs[1].subscriptions.change(two.police, two.subscription, { paused: true })
  for (const { dispatcher } of two.hubs) await dispatcher.idle()
  await assess(two, [patient], 3)
  for (const { dispatcher } of two.hubs) await dispatcher.idle()
  await pause(500)
  t.equal(two.receiver.received.length, 0)

  await two.hubs[1].subscriptions.change(two.police, two.subscription, { paused: false })
  await two.settled(3)

  checkArrivals(t, two.receiver, 3)
})

test('shows a mailbox the same at every hub', async (t) => {
  const two = await openTwoHubs(t)
  const [a, b] = two.hubs
  const box = await a.mailbox(two.agencies.police)
  const [patient = ''] = await two.patients(1)
  await assess(two, [patient], 4)
  for (const { dispatcher } of two.hubs) await dispatcher.idle()

  const page = await a.delivery.messages(two.police, box, { after: -1 })
  await b.delivery.acknowledge(two.police, box, 2)
  await a.delivery.acknowledge(two.police, box, 1)

  t.equal(page.messages.length, 4)
  t.same(await b.delivery.messages(two.police, box, { after: -1 }), page, 'the same bytes')
  while ((await b.delivery.status(two.police, box)).collectedThrough < 3) await pause(50)
  for (const { delivery } of two.hubs) {
    t.match(await delivery.status(two.police, box), { collectedThrough: 3, acknowledgedThrough: 2, length: 4 })
  }
  const acknowledged = (await a.events(`subscription-${box}`)).filter(({ type }) => type === 'MessageAcknowledged')
  t.equal(acknowledged.length, 1, 'less than what stands adds nothing')
})

test('every hub tells how old the oldest unsent message is, whoever sends, and while nobody can', async (t) => {
  const two = await openTwoHubs(t)
  const [patient = ''] = await two.patients(1)
  const ages = () => Promise.all(two.hubs.map(({ delivery }) => delivery.oldestUnsentAt()))
  await assess(two, [patient], 3)
  await two.receiver.count(3)
  while ((await ages()).some((at) => at !== undefined)) await pause(50)
  t.pass('it follows what the other hub has handed over')

  await two.redis.kill()
  await assess(two, [patient], 2)
  for (const { dispatcher } of two.hubs) await dispatcher.idle()

  const at = Date.parse((await two.hubs[0].outbox(two.subscription))[3]?.recordedAt ?? '')
  for (const seen of await ages())
    t.ok(seen !== undefined && Math.abs(seen - at) <= 60_000, 'that of the first of them')
  await two.redis.restart()
  await two.settled(5)
  while ((await ages()).some((one) => one !== undefined)) await pause(50)
})

test('tells Redis nothing but ids and numbers', async (t) => {
  const two = await openTwoHubs(t)
  const patient = await two.hubs[0].register()
  two.receiver.answer((_, reply) => void reply.writeHead(500).end('no'))
  await assess(two, [patient], 3)
  await two.receiver.count(1)
  while (two.holder() !== undefined) await pause(20)

  const dump = await two.redis.dump()
  const keys = await two.redis.keys()

  t.ok(
    keys.some((key) => key.endsWith(two.subscription)),
    'it works with subscriptions',
  )
  t.ok(
    keys.every((key) => key.startsWith('lianhu:')),
    'all under its prefix',
  )
  t.notOk(dump.includes(patient), 'no person')
  for (const { envelope } of two.receiver.received) {
    t.notOk(dump.includes(String(envelope.subject)), 'no ordering key')
    t.notOk(dump.includes(String(envelope.id)), 'no message')
  }
})
