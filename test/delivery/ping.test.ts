import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { createPings, PING_EVERY_MS, PING_FOR_MS, type PingDeps } from '../../src/delivery/ping.js'
import type { Subscription } from '../../src/domain/directory.js'
import { openTownship } from '../alerts/township.js'
import { principalOf } from '../fixtures/recording.js'
import type { Cleanup } from '../fixtures/store.js'
import { drivenTimers } from './driven-timers.js'

interface Rung {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly body: string
  readonly headers: readonly string[]
}

async function openBell(t: Cleanup, status = 204) {
  const rung: Rung[] = []
  let waiting: (() => void)[] = []
  const server = createServer(async (request, reply) => {
    let body = ''
    for await (const chunk of request) body += chunk
    rung.push({ method: request.method, url: request.url, body, headers: Object.keys(request.headers).sort() })
    reply.writeHead(status).end()
    for (const wake of waiting) wake()
    waiting = []
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const count = async (times: number): Promise<void> => {
    while (rung.length < times) await new Promise<void>((resolve) => waiting.push(resolve))
  }
  return { rung, count, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/bell` }
}

function open(t: Cleanup, boxes: readonly Subscription[], changes: Partial<PingDeps> = {}) {
  const timers = drivenTimers(Date.now())
  const outcomes: string[] = []
  let told = (): void => undefined
  const pings = createPings({
    timers,
    receivers: { allowedHosts: [], simulated: true, timeoutMs: 2000 },
    find: (id) => boxes.find((box) => box.id === id),
    takeTurn: async () => true,
    isWaiting: async () => true,
    onSent(outcome) {
      outcomes.push(outcome)
      told()
    },
    onProblem: (_, error) => outcomes.push(String(error)),
    ...changes,
  })
  t.teardown(() => pings.close())
  const sent = async (times: number): Promise<void> => {
    while (outcomes.length < times) {
      await new Promise<void>((resolve) => {
        told = resolve
      })
    }
  }
  const settle = () => new Promise((resolve) => setTimeout(resolve, 50))
  return { timers, pings, outcomes, sent, settle }
}

function mailbox(id: string, ping?: string, changes: Partial<Subscription> = {}): Subscription {
  return {
    id,
    agency: 'a',
    alerts: true,
    feeds: [],
    channel: 'mailbox',
    duty: false,
    paused: false,
    isOpen: true,
    secretNumber: 1,
    ...(ping === undefined ? {} : { ping }),
    ...changes,
  }
}

t.test('a ping says nothing: an empty POST, at most once a minute', async (t) => {
  const bell = await openBell(t)
  const { timers, pings, outcomes, sent, settle } = open(t, [mailbox('s', bell.url)])

  pings.queued('s')
  pings.queued('s')
  pings.ring(['s'])
  await sent(1)
  await settle()
  timers.advance(PING_EVERY_MS - 1)
  pings.ring(['s'])
  await settle()
  t.equal(bell.rung.length, 1)
  timers.advance(1)
  await sent(2)

  t.equal(bell.rung.length, 2)
  t.match(bell.rung[0], { method: 'POST', url: '/bell', body: '' })
  t.same(
    bell.rung[0]?.headers.filter((name) => !['host', 'connection', 'content-length'].includes(name)),
    [],
    'no header that says anything',
  )
  t.same(outcomes, ['accepted', 'accepted'])
})

t.test('wakes until it has been collected, and not for ever', async (t) => {
  const bell = await openBell(t)
  let isWaiting = true
  const one = open(t, [mailbox('s', bell.url)], { isWaiting: async () => isWaiting })
  one.pings.queued('s')
  await one.sent(1)
  await one.settle()
  isWaiting = false
  one.timers.advance(2 * PING_EVERY_MS)
  await one.settle()
  t.equal(bell.rung.length, 1, 'collected')
  t.equal(one.timers.nextIn(), undefined, 'and nothing is kept')

  const other = open(t, [mailbox('s', bell.url)])
  other.pings.queued('s')
  for (let passed = 0; passed <= 3 * PING_FOR_MS; passed += PING_EVERY_MS) {
    other.timers.advance(PING_EVERY_MS)
    await other.settle()
  }

  t.ok(bell.rung.length >= 5 && bell.rung.length <= 8, `${bell.rung.length - 1} times where nobody collects`)
})

t.test('a bell that answers badly, or not at all, is not tried again before its minute', async (t) => {
  const bell = await openBell(t, 500)
  const { pings, outcomes, sent, settle } = open(t, [mailbox('s', bell.url), mailbox('dead', 'http://127.0.0.1:1/')])

  for (let n = 0; n < 3; n++) pings.ring(['s', 'dead'])
  await sent(2)
  await settle()

  t.equal(bell.rung.length, 1)
  t.same(outcomes, ['failed', 'failed'])
})

t.test('goes only where webhooks may, to an open mailbox that names a bell, and only from one hub', async (t) => {
  const bell = await openBell(t)
  const boxes = [
    mailbox('none'),
    mailbox('webhook', bell.url, { channel: 'webhook' }),
    mailbox('closed', bell.url, { isOpen: false }),
    mailbox('paused', bell.url, { paused: true }),
    mailbox('far', 'https://elsewhere.example/'),
    mailbox('s', bell.url),
  ]
  const { pings, outcomes, sent, settle } = open(t, boxes)
  const elsewhere = open(t, boxes, { takeTurn: async () => false })

  elsewhere.pings.ring(['s'])
  elsewhere.pings.queued('s')
  pings.ring(['none', 'webhook', 'closed', 'paused', 'far', 'unknown'])
  for (const id of ['none', 'webhook', 'closed', 'paused']) pings.queued(id)
  await sent(1)
  await settle()

  t.same(bell.rung, [])
  t.same(outcomes, ['failed'], 'the address that was allowed once is not any more')
})

t.test('rings when a message is queued, until the mailbox is read', async (t) => {
  const timers = drivenTimers(Date.now())
  const { hub, agencies } = await openTownship(t, { timers })
  const bell = await openBell(t)
  const police = principalOf(agencies.police, 'POLICE')
  const draft = { alerts: true, feeds: [], channel: 'mailbox', ping: bell.url } as const
  const { subscription } = await hub.subscriptions.open(police, draft)
  await hub.idle()

  await hub.subscriptions.requestTest(police, subscription)
  await bell.count(1)
  await hub.delivery.messages(police, subscription, { after: -1 })
  timers.advance(1000)
  while ((await hub.delivery.status(police, subscription)).collectedThrough < 0) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  timers.advance(3 * PING_EVERY_MS)
  await new Promise((resolve) => setTimeout(resolve, 100))

  t.equal(bell.rung.length, 1)
})

t.test('a subscription names its bell, moves it and ends it, within the same rules as a webhook', async (t) => {
  const { hub, agencies } = await openTownship(t)
  const police = principalOf(agencies.police, 'POLICE')
  const draft = { alerts: true, feeds: [], channel: 'mailbox', ping: 'http://127.0.0.1:1/' } as const

  await t.rejects(hub.subscriptions.open(police, { ...draft, ping: 'https://elsewhere.example/' }), {
    code: 'HUB_RULE_VIOLATED',
    faults: [{ pointer: '/ping', rule: 'subscription.urlLoopback' }],
  })
  const { subscription } = await hub.subscriptions.open(police, draft)
  /** The directory follows a moment later; tap ends the test that waits for ever. */
  const becomes = async (expected: string | undefined) => {
    while (hub.directory().subscription(subscription)?.ping !== expected) {
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  await becomes('http://127.0.0.1:1/')
  await hub.subscriptions.change(police, subscription, { ping: 'http://127.0.0.1:2/' })
  await becomes('http://127.0.0.1:2/')
  await t.rejects(hub.subscriptions.change(police, subscription, { ping: 'ftp://127.0.0.1/' }), {
    code: 'HUB_RULE_VIOLATED',
  })
  await hub.subscriptions.change(police, subscription, { ping: '' })
  await becomes(undefined)
  t.match(
    (await hub.events(`subscription-${subscription}`)).map(({ version }) => version),
    [1, 1, 1],
  )
})

t.test('a clock that is set back silences no bell, and one that hangs is rung once at a time', async (t) => {
  const { url, rung, count } = await openBell(t)
  const now = { ms: Date.now() }
  const timers = { ...drivenTimers(now.ms), now: () => now.ms }
  let answer = (): void => undefined
  const hanging = new Promise<void>((resolve) => {
    answer = resolve
  })
  let turns = 0
  const takeTurn = async (): Promise<boolean> => {
    if (turns++ > 0) await hanging
    return true
  }
  const { pings, sent, settle } = open(t, [mailbox('a', url)], { timers, takeTurn })
  pings.ring(['a'])
  await sent(1)
  await settle()

  now.ms -= 24 * 60 * PING_EVERY_MS
  for (let i = 0; i < 5; i++) {
    pings.ring(['a'])
    now.ms += 2 * PING_EVERY_MS
  }
  answer()
  await count(2)

  t.equal(turns, 2)
  t.equal(rung.length, 2)
})
