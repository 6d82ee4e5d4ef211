/**
 * A process of its own that fills a small disk with events, frees some space, goes on, and prints what it saw as one JSON
 * object. `fill-disk <directory> filler`: a file takes up space and is then removed; `fill-disk <directory> limit`: the
 * largest size of a file is limited, and the limit is then lifted.
 */
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { NewEvent } from '../../src/domain/event.js'
import { wallClock } from '../../src/kernel/clock.js'
import { isHubError } from '../../src/kernel/errors.js'
import { START } from '../../src/log/port.js'
import { openStore } from '../../src/store.js'
import { collect, newEvent, newStream } from '../contract/log-events.js'
import { TEST_MASTER } from '../fixtures/store.js'

export interface DiskFullReport {
  readonly acknowledged: readonly string[]
  /** Codes of the appends that were refused, the first one's events, and what readers saw then. */
  readonly refusals: readonly string[]
  readonly refusedIds: readonly string[]
  readonly seenWhenFull: readonly string[]
  /** The first key that was refused; a limit on the size of a file leaves the vault's small file room. */
  readonly vaultRefusal: string
  /** With space again: the first refused group sent once more, and what readers see, before and after a restart. */
  readonly resent: string
  readonly seenAfterwards: readonly string[]
  readonly seenAfterRestart: readonly string[]
  readonly isVaultBack: boolean
}

/** More groups than fit, and more keys. */
const MANY = 700
const [directory = '', mode = ''] = process.argv.slice(2)
const dataDir = join(directory, 'data')
const filler = join(directory, 'filler')
// Node ignores the signal of a write over the limit; what a test runner loads into its children would end the process.
process.on('SIGXFSZ', () => {})
if (mode === 'filler') writeFileSync(filler, Buffer.alloc(2 * 1024 * 1024))

const store = await openStore(dataDir, TEST_MASTER, wallClock)
const groups = Array.from({ length: MANY }, (_, i) => ({ stream: newStream(), events: bigGroup(i) }))
const acknowledged: string[] = []
const refused: typeof groups = []
const refusals: string[] = []
for (const group of groups) {
  const outcome = await codeOf(store.log.append(group.stream, group.events, 'new'))
  if (outcome === 'stored') acknowledged.push(...group.events.map(({ id }) => id))
  else {
    refusals.push(outcome)
    refused.push(group)
  }
  if (refusals.length === 10) break
}
const seenWhenFull = await seen(store.log.readAll(START))
let vaultRefusal = ''
for (let i = 0; mode === 'filler' && i < MANY && vaultRefusal === ''; i++) {
  const outcome = await codeOf(store.vault.keyFor(`patient:${i}`))
  if (outcome !== 'stored') vaultRefusal = outcome
}

if (mode === 'filler') rmSync(filler)
else spawnSync('prlimit', ['--pid', String(process.pid), '--fsize=unlimited:'])
const first = refused[0]
const resent = first ? await codeOf(store.log.append(first.stream, first.events, 'new')) : 'nothing was refused'
const isVaultBack = (await codeOf(store.vault.keyFor('patient:after'))) === 'stored'
const seenAfterwards = await seen(store.log.readAll(START))
await store.close()
const again = await openStore(dataDir, TEST_MASTER, wallClock)
const seenAfterRestart = await seen(again.log.readAll(START))
await again.close()

const report: DiskFullReport = {
  acknowledged,
  refusals,
  refusedIds: first?.events.map(({ id }) => id) ?? [],
  seenWhenFull,
  vaultRefusal,
  resent,
  seenAfterwards,
  seenAfterRestart,
  isVaultBack,
}
process.stdout.write(JSON.stringify(report))

function bigGroup(size: number): readonly NewEvent[] {
  return Array.from({ length: 1 + (size % 3) }, () => newEvent({ data: { text: randomBytes(4000).toString('hex') } }))
}

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt
    return 'stored'
  } catch (error) {
    return isHubError(error) ? error.code : String(error)
  }
}

async function seen(records: ReturnType<typeof store.log.readAll>): Promise<readonly string[]> {
  return (await collect(records)).map(({ event }) => event.id)
}
