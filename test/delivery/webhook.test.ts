import type { ServerResponse } from 'node:http'
import t from 'tap'
import { MINUTE } from '../../src/kernel/dates.js'
import type { Vault } from '../../src/vault/port.js'
import { principalOf } from '../fixtures/recording.js'
import { type Cleanup, openTempStore } from '../fixtures/store.js'
import { drivenTimers } from './driven-timers.js'
import { type Answer, accept, openReceiver } from './receiver.js'
import { enrolTownship, openSmallHub, type SmallHubOptions } from './small-hub.js'

async function openStation(t: Cleanup, options: SmallHubOptions = {}) {
  const temp = await openTempStore(t)
  const hub = await openSmallHub(temp.store, temp.dataDir, options)
  t.teardown(() => hub.stop())
  const agencies = await enrolTownship(hub)
  const receiver = await openReceiver(t)
  const police = principalOf(agencies.police, 'POLICE', 'staff-9')
  const subscription = await hub.webhook(agencies.police, receiver.url)
  receiver.trust((await hub.subscriptions.secrets(police, subscription)).secret)
  const assess = async (patient: string, ...levels: readonly number[]): Promise<void> => {
    for (const level of levels) await hub.record(patient, 'RiskAssessed', { level })
  }
  return { hub, temp, agencies, receiver, police, subscription, assess }
}

const sequences = (received: readonly { readonly envelope: Record<string, unknown> }[]): readonly unknown[] =>
  received.map(({ envelope }) => envelope.sequence)

t.test('delivers signed envelopes in order, each once', async (t) => {
  const { hub, receiver, police, subscription, assess } = await openStation(t)
  const patient = await hub.register()

  await assess(patient, 1, 4, 4, 0)
  await hub.idle()

  t.same(sequences(receiver.received), [0, 1, 2, 3])
  const outbox = await hub.outbox(subscription)
  for (const [i, { id, body, headers, envelope }] of receiver.received.entries()) {
    t.equal(id, envelope.id)
    t.equal(body, (await hub.delivery.renderer.render(subscription, i)).body)
    t.equal(headers['content-type'], 'application/cloudevents+json; charset=utf-8')
    t.equal(outbox[i]?.data.key, envelope.subject)
  }
  t.match(await hub.delivery.status(police, subscription), { cursor: 4, length: 4, parked: [] })
})

/** Each failure, and the reason that it is known by. */
const FAILURES: readonly (readonly [name: string, answer: Answer, reason: string])[] = [
  ['answers 500', (_, reply) => void reply.writeHead(500).end('no'), 'HTTP_500'],
  ['answers 503', (_, reply) => void reply.writeHead(503).end(), 'HTTP_503'],
  ['answers 429', (_, reply) => void reply.writeHead(429).end(), 'HTTP_429'],
  ['redirects', (_, reply) => void reply.writeHead(307, { location: '/elsewhere' }).end(), 'HTTP_307'],
  ['hangs', () => undefined, 'TIMEOUT'],
  ['hangs up', (_, reply) => void reply.destroy(), 'UND_ERR_SOCKET'],
]

for (const [name, answer, reason] of FAILURES) {
  t.test(`waits for a receiver that ${name}, and loses nothing`, async (t) => {
    const timers = drivenTimers(Date.now())
    const { hub, receiver, police, subscription, assess } = await openStation(t, { timers, timeoutMs: 300 })
    receiver.answer(answer)
    const patient = await hub.register()
    await assess(patient, 3)
    await hub.dispatcher.idle()
    await hub.delivery.idle()
    const status = await hub.delivery.status(police, subscription)
    t.equal(status.cursor, 0)
    // One message that meets a 500 says nothing of the receiver: the others would still be tried.
    t.equal(status.pause?.reason, reason === 'HTTP_500' ? undefined : reason)

    receiver.answer(accept)
    timers.advance(5_000)
    await hub.delivery.idle()

    t.match(await hub.delivery.status(police, subscription), { cursor: 1, parked: [] })
    const ids = new Set(receiver.received.map(({ id }) => id))
    t.equal(ids.size, 1, 'the same message under the same id')
    t.equal(new Set(receiver.received.map(({ body }) => body)).size, 1, 'with the same bytes')
  })
}

t.test('opens nothing of a person again to send a message again', async (t) => {
  const timers = drivenTimers(Date.now())
  let opened = 0
  const vault = (real: Vault): Vault => ({
    ...real,
    keyById(kid) {
      opened++
      return real.keyById(kid)
    },
  })
  const { hub, receiver, police, subscription, assess } = await openStation(t, { timers, vault })
  receiver.answer((_, reply) => void reply.writeHead(503).end())
  await assess(await hub.register(), 3)
  await hub.idle()
  const before = opened
  t.ok(before > 0, 'the first rendering opened seals')

  receiver.answer(accept)
  timers.advance(5_000)
  await hub.idle()

  t.match(await hub.delivery.status(police, subscription), { cursor: 1 })
  t.ok(receiver.received.length > 1, 'it was sent again')
  t.equal(opened, before)
})

