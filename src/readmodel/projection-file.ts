/**
 * Writes one projection's file. Rows, asides, cuts and checkpoint commit in one transaction, so that a kill at any moment
 * leaves the state after some event, never between two. It knows rows as JSON text and nothing of what they mean.
 */
import type { RowHead } from '../domain/define-projection.js'
import type { Position } from '../log/port.js'
import type { Checkpoint, OpenCut } from './port.js'
import { type OpenFor, openForWriting, type Sqlite } from './projection-schema.js'

/** Where a file stands, with what proves that it followed this very log: the last event's id and the position before it. */
export interface FileCheckpoint extends Checkpoint {
  readonly eventId: string
  readonly before: Position
}

/** Key to the row's new JSON; undefined where the row is gone. */
export type RowChanges = ReadonlyMap<string, string | undefined>

/** The head of a row as it is written. */
export interface HeadChange {
  readonly shelf: string
  readonly touched: string
  /** JSON. */
  readonly head: string
}

/** Key to the row's head, where that may have changed. */
export type HeadChanges = ReadonlyMap<string, HeadChange>

const NO_HEADS: HeadChanges = new Map()

export function headChange({ shelf, touched, value }: RowHead): HeadChange {
  return { shelf, touched, head: JSON.stringify(value) }
}

export interface ProjectionFile {
  readonly path: string
  checkpoint(): FileCheckpoint
  cuts(): readonly OpenCut[]
  get(key: string): string | undefined
  /** One transaction: the changes (old rows going aside for open cuts), then the checkpoint, then the cut that it opens. */
  commit(changes: RowChanges, checkpoint: FileCheckpoint, opens?: OpenCut, heads?: HeadChanges): void
  /** Opens a cut of the state as it is now. */
  openCut(cut: OpenCut): void
  /** Ends a cut at once; what it had aside is swept away later. */
  dropCut(id: string): void
  /** Removes up to `limit` rows that lie aside for no open cut; true where some may be left. */
  sweep(limit: number): boolean
  close(): void
}

interface CutRow {
  readonly id: string
  readonly feed: string
  readonly period: string
  readonly position: string
  readonly leaf_index: number
  readonly closed_at: string
}

export function openProjectionFile(path: string, use: OpenFor = 'live'): ProjectionFile {
  const database = openForWriting(path, use)
  const getRow = database.prepare<[string], string>('SELECT row FROM rows WHERE key = ?').pluck()
  const putRow = database.prepare(
    'INSERT INTO rows (key, row) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET row = excluded.row',
  )
  const deleteRow = database.prepare('DELETE FROM rows WHERE key = ?')
  const putHead = database.prepare(
    `INSERT INTO heads (shelf, key, touched, head) VALUES (?, ?, ?, ?)
     ON CONFLICT (shelf, key) DO UPDATE SET touched = excluded.touched, head = excluded.head
     WHERE head <> excluded.head OR touched <> excluded.touched`,
  )
  const leaveShelf = database.prepare('DELETE FROM heads WHERE key = ? AND shelf <> ?')
  const deleteHead = database.prepare('DELETE FROM heads WHERE key = ?')
  // For each open cut that has not this row yet: a row that did not exist goes aside as NULL.
  const putAside = database.prepare(
    'INSERT OR IGNORE INTO aside (cut, key, row) SELECT id, @key, (SELECT row FROM rows WHERE key = @key) FROM cuts',
  )
  const setCheckpoint = database.prepare(
    'UPDATE checkpoint SET position = ?, leaf_index = ?, event_id = ?, before = ? WHERE one = 1',
  )
  const addCut = database.prepare('INSERT OR REPLACE INTO cuts VALUES (?, ?, ?, ?, ?, ?)')
  const removeCut = database.prepare('DELETE FROM cuts WHERE id = ?')
  const strayCut = database
    .prepare<[], string>('SELECT cut FROM aside WHERE cut NOT IN (SELECT id FROM cuts) LIMIT 1')
    .pluck()
  const sweepCut = database.prepare<[string, string, number]>(
    'DELETE FROM aside WHERE cut = ? AND key IN (SELECT key FROM aside WHERE cut = ? ORDER BY key LIMIT ?)',
  )

  let checkpoint = readCheckpoint(database)
  let cuts = readCuts(database)

  const insertCut = (cut: OpenCut): void => {
    addCut.run(cut.id, cut.feed, cut.period, cut.position, cut.leafIndex, cut.closedAt)
  }
  const commit = database.transaction(
    (changes: RowChanges, heads: HeadChanges, next: FileCheckpoint, opens: OpenCut | undefined) => {
      for (const [key, row] of changes) {
        if (cuts.length > 0) putAside.run({ key })
        if (row !== undefined) putRow.run(key, row)
        else {
          deleteRow.run(key)
          deleteHead.run(key)
        }
      }
      for (const [key, { shelf, touched, head }] of heads) {
        leaveShelf.run(key, shelf)
        putHead.run(shelf, key, touched, head)
      }
      setCheckpoint.run(next.position, next.leafIndex, next.eventId, next.before)
      if (opens) insertCut(opens)
    },
  )

  return {
    path,
    checkpoint: () => checkpoint,
    cuts: () => cuts,
    get: (key) => getRow.get(key),
    commit(changes, next, opens, heads = NO_HEADS) {
      commit(changes, heads, next, opens)
      checkpoint = next
      if (opens) cuts = readCuts(database)
    },
    openCut(cut) {
      insertCut(cut)
      cuts = readCuts(database)
    },
    dropCut(id) {
      removeCut.run(id)
      cuts = readCuts(database)
    },
    sweep(limit) {
      const cut = strayCut.get()
      if (cut === undefined) return false
      sweepCut.run(cut, cut, limit)
      return true
    },
    close: () => database.close(),
  }
}

export function readCheckpoint(database: Sqlite): FileCheckpoint {
  const row = database
    .prepare<[], { position: string; leaf_index: number; event_id: string; before: string }>(
      'SELECT position, leaf_index, event_id, before FROM checkpoint',
    )
    .get()
  if (!row) throw new Error('readCheckpoint: the file has none')
  return { position: row.position, leafIndex: row.leaf_index, eventId: row.event_id, before: row.before }
}

/** Oldest first. */
export function readCuts(database: Sqlite): readonly OpenCut[] {
  return database
    .prepare<[], CutRow>('SELECT * FROM cuts ORDER BY leaf_index, id')
    .all()
    .map(({ id, feed, period, position, leaf_index, closed_at }) => ({
      id,
      feed,
      period,
      position,
      leafIndex: leaf_index,
      closedAt: closed_at,
    }))
}
