/** `ingest.batch`: follow-ups through `POST /v1/events/batch`, against raw better-sqlite3 inserts of the same rows in batches. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHttp } from '../../src/http/create-http.js'
import { addDays, dayOf } from '../../src/kernel/dates.js'
import { uuidv7 } from '../../src/kernel/ids.js'
import { START } from '../../src/log/port.js'
import { followUpBody, openBenchHub, registerPatients } from './bench-hub.js'
import { type BenchChild, startChild } from './child.js'
import type { BatchPosted } from './ingest-batch-client.js'
import { openRawLog, RAW_BATCH } from './ingest-raw-log.js'
import { type Figure, figure, median, say } from './measure.js'

const PATIENTS = 20_000
const LINES = 20_000
const PAIRS = 9
/** Both sides run cold at first: the compiler has to see the code, and SQLite the file. */
const WARM_UPS = 2
const EVERYTHING = 1_000_000

export async function ingestBatch(): Promise<readonly Figure[]> {
  const bench = await openBenchHub({ follow: 'recording' })
  const folder = mkdtempSync(join(tmpdir(), 'lianhu-raw-'))
  const raw = openRawLog(join(folder, 'raw.sqlite'))
  const client = await startChild('ingest-batch-client.js', [])
  try {
    const patients = await registerPatients(bench, PATIENTS)
    const { log } = bench.hub.core.store
    raw.insert(log.reader.rawPageAfter(START, EVERYTHING))
    const app = createHttp(bench.hub)
    const url = `${await app.listen({ port: 0, host: '127.0.0.1' })}/v1/events/batch`
    const results: { readonly ours: number; readonly theirs: number }[] = []
    for (let pair = 1 - WARM_UPS; pair <= PAIRS; pair++) {
      const before = await log.head()
      const file = join(folder, 'batch.ndjson')
      writeFileSync(file, followUps(patients))
      const ours = await post(client, { url, key: bench.key, file })
      const theirs = raw.insert(log.reader.rawPageAfter(before, LINES))
      if (pair > 0) results.push({ ours, theirs })
      say(`  batch ${pair}/${PAIRS}: ${Math.round(ours)} of ${Math.round(theirs)} per s`)
    }
    await app.close()
    return [summary(results)]
  } finally {
    await client.stop()
    raw.close()
    rmSync(folder, { recursive: true })
    await bench.close()
  }
}

/** The value and its baseline are those of the pair with the median ratio. */
function summary(results: readonly { readonly ours: number; readonly theirs: number }[]): Figure {
  const ratio = median(results.map(({ ours, theirs }) => ours / theirs))
  const middle = results.find(({ ours, theirs }) => ours / theirs === ratio)
  const note = `median of ${PAIRS} pairs, ${LINES} lines a request, raw batches of ${RAW_BATCH}`
  return figure(
    'ingest.batch',
    { value: middle?.ours ?? Number.NaN, unit: 'events/s', baseline: middle?.theirs ?? Number.NaN, note },
    { atLeast: 0.15 },
  )
}

function followUps(patients: readonly string[]): string {
  const today = dayOf(Date.now())
  const template = followUpBody(addDays(today, -1), addDays(today, 80))
  return Array.from({ length: LINES }, (_, i) =>
    template.replace('@ID@', uuidv7(Date.now())).replace('@PATIENT@', patients[(i * 7919) % patients.length] ?? ''),
  ).join('\n')
}

/** Events a second. */
async function post(
  client: BenchChild<unknown>,
  batch: { readonly url: string; readonly key: string; readonly file: string },
): Promise<number> {
  const { seconds, answers, failed, firstFailure } = await client.ask<BatchPosted>(JSON.stringify(batch))
  if (answers !== LINES || failed > 0) throw new Error(`${answers} answers, ${failed} failed: ${firstFailure}`)
  return LINES / seconds
}
