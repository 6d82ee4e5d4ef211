import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { SIGNING_SECRET } from '../../src/vault/port.js'
import { newStream, refused } from '../contract/log-events.js'
import { NO_POSTGRES, type PostgresDatabase, type PostgresServer, startPostgres } from '../fixtures/postgres-server.js'
import { spellingsOf } from '../fixtures/spellings.js'
import { TEST_MASTER } from '../fixtures/store.js'
import { claim, ID_NUMBER, openVault, openVaultOn, until } from './postgres-hubs.js'

const OTHER_MASTER = Buffer.alloc(32, 8)

// A database for each test: a busy machine takes its time to make them.
t.setTimeout(5 * 60_000)

const server = await startPostgres(t)
if (server) testOn(server)
else t.pass('the files of the vault on PostgreSQL', { skip: NO_POSTGRES })

function testOn(server: PostgresServer): void {
  t.test('refuses a master key that the vault was not made with', async (t) => {
    const { database } = await openVault(t, server)

    await refused(t, openVaultOn(t, database, { master: OTHER_MASTER }), 'HUB_VAULT_AWAY', 'another key')
    await t.resolves(openVaultOn(t, database), 'its own')
  })

  t.test('refuses a schema that is newer than it knows', async (t) => {
    const { database } = await openVault(t, server)
    await server.sql(database.name, 'UPDATE lianhu_vault.format SET version = version + 1')

    await refused(t, openVaultOn(t, database), 'HUB_VAULT_AWAY', 'from a newer hub')
  })

  t.test('lets nobody read an ID number, a name or a key from the server’s files', async (t) => {
    const { vault, database } = await openVault(t, server)
    await claim(vault, newStream())
    const { kid, key } = await vault.keyFor('patient:1')
    const secret = await vault.secret(SIGNING_SECRET)
    await vault.destroy('patient:2')
    await server.sql(database.name, 'CHECKPOINT')

    const files = await filesOf(database)

    t.ok(files.includes(Buffer.from(kid.replaceAll('-', ''), 'hex')), 'the right files, the key’s id lies in them')
    for (const [name, bytes] of Object.entries({
      idNumber: Buffer.from(ID_NUMBER),
      key,
      secret,
      master: TEST_MASTER,
    })) {
      for (const spelling of spellingsOf(bytes)) t.notOk(files.includes(spelling), name)
    }
  })

  t.test(
    'leaves the wrapped bytes of destroyed keys in no table, and in the write-ahead log until that is written over',
    async (t) => {
      const { vault, database } = await openVault(t, server)
      // Enough for many pages; destroyed are some that have a page for themselves, neighbours, and all of one page.
      const owners = Array.from({ length: 500 }, (_, i) => `patient:${i}`)
      await Promise.all(owners.map((owner) => vault.keyFor(owner)))
      const wrapped = await wrappedKeys(database)
      const destroyed = owners.filter((_, i) => i % 97 === 0 || (i > 200 && i < 300))
      await server.sql(database.name, 'CHECKPOINT')
      const before = filesIn(await directoryOf(database))
      for (const owner of owners) if (!before.includes(bytesFor(wrapped, owner))) t.fail(`${owner} is not there`)

      for (const owner of destroyed.slice(0, 20)) await vault.destroy(owner)
      await Promise.all(destroyed.slice(20).map((owner) => vault.destroy(owner)))

      await server.sql(database.name, 'CHECKPOINT')
      const after = filesIn(await directoryOf(database))
      const left = destroyed.filter((owner) => after.includes(bytesFor(wrapped, owner)))
      t.same(left, [], 'in the tables')
      const kept = owners.filter((owner) => !destroyed.includes(owner))
      t.ok(
        kept.every((owner) => after.includes(bytesFor(wrapped, owner))),
        'the others are there',
      )
      const isInWal = (): boolean => {
        const wal = filesIn(join(server.dataDir, 'pg_wal'))
        return destroyed.some((owner) => wal.includes(bytesFor(wrapped, owner)))
      }
      t.ok(isInWal(), 'in the write-ahead log, as the port says')
      for (let i = 0; i < 40 && isInWal(); i++) await writeSegments(database)
      t.notOk(isInWal(), 'not for ever')
    },
  )

  t.test('has PostgreSQL clear a destroyed key away by itself where somebody held an old snapshot', async (t) => {
    const { vault, database } = await openVault(t, server)
    await vault.keyFor('patient:1')
    const wrapped = bytesFor(await wrappedKeys(database), 'patient:1')
    const directory = await directoryOf(database)
    const isInTables = async (): Promise<boolean> => {
      await server.sql(database.name, 'CHECKPOINT')
      return filesIn(directory).includes(wrapped)
    }
    const dump = await server.connect(database.name)
    await dump.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
    await dump.query('SELECT count(*) FROM lianhu_vault.format')

    await vault.destroy('patient:1')

    t.ok(await isInTables(), 'the snapshot may still be asked for it')
    await dump.end()
    await server.sql(database.name, 'ALTER SYSTEM SET autovacuum_naptime = 1')
    await server.sql(database.name, 'ALTER SYSTEM SET autovacuum = on')
    await server.sql(database.name, 'SELECT pg_reload_conf()')
    await until(async () => !(await isInTables()))
  })

  const wrappedKeys = async ({ name }: PostgresDatabase): Promise<ReadonlyMap<string, Buffer>> => {
    const sql = 'SELECT owner, wrapped FROM lianhu_vault.key'
    const rows = await server.sql<{ owner: string; wrapped: Buffer }>(name, sql)
    return new Map(rows.map(({ owner, wrapped }) => [owner, wrapped]))
  }

  const directoryOf = async ({ name }: PostgresDatabase): Promise<string> => {
    const [row] = await server.sql<{ oid: number }>(name, 'SELECT oid FROM pg_database WHERE datname = $1', [name])
    return join(server.dataDir, 'base', String(row?.oid))
  }

  /** The database's own files, and those that it shares with the others of the server. */
  const filesOf = async (database: PostgresDatabase): Promise<Buffer> =>
    Buffer.concat(
      [await directoryOf(database), ...['global', 'pg_wal', 'pg_notify'].map((name) => join(server.dataDir, name))].map(
        filesIn,
      ),
    )

  const writeSegments = async ({ name }: PostgresDatabase): Promise<void> => {
    await server.sql(name, `SELECT pg_logical_emit_message(false, 'test', repeat('x', 1500000))`)
    await server.sql(name, 'SELECT pg_switch_wal()')
    await server.sql(name, 'CHECKPOINT')
  }
}

function bytesFor(wrapped: ReadonlyMap<string, Buffer>, owner: string): Buffer {
  const bytes = wrapped.get(owner)
  if (bytes?.length !== 12 + 32 + 16) throw new Error(`bytesFor: ${owner} has no wrapped key`)
  return bytes
}

function filesIn(directory: string): Buffer {
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((name) => join(directory, name))
  return Buffer.concat(files.filter((file) => statSync(file).isFile()).map((file) => readFileSync(file)))
}
