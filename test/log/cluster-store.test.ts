/** The store of a cluster as a hub uses it: the log's contract through a replica, and what several hubs owe one another. */
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { START } from '../../src/log/port.js'
import { REPLICA_FILE } from '../../src/log/replica-schema.js'
import type { Store } from '../../src/store.js'
import { eventLogContract } from '../contract/event-log.js'
import {
  asStored,
  collect,
  follow,
  newEvent,
  newEvents,
  newStream,
  readWhole,
  refused,
  take,
} from '../contract/log-events.js'
import { sealingLogContract } from '../contract/sealing-log.js'
import { startSharedServers } from '../fixtures/cluster.js'
import { NO_POSTGRES, type PostgresServer, startPostgres } from '../fixtures/postgres-server.js'
import { tempDirectory } from '../fixtures/store.js'

t.setTimeout(5 * 60_000)

const postgres = await startPostgres(t)
if (postgres) testOn(postgres)
else t.pass('the store of a cluster', { skip: NO_POSTGRES })

function testOn(postgres: PostgresServer): void {
  const { version } = postgres

  t.test(`through a replica, with ${version} and a double of the event store`, async (t) => {
    const shared = await startSharedServers(t, postgres)
    const dataDir = tempDirectory(t)
    let store: Store | undefined
    // The suites use streams of their own: one store serves them all, until a test closes it.
    await eventLogContract(t, 'replica', async () => {
      store ??= await shared.open(t, dataDir)
      const { log, close } = store
      return {
        ...log,
        async close() {
          store = undefined
          await close()
        },
      }
    })
  })

  sealingLogContract(t, `cluster, with ${version}`, async (t) => {
    const { log, vault } = await (await startSharedServers(t, postgres)).open(t)
    return { sealing: log, log, vault }
  })

  t.test('gives two hubs the same log under the same numbers', async (t) => {
    const own = await startSharedServers(t, postgres)
    const [one, two] = [await own.open(t), await own.open(t)]
    const streams = Array.from({ length: 8 }, newStream)
    await Promise.all(
      streams.map(async (stream, i) => {
        const { log } = i % 2 === 0 ? one : two
        for (let revision = -1; revision < 20; revision++)
          await log.append(stream, newEvents(1), revision < 0 ? 'new' : { revision })
      }),
    )
    const [ofOne, ofTwo] = [
      await take(follow(t, one.log, START), 168, streams),
      await take(follow(t, two.log, START), 168, streams),
    ]
    t.strictSame(ofOne, ofTwo)
    t.same(
      ofOne.map(({ position }) => position),
      ofOne.map((_, i) => String(i + 1)),
    )
  })

  t.test('reads what a conflict told of, before the replica has it', async (t) => {
    const own = await startSharedServers(t, postgres)
    const [one, two] = [await own.open(t), await own.open(t)]
    for (let round = 0; round < 20; round++) {
      const stream = newStream()
      const [first, second] = [newEvent(), newEvent()]
      await one.log.append(stream, [first], 'new')
      await refused(t, two.log.append(stream, [second], 'new'), 'HUB_WRONG_EXPECTATION', 'at the other hub')
      t.strictSame(await readWhole(two.log, stream), asStored(stream, [first]))
      t.equal((await two.log.readTail(stream))?.revision, 0)
      t.equal((await two.log.append(stream, [second], { revision: 0 }))[0]?.revision, 1)
      t.strictSame(await readWhole(two.log, stream), asStored(stream, [first, second]))
    }
  })

  t.test('makes a replica anew where it was deleted, and goes on with one that was left behind', async (t) => {
    const own = await startSharedServers(t, postgres)
    const dataDir = tempDirectory(t)
    const first = await own.open(t, dataDir)
    await first.log.append(newStream(), newEvents(700), 'new')
    const before = await collect(first.log.readAll(START))
    await first.close()
    const other = await own.open(t)
    await other.log.append(newStream(), newEvents(5), 'new')

    const second = await own.open(t, dataDir)
    t.strictSame((await collect(second.log.readAll(START))).slice(0, 700), before)
    t.equal(await second.log.head(), '705', 'what came meanwhile was there when it opened')
    await second.close()
    const file = join(dataDir, REPLICA_FILE)
    for (const suffix of ['', '-wal', '-shm']) rmSync(`${file}${suffix}`, { force: true })
    t.notOk(existsSync(file))

    const third = await own.open(t, dataDir)
    t.equal(await third.log.head(), '705')
    t.strictSame((await collect(third.log.readAll(START))).slice(0, 700), before)
  })

  t.test('refuses a replica of another log', async (t) => {
    const own = await startSharedServers(t, postgres)
    const other = await startSharedServers(t, postgres)
    const dataDir = tempDirectory(t)
    const store = await own.open(t, dataDir)
    await store.log.append(newStream(), newEvents(3), 'new')
    await collect(store.log.readAll(START))
    await store.close()
    const foreign = await other.open(t)
    await foreign.log.append(newStream(), newEvents(3), 'new')
    await refused(t, other.open(t, dataDir), 'HUB_LOG_CORRUPT', 'the log holds other events')
  })
}
