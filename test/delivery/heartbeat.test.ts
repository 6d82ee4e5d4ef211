import t from 'tap'
import {
  createHeartbeats,
  HEARTBEAT_STEP_MS,
  HEARTBEAT_TYPE,
  type HeartbeatDeps,
} from '../../src/delivery/heartbeat.js'
import { createInProcessJobs } from '../../src/delivery/jobs-in-process.js'
import { secretsInForce } from '../../src/delivery/secrets.js'
import { createWebhookSender, type SendOutcome } from '../../src/delivery/webhook.js'
import type { Subscription } from '../../src/domain/directory.js'
import { wallClock } from '../../src/kernel/clock.js'
import { HOUR } from '../../src/kernel/dates.js'
import { LOG_ID, principalOf } from '../fixtures/recording.js'
import { openTempStore } from '../fixtures/store.js'
import { drivenTimers } from './driven-timers.js'
import { accept, openReceiver } from './receiver.js'
import { enrolTownship, openSmallHub } from './small-hub.js'

const EVERY_MS = 6 * HOUR

function webhook(n: number, changes: Partial<Subscription> = {}): Subscription {
  // Ends of ids are random; these are spread by a prime.
  const end = ((n * 7_368_787 * 104_729) % 2 ** 48).toString(16).padStart(12, '0')
  return {
    id: `0198f0aa-0000-7000-8000-${end}`,
    agency: 'a',
    alerts: true,
    feeds: [],
    channel: 'webhook',
    url: 'https://a.example/',
    duty: false,
    paused: false,
    isOpen: true,
    secretNumber: 1,
    ...changes,
  }
}

