/**
 * The one writer of the SQLite log: takes a batch of appends and commits them in one transaction, each of them whole or
 * not at all. Runs in the store's worker thread.
 */
import { statSync } from 'node:fs'
import { HubError } from '../kernel/errors.js'
import { uuidBytes } from '../kernel/ids.js'
import { createLru } from '../kernel/lru.js'
import type { Expected } from './port.js'
import { openLogForWriting } from './sqlite-schema.js'

export interface AppendRequest {
  readonly stream: string
  readonly expected: Expected
  readonly ids: readonly string[]
  /** Row JSON, one per id. */
  readonly rows: readonly string[]
}

export type AppendResult =
  | { readonly kind: 'stored'; readonly firstRevision: number; readonly firstPos: number }
  | { readonly kind: 'id-known'; readonly known: readonly { id: string; revision: number }[] }
  | { readonly kind: 'wrong-expectation'; readonly actualRevision: number | null }

export interface SqliteWriter {
  isEmpty(): boolean
  /** Throws what SQLite throws; then nothing of the batch is stored, unless the commit's own outcome is unknown. */
  append(batch: readonly AppendRequest[]): readonly AppendResult[]
  /** To be called when the answers are out: copies a little of the write-ahead log into the file while hardly anybody waits. */
  tidy(): void
  close(): void
}

interface StreamTail {
  readonly s: number
  revision: number
}

const CACHED_TAILS = 100_000
/**
 * Rows between two small checkpoints, and the batch that counts as small. Left to SQLite, a checkpoint comes after 32 MiB and
 * holds up everybody for 10 to 130 ms (measured at 500 alerts a second); one of so few rows takes 1 or 2. Under load batches are
 * large, nobody is idle, and copying a page once for many changes is what counts: then SQLite's own limit does it.
 */
const TIDY_ROWS = 96
const SMALL_BATCH = 16

export function openSqliteWriter(file: string): SqliteWriter {
  const database = openLogForWriting(file)
  const findStream = database.prepare<[string], { s: number }>('SELECT s FROM stream WHERE name = ?')
  const addStream = database.prepare('INSERT INTO stream (name) VALUES (?)')
  const findTail = database.prepare<[number], { revision: number | null }>(
    'SELECT max(revision) AS revision FROM event WHERE s = ?',
  )
  const findId = database.prepare<[Buffer, number], { revision: number }>(
    'SELECT revision FROM event WHERE id = ? AND s = ?',
  )
  const addEvent = database.prepare('INSERT INTO event (s, revision, id, json) VALUES (?, ?, ?, ?)')
  const begin = database.prepare('BEGIN IMMEDIATE')
  const commit = database.prepare('COMMIT')
  const rollback = database.prepare('ROLLBACK')
  const checkpoint = database.prepare('PRAGMA wal_checkpoint(PASSIVE)')
  const anyEvent = database.prepare('SELECT 1 FROM event LIMIT 1')
  const tails = createLru<string, StreamTail>(CACHED_TAILS)
  const opened = statSync(file)
  let untidy = 0
  let isSmall = true
  /** A file that was removed or replaced takes commits that nobody will ever read. */
  const refuseGhost = (): void => {
    const found = statSync(file, { throwIfNoEntry: false })
    if (found?.ino !== opened.ino || found.dev !== opened.dev) {
      throw new HubError('HUB_READ_ONLY', 'the log file is gone, or another one lies in its place')
    }
  }

  const tailOf = (stream: string): StreamTail | undefined => {
    const cached = tails.get(stream)
    if (cached) return cached
    const row = findStream.get(stream)
    if (!row) return undefined
    const tail = { s: row.s, revision: findTail.get(row.s)?.revision ?? -1 }
    tails.set(stream, tail)
    return tail
  }

  const appendOne = ({ stream, expected, ids, rows }: AppendRequest): AppendResult => {
    const tail = tailOf(stream)
    const idBytes = ids.map(uuidBytes)
    if (tail) {
      const known = idBytes.flatMap((id, i) => {
        const row = findId.get(id, tail.s)
        return row ? [{ id: ids[i] ?? '', revision: row.revision }] : []
      })
      if (known.length > 0) return { kind: 'id-known', known }
    }
    const actualRevision = tail && tail.revision >= 0 ? tail.revision : null
    if (actualRevision !== (expected === 'new' ? null : expected.revision))
      return { kind: 'wrong-expectation', actualRevision }
    const target = tail ?? { s: Number(addStream.run(stream).lastInsertRowid), revision: -1 }
    if (!tail) tails.set(stream, target)
    const firstRevision = target.revision + 1
    let lastPos = 0
    for (let i = 0; i < rows.length; i++) {
      lastPos = Number(addEvent.run(target.s, firstRevision + i, idBytes[i], rows[i]).lastInsertRowid)
    }
    target.revision += rows.length
    return { kind: 'stored', firstRevision, firstPos: lastPos - rows.length + 1 }
  }

  return {
    isEmpty: () => anyEvent.get() === undefined,
    append(batch) {
      refuseGhost()
      begin.run()
      try {
        const results = batch.map(appendOne)
        commit.run()
        for (const { ids } of batch) untidy += ids.length
        isSmall = batch.length <= SMALL_BATCH
        return results
      } catch (error) {
        tails.clear()
        if (database.inTransaction) rollback.run()
        throw error
      }
    },
    tidy() {
      if (!isSmall || untidy < TIDY_ROWS) return
      untidy = 0
      try {
        checkpoint.get()
      } catch {
        // A disk that is full refuses this too, and the next append says so. Nothing is lost: the write-ahead log has it all.
      }
    },
    close: () => database.close(),
  }
}
