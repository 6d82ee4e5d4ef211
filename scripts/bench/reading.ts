/** `rebuild.patient-record` against a raw scan with `JSON.parse`, and `history.p99` of one patient, in a log of a million events. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { patientRecord } from '../../projections/patient-record.js'
import { createHttp } from '../../src/http/create-http.js'
import { openSqliteLogReader } from '../../src/log/sqlite-reader.js'
import { LOG_FILE, openLogForReading } from '../../src/log/sqlite-schema.js'
import { buildProjectionFile } from '../../src/readmodel/build-file.js'
import { surveyLog } from '../../src/readmodel/survey.js'
import { bigLog } from './big-log.js'
import { startChild } from './child.js'
import type { RecordsRead } from './history-client.js'
import { type Figure, figure, median, percentile, say } from './measure.js'

const RUNS = 3
const READS = 2_000
const HISTORY_TARGET_MS = 5

export async function rebuildPatientRecord(): Promise<readonly Figure[]> {
  const { dataDir, events } = await bigLog()
  const folder = mkdtempSync(join(tmpdir(), 'lianhu-rebuild-'))
  const log = openSqliteLogReader(join(dataDir, LOG_FILE))
  try {
    const { end } = await surveyLog(log, () => true, new AbortController().signal)
    const ours: number[] = []
    const theirs: number[] = []
    for (let run = 0; run < RUNS; run++) {
      theirs.push(events / (await seconds(() => rawScan(join(dataDir, LOG_FILE)))))
      ours.push(
        events /
          (await seconds(() =>
            buildProjectionFile({ log, projection: patientRecord, path: join(folder, `run-${run}.sqlite`), end }),
          )),
      )
      say(`  rebuild ${run + 1}/${RUNS}: ${Math.round(ours[run] ?? 0)} of ${Math.round(theirs[run] ?? 0)} events/s`)
    }
    return [
      figure(
        'rebuild.patient-record',
        { value: median(ours), unit: 'events/s', baseline: median(theirs), note: `${events} events, one thread` },
        { atLeast: 0.15 },
      ),
    ]
  } finally {
    log.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function rawScan(file: string): void {
  const database = openLogForReading(file)
  let seen = 0
  for (const row of database.prepare('SELECT json FROM event ORDER BY pos').iterate()) {
    if (JSON.parse((row as { json: string }).json).type) seen++
  }
  database.close()
  if (seen === 0) throw new Error('rawScan: an empty log')
}

/** Each patient is read once before: the `RecordViewed` of the second reading is the first one's, so no append is timed. */
export async function historyP99(): Promise<readonly Figure[]> {
  const { hub, key, patients, events } = await bigLog()
  const app = createHttp(hub)
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const client = await startChild('history-client.js', [])
  const sample = Array.from({ length: READS }, (_, i) => patients[(i * 7919) % patients.length] ?? '')
  const read = (): Promise<RecordsRead> =>
    client.ask(JSON.stringify({ url, key, patients: sample, path: 'history', says: 'FollowUpCompleted' }))
  try {
    await read()
    const { times } = await read()
    const note = `median ${percentile(times, 50).toFixed(2)} ms, ${READS} patients one after another, ${Math.round(events / patients.length)} events each, sealed fields opened; the baseline is the target`
    return [
      figure(
        'history.p99',
        { value: percentile(times, 99), unit: 'ms', baseline: HISTORY_TARGET_MS, note },
        { atMost: 1 },
      ),
    ]
  } finally {
    await client.stop()
    await app.close()
  }
}

async function seconds(work: () => unknown): Promise<number> {
  const started = performance.now()
  await work()
  return (performance.now() - started) / 1000
}
