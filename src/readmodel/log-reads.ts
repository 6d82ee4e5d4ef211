/**
 * What read models ask of a log beyond its port: two faster ways to read, offered by a log whose file lies here. Without
 * them everything works, more slowly.
 */
import type { StoredEvent } from '../domain/event.js'
import type { LogReader, LogRecord, Position } from '../log/port.js'

/** An event as it lies in the log: `json` may lack `id`, `stream` and `revision`. */
export interface RawEvent {
  readonly position: Position
  readonly stream: string
  readonly revision: number
  readonly id: Uint8Array
  readonly json: string
}

export interface FastReads {
  /** One page of the log after a position, at most `limit` records. */
  pageAfter?(after: Position, limit: number): readonly LogRecord[]
  /** The same, unparsed. */
  rawPageAfter?(after: Position, limit: number): readonly RawEvent[]
}

export type FollowedLog = LogReader & FastReads

/** The records after a position in pages, up to the end of the log as it is when it is reached. */
export async function* pagesAfter(
  log: FollowedLog,
  after: Position,
  limit: number,
): AsyncGenerator<readonly LogRecord[]> {
  if (log.pageAfter) {
    for (let from = after; ; ) {
      const page = log.pageAfter(from, limit)
      const last = page.at(-1)
      if (!last) return
      yield page
      if (page.length < limit) return
      from = last.position
    }
  }
  let page: LogRecord[] = []
  for await (const record of log.readAll(after)) {
    page.push(record)
    if (page.length < limit) continue
    yield page
    page = []
  }
  if (page.length > 0) yield page
}

/** The same unparsed; undefined where the log cannot. */
export function rawPagesAfter(
  log: FollowedLog,
  after: Position,
  limit: number,
): Iterable<readonly RawEvent[]> | undefined {
  const read = log.rawPageAfter?.bind(log)
  return read && rawPages(read, after, limit)
}

function* rawPages(
  read: (after: Position, limit: number) => readonly RawEvent[],
  after: Position,
  limit: number,
): Generator<readonly RawEvent[]> {
  for (let from = after; ; ) {
    const page = read(from, limit)
    const last = page.at(-1)
    if (!last) return
    yield page
    if (page.length < limit) return
    from = last.position
  }
}

/** The events of one stream up to and including a revision. */
export async function streamThrough(log: LogReader, stream: string, revision: number): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = []
  for await (const event of log.readStream(stream)) {
    if (event.revision > revision) break
    events.push(event)
  }
  return events
}

/** Gives the thread's other work its turn. */
export function yieldToLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
