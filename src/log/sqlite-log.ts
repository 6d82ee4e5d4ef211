/**
 * The SQLite adapter of the event log, as the main thread sees it: appends go to the store's worker, where requests that
 * arrive together share one transaction and one fsync; reads happen here; followers get committed events from memory.
 */
import type { NewEvent, OpenEvent, OpenFields, Receipt } from '../domain/event.js'
import { HubError } from '../kernel/errors.js'
import type { SealableRequest } from './append-batch.js'
import { idKnown, refuseUnfit, wrongExpectation } from './append-checks.js'
import { createCommittedEvents, NO_SEALS } from './committed-events.js'
import type { LocalLog } from './local-log.js'
import { type Expected, type LogRecord, type Position, START } from './port.js'
import { createRecentTails } from './recent-tails.js'
import { openSqliteLogReader } from './sqlite-reader.js'
import { rowHead, wholeRow } from './sqlite-schema.js'
import type { AppendResult } from './sqlite-writer.js'
import { createWakeups } from './wakeups.js'

/** What became of a request: `sealed` is the JSON of the seals made for it, one for each event that had any to make. */
export type SealedResult = AppendResult & { readonly sealed?: readonly string[] }

/** Hands append requests to the worker; resolves with one result each, or rejects with a `HubError`. */
export type AppendChannel = (request: SealableRequest) => Promise<SealedResult>

const FOLLOW_PAGE = 256

type UnsealedEvent = OpenEvent['event']
type Stored = Extract<SealedResult, { kind: 'stored' }>

export function createSqliteLog(file: string, channel: AppendChannel): LocalLog {
  const reader = openSqliteLogReader(file)
  const committed = createCommittedEvents()
  const commits = createWakeups()
  const tails = createRecentTails()
  const followers = new Set<{ readonly position: Position }>()
  let isClosed = false

  /** Sends a request; nothing of it is held here until the answer comes, since its text is several times the events'. */
  const send = (
    stream: string,
    events: readonly UnsealedEvent[],
    expected: Expected,
    textOf: (event: UnsealedEvent, i: number) => { readonly row: string; readonly toSeal: string },
  ): Promise<SealedResult> => {
    refuseUnfit(stream, events)
    if (isClosed) throw new HubError('HUB_STOPPING', 'the log is closed')
    const ids: string[] = []
    const rows: string[] = []
    const seals: string[] = []
    for (let i = 0; i < events.length; i++) {
      const event = events[i]
      if (!event) continue
      const { row, toSeal } = textOf(event, i)
      ids.push(event.id)
      rows.push(row)
      seals.push(toSeal)
    }
    tails.writing(stream)
    const answer = channel({ stream, expected, ids, rows, toSeal: seals })
    // Before whoever appended goes on: nobody who learns of the answer finds less than it says.
    const note = (result?: SealedResult): void =>
      tails.wrote(stream, result?.kind === 'stored' ? result.firstRevision + ids.length - 1 : undefined)
    answer.then(note, () => note())
    return answer
  }

  /** Results of one batch arrive in commit order, and batches one after the other, so positions come without gaps. */
  const publish = (
    stream: string,
    events: readonly UnsealedEvent[],
    { firstRevision, firstPos }: Stored,
    sealsOf: (i: number) => string,
  ): readonly Receipt[] => {
    const receipts: Receipt[] = []
    for (let i = 0; i < events.length; i++) {
      const event = events[i]
      if (!event) continue
      const revision = firstRevision + i
      committed.add(firstPos + i, stream, revision, event, sealsOf(i))
      receipts.push({ id: event.id, stream, revision, recordedAt: event.recordedAt })
    }
    commits.wake()
    return receipts
  }

  /** What everybody has is not kept until the collector takes it for old. */
  const letGo = (): void => {
    let through = Number.POSITIVE_INFINITY
    for (const { position } of followers) through = Math.min(through, position === START ? 0 : Number(position))
    committed.letGo(through)
  }

  const nextPage = (after: Position): readonly LogRecord[] => {
    const from = after === START ? 1 : Number(after) + 1
    const head = committed.head()
    if (from > head && head > 0) return []
    return committed.from(from, FOLLOW_PAGE) ?? reader.pageAfter(after, FOLLOW_PAGE)
  }

  return {
    reader,
    authority: reader,
    async *readStream(stream, fromRevision = 0) {
      // Whoever asks what came after an event of a moment ago is mostly told that nothing did.
      const tail = fromRevision > 0 ? tails.of(stream) : undefined
      if (tail !== undefined && fromRevision > tail) return
      yield* reader.readStream(stream, fromRevision)
    },
    readTail: reader.readTail,
    readAll: reader.readAll,
    head: reader.head,
    async append(stream, events, expected) {
      const seals = events.map(sealsJson)
      const result = await send(stream, events, expected, (event, i) => ({
        row: wholeRow(rowHead(event), seals[i] ?? NO_SEALS),
        toSeal: '',
      }))
      const stored = storedOf(result, stream, events, expected)
      return publish(stream, events, stored, (i) => seals[i] ?? NO_SEALS)
    },
    async appendSealed(stream, open, expected) {
      const events = open.map(({ event }) => event)
      const result = await send(stream, events, expected, (event, i) => textOf(event, open[i]?.open ?? []))
      const stored = storedOf(result, stream, events, expected)
      const { sealed = [] } = stored
      let next = 0
      return publish(stream, events, stored, (i) =>
        open[i]?.open.length === 0 ? NO_SEALS : (sealed[next++] ?? NO_SEALS),
      )
    },
    async *subscribe(after, signal) {
      const follower = { position: after }
      followers.add(follower)
      try {
        while (!isClosed && !signal?.aborted) {
          const page = nextPage(follower.position)
          for (const record of page) {
            if (isClosed || signal?.aborted) return
            yield record
            follower.position = record.position
          }
          if (page.length > 0) letGo()
          else await commits.next(signal)
        }
      } finally {
        followers.delete(follower)
      }
    },
    async close() {
      isClosed = true
      commits.wake()
      reader.close()
    },
  }
}

function sealsJson({ sealed }: NewEvent): string {
  return sealed.length === 0 ? NO_SEALS : JSON.stringify(sealed)
}

/** The row where nothing is to be sealed, else its head and what is. */
function textOf(event: UnsealedEvent, open: readonly OpenFields[]): { readonly row: string; readonly toSeal: string } {
  const head = rowHead(event)
  if (open.length === 0) return { row: wholeRow(head, NO_SEALS), toSeal: '' }
  return { row: head, toSeal: `{"type":"${event.type}","version":${event.version},"open":${JSON.stringify(open)}}` }
}

/** @throws HUB_ID_KNOWN, HUB_WRONG_EXPECTATION */
function storedOf(result: SealedResult, stream: string, events: readonly UnsealedEvent[], expected: Expected): Stored {
  if (result.kind === 'stored') return result
  if (result.kind === 'id-known') throw idKnown(stream, events.length, result.known)
  throw wrongExpectation(expected, result.actualRevision)
}
