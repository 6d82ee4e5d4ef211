/** `ingest.batch`: follow-ups through `POST /v1/events/batch`, against raw better-sqlite3 inserts of the same rows in batches. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { request } from 'undici'
import { createHttp } from '../../src/http/create-http.js'
import { addDays, dayOf } from '../../src/kernel/dates.js'
import { uuidv7 } from '../../src/kernel/ids.js'
import { followUpBody, openBenchHub, registerPatients } from './bench-hub.js'
import { type Figure, figure, median, say } from './measure.js'

const PATIENTS = 20_000
const LINES = 20_000
const PAIRS = 5
const RAW_BATCH = 512

export async function ingestBatch(): Promise<readonly Figure[]> {
  const bench = await openBenchHub({ follow: 'recording' })
  const folder = mkdtempSync(join(tmpdir(), 'lianhu-raw-'))
  const raw = openRaw(join(folder, 'raw.sqlite'))
  try {
    const patients = await registerPatients(bench, PATIENTS)
    const app = createHttp(bench.hub)
    const url = `${await app.listen({ port: 0, host: '127.0.0.1' })}/v1/events/batch`
    const results: { readonly ours: number; readonly theirs: number }[] = []
    for (let pair = 0; pair <= PAIRS; pair++) {
      const before = await bench.hub.log.head()
      const ours = await postBatch(url, bench.key, patients)
      const rows = bench.hub.core.store.log.reader.rawPageAfter(before, LINES)
      const theirs = raw.insert(
        rows.map(({ id, json, stream, revision }) => ({ id: Buffer.from(id), json, stream, revision })),
      )
      if (pair > 0) results.push({ ours, theirs })
      say(`  batch ${pair}/${PAIRS}: ${Math.round(ours)} of ${Math.round(theirs)} per s`)
    }
    await app.close()
    const ratio = median(results.map(({ ours, theirs }) => ours / theirs))
    const middle = results.find(({ ours, theirs }) => ours / theirs === ratio) ?? {
      ours: Number.NaN,
      theirs: Number.NaN,
    }
    return [
      figure(
        'ingest.batch',
        {
          value: middle.ours,
          unit: 'events/s',
          baseline: middle.theirs,
          note: `${LINES} lines a request, raw batches of ${RAW_BATCH}`,
        },
        { atLeast: 0.15 },
      ),
    ]
  } finally {
    raw.close()
    rmSync(folder, { recursive: true })
    await bench.close()
  }
}

/** Events a second, from the first byte sent to the last answer. */
async function postBatch(url: string, key: string, patients: readonly string[]): Promise<number> {
  const today = dayOf(Date.now())
  const template = followUpBody(addDays(today, -1), addDays(today, 80))
  const lines = Array.from({ length: LINES }, (_, i) =>
    template.replace('@ID@', uuidv7(Date.now())).replace('@PATIENT@', patients[(i * 7919) % patients.length] ?? ''),
  )
  const started = performance.now()
  const response = await request(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' },
    body: lines.join('\n'),
  })
  const answers = (await response.body.text()).trim().split('\n')
  const seconds = (performance.now() - started) / 1000
  const failed = answers.filter((line) => !line.includes('"receipts"'))
  if (answers.length !== LINES || failed.length > 0)
    throw new Error(`${answers.length} answers, ${failed.length} failed: ${failed[0]}`)
  return LINES / seconds
}

interface RawRow {
  readonly id: Buffer
  readonly json: string
  readonly stream: string
  readonly revision: number
}

/** The same tables and pragmas, and nothing else. */
function openRaw(file: string): { insert(rows: readonly RawRow[]): number; close(): void } {
  const database = new Database(file)
  database.pragma('page_size = 4096')
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  database.exec(`CREATE TABLE event (pos INTEGER PRIMARY KEY, s INTEGER NOT NULL, revision INTEGER NOT NULL, id BLOB NOT NULL, json TEXT NOT NULL);
    CREATE UNIQUE INDEX event_place ON event (s, revision); CREATE UNIQUE INDEX event_identity ON event (id, s);`)
  const add = database.prepare('INSERT INTO event (s, revision, id, json) VALUES (?, ?, ?, ?)')
  const numbers = new Map<string, number>()
  const numberOf = (stream: string): number => {
    const known = numbers.get(stream) ?? numbers.size + 1
    numbers.set(stream, known)
    return known
  }
  const insertAll = database.transaction((rows: readonly RawRow[]) => {
    for (const { stream, revision, id, json } of rows) add.run(numberOf(stream), revision, id, json)
  })
  return {
    insert(rows) {
      const started = performance.now()
      for (let from = 0; from < rows.length; from += RAW_BATCH) insertAll(rows.slice(from, from + RAW_BATCH))
      return rows.length / ((performance.now() - started) / 1000)
    },
    close: () => database.close(),
  }
}