t.test('waits for a receiver that is not there', async (t) => {
  const timers = drivenTimers(Date.now())
  const { hub, receiver, police, subscription, assess } = await openStation(t, { timers })
  const port = Number(new URL(receiver.url).port)
  await receiver.close()
  const patient = await hub.register()
  await assess(patient, 3, 4, 5)
  await hub.idle()
  t.match(await hub.delivery.status(police, subscription), { cursor: 0, pause: { reason: 'ECONNREFUSED' } })

  const again = await openReceiver(t, port)
  timers.advance(10 * MINUTE)
  await hub.idle()

  t.same(sequences(again.received), [0, 1, 2])
})

t.test('a dead receiver pauses itself and nobody else', async (t) => {
  const { hub, agencies, receiver, assess } = await openStation(t)
  const office = await openReceiver(t)
  await hub.webhook(agencies.pl, office.url)
  await receiver.close()
  const patient = await hub.register()

  await assess(patient, 3, 4)
  await hub.idle()

  t.same(sequences(office.received), [0, 1])
})

t.test('drops a huge answer unread and goes on', async (t) => {
  const { hub, receiver, assess } = await openStation(t)
  let written = 0
  const pour = (reply: ServerResponse): void => {
    const chunk = Buffer.alloc(64 * 1024)
    while (written < 256 * 1024 * 1024 && reply.write(chunk)) written += chunk.length
    if (written < 256 * 1024 * 1024) reply.once('drain', () => pour(reply))
  }
  receiver.answer((_, reply) => pour(reply.writeHead(200)))
  const patient = await hub.register()

  await assess(patient, 3, 4)
  await hub.idle()

  t.same(sequences(receiver.received), [0, 1])
  t.ok(written < 32 * 1024 * 1024, `${written} bytes of 256 MiB were taken`)
})

t.test('parks a refused message, says so beside the next ones, and sends it again when asked', async (t) => {
  const { hub, receiver, police, subscription, assess, agencies } = await openStation(t)
  const one = await hub.register()
  const other = await hub.register({ identity: { idType: '1', status: 'UNKNOWN', sex: '1' } })
  receiver.answer(({ envelope }, reply) => void reply.writeHead(envelope.sequence === 0 ? 422 : 204).end())
  await assess(one, 3)
  await hub.idle()
  await assess(one, 4)
  await assess(other, 3)
  await hub.idle()

  t.same(sequences(receiver.received), [0, 2])
  t.equal(receiver.received.at(-1)?.headers['lianhu-parked'], '0,1')
  t.match(await hub.delivery.status(police, subscription), { cursor: 3, parked: [{ sequence: 0 }, { sequence: 1 }] })
  t.match(
    (await hub.events(`subscription-${subscription}`)).filter(({ type }) => type === 'MessageParked'),
    [{ data: { sequence: 0, reason: 'HTTP_422' } }, { data: { sequence: 1, reason: 'BEHIND' } }],
  )

  const plan = await hub.delivery.redrive(police, subscription, { dryRun: true })
  t.same(plan, { sequences: [0, 1], keys: 1, isDryRun: true })
  await hub.idle()
  t.equal(receiver.received.length, 2, 'a preview sends nothing')

  receiver.answer(accept)
  await hub.delivery.redrive(police, subscription, { dryRun: false })
  await hub.idle()
  t.same(sequences(receiver.received), [0, 2, 0, 1])
  t.equal(receiver.received[0]?.id, receiver.received[2]?.id, 'the same message')
  t.match(await hub.delivery.status(police, subscription), { cursor: 3, parked: [], redriving: [] })

  // What was handed over is written down a second later, whatever is asked meanwhile.
  const written = async (): Promise<number> =>
    (await hub.events(`subscription-${subscription}`)).filter(({ type }) => type !== 'MessageHandedOver').length +
    (await hub.events(`outbox-${subscription}`)).length
  const before = await written()
  const rewound = await hub.delivery.rewind(police, subscription, { from: 1, dryRun: true })
  t.same(rewound.sequences, [1, 2])
  t.equal(await written(), before, 'a preview appends nothing')
  await hub.delivery.rewind(police, subscription, { from: 1, dryRun: false })
  await hub.idle()
  t.same(sequences(receiver.received).slice(4), [1, 2])

  await t.rejects(hub.delivery.redrive(principalOf(agencies.pl, 'PL'), subscription, { dryRun: true }), {
    code: 'HUB_NOT_FOUND',
  })
})

