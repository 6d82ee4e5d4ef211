/**
 * Two hubs on one log, one vault and one queue, racing on everything: a real PostgreSQL, a real Redis and, for the event store,
 * a double. Whatever they do at the same instant happens once.
 */
import { randomUUID } from 'node:crypto'
import { copyFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { loadConfig } from '../../src/config.js'
import type { Role, StoredEvent } from '../../src/domain/event.js'
import { keyIdsIn } from '../../src/erasure/subject-keys.js'
import { openHub, type RunningHub } from '../../src/hub.js'
import { MASTER_KEY_FILE } from '../../src/hub-core.js'
import { type DrivenClock, drivenClock } from '../../src/kernel/clock.js'
import { createLogger } from '../../src/kernel/logger.js'
import { START } from '../../src/log/port.js'
import { operatorAgencyId } from '../../src/recording/administration.js'
import type { Principal } from '../../src/recording/port.js'
import { openReceiver, type Receiver } from '../delivery/receiver.js'
import { forkEventStoreDouble } from '../fixtures/eventstoredb/double-process.js'
import { EXAMPLE_TOWNSHIP, EXAMPLE_UNIT, exampleBody } from '../fixtures/example-events.js'
import { NO_POSTGRES, type PostgresServer, startPostgres } from '../fixtures/postgres-server.js'
import { NO_REDIS, openRedisServer, redisServerVersion } from '../fixtures/redis-server.js'
import { tempDirectory } from '../fixtures/store.js'
import { until } from './killed-hub.js'

t.setTimeout(5 * 60_000)

const PASSPHRASE = 'a passphrase of the tests'
const START_MS = Date.parse('2026-03-20T09:00:00+08:00')
const OTHER_NUMBER = '110105194912310038'

interface TwoHubs {
  readonly hubs: readonly [RunningHub, RunningHub]
  readonly calendar: DrivenClock
  readonly doctor: Principal
  readonly police: Principal
  readonly receiver: Receiver
  readonly subscription: string
  /** Resolves when both hubs have done what follows from what stands in the log. */
  settled(): Promise<void>
  events(): Promise<readonly StoredEvent[]>
}

async function openTwoHubs(t: Test, postgres: PostgresServer): Promise<TwoHubs> {
  const redis = await openRedisServer(t)
  const double = await forkEventStoreDouble()
  t.teardown(() => double.close())
  const { url, password } = await postgres.createDatabase(t)
  const calendar = drivenClock(START_MS)
  const [one, other] = [tempDirectory(t), tempDirectory(t)]
  writeFileSync(join(one, 'pg-password'), `${password}\n`)
  const open = async (dataDir: string, init: boolean): Promise<RunningHub> => {
    const config = loadConfig({
      flags: {
        dataDir,
        simulated: true,
        'eventStore.url': double.url,
        'postgres.url': url,
        'postgres.passwordFile': join(one, 'pg-password'),
        'redis.url': `redis://127.0.0.1:${redis.port}`,
        'policy.graceDays': '0',
      },
    })
    const logger = createLogger({ level: 'silent', redact: new Set() })
    const hub = await openHub({ config, logger, passphrase: PASSPHRASE, init, calendar })
    t.teardown(() => hub.stop())
    return hub
  }
  const first = await open(one, true)
  copyFileSync(join(one, MASTER_KEY_FILE), join(other, MASTER_KEY_FILE))
  const second = await open(other, false)
  const operator: Principal = { agency: operatorAgencyId(first.logId), role: 'HUB', client: 'test', isOperator: true }
  const { administration } = first
  const enrol = async (role: Role, id?: string): Promise<Principal> => {
    const { agencyId } = await administration.enrolAgency(operator, { role, name: `单位 ${role}`, phone: '0631-1' }, id)
    await administration.assignAreas(operator, [{ agency: agencyId, areas: [EXAMPLE_TOWNSHIP], from: '2026-01-01' }])
    const receipt = await administration.goLive(operator, agencyId, '2026-01-01')
    await second.through(receipt)
    return { agency: agencyId, role, client: 'test', isOperator: false }
  }
  const doctor = await enrol('CHC', EXAMPLE_UNIT)
  const police = await enrol('POLICE')
  const receiver = await openReceiver(t)
  const opened = await first.subscriptions.open(police, {
    alerts: true,
    feeds: ['police-quarterly'],
    channel: 'webhook',
    url: receiver.url,
  })
  receiver.trust(opened.secret ?? '')
  await second.through(opened.receipt)
  const hubs = [first, second] as const
  return {
    hubs,
    calendar,
    doctor,
    police,
    receiver,
    subscription: opened.subscription,
    async settled() {
      for (const hub of [...hubs, ...hubs]) {
        await hub.readModels.through()
        await hub.feeds.idle()
        await hub.dispatcher.idle()
        await hub.delivery.idle()
      }
    },
    async events() {
      const events: StoredEvent[] = []
      for await (const { event } of first.core.store.log.authority.readAll(START)) events.push(event)
      return events
    },
  }
}

const postgres = await startPostgres(t)
if (!postgres) t.pass('two hubs on one log', { skip: NO_POSTGRES })
else if (redisServerVersion() === undefined) t.pass('two hubs on one log', { skip: NO_REDIS })
else testOn(postgres)

function testOn(postgres: PostgresServer): void {
  t.test(`two hubs on one log, ${postgres.version} and redis-server ${redisServerVersion()}`, async (t) => {
    const two = await openTwoHubs(t, postgres)
    const { hubs, doctor } = two
    const [first, second] = hubs
    const registration = (id: string, idNumber: string) => ({
      ...exampleBody('PatientRegistered', { identity: { ...identity(), idNumber } }),
      id,
    })

    await t.test('one ID number registered at both in the same instant is one patient', async (t) => {
      const numbers = ['11010519491231002X', OTHER_NUMBER]
      for (const number of numbers) {
        const outcomes = await Promise.allSettled(
          hubs.map((hub) => hub.recorder.record(doctor, { events: [registration(randomUUID(), number)] })),
        )
        t.same(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
        const [loser] = outcomes.filter(({ status }) => status === 'rejected')
        t.match(loser, { reason: { code: 'HUB_IDENTITY_CLAIMED' } })
      }
      const registered = (await two.events()).filter(({ type }) => type === 'PatientRegistered')
      t.equal(registered.length, numbers.length)
    })

    const [patient] = (await two.events()).filter(({ type }) => type === 'PatientRegistered')
    const patientId = String(patient?.stream).slice('patient-'.length)
    const assessed = (id: string, level: number) => ({
      ...exampleBody('RiskAssessed', { level, targets: 'PERSON', assessedAt: '2026-03-19' }),
      id,
    })

    await t.test('one id sent to both in the same instant is stored once: the first receipt, or 409', async (t) => {
      for (let round = 0; round < 5; round++) {
        const id = randomUUID()
        const same = await Promise.all(
          hubs.map((hub) => hub.recorder.record(doctor, { patientId, events: [assessed(id, 1)] })),
        )
        const receipts = same.map((outcome) => (outcome.kind === 'held' ? undefined : outcome.receipts[0]))
        t.strictSame(receipts[0], receipts[1], 'the same content: the same receipt')
        const other = randomUUID()
        const outcomes = await Promise.allSettled([
          first.recorder.record(doctor, { patientId, events: [assessed(other, 1)] }),
          second.recorder.record(doctor, { patientId, events: [assessed(other, 3)] }),
        ])
        t.same(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
        t.match(
          outcomes.find(({ status }) => status === 'rejected'),
          { reason: { code: 'HUB_DIFFERENT_CONTENT' } },
        )
      }
      const stored = (await two.events()).filter(({ type }) => type === 'RiskAssessed')
      t.equal(stored.length, 10)
      t.equal(new Set(stored.map(({ id }) => id)).size, 10)
    })

    await t.test('what is written at one hub is refused by the other by nothing older', async (t) => {
      for (let round = 0; round < 5; round++) {
        const id = randomUUID()
        const recorded = await first.recorder.record(doctor, { patientId, events: [assessed(id, 1)] })
        const corrected = await second.recorder.record(doctor, {
          patientId,
          events: [{ ...assessed(randomUUID(), 3), corrects: id }],
        })
        t.equal(recorded.kind, 'recorded')
        t.equal(corrected.kind, 'recorded')
      }
    })

    await t.test('alarms are queued once, by whichever hub, and handed over once each', async (t) => {
      await Promise.all(
        hubs.map((hub) => hub.recorder.record(doctor, { patientId, events: [assessed(randomUUID(), 4)] })),
      )
      await two.settled()
      const events = await two.events()
      const queued = events.filter(({ type }) => type === 'MessageQueued')
      const causes = events.filter(({ type }) => type === 'RiskAssessed')
      t.equal(queued.length, causes.length, 'one message for each assessment')
      t.same(
        queued.map(({ revision }) => revision),
        [...queued.keys()],
      )
      const ids = two.receiver.received.map(({ id }) => id)
      t.equal(new Set(ids).size, queued.length, 'each of them arrived')
      t.equal(ids.length, queued.length, 'and nobody sent it twice')
    })

    await t.test('a period closes once, and both hubs hand out the same document', async (t) => {
      two.calendar.advanceTo(Date.parse('2026-04-01T00:00:01+08:00'))
      await Promise.all(hubs.map((hub) => hub.tick()))
      await two.settled()
      const events = await two.events()
      t.equal(
        events.filter(({ type, data }) => type === 'FeedPeriodClosed' && data.feed === 'police-quarterly').length,
        1,
      )
      const released = events.filter(({ type, data }) => type === 'FeedReleased' && data.agency === two.police.agency)
      t.equal(released.length, 1)
      const documents = await Promise.all(
        hubs.map((hub) => hub.feeds.document('police-quarterly', '2026Q1', two.police.agency)),
      )
      t.equal(documents[0]?.documentDigest, released[0]?.data.documentDigest)
      t.ok(documents[0]?.bytes.equals(documents[1]?.bytes ?? Buffer.alloc(0)))
      t.equal(documents[0]?.rows, 2)
    })

    await t.test('a person is erased once, whichever hub does it, and both give out the same document', async (t) => {
      const [asking, agreeing] = [1, 2].map((n) => ({ ...doctor, person: `staff-${n}`, client: `key-${n}` }))
      if (!asking || !agreeing) throw new Error('two persons')
      const draft = { patientId, authority: 'UNLAWFUL', reason: '误登记' } as const
      const { erasure } = await first.erasures.request(asking, draft)
      await t.rejects(second.erasures.approve(asking, erasure), { code: 'HUB_SECOND_PERSON' })
      const approved = await Promise.allSettled(hubs.map((hub) => hub.erasures.approve(agreeing, erasure)))
      t.same(approved.map(({ status }) => status).sort(), ['fulfilled', 'rejected'], 'approved once')
      await until(
        async () => {
          await Promise.all(hubs.map((hub) => hub.tick()))
          return first.erasures.read(asking, erasure)
        },
        ({ state }) => state === 'CARRIED_OUT',
      )
      await two.settled()

      const events = await two.events()
      const own = events.filter(({ stream }) => stream === `patient-${patientId}`)
      t.equal(own.filter(({ type }) => type === 'IdentityErased').length, 1)
      t.equal(events.filter(({ type }) => type === 'ApprovalCarriedOut').length, 1)
      for (const { core, recorder, feeds } of hubs) {
        t.equal((await core.store.vault.keysById(keyIdsIn(own))).size, 0)
        const late = recorder.record(doctor, { patientId, events: [assessed(randomUUID(), 1)] })
        await t.rejects(late, { code: 'HUB_ERASED' })
        t.match(await feeds.document('police-quarterly', '2026Q1', two.police.agency), { rows: 2, recalled: 1 })
        t.match(await feeds.recompute('police-quarterly', '2026Q1'), { isEqual: true, documents: [{ erased: 1 }] })
      }
      const recalled = events.filter(({ type, data }) => type === 'MessageQueued' && data.kind === 'recalled')
      t.equal(recalled.length, 1, 'whoever was told is asked once')
    })

    await t.test('both are ready, and agree about the log', async (t) => {
      for (const hub of hubs) {
        const { isReady, checks } = await hub.readiness()
        t.ok(isReady, JSON.stringify(checks))
        t.ok(checks.some(({ name }) => name === 'replica'))
      }
      t.equal(await first.log.head(), await second.log.head())
    })
  })
}

function identity(): Readonly<Record<string, unknown>> {
  return exampleBody('PatientRegistered').data.identity as Readonly<Record<string, unknown>>
}
