import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { prefixesOf } from '../../src/feeds/compile-messages.js'
import type { FeedsWorkerData } from '../../src/feeds-worker.js'
import { FIRST_VERSIONS } from '../../src/hub-versions.js'
import { MINUTE } from '../../src/kernel/dates.js'
import { LOG_FILE } from '../../src/log/sqlite-schema.js'
import { REPOSITORY } from '../fixtures/repository.js'
import { type County, driveTo, OFFICE, openCounty, Q1, STATION_1, STATION_2, STATION_3 } from './county.js'

/** Threads start slowly on a busy machine. */
t.setTimeout(3 * MINUTE)

const POLICE = 'police-quarterly'
const PL = 'political-legal-quarterly'
const CLOSING = '2026-04-08T00:00:00+08:00'

/** Whether the threads read the vault's file, or ask this thread for every batch of keys, as where the vault is elsewhere. */
type Keys = 'read there' | 'asked for'

const inThreads = (county: County, count: number, keys: Keys = 'read there', vaultFile = county.store.vaultFile) => {
  let asked = 0
  const feeds = county.feedsAgain({
    threads: {
      entry: new URL('../../src/feeds-worker.js', import.meta.url),
      data: {
        readModelsDirectory: join(county.directory, 'readmodels'),
        logFile: join(county.directory, LOG_FILE),
        ...(keys === 'read there' && vaultFile ? { vaultFile } : {}),
      } satisfies FeedsWorkerData,
      count,
    },
    vault: {
      ...county.vault,
      keysById(kids) {
        asked++
        return county.vault.keysById(kids)
      },
    },
    threadsFrom: 0,
  })
  return { feeds, asked: () => asked }
}

const golden = (name: string): string => readFileSync(join(REPOSITORY, 'test/feeds/golden', name), 'utf8')

for (const [count, keys] of [
  [2, 'read there'],
  [3, 'read there'],
  [2, 'asked for'],
] as const) {
  t.test(`${count} threads make the documents of one, to the byte: keys ${keys}`, async (t) => {
    const county = await openCounty(t, { versions: FIRST_VERSIONS })
    const { feeds, asked } = inThreads(county, count, keys)
    await driveTo(county, CLOSING, feeds)
    t.equal(asked() > 0, keys === 'asked for', 'whoever records waits behind no batch of keys that is read elsewhere')

    const texts = [
      ['station-1', POLICE, STATION_1],
      ['station-2', POLICE, STATION_2],
      ['station-3', POLICE, STATION_3],
      ['office', PL, OFFICE],
    ] as const
    for (const [name, feed, agency] of texts) {
      t.equal((await feeds.document(feed, Q1, agency)).bytes.toString('utf8'), golden(`${name}.ndjson`), name)
    }
    t.equal(
      (await feeds.accountingManifest(POLICE, Q1, STATION_1)).toString('utf8'),
      golden('station-1.accounting.ndjson'),
    )
    t.equal((await feeds.recipientManifest(PL, Q1, OFFICE)).toString('utf8'), golden('office.manifest.json'))
    t.equal((await feeds.periods(POLICE)).find(({ period }) => period === Q1)?.unmapped, 1)
    t.ok((await feeds.recompute(POLICE, Q1)).isEqual)
  })
}

t.test('a thread that cannot work fails the attempt, and the next one ends it', async (t) => {
  const county = await openCounty(t, { versions: FIRST_VERSIONS })
  const lost = county.feedsAgain({
    threads: {
      entry: new URL('../../src/feeds-worker.js', import.meta.url),
      data: { readModelsDirectory: join(county.directory, 'elsewhere'), logFile: join(county.directory, LOG_FILE) },
    },
    threadsFrom: 0,
  })
  await t.rejects(driveTo(county, CLOSING, lost))
  await lost.stop()

  await driveTo(county, CLOSING, inThreads(county, 2).feeds)

  t.equal((await county.feeds.document(POLICE, Q1, STATION_1)).rows, 3)
})

t.test('threads refuse a vault that is not the one that the hub opened, and one that is gone', async (t) => {
  const county = await openCounty(t, { versions: FIRST_VERSIONS })
  const { vaultFile } = county.store
  if (!vaultFile) throw new Error('a store of files has one')
  const copy = join(county.directory, 'copy.sqlite')
  copyFileSync(vaultFile.file, copy)
  for (const file of [copy, join(county.directory, 'nowhere.sqlite')]) {
    const { feeds } = inThreads(county, 2, 'read there', { ...vaultFile, file })
    await t.rejects(driveTo(county, CLOSING, feeds), { code: 'HUB_VAULT_AWAY' }, file)
    await feeds.stop()
  }

  await driveTo(county, CLOSING, inThreads(county, 2).feeds)

  t.equal((await county.feeds.document(POLICE, Q1, STATION_1)).rows, 3)
})

t.test('threads share out every first digit of an id, each once', async (t) => {
  for (const threads of [1, 2, 3, 4, 16]) {
    const all = Array.from({ length: threads }, (_, thread) => prefixesOf(thread, threads)).flat()
    t.same([...all].sort().join(''), '0123456789abcdef')
  }
})
