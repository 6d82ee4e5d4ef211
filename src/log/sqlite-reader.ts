/**
 * Reads the SQLite log beside its writer, on the thread that asks, a page at a time: a page costs less than a message to
 * another thread would. Between pages the event loop gets its turn.
 */
import type { StoredEvent } from '../domain/event.js'
import { createLru } from '../kernel/lru.js'
import { type LogReader, type LogRecord, type PlacedEvent, type PlacedReads, type Position, START } from './port.js'
import { eventOfRow, openLogForReading } from './sqlite-schema.js'

interface EventRow {
  readonly pos: number
  readonly s: number
  readonly revision: number
  readonly id: Buffer
  readonly json: string
}

const PAGE = 256
/** Most streams are short, and many a reader wants one event: a whole page of an outbox cost twenty times as much as this. */
const FIRST_PAGE = 8
const CACHED_NAMES = 50_000

export interface SqliteLogReader extends LogReader, PlacedReads {
  /** One page of the log after a position, at most `limit` records, without yielding. */
  pageAfter(after: Position, limit: number): readonly LogRecord[]
  /** All events of streams whose name begins so, by stream, then revision, up to a position: for rebuilds. */
  readStreamsByName(prefix: string, through: Position): Iterable<StoredEvent>
  /** The event that stands in one place of a stream. */
  eventAt(stream: string, revision: number): StoredEvent | undefined
  /** One page of the log as it lies in the file, for `verify`: nothing parsed. */
  rawPageAfter(after: Position, limit: number): readonly RawRecord[]
  close(): void
}

export interface RawRecord {
  readonly position: Position
  readonly stream: string
  readonly revision: number
  readonly id: Uint8Array
  readonly json: string
}

export function openSqliteLogReader(file: string): SqliteLogReader {
  const database = openLogForReading(file)
  const findStream = database.prepare<[string], { s: number }>('SELECT s FROM stream WHERE name = ?')
  const findName = database.prepare<[number], { name: string }>('SELECT name FROM stream WHERE s = ?')
  const streamPage = database.prepare<[number, number, number], EventRow>(
    'SELECT pos, s, revision, id, json FROM event WHERE s = ? AND revision >= ? ORDER BY revision LIMIT ?',
  )
  const tail = database.prepare<[number], EventRow>(
    'SELECT pos, s, revision, id, json FROM event WHERE s = ? ORDER BY revision DESC LIMIT 1',
  )
  const wholeStream = database.prepare<[number], EventRow>(
    'SELECT pos, s, revision, id, json FROM event WHERE s = ? ORDER BY revision',
  )
  const logPage = database.prepare<[number, number], EventRow>(
    'SELECT pos, s, revision, id, json FROM event WHERE pos > ? ORDER BY pos LIMIT ?',
  )
  const last = database.prepare<[], { pos: number | null }>('SELECT max(pos) AS pos FROM event')
  const byName = database.prepare<[string, string, number], EventRow & { name: string }>(
    `SELECT e.pos, e.s, e.revision, e.id, e.json, st.name FROM stream st CROSS JOIN event e ON e.s = st.s
     WHERE st.name >= ? AND st.name < ? AND e.pos <= ? ORDER BY st.name, e.revision`,
  )
  const names = createLru<number, string>(CACHED_NAMES)

  const nameOf = (s: number): string => {
    let name = names.get(s)
    if (name === undefined) {
      name = findName.get(s)?.name ?? ''
      names.set(s, name)
    }
    return name
  }
  const numberOf = (after: Position): number => (after === START ? 0 : Number(after))
  const recordOf = (row: EventRow): LogRecord => {
    const stream = nameOf(row.s)
    return { position: String(row.pos), stream, event: eventOfRow(stream, row.revision, row.id, row.json) }
  }
  // The file numbers events from 1 without a gap: it holds every event of the log, once, and removes none.
  const placedOf = (stream: string, row: EventRow): PlacedEvent => ({
    leafIndex: row.pos - 1,
    event: eventOfRow(stream, row.revision, row.id, row.json),
  })
  const pageAfter = (after: Position, limit: number): readonly LogRecord[] =>
    logPage.all(numberOf(after), limit).map(recordOf)

  return {
    pageAfter,
    rawPageAfter: (after, limit) =>
      logPage.all(numberOf(after), limit).map(({ pos, s, revision, id, json }) => ({
        position: String(pos),
        stream: nameOf(s),
        revision,
        id,
        json,
      })),
    async *readStream(stream, fromRevision = 0) {
      const s = findStream.get(stream)?.s
      if (s === undefined) return
      for (let next = fromRevision, limit = FIRST_PAGE; ; limit = PAGE) {
        const rows = streamPage.all(s, next, limit)
        for (const row of rows) yield eventOfRow(stream, row.revision, row.id, row.json)
        if (rows.length < limit) return
        next += rows.length
        if (limit === PAGE) await yieldToLoop()
      }
    },
    eventAt(stream, revision) {
      const s = findStream.get(stream)?.s
      const row = s === undefined ? undefined : streamPage.get(s, revision, 1)
      return row?.revision === revision ? eventOfRow(stream, row.revision, row.id, row.json) : undefined
    },
    placedStream(stream) {
      const s = findStream.get(stream)?.s
      return s === undefined ? [] : wholeStream.all(s).map((row) => placedOf(stream, row))
    },
    placedTail(stream) {
      const s = findStream.get(stream)?.s
      const row = s === undefined ? undefined : tail.get(s)
      return row && placedOf(stream, row)
    },
    async readTail(stream) {
      const s = findStream.get(stream)?.s
      const row = s === undefined ? undefined : tail.get(s)
      return row && eventOfRow(stream, row.revision, row.id, row.json)
    },
    async *readAll(after) {
      for (let position = after; ; ) {
        const page = pageAfter(position, PAGE)
        yield* page
        const lastRecord = page.at(-1)
        if (!lastRecord || page.length < PAGE) return
        position = lastRecord.position
        await yieldToLoop()
      }
    },
    *readStreamsByName(prefix, through) {
      for (const row of byName.iterate(prefix, `${prefix}\uffff`, numberOf(through))) {
        yield eventOfRow(row.name, row.revision, row.id, row.json)
      }
    },
    async head() {
      const pos = last.get()?.pos
      return pos === null || pos === undefined ? START : String(pos)
    },
    close: () => database.close(),
  }
}

function yieldToLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
