import { Webhook } from 'standardwebhooks'
import t from 'tap'
import { HOUR } from '../../src/kernel/dates.js'
import { principalOf } from '../fixtures/recording.js'
import { NO_REDIS, redisServerVersion } from '../fixtures/redis-server.js'
import { type Cleanup, openTempStore } from '../fixtures/store.js'
import { drivenTimers } from './driven-timers.js'
import { openReceiver, type Received } from './receiver.js'
import { enrolTownship, openSmallHub } from './small-hub.js'
import { openTwoHubs } from './two-hubs.js'

async function openStation(t: Cleanup) {
  const temp = await openTempStore(t)
  const timers = drivenTimers(Date.now())
  const hub = await openSmallHub(temp.store, temp.dataDir, { timers })
  t.teardown(() => hub.stop())
  const agencies = await enrolTownship(hub)
  const receiver = await openReceiver(t)
  const police = principalOf(agencies.police, 'POLICE', 'staff-9')
  const id = await hub.webhook(agencies.police, receiver.url)
  const patient = await hub.register()
  const assess = async (): Promise<Received | undefined> => {
    await hub.record(patient, 'RiskAssessed', { level: 3 })
    await hub.idle()
    return receiver.received.at(-1)
  }
  return { hub, agencies, timers, receiver, police, id, assess }
}

/** Whether a receiver that has this one secret finds its signature; the library signs, not our own code. */
function takes(secret: string, received: Received | undefined): boolean {
  const {
    'webhook-id': id = '',
    'webhook-timestamp': at,
    'webhook-signature': signatures = '',
  } = received?.headers ?? {}
  const expected = new Webhook(secret).sign(id, new Date(Number(at) * 1000), received?.body ?? '')
  return signatures.split(' ').includes(expected)
}

t.test('signs with both secrets until the old one ends, then with the new one alone', async (t) => {
  const { hub, timers, police, id, assess } = await openStation(t)
  const { secret: old } = await hub.subscriptions.secrets(police, id)
  const before = await assess()

  const rotated = await hub.subscriptions.rotateSecret(police, id, 1)
  await hub.idle()
  const between = await assess()

  t.not(rotated.secret, old)
  t.match(rotated, { secret: /^whsec_/, previous: { secret: old } })
  const shown = await hub.subscriptions.secrets(police, id)
  t.match(shown, { secret: rotated.secret, previous: { secret: old, until: rotated.previous?.until } })
  t.ok(takes(old, before))
  t.notOk(takes(rotated.secret, before))
  t.ok(takes(old, between) && takes(rotated.secret, between), 'a receiver with either of them takes it')
  t.equal(between?.headers['webhook-signature']?.split(' ').length, 2)
  timers.advance(2 * HOUR)
  const after = await assess()
  t.notOk(takes(old, after))
  t.ok(takes(rotated.secret, after))
  t.equal(after?.headers['webhook-signature']?.split(' ').length, 1)
})

t.test('ends the old secret at once when it is told to, and makes no third one meanwhile', async (t) => {
  const { hub, police, id, assess } = await openStation(t)
  const { secret: old } = await hub.subscriptions.secrets(police, id)
  await t.rejects(hub.subscriptions.retireSecret(police, id), { code: 'HUB_ALREADY_DECIDED' }, 'there is but one')
  const { secret } = await hub.subscriptions.rotateSecret(police, id, 24)
  await hub.idle()
  await t.rejects(hub.subscriptions.rotateSecret(police, id, 24), { code: 'HUB_ALREADY_DECIDED' })

  await hub.subscriptions.retireSecret(police, id)
  await hub.idle()
  const after = await assess()

  t.notOk(takes(old, after))
  t.ok(takes(secret, after))
  t.same(await hub.subscriptions.secrets(police, id), { secret })
  const third = await hub.subscriptions.rotateSecret(police, id, 24)
  t.equal(new Set([old, secret, third.secret]).size, 3, 'a number is never used twice')
})

t.test('two rotations at once make one new secret', async (t) => {
  const { hub, police, id } = await openStation(t)

  const both = await Promise.allSettled([
    hub.subscriptions.rotateSecret(police, id, 24),
    hub.subscriptions.rotateSecret(police, id, 24),
  ])

  t.same(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
})

t.test('writes no secret into the log, and tells nobody else', async (t) => {
  const { hub, agencies, police, id } = await openStation(t)
  const office = principalOf(agencies.pl, 'PL')
  const { secret, previous } = await hub.subscriptions.rotateSecret(police, id, 24)
  const box = await hub.mailbox(agencies.police)

  const written = JSON.stringify(await hub.events(`subscription-${id}`))

  t.match(written, /SecretRotated/)
  for (const text of [secret, previous?.secret ?? '']) {
    const bytes = Buffer.from(text.slice('whsec_'.length), 'base64')
    for (const spelt of ['base64', 'base64url', 'hex'] as const) t.notOk(written.includes(bytes.toString(spelt)))
  }
  for (const other of [office, { ...office, isOperator: true }]) {
    await t.rejects(hub.subscriptions.rotateSecret(other, id, 24), { code: 'HUB_NOT_FOUND' })
    await t.rejects(hub.subscriptions.retireSecret(other, id), { code: 'HUB_NOT_FOUND' })
  }
  await t.rejects(hub.subscriptions.rotateSecret(police, box, 24), { code: 'HUB_NOT_FOUND' }, 'a mailbox has none')
  await hub.subscriptions.close(police, id)
  await t.rejects(hub.subscriptions.retireSecret(police, id), { code: 'HUB_ALREADY_DECIDED' })
})

if (redisServerVersion() === undefined) t.pass('two hubs', { skip: NO_REDIS })
else {
  t.test('whichever hub rotates, every hub signs with both, as the log says', async (t) => {
    const two = await openTwoHubs(t)
    const { hubs, police, subscription, receiver } = two
    const { secret: old } = await hubs[0].subscriptions.secrets(police, subscription)
    const { secret } = await hubs[1].subscriptions.rotateSecret(police, subscription, 24)
    for (const hub of hubs) await hub.dispatcher.idle()

    const patients = await two.patients(4)
    for (const patient of patients) await hubs[0].record(patient, 'RiskAssessed', { level: 3 })
    await two.settled(patients.length)

    t.equal(receiver.received.length, patients.length)
    for (const received of receiver.received) t.ok(takes(old, received) && takes(secret, received))
    t.match(await hubs[0].subscriptions.secrets(police, subscription), { secret, previous: { secret: old } })
  })
}
