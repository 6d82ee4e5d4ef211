import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import { wallClock } from '../../src/kernel/clock.js'
import { SIGNING_SECRET } from '../../src/vault/port.js'
import { openConnections } from '../../src/vault/postgres-connections.js'
import { openPostgresVault } from '../../src/vault/postgres-vault.js'
import { newStream, refused } from '../contract/log-events.js'
import { NO_POSTGRES, type PostgresServer, startPostgres } from '../fixtures/postgres-server.js'
import { TEST_MASTER, tempDirectory } from '../fixtures/store.js'
import { everyCall } from './every-call.js'
import { claim, openVault, openVaultOn, until } from './postgres-hubs.js'

// A database for each test: a busy machine takes its time to make them.
t.setTimeout(5 * 60_000)

const server = await startPostgres(t)
if (server) testOn(server)
else t.pass('the connections of the vault on PostgreSQL', { skip: NO_POSTGRES })

function testOn(server: PostgresServer): void {
  t.test('is away on every call when the server is killed, and back when it is', async (t) => {
    const { vault } = await openVault(t, server)
    const { kid } = await vault.keyFor('patient:1')
    const signing = await vault.secret(SIGNING_SECRET)

    await server.kill()

    await refused(t, vault.check(), 'HUB_VAULT_AWAY', 'check')
    for (const [name, call] of everyCall(vault, kid)) await refused(t, call(), 'HUB_VAULT_AWAY', name)
    t.equal(vault.cachedKeyFor('patient:1'), undefined, 'memory does not answer for it')
    t.equal(vault.cachedSecret(SIGNING_SECRET), undefined)

    await server.start()
    await t.resolves(vault.check())
    t.equal((await vault.keyFor('patient:1')).kid, kid)
    t.same(await vault.secret(SIGNING_SECRET), signing)
    await until(async () => {
      await vault.keyFor('patient:1')
      return vault.cachedKeyFor('patient:1') !== undefined
    })
  })

  t.test('is away, and repeats neither address nor statement, where nobody answers', async (t) => {
    const { database } = await openVault(t, server)
    const wrong = { ...database, url: database.url.replace(/:\d+\//, ':1/') }
    const unreadable = { ...database, url: 'postgres://lianhu:geheim@[nowhere/db' }
    const unlocked = { ...database, password: 'wrong' }

    for (const [name, attempt] of Object.entries({ wrong, unreadable, unlocked })) {
      const error = await openPostgresVault({ ...attempt, master: TEST_MASTER, wall: wallClock }).then(String, (e) => e)
      t.match(error, { code: 'HUB_VAULT_AWAY' }, name)
      t.notMatch(`${error.message} ${error.hint}`, /127\.0\.0\.1|geheim|nowhere|SELECT/, name)
    }
  })

  t.test('stops being the vault when another one lies in its place', async (t) => {
    const { vault, database } = await openVault(t, server)
    await vault.keyFor('patient:1')
    const elsewhere = await server.createDatabase(t)
    await (await openVaultOn(t, elsewhere)).close()

    await server.sql('postgres', `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1`, [
      database.name,
    ])
    await server.sql('postgres', `ALTER DATABASE ${database.name} RENAME TO ${database.name}_aside`)
    await server.sql('postgres', `CREATE DATABASE ${database.name} TEMPLATE ${elsewhere.name}`)

    await until(() => vault.cachedKeyFor('patient:1') === undefined)
    await refused(t, vault.keyFor('patient:1'), 'HUB_VAULT_AWAY', 'a known key')
    await refused(t, claim(vault, newStream()), 'HUB_VAULT_AWAY', 'a claim')
  })

  t.test('is away where it may only read', async (t) => {
    const { vault, database } = await openVault(t, server)
    await server.sql(database.name, `ALTER DATABASE ${database.name} SET default_transaction_read_only = on`)
    await server.sql('postgres', `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1`, [
      database.name,
    ])

    await refused(t, vault.check(), 'HUB_VAULT_AWAY', 'the first call may still find the connection gone')
    await refused(t, vault.check(), 'HUB_VAULT_AWAY', 'check')
    await refused(t, vault.keyFor('patient:1'), 'HUB_VAULT_AWAY', 'a new key')
  })

  t.test('waits for the disk whatever the server was configured to', async (t) => {
    const database = await server.createDatabase(t)
    await server.sql(database.name, `ALTER DATABASE ${database.name} SET synchronous_commit = off`)
    await server.sql(database.name, `ALTER DATABASE ${database.name} SET default_transaction_isolation = serializable`)
    const connections = await openConnections(database)
    t.teardown(() => connections.close())

    const settings = await connections.query<{ commit: string; isolation: string }>(
      `SELECT current_setting('synchronous_commit') AS commit, current_setting('transaction_isolation') AS isolation`,
    )

    t.same(settings, [{ commit: 'on', isolation: 'read committed' }])
  })

  t.test('comes over TLS where the address says so, to a server of that authority only', async (t) => {
    if (server.caFile === undefined) {
      t.pass('TLS', { skip: 'no openssl to make a certificate: NOT tested' })
      return
    }
    const { url, ...database } = await server.createDatabase(t)
    const otherCa = join(tempDirectory(t), 'other.pem')
    const made = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-subj',
      '/CN=other',
    ]
    execFileSync('openssl', [...made, '-keyout', join(tempDirectory(t), 'key'), '-out', otherCa], { stdio: 'ignore' })
    const over = (ca: string) => ({ ...database, url: `${url}?sslmode=verify-full&sslrootcert=${ca}` })

    const vault = await openVaultOn(t, over(server.caFile))

    await vault.keyFor('patient:1')
    const [used] = await server.sql<{ ssl: boolean }>(
      database.name,
      `SELECT bool_and(ssl) AS ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = 'lianhu'`,
    )
    t.equal(used?.ssl, true)
    await refused(t, openVaultOn(t, over(otherCa)), 'HUB_VAULT_AWAY', 'another authority')
    await refused(t, openVaultOn(t, over('/nowhere.pem')), 'HUB_VAULT_AWAY', 'no authority')
  })
}
