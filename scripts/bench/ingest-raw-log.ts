/**
 * The baseline of `ingest.batch`: better-sqlite3 inserts of the same rows into the same tables under the same pragmas, and
 * nothing else. It holds what the log holds, under the same stream numbers: numbered in the order of the batch its index of
 * places was written front to back, where the log's own, numbered by registration, is written all over.
 */

import type { RawRecord } from '../../src/log/sqlite-reader.js'
import { openLogForWriting } from '../../src/log/sqlite-schema.js'

/** As many rows in a transaction as the store takes requests (`src/store.ts`). */
export const RAW_BATCH = 512

interface Row {
  readonly s: number
  readonly revision: number
  readonly id: Buffer
  readonly json: string
}

export interface RawLog {
  /** Rows a second. */
  insert(records: readonly RawRecord[]): number
  close(): void
}

export function openRawLog(file: string): RawLog {
  const database = openLogForWriting(file)
  const add = database.prepare('INSERT INTO event (s, revision, id, json) VALUES (?, ?, ?, ?)')
  const numbers = new Map<string, number>()
  const numberOf = (stream: string): number => {
    const known = numbers.get(stream) ?? numbers.size + 1
    numbers.set(stream, known)
    return known
  }
  const insertAll = database.transaction((rows: readonly Row[]) => {
    for (const { s, revision, id, json } of rows) add.run(s, revision, id, json)
  })
  return {
    insert(records) {
      const rows = records.map(({ stream, revision, id, json }) => ({
        s: numberOf(stream),
        revision,
        id: Buffer.from(id),
        json,
      }))
      const started = performance.now()
      for (let from = 0; from < rows.length; from += RAW_BATCH) insertAll(rows.slice(from, from + RAW_BATCH))
      return rows.length / ((performance.now() - started) / 1000)
    },
    close: () => database.close(),
  }
}
