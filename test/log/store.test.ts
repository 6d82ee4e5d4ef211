import { renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { wallClock } from '../../src/kernel/clock.js'
import { LOG_FILE } from '../../src/log/sqlite-schema.js'
import { openStore } from '../../src/store.js'
import { VAULT_FILE } from '../../src/vault/sqlite-vault-writer.js'
import { newEvents, newStream, refused } from '../contract/log-events.js'
import { openTempStore, TEST_MASTER, tempDirectory } from '../fixtures/store.js'

t.test('refuses to open a directory twice in one process, and opens it after close', async (t) => {
  const temp = await openTempStore(t)

  await refused(t, openStore(temp.dataDir, temp.master, wallClock), 'HUB_DATA_LOCKED', 'while it is open')

  t.ok(await temp.reopen())
})

t.test('refuses another master key, and lets go of the directory', async (t) => {
  const dataDir = tempDirectory(t)
  const first = await openStore(dataDir, TEST_MASTER, wallClock)
  const { kid } = await first.vault.keyFor('patient:1')
  await first.close()

  await refused(t, openStore(dataDir, Buffer.alloc(32, 8), wallClock), 'HUB_VAULT_AWAY', 'another master key')

  const again = await openStore(dataDir, TEST_MASTER, wallClock)
  t.teardown(() => again.close())
  t.equal((await again.vault.keyFor('patient:1')).kid, kid)
})

t.test('does not make a new vault beside a log that holds events', async (t) => {
  const dataDir = tempDirectory(t)
  const first = await openStore(dataDir, TEST_MASTER, wallClock)
  await first.log.append(newStream(), newEvents(1), 'new')
  const { kid } = await first.vault.keyFor('patient:1')
  await first.close()
  renameSync(join(dataDir, VAULT_FILE), join(dataDir, 'elsewhere'))

  await refused(t, openStore(dataDir, TEST_MASTER, wallClock), 'HUB_VAULT_AWAY', 'the vault is missing')

  renameSync(join(dataDir, 'elsewhere'), join(dataDir, VAULT_FILE))
  const again = await openStore(dataDir, TEST_MASTER, wallClock)
  t.teardown(() => again.close())
  t.equal((await again.vault.keyFor('patient:1')).kid, kid)
})

t.test('finishes what was asked before close, and refuses what comes after', async (t) => {
  const temp = await openTempStore(t)
  const { store } = temp
  const streams = Array.from({ length: 1500 }, newStream)
  const appends = streams.map((stream) => store.log.append(stream, newEvents(1), 'new'))
  const key = store.vault.keyFor('patient:1')

  await Promise.all([store.close(), store.close()])

  await refused(t, store.log.append(newStream(), newEvents(1), 'new'), 'HUB_STOPPING', 'append')
  await refused(t, store.vault.keyFor('patient:2'), 'HUB_STOPPING', 'keyFor')
  t.equal((await Promise.all(appends)).length, 1500)
  const { kid } = await key
  const { log, vault } = await temp.reopen()
  for (const stream of streams) if (!(await log.readTail(stream))) t.fail('an acknowledged event is missing')
  t.equal((await vault.keyFor('patient:1')).kid, kid)
})

t.test('does not report a death when it is closed', async (t) => {
  const { store } = await openTempStore(t)
  let died = false
  store.died.then(() => {
    died = true
  })

  await store.close()
  await new Promise((resolve) => setImmediate(resolve))

  t.equal(died, false)
})

t.test('keeps the write-ahead log small where hardly anybody waits', async (t) => {
  const { store, dataDir } = await openTempStore(t)

  for (let i = 0; i < 1500; i++) await store.log.append(newStream(), newEvents(1), 'new')

  const { size } = statSync(join(dataDir, `${LOG_FILE}-wal`))
  t.ok(size < 8 * 1024 * 1024, `${size} bytes, where SQLite itself waits for 32 MiB`)
})
