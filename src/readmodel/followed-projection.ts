/**
 * One projection that follows the log: takes batches of records, folds them, and commits rows and checkpoint together. It
 * passes over what its file has seen already, so that several projections may share one reading of the log.
 */
import {
  type FlowProjection,
  type LifeProjection,
  type LifeStamp,
  type Projection,
  projectionId,
} from '../domain/define-projection.js'
import type { StoredEvent } from '../domain/event.js'
import { foldLife, foldOnto } from '../domain/fold-life.js'
import { streamKeyOf } from '../domain/streams.js'
import { createLru, type Lru } from '../kernel/lru.js'
import type { LogReader, LogRecord } from '../log/port.js'
import { streamThrough } from './log-reads.js'
import type { OpenCut } from './port.js'
import { type HeadChange, type HeadChanges, headChange, type ProjectionFile } from './projection-file.js'

/** Consecutive records of the log, with the cut that opens right after the last of them. */
export interface Batch {
  readonly records: readonly LogRecord[]
  /** Leaf index of the first record. */
  readonly firstLeaf: number
  readonly opens: OpenCut | undefined
}

export interface FollowedProjection {
  readonly id: string
  readonly projection: Projection
  file(): ProjectionFile
  take(batch: Batch): Promise<void>
  /** Goes on in another file; hands back the old one, still open. */
  swap(file: ProjectionFile): ProjectionFile
}

/** Rows kept as values between batches; with 4 KiB of JSON each, some ten megabytes. */
const RECENT_ROWS = 2000

const PATIENT_STREAM = 'patient-'

type Row = NonNullable<unknown>

export function followProjection(projection: Projection, first: ProjectionFile, log: LogReader): FollowedProjection {
  let file = first
  const recent = createLru<string, Row>(RECENT_ROWS)
  const recentHeads = createLru<string, HeadChange>(RECENT_ROWS)

  const rowOf = (key: string): Row | undefined => {
    const known = recent.get(key)
    if (known !== undefined) return known
    const text = file.get(key)
    return text === undefined ? undefined : JSON.parse(text)
  }
  const fold = (records: readonly LogRecord[]): Promise<ReadonlyMap<string, Row | undefined>> =>
    projection.kind === 'life' ? foldLives(projection, records, rowOf, log) : foldFlow(projection, records, rowOf)

  return {
    id: projectionId(projection),
    projection,
    file: () => file,
    async take({ records, firstLeaf, opens }) {
      const seen = file.checkpoint()
      const fresh = seen.leafIndex < firstLeaf ? records : records.slice(seen.leafIndex - firstLeaf + 1)
      const last = fresh.at(-1)
      if (!last) return
      const rows = await fold(fresh)
      const changes = new Map<string, string | undefined>()
      for (const [key, row] of rows) changes.set(key, row === undefined ? undefined : JSON.stringify(row))
      const heads = projection.kind === 'life' ? changedHeads(projection, rows, recentHeads) : undefined
      const checkpoint = {
        position: last.position,
        leafIndex: firstLeaf + records.length - 1,
        eventId: last.event.id,
        before: fresh.at(-2)?.position ?? seen.position,
      }
      // A commit that fails has changed nothing, and neither has the cache.
      file.commit(changes, checkpoint, opens, heads)
      for (const [key, row] of rows) {
        if (row === undefined) recent.delete(key)
        else recent.set(key, row)
      }
      for (const [key, head] of heads ?? []) recentHeads.set(key, head)
    },
    swap(next) {
      const old = file
      file = next
      recent.clear()
      recentHeads.clear()
      return old
    },
  }
}

/** The heads that are not known to be in the file as they are: few events change one. */
function changedHeads(
  projection: LifeProjection<LifeStamp>,
  rows: ReadonlyMap<string, Row | undefined>,
  known: Lru<string, HeadChange>,
): HeadChanges {
  const heads = new Map<string, HeadChange>()
  if (!projection.head) return heads
  for (const [key, row] of rows) {
    // The rows are those that this very projection folded.
    const head = headChange(projection.head(row as LifeStamp))
    if (!isSame(known.get(key), head)) heads.set(key, head)
  }
  return heads
}

function isSame(known: HeadChange | undefined, { shelf, touched, head }: HeadChange): boolean {
  return known?.head === head && known.shelf === shelf && known.touched === touched
}

/** Several events of one person in a batch are one fold, in the order of the life. */
async function foldLives(
  projection: LifeProjection<LifeStamp>,
  records: readonly LogRecord[],
  rowOf: (key: string) => Row | undefined,
  log: LogReader,
): Promise<ReadonlyMap<string, Row>> {
  const lives = new Map<string, StoredEvent[]>()
  for (const { event } of records) {
    if (!event.stream.startsWith(PATIENT_STREAM)) continue
    const life = lives.get(event.stream)
    if (life) life.push(event)
    else lives.set(event.stream, [event])
  }
  const rows = new Map<string, Row>()
  for (const [stream, events] of lives) {
    const key = streamKeyOf(stream)
    // The file holds what this very projection wrote.
    const row = (rowOf(key) as LifeStamp | undefined) ?? projection.initial
    const revision = events.at(-1)?.revision ?? -1
    rows.set(key, foldOnto(projection, row, events) ?? foldLife(projection, await streamThrough(log, stream, revision)))
  }
  return rows
}

async function foldFlow(
  projection: FlowProjection<unknown>,
  records: readonly LogRecord[],
  rowOf: (key: string) => Row | undefined,
): Promise<ReadonlyMap<string, Row | undefined>> {
  const rows = new Map<string, Row | undefined>()
  for (const { event } of records) {
    if (!projection.handles.has(event.type)) continue
    for (const key of projection.keys(event)) {
      const before = (rows.has(key) ? rows.get(key) : rowOf(key)) ?? projection.initial
      rows.set(key, projection.evolve(before, event, key) ?? undefined)
    }
  }
  return rows
}
