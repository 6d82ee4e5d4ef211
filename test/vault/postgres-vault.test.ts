import t from 'tap'
import { drivenClock } from '../../src/kernel/clock.js'
import { MINUTE, SECOND } from '../../src/kernel/dates.js'
import { uuidv7 } from '../../src/kernel/ids.js'
import { SIGNING_SECRET, type Vault } from '../../src/vault/port.js'
import { HEARING_MS } from '../../src/vault/postgres-listener.js'
import { newStream, refused } from '../contract/log-events.js'
import { vaultContract } from '../contract/vault.js'
import { NO_POSTGRES, type PostgresDatabase, type PostgresServer, startPostgres } from '../fixtures/postgres-server.js'
import { claim, IDENTITY, openPair, openVault, openVaults, until } from './postgres-hubs.js'

/** For a machine that is busy with something else. */
const SLACK_MS = 10 * SECOND

// A database for each test: a busy machine takes its time to make them.
t.setTimeout(5 * 60_000)

const server = await startPostgres(t)
if (server) testOn(server)
else t.pass('the vault on PostgreSQL', { skip: NO_POSTGRES })

function testOn(server: PostgresServer): void {
  vaultContract(t, `postgres (${server.version})`, async (t) => {
    const clock = drivenClock(Date.parse('2026-03-02T09:30:00+08:00'))
    const opened = await openVault(t, server, clock)
    let { vault } = opened
    return {
      vault,
      clock,
      async reopen() {
        await vault.close()
        vault = await opened.open()
        return vault
      },
    }
  })

  t.test('makes its tables once, however many hubs open a new database together', async (t) => {
    const { database, vaults } = await openVaults(t, server, 6)

    const keys = await Promise.all(vaults.map((vault) => vault.keyFor('patient:1')))

    t.equal(new Set(keys.map(({ kid }) => kid)).size, 1)
    t.equal((await server.sql(database.name, 'SELECT * FROM lianhu_vault.format')).length, 1)
  })

  t.test('gives hubs that race for new owners the same keys', async (t) => {
    const { one, other, open } = await openPair(t, server)
    const owners = Array.from({ length: 3000 }, (_, i) => `patient:${i}`)

    const [forward, backward] = await Promise.all([
      Promise.all(owners.map((owner) => one.keyFor(owner))),
      Promise.all([...owners].reverse().map((owner) => other.keyFor(owner))),
    ])

    t.same(backward.reverse(), forward)
    t.equal(new Set(forward.map(({ kid }) => kid)).size, owners.length)
    const kids = forward.map(({ kid }) => kid)
    const read = await (await open()).keysById(kids)
    t.same(
      kids.map((kid) => read.get(kid)),
      forward.map(({ key }) => key),
      'and they are what is stored',
    )
  })

  t.test('gives hubs that race for a secret the same one', async (t) => {
    const { vaults } = await openVaults(t, server, 4)

    const secrets = await Promise.all(vaults.map((vault) => vault.secret(SIGNING_SECRET)))

    t.equal(new Set(secrets.map((secret) => Buffer.from(secret).toString('hex'))).size, 1)
  })

  t.test('lets exactly one of two hubs claim an identity that no hub has seen', async (t) => {
    const { one, other } = await openPair(t, server)

    // Nobody has made the key of the blind index yet either.
    const claims = await Promise.all([one, other].map((vault) => claim(vault, newStream())))

    t.equal(claims.filter(({ granted }) => granted).length, 1)
    t.equal(claims[0]?.stream, claims[1]?.stream, 'and both are told the same one')
    t.equal(await one.findClaim(IDENTITY), claims[0]?.stream)
    t.equal(await other.findClaim(IDENTITY), claims[0]?.stream)
  })

  t.test('settles many claims of two hubs at once, each for one of them', async (t) => {
    const { one, other } = await openPair(t, server)
    const numbers = Array.from({ length: 500 }, (_, i) => ['1', String(i)])
    const claimAll = (vault: Vault, all: readonly (readonly string[])[]) =>
      Promise.all(all.map((identity) => vault.claim(identity, newStream(), uuidv7(0), async () => 'HELD')))

    const [forward, backward] = await Promise.all([claimAll(one, numbers), claimAll(other, [...numbers].reverse())])

    backward.reverse()
    for (const [i, { granted, stream }] of forward.entries()) {
      if (granted === backward[i]?.granted || stream !== backward[i]?.stream) t.fail(`number ${i} has no one holder`)
    }
    t.equal([...forward, ...backward].filter(({ granted }) => granted).length, numbers.length)
  })

  t.test('lets exactly one of two hubs take a claim over', async (t) => {
    const clock = drivenClock(Date.parse('2026-03-02T09:30:00+08:00'))
    const { one, other } = await openPair(t, server, clock)
    await claim(one, newStream())
    clock.advanceTo(clock.now() + 10 * MINUTE)
    const bothSaw = meeting(2)

    const claims = await Promise.all([one, other].map((vault) => claim(vault, newStream(), () => bothSaw('UNUSED'))))

    t.equal(claims.filter(({ granted }) => granted).length, 1)
    t.equal(claims[0]?.stream, claims[1]?.stream)
  })

  t.test('forgets what another hub destroyed', async (t) => {
    const { one, other } = await openPair(t, server)
    const { kid } = await one.keyFor('patient:1')
    const kept = await one.keyFor('patient:2')
    await other.keyFor('patient:1')
    t.ok(one.cachedKeyFor('patient:1'), 'in memory')

    await other.destroy('patient:1')

    await until(() => one.cachedKeyFor('patient:1') === undefined)
    t.equal(await one.keyById(kid), undefined)
    await refused(t, one.keyFor('patient:1'), 'HUB_ERASED', 'and makes no new one')
    t.same(one.cachedKeyFor('patient:2'), kept, 'and nothing else')
  })

  t.test('answers no key from memory while it cannot hear what is destroyed, and hears again', async (t) => {
    const { one, other, database } = await openPair(t, server)
    const { kid } = await one.keyFor('patient:1')
    const [listener] = await listeners(database)
    t.ok(listener, 'there is somebody to lose')

    await server.sql(database.name, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'`)
    await until(() => one.cachedKeyFor('patient:1') === undefined)
    await other.destroy('patient:1')

    t.equal(await one.keyById(kid), undefined, 'the database is asked')
    await refused(t, one.keyFor('patient:1'), 'HUB_ERASED', 'the same')
    await until(async () => {
      await one.keyFor('patient:2')
      return one.cachedKeyFor('patient:2') !== undefined
    })
  })

  t.test('answers no key from memory when the connection over which it hears stands still', async (t) => {
    const { one, other, database } = await openPair(t, server)
    const { kid } = await one.keyFor('patient:1')
    const pids = (await listeners(database)).map(({ pid }) => pid)
    for (const pid of pids) process.kill(pid, 'SIGSTOP')

    await other.destroy('patient:1')
    const destroyedAt = performance.now()
    await until(() => one.cachedKeyFor('patient:1') === undefined)

    t.ok(performance.now() - destroyedAt < HEARING_MS + SLACK_MS, 'not for longer than is promised')
    t.equal(await one.keyById(kid), undefined)
    for (const pid of pids) process.kill(pid, 'SIGCONT')
  })

  t.test('keeps nothing that was asked for before it was destroyed', async (t) => {
    const { one, other } = await openPair(t, server)
    const { kid } = await other.keyFor('patient:1')

    const asked = Promise.all(Array.from({ length: 20 }, () => one.keyById(kid)))
    await other.destroy('patient:1')
    await asked

    await until(async () => (await one.keyById(kid)) === undefined)
    t.equal(one.cachedKeyFor('patient:1'), undefined)
  })

  t.test('closes twice, answers nothing afterwards, and finishes what was under way', async (t) => {
    const { vault, database } = await openVault(t, server)
    const under = Array.from({ length: 50 }, (_, i) => vault.keyFor(`patient:${i}`))

    await Promise.all([vault.close(), vault.close()])

    t.equal((await Promise.all(under)).length, 50)
    await refused(t, vault.keyFor('patient:1'), 'HUB_VAULT_AWAY', 'closed')
    await until(async () => (await connectionsOf(database)) === 0)
  })

  const listeners = (database: PostgresDatabase) =>
    server.sql<{ pid: number }>(
      database.name,
      `SELECT pid FROM pg_stat_activity WHERE datname = $1 AND query LIKE 'LISTEN%'`,
      [database.name],
    )

  const connectionsOf = async ({ name }: PostgresDatabase): Promise<number> => {
    const sql = `SELECT pid FROM pg_stat_activity WHERE datname = $1 AND usename = 'lianhu'`
    return (await server.sql('postgres', sql, [name])).length
  }
}

/** Lets nobody go on before so many have come. */
function meeting(count: number): <T>(value: T) => Promise<T> {
  let come = 0
  let open = (): void => {}
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return async (value) => {
    if (++come === count) open()
    await opened
    return value
  }
}
