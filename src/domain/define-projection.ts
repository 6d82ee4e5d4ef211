/**
 * `defineProjection`: a read model as a pure fold. It sees no clock, randomness, environment or locale; the runner owns
 * checkpoints, cuts and rebuilds. A *life* projection folds effective history of one patient into one row; a *flow*
 * projection folds raw events in log order into rows.
 */
import type { Moment } from '../kernel/dates.js'
import type { LifeOrder } from './effective-history.js'
import type { StoredEvent } from './event.js'

/** What the runner stamps on every life row, so that it knows what may be folded on top; the fold leaves it alone. */
export interface LifeStamp {
  /** Revision of the last event of the person's stream that the row has seen; -1 before the first. */
  readonly revision: number
  /** Where the last handled event of effective history stands; absent where none stands. */
  readonly lastOrder?: LifeOrder
}

export interface RowHead {
  /** Heads of one shelf lie together, and are read together. */
  readonly shelf: string
  /** Sorts by time; empty where there is none. Heads are found by it too. */
  readonly touched: string
  readonly value: unknown
}

export interface LifeProjection<Row extends LifeStamp> {
  readonly kind: 'life'
  readonly name: string
  readonly version: number
  /** Event types that change the row; others are skipped. */
  readonly handles: ReadonlySet<string>
  /** Its stamp is `{ revision: -1 }`. */
  readonly initial: Row
  /** The little of a row that those who look at everybody need first: kept apart, so that most rows need not be read whole. */
  head?(row: Row): RowHead
  /** Told, of a person folded as a whole, when the last correction or retraction of theirs was recorded: what it undid left no event. */
  corrected?(row: Row, recordedAt: Moment): Row
  /** Folds the next event of effective history: called in life order, from `initial` where the history was re-sorted. */
  evolve(row: Row, event: StoredEvent): Row
}

export interface FlowProjection<Row> {
  readonly kind: 'flow'
  readonly name: string
  readonly version: number
  readonly handles: ReadonlySet<string>
  /** The keys of the rows that this event changes. */
  readonly keys: (event: StoredEvent) => readonly string[]
  readonly initial: Row
  /** The row after the event; `undefined` where there is no such row any more. */
  evolve(row: Row, event: StoredEvent, key: string): Row | undefined
}

/** Any projection, whatever its rows: what runs them knows none by its row type. */
export type Projection = LifeProjection<LifeStamp> | FlowProjection<unknown>

export function defineLifeProjection<Row extends LifeStamp>(
  projection: Omit<LifeProjection<Row>, 'kind'>,
): LifeProjection<Row> {
  return { kind: 'life', ...projection }
}

export function defineFlowProjection<Row>(projection: Omit<FlowProjection<Row>, 'kind'>): FlowProjection<Row> {
  return { kind: 'flow', ...projection }
}

/** `patient-record@1`: names a projection's file, pointer and checkpoint. */
export function projectionId(projection: { readonly name: string; readonly version: number }): string {
  return `${projection.name}@${projection.version}`
}
