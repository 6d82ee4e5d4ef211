/**
 * Read models: disposable tables that follow the log. Rows and checkpoint commit in one transaction. At a
 * `FeedPeriodClosed` the runner stops exactly there and opens a *cut*: until it is dropped, the first change of a row copies
 * the old row aside, so that a compiler reads the state at the cut while the live table moves on.
 */
import type { FlowProjection, LifeProjection, LifeStamp } from '../domain/define-projection.js'
import type { ErrorCode } from '../kernel/errors.js'
import type { Position } from '../log/port.js'

export interface Checkpoint {
  readonly position: Position
  /** Dense count of our events in log order: the last one folded; -1 before the first. */
  readonly leafIndex: number
}

/** A cut that is open: the state right after its closing event can still be read. */
export interface OpenCut extends Checkpoint {
  /** The closing event's id. */
  readonly id: string
  readonly feed: string
  readonly period: string
  /** `recordedAt` of the closing event. */
  readonly closedAt: string
}

/** A row as it stands (or stood at the cut). `key` is the patient id or the flow key. */
export interface KeyedRow<Row> {
  readonly key: string
  readonly row: Row
}

/**
 * Reads one projection; cheap, synchronous reads of a local file. Iterations read a page of rows at a time and hold nothing
 * open between pages: each page is one snapshot. What is read at a cut does not move, so there all pages agree.
 */
export interface ReadModel<Row> {
  get(key: string): Row | undefined
  /** All rows in key order. */
  all(): Iterable<KeyedRow<Row>>
  /** The rows whose key begins with this, in key order. */
  withPrefix(prefix: string): Iterable<KeyedRow<Row>>
  count(): number
  checkpoint(): Checkpoint
  /** The row as it stood at an open cut, named by the closing event's id. Throws `HUB_NOT_FOUND` where it is not open. */
  getAt(cutId: string, key: string): Row | undefined
  /** All rows as they stood at an open cut, in key order, together with the live row (undefined where it is gone). */
  allAt(cutId: string): Iterable<KeyedRow<Row> & { readonly live: Row | undefined }>
  /** The ids of the open cuts, oldest first. */
  openCuts(): readonly string[]
  cut(cutId: string): OpenCut | undefined
  close(): void
}

/** One row in which two builds of the same projection disagree. */
export interface RowDifference {
  readonly key: string
  readonly kind: 'missing' | 'extra' | 'differs'
  /** The open cut at which they disagree; absent for the state at the fixed end. */
  readonly cut?: string
}

export interface ParityReport {
  readonly projection: string
  /** The fixed end of both builds. */
  readonly leafIndex: number
  readonly compared: number
  readonly differing: number
  /** The first of them, by key only; at most `NAMED_DIFFERENCES`. */
  readonly differences: readonly RowDifference[]
}

export interface ProjectionStatus {
  /** `patient-record@1` */
  readonly projection: string
  readonly checkpoint: Checkpoint
  readonly openCuts: readonly string[]
}

export interface ReadModelsStatus {
  readonly projections: readonly ProjectionStatus[]
  /** True where the last pass reached the end of the log. */
  readonly isCaughtUp: boolean
  /** `recordedAt` of the last event folded: how far behind a lagging read model is. */
  readonly foldedThrough: string | undefined
  /** Why nothing is projected; `HUB_UNKNOWN_VERSION` stays until the node is upgraded, others are tried again each second. */
  readonly error: { readonly code: ErrorCode; readonly message: string } | undefined
}

/** The hub's handle on its read models: they follow the log in a worker thread (or in process), and are read here. */
export interface ReadModels {
  /** Opens or builds every file and begins to follow. Resolves when `reader` may be called; `through` waits for the rest. */
  start(): Promise<void>
  /** Says that the log has grown. Cheap: call it after each append. */
  notify(): void
  /**
   * Resolves once every projection has passed what the log held when this was called or, with a leaf index, that leaf.
   * Rejects with the error that stops the projecting, or with `HUB_STOPPING`.
   */
  through(leafIndex?: number): Promise<void>
  /** One reader per projection, shared and owned by this handle. Throws `HUB_NOT_READY` before `start` has resolved. */
  reader<Row>(
    projection: Pick<LifeProjection<Row & LifeStamp> | FlowProjection<Row>, 'name' | 'version' | 'initial'>,
  ): ReadModel<Row>
  /** Ends a cut whose documents are released. Dropping it twice is harmless. */
  dropCut(cutId: string): Promise<void>
  /** Called once every projection has opened the cut; after a crash perhaps again. Returns what ends the calls. */
  onCut(listener: (cut: OpenCut) => void): () => void
  /** Builds the projection anew beside the live file, compares, catches up and switches. */
  rebuild(projectionName: string): Promise<ParityReport>
  /** Builds the projection anew aside and compares; the live file stays as it is, whatever the report says. */
  verify(projectionName: string): Promise<ParityReport>
  status(): ReadModelsStatus
  stop(): Promise<void>
}

export const NAMED_DIFFERENCES = 1000
