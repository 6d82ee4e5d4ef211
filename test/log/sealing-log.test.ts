import { rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createSealingLog } from '../../src/recording/seal-event.js'
import { VAULT_FILE } from '../../src/vault/sqlite-vault-writer.js'
import { newEvent, newStream, readWhole, refused } from '../contract/log-events.js'
import { sealingLogContract } from '../contract/sealing-log.js'
import { openTempStore } from '../fixtures/store.js'

// A store for each test: a busy machine takes its time to open them.
t.setTimeout(5 * 60_000)

sealingLogContract(t, 'in the store', async (t) => {
  const { log, vault } = (await openTempStore(t)).store
  return { sealing: log, log, vault }
})

sealingLogContract(t, 'in this thread', async (t) => {
  const { log, vault } = (await openTempStore(t)).store
  return { sealing: createSealingLog(log, vault), log, vault }
})

t.test('stores nothing that has to be sealed once the vault is found away, and what has not', async (t) => {
  const { store, dataDir } = await openTempStore(t)
  const { sealed: _, ...event } = newEvent()
  const open = [{ subject: 'patient', owner: 'patient:1', fields: { '/data/note': '甲' } }]
  const stream = newStream()
  await store.log.appendSealed(stream, [{ event, open }], 'new')
  rmSync(join(dataDir, VAULT_FILE))
  await refused(t, store.vault.check(), 'HUB_VAULT_AWAY', 'it is found away')

  const next = { event: { ...event, id: newEvent().id }, open }
  const both = await Promise.allSettled([
    store.log.appendSealed(stream, [next], { revision: 0 }),
    store.log.appendSealed(newStream(), [{ event, open: [] }], 'new'),
  ])
  t.match(both[0], { status: 'rejected', reason: { code: 'HUB_VAULT_AWAY' } })
  t.match(both[1], { status: 'fulfilled' })
  t.equal((await readWhole(store.log, stream)).length, 1)
})

t.test('sends the same bytes again where the first outcome is unknown', async (t) => {
  const { log, vault } = (await openTempStore(t)).store
  const sent: string[] = []
  const failing = createSealingLog(
    {
      append: async (_stream, events) => {
        sent.push(JSON.stringify(events))
        throw new Error('away')
      },
    },
    vault,
  )
  const { sealed: _, ...event } = newEvent()
  const events = [{ event, open: [{ subject: 'patient', owner: 'patient:1', fields: { '/data/note': '甲' } }] }]
  for (let i = 0; i < 2; i++) await t.rejects(failing.appendSealed(newStream(), events, 'new'))
  t.equal(sent[0], sent[1])
  t.equal(await log.head(), '')
})
