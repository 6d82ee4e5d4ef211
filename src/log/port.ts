/**
 * The event log: the only truth and the only bus. This is the contract that every adapter owes; `test/contract/event-log.ts`
 * holds each sentence of it.
 *
 * 1. `append` resolves only when the events are durable (fsync, or a quorum), all of them or none, and answers with the
 *    receipts as stored. An empty list is refused before anything else.
 * 2. Identity is (stream, id). Where any id of the group is already in the stream, `append` rejects with `HUB_ID_KNOWN` and
 *    `data.known = [{id, revision}]`, whatever the expectation; nothing is stored. The same id twice in one group is refused. Of
 *    streams in which nobody outside the hub chooses an id, an adapter may know only the ids that stand where the group would.
 * 3. Otherwise a wrong expectation rejects with `HUB_WRONG_EXPECTATION` and `data.actualRevision` (null for no stream).
 * 4. A definite refusal of the store (disk full) rejects with `HUB_READ_ONLY`; nothing is stored. Every other failure is an
 *    *unknown outcome*, `HUB_OUTCOME_UNKNOWN`: the events may or may not be stored, now or later. Sending the same bytes
 *    with the same expectation settles it. A log elsewhere that does not answer a question is `HUB_LOG_AWAY`, of readers too: nothing
 *    was stored by that call.
 * 5. Revisions are 0-based and gapless in their stream; an empty stream has none.
 * 6. Readers get every event once, in log order (`readAll`, `subscribe`) or stream order (`readStream`), without gaps. An
 *    event is visible to readers only after every event before it is. A reader that is slow catches up from disk; nothing
 *    is buffered without bound.
 * 7. Positions are cursors of this node's store: opaque, comparable only by the log itself, and part of no event, receipt,
 *    manifest or signature. `START` lies before the first event.
 */
import type { NewEvent, OpenEvent, Receipt, StoredEvent } from '../domain/event.js'

/** `'new'`: the stream must not exist. `{ revision }`: its last event must be this one. There is no `any`. */
export type Expected = 'new' | { readonly revision: number }

export type Position = string
export const START: Position = ''

export interface LogRecord {
  readonly position: Position
  /** The event's own, for whoever looks at some streams only: the event may be made when it is asked for. */
  readonly stream: string
  readonly event: StoredEvent
}

export interface LogReader {
  /** The events of a stream from a revision (default 0) on; nothing where the stream does not exist. */
  readStream(stream: string, fromRevision?: number): AsyncIterable<StoredEvent>
  /** The last event of a stream, or undefined. */
  readTail(stream: string): Promise<StoredEvent | undefined>
  /** Every event after a position, in log order, up to the end as it is when it is reached. */
  readAll(after: Position): AsyncIterable<LogRecord>
  /** The position of the last event, or `START`. */
  head(): Promise<Position>
}

/** An event with its leaf index: the dense count of events in log order, from 0, the same on every node. */
export interface PlacedEvent {
  readonly leafIndex: number
  readonly event: StoredEvent
}

/**
 * Where events of different streams stand to one another, which neither their revisions nor their times can say. Offered by a
 * log whose file lies here, at the cost of reading the events.
 */
export interface PlacedReads {
  /** All events of a stream in stream order, so with rising leaf indexes; empty where it does not exist. */
  placedStream(stream: string): readonly PlacedEvent[]
  /** The last event of a stream. */
  placedTail(stream: string): PlacedEvent | undefined
}

export interface EventLog extends LogReader {
  append(stream: string, events: readonly NewEvent[], expected: Expected): Promise<readonly Receipt[]>
  /** Every event after a position, for ever: first from disk, then as they are committed. Ends when `signal` aborts or the log closes. */
  subscribe(after: Position, signal?: AbortSignal): AsyncIterable<LogRecord>
  close(): Promise<void>
}

/**
 * Seals and appends in one step, so that an adapter may do both away from the thread that decides. Keeps sentences 1 to 5 of
 * the log. Where a key cannot be had it rejects with `HUB_VAULT_AWAY` or
 * `HUB_ERASED`, and nothing is stored. After an unknown outcome the same `OpenEvent`s may be sent again: what was stored
 * then is `HUB_ID_KNOWN`.
 */
export interface SealingLog {
  appendSealed(stream: string, events: readonly OpenEvent[], expected: Expected): Promise<readonly Receipt[]>
}
