/**
 * The SQLite adapter of the event log, as the main thread sees it: appends go to the store's worker, where requests that
 * arrive together share one transaction and one fsync; reads happen here; followers get committed events from memory.
 */
import type { OpenEvent, Receipt, SealedEntry, StoredEvent } from '../domain/event.js'
import { HubError } from '../kernel/errors.js'
import { isUuid } from '../kernel/ids.js'
import type { SealableRequest } from './append-batch.js'
import { type EventLog, type Expected, type LogRecord, type Position, type SealingLog, START } from './port.js'
import { openSqliteLogReader, type SqliteLogReader } from './sqlite-reader.js'
import { rowHead, rowJson } from './sqlite-schema.js'
import type { AppendResult } from './sqlite-writer.js'

/** What became of a request: `sealed` is the JSON of the seals made for it, one for each event that had any to make. */
export type SealedResult = AppendResult & { readonly sealed?: readonly string[] }

/** Hands append requests to the worker; resolves with one result each, or rejects with a `HubError`. */
export type AppendChannel = (request: SealableRequest) => Promise<SealedResult>

/** Committed events that followers get without touching the disk. A follower further behind reads pages instead. */
const KEPT = 512
const FOLLOW_PAGE = 256

export interface SqliteLog extends EventLog, SealingLog {
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
  const publish = (events: readonly StoredEvent[], firstPos: number): void => {
    for (let i = 0; i < events.length; i++) {
      const event = events[i]
      if (!event) continue
      const pos = firstPos + i
      if (pos !== head + 1) firstKept = pos
      recent[pos % KEPT] = { position: String(pos), event }
      head = pos
      firstKept = Math.max(Math.min(firstKept, pos), pos - KEPT + 1)
    }
    for (const wake of waiting) wake()
    waiting.clear()
  }

  const storedOf = async (request: SealableRequest): Promise<Extract<SealedResult, { kind: 'stored' }>> => {
    const { stream, expected, ids } = request
    if (isClosed) throw new HubError('HUB_STOPPING', 'the log is closed')
    const result = await channel(request)
    if (result.kind === 'stored') return result
    if (result.kind === 'id-known') {
      const known = `${result.known.length} of ${ids.length} ids are in ${streamKind(stream)} already`
      throw new HubError('HUB_ID_KNOWN', known, { data: { known: result.known } })
    }
    const { actualRevision } = result
    const message = `expected ${JSON.stringify(expected)}, the stream is at ${actualRevision}`
    throw new HubError('HUB_WRONG_EXPECTATION', message, { data: { actualRevision } })
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
      const request = requestOf(stream, expected, events, events.map(rowJson), events.map(nothingToSeal))
      const { firstRevision, firstPos } = await storedOf(request)
      const stored = events.map((event, i) => ({ ...event, stream, revision: firstRevision + i }))
      publish(stored, firstPos)
      return stored.map(({ id, revision, recordedAt }): Receipt => ({ id, stream, revision, recordedAt }))
    },
    async appendSealed(stream, events, expected) {
      const closed = events.map(({ event }) => event)
      refuseUnfit(stream, closed)
      const rows = events.map((event) => (event.open.length === 0 ? rowJson(unsealed(event)) : rowHead(event.event)))
      const request = requestOf(stream, expected, closed, rows, events.map(toSeal))
      const { firstRevision, firstPos, sealed = [] } = await storedOf(request)
      let at = 0
      const stored = events.map((event, i) =>
        event.open.length === 0
          ? { ...unsealed(event), stream, revision: firstRevision + i }
          : withSeals(event.event, stream, firstRevision + i, sealed[at++] ?? ''),
      )
      publish(stored, firstPos)
      return stored
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

type UnsealedEvent = OpenEvent['event']

const NO_SEALS: readonly SealedEntry[] = []
const nothingToSeal = (): string => ''

function requestOf(
  stream: string,
  expected: Expected,
  events: readonly UnsealedEvent[],
  rows: readonly string[],
  seals: readonly string[],
): SealableRequest {
  return { stream, expected, ids: events.map(({ id }) => id), rows, toSeal: seals }
}

function unsealed({ event }: OpenEvent) {
  return { ...event, sealed: NO_SEALS }
}

function toSeal({ event: { type, version }, open }: OpenEvent): string {
  return open.length === 0 ? '' : JSON.stringify({ type, version, open })
}

/** The stored event; its seals are parsed when somebody asks for them, which few followers do. */
function withSeals(event: UnsealedEvent, stream: string, revision: number, json: string): StoredEvent {
  let parsed: readonly SealedEntry[] | undefined
  return {
    ...event,
    stream,
    revision,
    get sealed() {
      parsed ??= JSON.parse(json) as readonly SealedEntry[]
      return parsed
    },
  }
}

function refuseUnfit(stream: string, events: readonly UnsealedEvent[]): void {
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
