/**
 * Read models: disposable tables that follow the log. Rows and checkpoint commit in one transaction. At a
 * `FeedPeriodClosed` the runner stops exactly there and opens a *cut*: until it is dropped, the first change of a row copies
 * the old row aside, so that a compiler reads the state at the cut while the live table moves on.
 */
import type { Position } from '../log/port.js'

export interface Checkpoint {
  readonly position: Position
  /** Dense count of our events in log order: the last one folded; -1 before the first. */
  readonly leafIndex: number
}

/** A row as it stands (or stood at the cut). `key` is the patient id or the flow key. */
export interface KeyedRow<Row> {
  readonly key: string
  readonly row: Row
}

/** Reads one projection; cheap, synchronous reads of a local file. */
export interface ReadModel<Row> {
  get(key: string): Row | undefined
  /** All rows in key order. */
  all(): Iterable<KeyedRow<Row>>
  checkpoint(): Checkpoint
  /** The row as it stood at an open cut, named by the closing event's id. */
  getAt(cutId: string, key: string): Row | undefined
  /** All rows as they stood at an open cut, in key order, together with the live row (undefined where it is gone). */
  allAt(cutId: string): Iterable<KeyedRow<Row> & { readonly live: Row | undefined }>
  openCuts(): readonly string[]
  close(): void
}
