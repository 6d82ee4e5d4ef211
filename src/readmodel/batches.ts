/**
 * Cuts the log into batches: of bounded size, ending exactly at each event that closes a period, and never reaching past an
 * event that this node does not know.
 */
import type { StoredEvent } from '../domain/event.js'
import { HubError } from '../kernel/errors.js'
import type { LogReader, LogRecord } from '../log/port.js'
import type { Batch } from './followed-projection.js'
import { type FollowedLog, pagesAfter } from './log-reads.js'
import type { Checkpoint, OpenCut } from './port.js'
import type { FileCheckpoint } from './projection-file.js'

export const PERIOD_CLOSED = 'FeedPeriodClosed'

/** True for a type and version that this node has in its catalogue. */
export type IsKnown = (type: string, version: number) => boolean

export interface BatchOptions {
  readonly size: number
  readonly isKnown: IsKnown
  /** False for a closing whose cut nobody needs any more. */
  readonly opensCut: (closing: StoredEvent) => boolean
  /** Ends after this leaf; without it, at the end of the log as it is when it is reached. */
  readonly through?: number
}

/** Throws `HUB_UNKNOWN_VERSION` in place of the first event that this node does not know, after all before it. */
export async function* batchesAfter(log: FollowedLog, after: Checkpoint, options: BatchOptions): AsyncGenerator<Batch> {
  let leaf = after.leafIndex + 1
  const through = options.through ?? Number.POSITIVE_INFINITY
  if (leaf > through) return
  for await (const page of pagesAfter(log, after.position, options.size)) {
    let start = 0
    for (let i = 0; i < page.length; i++) {
      const record = page[i]
      if (!record) continue
      const { event } = record
      const isEnd = leaf + i - start === through
      if (!options.isKnown(event.type, event.version)) {
        if (i > start) yield { records: page.slice(start, i), firstLeaf: leaf, opens: undefined }
        throw unknownVersion(event)
      }
      if (!isEnd && event.type !== PERIOD_CLOSED) continue
      const records = page.slice(start, i + 1)
      const opens =
        event.type === PERIOD_CLOSED && options.opensCut(event) ? cutAt(record, leaf + records.length - 1) : undefined
      yield { records, firstLeaf: leaf, opens }
      if (isEnd) return
      leaf += records.length
      start = i + 1
    }
    if (start < page.length) {
      yield { records: start === 0 ? page : page.slice(start), firstLeaf: leaf, opens: undefined }
      leaf += page.length - start
    }
  }
}

/** The cut right after a closing event. */
export function cutAt({ position, event }: LogRecord, leafIndex: number): OpenCut {
  const { feed, period } = event.data
  return {
    id: event.id,
    feed: typeof feed === 'string' ? feed : '',
    period: typeof period === 'string' ? period : '',
    position,
    leafIndex,
    closedAt: event.recordedAt,
  }
}

/**
 * True where a file that stands here has followed this very log: the event after `before` is the one it saw last. False
 * where the log was replaced, or restored to before it.
 */
export async function followsLog(
  log: LogReader,
  { leafIndex, position, eventId, before }: FileCheckpoint,
): Promise<boolean> {
  if (leafIndex < 0) return true
  for await (const record of log.readAll(before)) return record.position === position && record.event.id === eventId
  return false
}

export function unknownVersion({ type, version }: StoredEvent): HubError {
  return new HubError('HUB_UNKNOWN_VERSION', `the log holds ${type}@${version}, which this node does not know`, {
    data: { type, version },
  })
}
