/**
 * `defineProjection`: a read model as a pure fold. It sees no clock, randomness, environment or locale; the runner owns
 * checkpoints, cuts and rebuilds. A *life* projection folds effective history of one patient into one row; a *flow*
 * projection folds raw events in log order into rows.
 */
import type { StoredEvent } from './event.js'

export interface LifeProjection<Row> {
  readonly kind: 'life'
  readonly name: string
  readonly version: number
  /** Event types that change the row; others are skipped. */
  readonly handles: ReadonlySet<string>
  readonly initial: Row
  /** Folds the next event of effective history: called in life order, from `initial` where the history was re-sorted. */
  readonly evolve: (row: Row, event: StoredEvent) => Row
}

export interface FlowProjection<Row> {
  readonly kind: 'flow'
  readonly name: string
  readonly version: number
  readonly handles: ReadonlySet<string>
  /** The keys of the rows that this event changes. */
  readonly keys: (event: StoredEvent) => readonly string[]
  readonly initial: Row
  readonly evolve: (row: Row, event: StoredEvent, key: string) => Row
}

export type Projection<Row> = LifeProjection<Row> | FlowProjection<Row>

export function defineLifeProjection<Row>(projection: Omit<LifeProjection<Row>, 'kind'>): LifeProjection<Row> {
  return { kind: 'life', ...projection }
}

export function defineFlowProjection<Row>(projection: Omit<FlowProjection<Row>, 'kind'>): FlowProjection<Row> {
  return { kind: 'flow', ...projection }
}
