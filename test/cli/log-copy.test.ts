/** A hub's own log and vault, moved into what the hubs of a cluster share: a real PostgreSQL and a double of the event store. */
import { join } from 'node:path'
import t from 'tap'
import { loadConfig } from '../../src/config.js'
import { copyLog } from '../../src/copy-log.js'
import { openHub } from '../../src/hub.js'
import { drivenClock } from '../../src/kernel/clock.js'
import { createLogger } from '../../src/kernel/logger.js'
import { MAX_APPEND_BYTES } from '../../src/log/eventstoredb-client.js'
import { START } from '../../src/log/port.js'
import { openPostgresVault } from '../../src/vault/postgres-vault.js'
import { collect, newEvent, newEvents, newStream } from '../contract/log-events.js'
import { startEventStoreDouble } from '../fixtures/eventstoredb/double.js'
import { createMemoryLog } from '../fixtures/memory-log.js'
import { NO_POSTGRES, type PostgresServer, startPostgres } from '../fixtures/postgres-server.js'
import { APRIL, cli, PASSPHRASE, reopened, seededStore } from './run.js'

t.setTimeout(5 * 60_000)

const postgres = await startPostgres(t)
if (postgres) testOn(postgres)
else t.pass('lianhu log copy', { skip: NO_POSTGRES })

function testOn(postgres: PostgresServer): void {
  t.test('moves log and vault whole, is taken up where it broke, and a hub goes on there', async (t) => {
    const run = cli(t)
    const { hub } = await seededStore(run)
    await hub.core.store.vault.destroy('staff:somebody')
    const before = await collect(hub.log.readAll(START))
    await hub.stop()
    const double = await startEventStoreDouble()
    t.teardown(() => double.close())
    const { url, password } = await postgres.createDatabase(t)
    const target = join(run.dataDir, '..', 'cluster')
    Object.assign(run.env, {
      LIANHU_DATA_DIR: target,
      LIANHU_EVENT_STORE_URL: double.url,
      LIANHU_POSTGRES_URL: url,
      LIANHU_POSTGRES_PASSWORD_FILE: run.file('pg-password', `${password}\n`),
      LIANHU_REDIS_URL: 'redis://127.0.0.1:1',
    })

    double.failNext('lost-before', 'lost-after', 'lost-before', 'no-rights')
    const broken = await run.run('log', 'copy', '--from', run.dataDir, '--json')
    t.equal(broken.code, 1, 'the event store refused in the middle')
    const moved = await run.run('log', 'copy', '--from', run.dataDir, '--json')
    t.match(moved.json, { events: before.length, isEqual: true }, moved.err)
    t.equal(moved.json.keys, new Set(before.flatMap(({ event }) => event.sealed.map(({ kid }) => kid))).size + 1)
    t.equal(moved.json.claims, 1)
    t.equal(moved.json.root, moved.json.copiedRoot)
    const again = await run.run('log', 'copy', '--from', run.dataDir)
    t.equal(again.code, 0)
    t.match(again.out, /新写入 0 条/)

    const config = loadConfig({ env: run.env, flags: { simulated: true } })
    const logger = createLogger({ level: 'silent', redact: new Set() })
    const moving = { config, logger, passphrase: PASSPHRASE, follow: 'reading', calendar: drivenClock(APRIL) } as const
    const there = await openHub(moving)
    t.teardown(() => there.stop())
    const copied = await collect(there.log.readAll(START))
    t.strictSame(
      copied.map(({ event }) => event),
      before.map(({ event }) => event),
    )
    const vault = there.core.store.vault
    const kids = copied.flatMap(({ event }) => event.sealed.map(({ kid }) => kid))
    t.equal((await vault.keysById(kids)).size, new Set(kids).size, 'every seal opens')
    await t.rejects(vault.keyFor('staff:somebody'), { code: 'HUB_ERASED' }, 'what was destroyed stays so')
  })

  t.test(
    'refuses an event store, a vault or a data directory of somebody else, and changes nothing there',
    async (t) => {
      const run = cli(t)
      await (await seededStore(run)).hub.stop()
      const double = await startEventStoreDouble()
      t.teardown(() => double.close())
      const { url, password } = await postgres.createDatabase(t)
      const other = await openPostgresVault({ url, password, master: Buffer.alloc(32, 9), wall: drivenClock(APRIL) })
      await other.keyFor('patient:1')
      await other.close()
      const from = run.dataDir
      Object.assign(run.env, {
        LIANHU_DATA_DIR: join(from, '..', 'cluster'),
        LIANHU_EVENT_STORE_URL: double.url,
        LIANHU_POSTGRES_URL: url,
        LIANHU_POSTGRES_PASSWORD_FILE: run.file('pg-password', `${password}\n`),
        LIANHU_REDIS_URL: 'redis://127.0.0.1:1',
      })
      const events = double.store.all().length

      const foreign = await run.run('log', 'copy', '--from', from)
      t.equal(foreign.code, 1)
      t.match(foreign.err, /HUB_VAULT_AWAY/)
      t.equal(double.store.all().length, events, 'no event stands where its keys do not')

      const hub = await reopened({ dataDir: from }, { follow: 'recording' })
      const locked = await run.run('log', 'copy', '--from', from)
      t.match(locked.err, /HUB_DATA_LOCKED/, 'a hub that runs is not moved')
      await hub.stop()
      const missing = await run.run('log', 'copy', '--from', join(from, 'nothing'))
      t.equal(missing.code, 2)
    },
  )
}

t.test('a copy goes on where it stopped, and says where the target is another log', async (t) => {
  const [source, target, other] = [createMemoryLog(), createMemoryLog(), createMemoryLog()]
  const [one, two] = [newStream(), newStream()]
  await source.append(one, newEvents(60), 'new')
  await source.append(two, newEvents(3), 'new')
  await source.append(one, newEvents(2), { revision: 59 })
  const first = (await collect(source.readAll(START))).slice(0, 20).map(({ event }) => event)
  await target.append(one, first, 'new')

  const copied = await copyLog({ source, target })

  t.match(copied, { events: 65, appended: 45 })
  t.equal(copied.root, copied.copiedRoot)
  t.strictSame(await collect(target.readAll(START)), await collect(source.readAll(START)))
  await other.append(newStream(), newEvents(1), 'new')
  await t.rejects(copyLog({ source, target: other }), { code: 'HUB_CONFIG' })
  await target.append(two, newEvents(1), { revision: 2 })
  await t.rejects(copyLog({ source, target }), { code: 'HUB_CONFIG' }, 'or goes on beyond this one')
})

t.test('a copy sends no more in one append than an event store takes, whatever it is written in', async (t) => {
  const [source, target] = [createMemoryLog(), createMemoryLog()]
  const large = Array.from({ length: 60 }, () => newEvent({ data: { text: '患'.repeat(12_000) } }))
  await source.append(newStream(), large, 'new')
  const sizes: number[] = []

  const copied = await copyLog({
    source,
    target: {
      ...target,
      append(stream, events, expected) {
        sizes.push(events.reduce((sum, event) => sum + Buffer.byteLength(JSON.stringify(event)), 0))
        return target.append(stream, events, expected)
      },
    },
  })

  t.equal(copied.appended, 60)
  t.ok(
    sizes.every((bytes) => bytes <= MAX_APPEND_BYTES),
    `${Math.max(...sizes)} bytes at most`,
  )
})
