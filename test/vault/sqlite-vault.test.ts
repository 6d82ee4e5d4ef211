import { execFileSync } from 'node:child_process'
import { copyFileSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import t, { type Test } from 'tap'
import { drivenClock } from '../../src/kernel/clock.js'
import { SIGNING_SECRET } from '../../src/vault/port.js'
import { seal } from '../../src/vault/sealing.js'
import { VAULT_FILE } from '../../src/vault/sqlite-vault-writer.js'
import { newEvent, newStream, refused } from '../contract/log-events.js'
import { vaultContract } from '../contract/vault.js'
import { spellingsOf } from '../fixtures/spellings.js'
import { openTempStore, TEST_MASTER, tempDirectory } from '../fixtures/store.js'
import { everyCall } from './every-call.js'

const ID_NUMBER = '11010519491231002X'
const NAME = '欧阳试样'

// A store for each test: a busy machine takes its time to open them.
t.setTimeout(5 * 60_000)

vaultContract(t, 'sqlite', async (t) => {
  const clock = drivenClock(Date.parse('2026-03-02T09:30:00+08:00'))
  const temp = await openTempStore(t, clock)
  return { vault: temp.store.vault, clock, reopen: async () => (await temp.reopen()).vault }
})

t.test('is away on every call when its file is gone or replaced, and back when the file is', async (t) => {
  for (const replace of [false, true]) {
    const { store, dataDir } = await openTempStore(t)
    const { vault } = store
    const { kid } = await vault.keyFor('patient:1')
    const signing = await vault.secret(SIGNING_SECRET)
    const file = join(dataDir, VAULT_FILE)
    const aside = join(dataDir, 'aside')
    renameSync(file, aside)
    if (replace) copyFileSync(aside, file)

    await refused(t, vault.check(), 'HUB_VAULT_AWAY', 'check')
    for (const [name, call] of everyCall(vault, kid)) await refused(t, call(), 'HUB_VAULT_AWAY', name)
    t.equal(vault.cachedKeyFor('patient:1'), undefined, 'memory does not answer for it')
    t.equal(vault.cachedSecret(SIGNING_SECRET), undefined)

    rmSync(file, { force: true })
    renameSync(aside, file)
    t.equal((await vault.keyFor('patient:1')).kid, kid)
    t.same(await vault.secret(SIGNING_SECRET), signing)
  }
})

t.test('is noticed away by any call that needs it', async (t) => {
  const { store, dataDir } = await openTempStore(t)
  const { kid } = await store.vault.keyFor('patient:1')
  rmSync(join(dataDir, VAULT_FILE))

  await refused(t, store.vault.keyFor('patient:2'), 'HUB_VAULT_AWAY', 'a new key')

  await refused(t, store.vault.keyFor('patient:1'), 'HUB_VAULT_AWAY', 'a key that was in memory')
  await refused(t, store.vault.keyById(kid), 'HUB_VAULT_AWAY', 'by its id')
})

t.test('lets nobody read an ID number, a name or a key from its files or the log’s', async (t) => {
  const { store, dataDir } = await openTempStore(t)
  const { log, vault } = store
  const stream = newStream()
  const event = newEvent()
  await vault.claim(['1', ID_NUMBER], stream, event.id, async () => 'UNUSED')
  const dataKey = await vault.keyFor('patient:1')
  const secret = await vault.secret(SIGNING_SECRET)
  const { id, type, version } = event
  const context = { stream, id, type, version, subject: 'patient' }
  const sealed = [seal(context, dataKey, { '/data/idNumber': ID_NUMBER, '/data/name': NAME })]
  await log.append(stream, [{ ...event, sealed }], 'new')

  const whileOpen = bytesOf(copyOf(t, dataDir))
  await store.close()
  const afterClose = bytesOf(copyOf(t, dataDir))

  for (const [when, files] of [
    ['open', whileOpen],
    ['closed', afterClose],
  ] as const) {
    t.ok(files.includes(Buffer.from(dataKey.kid)), `${when}: the right files, the key's id lies in them`)
    for (const text of [ID_NUMBER, ID_NUMBER.toLowerCase(), NAME]) {
      for (const spelling of spellingsOf(Buffer.from(text))) {
        t.notOk(files.includes(spelling), `${when}: personal data`)
      }
    }
    for (const [name, key] of Object.entries({ dataKey: dataKey.key, secret, master: TEST_MASTER })) {
      for (const spelling of spellingsOf(key)) t.notOk(files.includes(spelling), `${when}: ${name}`)
    }
  }
})

t.test('wraps every value for itself', async (t) => {
  const { store, dataDir } = await openTempStore(t)
  for (let i = 0; i < 20; i++) {
    await store.vault.keyFor(`patient:${i}`)
    await store.vault.secret(`webhook:${i}`)
  }

  const wrapped = wrappedValues(dataDir)

  t.equal(wrapped.length, 41, 'twenty keys, twenty secrets, the blind index key')
  t.equal(new Set(wrapped).size, 41)
  t.equal(new Set(wrapped.map((value) => value.slice(0, 24))).size, 41, 'no nonce twice')
})

t.test('leaves the wrapped bytes of a destroyed key in none of its files', async (t) => {
  const { store, dataDir } = await openTempStore(t)
  await store.vault.keyFor('patient:1')
  const wrapped = Buffer.from(wrappedValues(dataDir, `owner = 'patient:1'`)[0] ?? '', 'hex')
  t.equal(wrapped.length, 12 + 32 + 16)
  t.ok(bytesOf(copyOf(t, dataDir)).includes(wrapped), 'they were there')

  await store.vault.destroy('patient:1')

  t.notOk(bytesOf(copyOf(t, dataDir)).includes(wrapped))
})

/** Wrapped keys (and, without a condition, secrets) as hex, read beside the vault. */
function wrappedValues(dataDir: string, where?: string): readonly string[] {
  const database = new Database(join(dataDir, VAULT_FILE), { readonly: true })
  const sql = where
    ? `SELECT wrapped FROM key WHERE ${where}`
    : 'SELECT wrapped FROM key UNION ALL SELECT wrapped FROM secret'
  const values = database.prepare<[], Buffer>(sql).pluck().all()
  database.close()
  return values.map((value) => value.toString('hex'))
}

/** A copy made by another process: closing a file here would let go of the locks that SQLite holds on it. */
function copyOf(t: Test, dataDir: string): string {
  const copy = join(tempDirectory(t), 'copy')
  execFileSync('cp', ['-r', dataDir, copy])
  return copy
}

function bytesOf(directory: string): Buffer {
  return Buffer.concat(readdirSync(directory).map((name) => readFileSync(join(directory, name))))
}