t.test('keeps no lane for a receiver that is owed nothing, and opens one for the next message', async (t) => {
  const { hub, receiver, police, subscription, assess } = await openStation(t)
  const patient = await hub.register()
  await hub.idle()
  t.equal(hub.delivery.totals().lanes, 0, 'nothing was ever owed')

  await assess(patient, 4)
  await hub.idle()
  t.equal(hub.delivery.totals().lanes, 1)

  // Whatever calls for a run, as the sweep does, finds the lane spent.
  await hub.subscriptions.change(police, subscription, { feeds: ['police-quarterly'] })
  await hub.idle()
  t.equal(hub.delivery.totals().lanes, 0)

  await assess(patient, 0, 5)
  await hub.idle()
  t.same(sequences(receiver.received), [0, 1, 2])
  t.match(await hub.delivery.status(police, subscription), { cursor: 3, length: 3, parked: [] })
})

t.test('keeps the lane of a receiver that waits for its next attempt', async (t) => {
  const { hub, receiver, police, subscription, assess } = await openStation(t)
  receiver.answer((_, reply) => void reply.writeHead(503).end())
  await assess(await hub.register(), 4)
  await hub.idle()

  await hub.subscriptions.change(police, subscription, { feeds: ['police-quarterly'] })
  await hub.idle()

  t.equal(hub.delivery.totals().lanes, 1)
  t.match(await hub.delivery.status(police, subscription), { cursor: 0, pause: { reason: 'HTTP_503' } })
})

t.test('delivers nothing while paused or closed, and everything afterwards', async (t) => {
  const { hub, receiver, police, subscription, assess } = await openStation(t)
  const patient = await hub.register()
  await hub.subscriptions.change(police, subscription, { paused: true })
  await assess(patient, 3, 4)
  await hub.idle()
  t.same(receiver.received, [])

  await hub.subscriptions.change(police, subscription, { paused: false })
  await hub.idle()
  t.same(sequences(receiver.received), [0, 1])

  await hub.subscriptions.close(police, subscription)
  await assess(patient, 5)
  await hub.idle()
  t.equal((await hub.outbox(subscription)).length, 2, 'a closed subscription takes no more')
  await t.rejects(hub.subscriptions.change(police, subscription, { paused: true }), { code: 'HUB_ALREADY_DECIDED' })
})

t.test('sends again after a restart what was not written down, and nothing else', async (t) => {
  const { hub, temp, receiver, police, subscription, assess } = await openStation(t)
  const patient = await hub.register()
  await assess(patient, 1, 2, 3)
  await hub.idle()
  await hub.stop()
  const again = await openSmallHub(await temp.reopen(), temp.dataDir)
  t.teardown(() => again.stop())
  await again.idle()

  t.equal(receiver.received.length, 3, 'what was written down is not sent again')
  await again.record(patient, 'RiskAssessed', { level: 5 })
  await again.idle()
  t.same(sequences(receiver.received), [0, 1, 2, 3])
  t.match(await again.delivery.status(police, subscription), { cursor: 4 })
})

t.test('reads past whatever was handed over, however much that is, when it starts again', async (t) => {
  const { hub, temp, receiver, police, subscription, assess } = await openStation(t)
  receiver.answer(({ envelope }, reply) => void reply.writeHead(envelope.sequence === 0 ? 500 : 204).end('no'))
  await assess(await hub.register(), 3)
  const other = await hub.register({ identity: { idType: '1', status: 'UNKNOWN', sex: '1' } })
  await assess(other, ...Array.from({ length: 150 }, (_, i) => i % 6))
  await hub.idle()
  await hub.stop()
  // The first may have been sent again meanwhile: a busy machine records for longer than its pause lasts.
  const before = receiver.received.length
  t.equal(new Set(sequences(receiver.received)).size, 151)

  receiver.answer(accept)
  const again = await openSmallHub(await temp.reopen(), temp.dataDir)
  t.teardown(() => again.stop())
  await again.record(other, 'RiskAssessed', { level: 5 })
  await again.idle()

  t.same(sequences(receiver.received).slice(before), [0, 151])
  t.match(await again.delivery.status(police, subscription), { cursor: 152, length: 152 })
})

t.test('sends again what was taken a moment ago, and lets nothing pass what is parked', async (t) => {
  const { hub, receiver, police, subscription, assess } = await openStation(t)
  const patient = await hub.register()
  receiver.answer(({ envelope }, reply) => void reply.writeHead(envelope.sequence === 1 ? 422 : 204).end())
  await assess(patient, 3, 4)
  await hub.idle()

  await hub.delivery.rewind(police, subscription, { from: 0, dryRun: false })
  await hub.idle()
  await assess(patient, 5)
  await hub.idle()

  t.same(sequences(receiver.received), [0, 1, 0])
  t.match(await hub.delivery.status(police, subscription), { cursor: 3, parked: [{ sequence: 1 }, { sequence: 2 }] })
  const written = (await hub.events(`subscription-${subscription}`)).map(({ type }) => type)
  const [handedOver, redriven] = [written.indexOf('MessageHandedOver'), written.indexOf('MessageRedriven')]
  t.ok(handedOver >= 0 && handedOver < redriven, 'the record stands before the wish, and does not take it back')
})
