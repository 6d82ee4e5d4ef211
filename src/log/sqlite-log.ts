/**
 * The SQLite adapter of the event log, as the main thread sees it: appends go to the store's worker, where requests that
 * arrive together share one transaction and one fsync; reads happen here; followers get committed events from memory.
 */
import type { NewEvent, Receipt } from '../domain/event.js'
import { HubError } from '../kernel/errors.js'
import { isUuid } from '../kernel/ids.js'
import { type EventLog, type LogRecord, type Position, START } from './port.js'
import { openSqliteLogReader, type SqliteLogReader } from './sqlite-reader.js'
import { rowJson } from './sqlite-schema.js'
import type { AppendRequest, AppendResult } from './sqlite-writer.js'

/** Hands append requests to the worker; resolves with one result each, or rejects with a `HubError`. */
export type AppendChannel = (request: AppendRequest) => Promise<AppendResult>

/** Committed events that followers get without touching the disk. A follower further behind reads pages instead. */
const KEPT = 4096
const FOLLOW_PAGE = 256

export interface SqliteLog extends EventLog {
  /** The reader of this thread, for verify and rebuilds. */
  readonly reader: SqliteLogReader
}

export function createSqliteLog(file: string, channel: AppendChannel): SqliteLog {
  const reader = openSqliteLogReader(file)
  const recent: (LogRecord | undefined)[] = new Array(KEPT)
  /** Every position up to this one has been seen committed by this process; 0 until the first append. */
  let head = 0
  let firstKept = Number.POSITIVE_INFINITY
  const waiting = new Set<() => void>()
  let isClosed = false

  /** Results of one batch arrive in commit order, and batches one after the other, so positions come without gaps. */
  const publish = (stream: string, events: readonly NewEvent[], firstRevision: number, firstPos: number): void => {
    for (let i = 0; i < events.length; i++) {
      const event = events[i]
      if (!event) continue
      const pos = firstPos + i
      if (pos !== head + 1) firstKept = pos
      recent[pos % KEPT] = { position: String(pos), event: { ...event, stream, revision: firstRevision + i } }
      head = pos
      firstKept = Math.max(Math.min(firstKept, pos), pos - KEPT + 1)
    }
    for (const wake of waiting) wake()
    waiting.clear()
  }

  const nextPage = (after: Position): readonly LogRecord[] => {
    const from = after === START ? 1 : Number(after) + 1
    if (from < firstKept || from > head) return from > head && head > 0 ? [] : reader.pageAfter(after, FOLLOW_PAGE)
    const page: LogRecord[] = []
    for (let pos = from; pos <= head && page.length < FOLLOW_PAGE; pos++) {
      const record = recent[pos % KEPT]
      if (record) page.push(record)
    }
    return page
  }

  return {
    reader,
    readStream: reader.readStream,
    readTail: reader.readTail,
    readAll: reader.readAll,
    head: reader.head,
    async append(stream, events, expected) {
      refuseUnfit(stream, events)
      if (isClosed) throw new HubError('HUB_STOPPING', 'the log is closed')
      const request = { stream, expected, ids: events.map(({ id }) => id), rows: events.map(rowJson) }
      const result = await channel(request)
      switch (result.kind) {
        case 'stored':
          publish(stream, events, result.firstRevision, result.firstPos)
          return events.map(
            ({ id, recordedAt }, i): Receipt => ({ id, stream, revision: result.firstRevision + i, recordedAt }),
          )
        case 'id-known':
          throw new HubError(
            'HUB_ID_KNOWN',
            `${result.known.length} of ${events.length} ids are in ${streamKind(stream)} already`,
            {
              data: { known: result.known },
            },
          )
        case 'wrong-expectation':
          throw new HubError(
            'HUB_WRONG_EXPECTATION',
            `expected ${JSON.stringify(expected)}, the stream is at ${result.actualRevision}`,
            {
              data: { actualRevision: result.actualRevision },
            },
          )
      }
    },
    async *subscribe(after, signal) {
      let position = after
      while (!isClosed && !signal?.aborted) {
        const page = nextPage(position)
        for (const record of page) {
          if (isClosed || signal?.aborted) return
          yield record
          position = record.position
        }
        if (page.length > 0) continue
        await new Promise<void>((resolve) => {
          const wake = (): void => {
            signal?.removeEventListener('abort', wake)
            waiting.delete(wake)
            resolve()
          }
          waiting.add(wake)
          signal?.addEventListener('abort', wake)
        })
      }
    },
    async close() {
      isClosed = true
      for (const wake of waiting) wake()
      reader.close()
    },
  }
}

function refuseUnfit(stream: string, events: readonly NewEvent[]): void {
  if (events.length === 0)
    throw new HubError('HUB_INVALID_EVENT', `append to ${streamKind(stream)}: expected at least one event, got none`)
  if (stream === '' || stream.includes('\n'))
    throw new HubError('HUB_INVALID_EVENT', 'expected a stream name of one line')
  // Rows and ids travel packed, and a row's JSON is written by hand: what does not fit would spoil its neighbours for ever.
  for (const { id, corrects } of events) {
    if (!isUuid(id) || (corrects !== undefined && !isUuid(corrects)))
      throw new HubError(
        'HUB_INVALID_EVENT',
        `append to ${streamKind(stream)}: expected ids that are UUIDs in lower case`,
      )
  }
  if (events.length > 1 && new Set(events.map(({ id }) => id)).size !== events.length) {
    throw new HubError('HUB_INVALID_EVENT', `append to ${streamKind(stream)}: the same id stands twice in one group`)
  }
}

/** Stream names hold ids of people: messages name the kind alone. */
function streamKind(stream: string): string {
  return `a ${stream.split('-', 1)[0]} stream`
}