/** Heartbeats to nobody, on a clock that is driven by hand. */
function open(subscriptions: readonly Subscription[], changes: Partial<HeartbeatDeps> = {}) {
  const timers = drivenTimers(Date.parse('2026-03-02T09:00:00+08:00'))
  const sent: { readonly url: string; readonly at: number }[] = []
  const outcomes: string[] = []
  const heartbeats = createHeartbeats({
    logId: LOG_ID,
    timers,
    everyMs: EVERY_MS,
    subscriptions: () => subscriptions,
    takeTurn: async () => true,
    standing: async () => ({ tail: -1, parked: [] }),
    secrets: async () => [],
    sender: {
      async send(_, { url }) {
        sent.push({ url, at: timers.now() })
        return { kind: 'accepted' }
      },
    },
    onSent: (outcome) => outcomes.push(outcome),
    onProblem: (_, error) => outcomes.push(String(error)),
    ...changes,
  })
  heartbeats.start()
  /** Moves on step by step, and lets each step send what it sends. */
  const pass = async (ms: number): Promise<void> => {
    for (let left = ms; left > 0; left -= HEARTBEAT_STEP_MS) {
      timers.advance(Math.min(left, HEARTBEAT_STEP_MS))
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return { timers, heartbeats, sent, outcomes, pass }
}

/** A station with a webhook that verifies, and heartbeats to it. */
async function setup(t: Parameters<typeof openReceiver>[0]) {
  const temp = await openTempStore(t)
  const hub = await openSmallHub(temp.store, temp.dataDir)
  t.teardown(() => hub.stop())
  const { police } = await enrolTownship(hub)
  const receiver = await openReceiver(t)
  const id = await hub.webhook(police, receiver.url)
  const principal = principalOf(police, 'POLICE')
  receiver.trust((await hub.subscriptions.secrets(principal, id)).secret)
  await hub.idle()
  const sender = createWebhookSender({ allowedHosts: [], simulated: true, timeoutMs: 2000 }, wallClock)
  t.teardown(() => sender.close())
  const beats = open([], {
    subscriptions: () => hub.directory().subscriptionsOf(police),
    secrets: (subscription) => secretsInForce(temp.store.vault, subscription, Date.now()),
    async standing(subscription) {
      const { length, parked } = await hub.delivery.status(principal, subscription)
      return { tail: length - 1, parked: parked.map(({ sequence }) => sequence) }
    },
    sender,
  })
  return { hub, principal, receiver, id, ...beats }
}

t.test('sends each webhook one signed heartbeat in an interval, with the tail of its outbox', async (t) => {
  const { receiver, pass, heartbeats, outcomes } = await setup(t)

  await pass(EVERY_MS)
  await receiver.count(1)
  await heartbeats.stop()

  t.equal(receiver.received.length, 1)
  const [{ envelope, headers } = never()] = receiver.received
  t.match(envelope, { type: HEARTBEAT_TYPE, specversion: '1.0', source: `urn:lianhu:log:${LOG_ID}`, tail: -1 })
  t.equal(envelope.id, headers['webhook-id'])
  t.notOk('sequence' in envelope, 'it takes no number')
  t.same(outcomes, ['accepted'])
})

t.test('carries the number of the last message, and queues nothing itself', async (t) => {
  const { hub, principal, id, receiver, pass, heartbeats } = await setup(t)
  receiver.answer(({ envelope }, reply) => void reply.writeHead(envelope.sequence === 0 ? 422 : 204).end())
  await hub.subscriptions.requestTest(principal, id)
  await hub.idle()
  await receiver.count(1)

  await pass(EVERY_MS)
  await receiver.count(2)
  await heartbeats.stop()

  t.match(receiver.received[1], { envelope: { type: HEARTBEAT_TYPE, tail: 0 }, headers: { 'lianhu-parked': '0' } })
  t.equal((await hub.outbox(id)).length, 1)
})

t.test('nothing follows from a heartbeat that is not taken but the next one', async (t) => {
  const { hub, principal, receiver, id, pass, heartbeats, outcomes } = await setup(t)
  receiver.answer((_, reply) => void reply.writeHead(422).end())

  await pass(EVERY_MS)
  await receiver.count(1)
  t.match(await hub.delivery.status(principal, id), { parked: [], cursor: 0, length: 0 })
  await pass(EVERY_MS)
  await receiver.count(2)
  await heartbeats.stop()

  t.same(outcomes, ['failed', 'failed'])
})

t.test('spreads 40,000 webhooks over the interval', async (t) => {
  const subscriptions = Array.from({ length: 40_000 }, (_, n) => webhook(n, { url: `${n}` }))
  const { sent, pass } = open(subscriptions, { everyMs: HOUR })

  await pass(HOUR)

  t.equal(new Set(sent.map(({ url }) => url)).size, 40_000, 'each')
  t.equal(sent.length, 40_000, 'once')
  const perStep = new Map<number, number>()
  for (const { at } of sent) perStep.set(at, (perStep.get(at) ?? 0) + 1)
  const most = Math.max(...perStep.values())
  t.ok(most < 250, `at most ${most} in 10 s, where 111 are the mean`)
})

t.test('who does not answer keeps nobody waiting, and few are asked at the same time', async (t) => {
  const subscriptions = Array.from({ length: 2000 }, (_, n) => webhook(n, { url: n % 10 === 0 ? 'dead' : 'well' }))
  let underWay = 0
  let most = 0
  const waiting: ((outcome: SendOutcome) => void)[] = []
  const well: number[] = []
  const { pass, timers, heartbeats } = open(subscriptions, {
    everyMs: HOUR,
    sender: {
      async send(_, { url }) {
        if (url === 'well') {
          well.push(timers.now())
          return { kind: 'accepted' }
        }
        most = Math.max(most, ++underWay)
        const outcome = await new Promise<SendOutcome>((resolve) => {
          waiting.push(resolve)
          // What a sender does by itself after its time.
          timers.after(HEARTBEAT_STEP_MS - 1, () => resolve({ kind: 'failed', reason: 'TIMEOUT', scope: 'endpoint' }))
        })
        underWay--
        return outcome
      },
    },
  })

  await pass(HOUR)

  t.equal(well.length, 1800, 'all that are well, each at its moment')
  t.ok(most <= 64, `${most} at most`)
  for (const resolve of waiting) resolve({ kind: 'accepted' })
  await heartbeats.stop()
})

t.test('asks no more than 64 at the same time, and nobody twice while it is asked', async (t) => {
  const subscriptions = Array.from({ length: 200 }, (_, n) => webhook(n))
  let underWay = 0
  let release = (): void => undefined
  const released = new Promise<void>((resolve) => {
    release = resolve
  })
  const { pass, heartbeats, outcomes } = open(subscriptions, {
    everyMs: HEARTBEAT_STEP_MS,
    sender: {
      async send() {
        underWay++
        await released
        return { kind: 'accepted' }
      },
    },
  })

  await pass(5 * HEARTBEAT_STEP_MS)
  t.equal(underWay, 64)
  release()
  await pass(1)
  await heartbeats.stop()

  t.ok(outcomes.length <= 200, `${outcomes.length} of 200`)
})

t.test('two hubs send one heartbeat between them', async (t) => {
  const jobs = createInProcessJobs({
    timers: drivenTimers(),
    handle: async () => undefined,
    isBehind: async () => false,
    all: () => [],
    onDone: () => undefined,
    onFailure: () => undefined,
  })
  const takeTurn: HeartbeatDeps['takeTurn'] = (id, forMs) => jobs.takeTurn(id, 'heartbeat', forMs)
  const subscriptions = Array.from({ length: 50 }, (_, n) => webhook(n))
  const hubs = [open(subscriptions, { takeTurn }), open(subscriptions, { takeTurn })]

  await Promise.all(hubs.map(({ pass }) => pass(EVERY_MS)))

  t.equal(hubs.flatMap(({ sent }) => sent).length, 50)
})

t.test('sends none to who wants none, is paused or closed, or has another channel', async (t) => {
  const { sent, pass } = open([
    webhook(1, { heartbeats: false }),
    webhook(2, { paused: true }),
    webhook(3, { isOpen: false }),
    webhook(4, { channel: 'mailbox' }),
    webhook(5, { channel: 'files', publicKey: { thumbprint: 't', jwk: {} } }),
    webhook(6, { heartbeats: true, url: 'https://wanted.example/' }),
  ])

  await pass(EVERY_MS)

  t.same(
    sent.map(({ url }) => url),
    ['https://wanted.example/'],
  )
})

t.test('sends none where it is switched off, and none that is not this hub’s to send', async (t) => {
  const off = open([webhook(1)], { everyMs: 0 })
  const elsewhere = open([webhook(1)], { takeTurn: async () => false })

  for (const { pass, sent } of [off, elsewhere]) {
    await pass(EVERY_MS)
    t.same(sent, [])
  }
})

t.test('a hub that slept goes on from here, without a burst', async (t) => {
  const subscriptions = Array.from({ length: 1000 }, (_, n) => webhook(n))
  let at = 0
  let next = (): void => undefined
  const timers = {
    now: () => at,
    after(_: number, call: () => void) {
      next = call
      return () => undefined
    },
  }
  const { sent } = open(subscriptions, { timers })
  at = 100 * HOUR
  next()
  await new Promise((resolve) => setImmediate(resolve))

  t.ok(sent.length < 30, `${sent.length} of 1000`)
})

t.test('a receiver that hangs on its heartbeat gets its messages all the same', async (t) => {
  const temp = await openTempStore(t)
  const timers = drivenTimers(Date.now())
  const signalled: unknown[] = []
  const hub = await openSmallHub(temp.store, temp.dataDir, {
    timers,
    heartbeatHours: 1,
    sent: { signalled: (one) => signalled.push(one) },
  })
  t.teardown(() => hub.stop())
  const { police } = await enrolTownship(hub)
  const receiver = await openReceiver(t)
  const id = await hub.webhook(police, receiver.url)
  receiver.answer((received, reply, nth) => {
    if (received.envelope.type !== HEARTBEAT_TYPE) accept(received, reply, nth)
  })
  await hub.idle()
  for (let left = HOUR; left > 0 && receiver.received.length === 0; left -= HEARTBEAT_STEP_MS) {
    timers.advance(HEARTBEAT_STEP_MS)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await receiver.count(1)

  await hub.subscriptions.requestTest(principalOf(police, 'POLICE'), id)
  await receiver.count(2)

  t.match(
    receiver.received.map(({ envelope }) => envelope.type),
    [HEARTBEAT_TYPE, 'lianhu.message.test'],
  )
  t.same(signalled, [], 'while the heartbeat still hangs')
})

function never(): never {
  throw new Error('expected it to be there')
}
