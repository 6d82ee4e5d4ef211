/**
 * Folds lives into rows: a whole history at once, or new events on top of a row where that is the same. Pure. It decides
 * nothing about a person; the projection does.
 */
import type { LifeProjection, LifeStamp } from './define-projection.js'
import { compareLifeOrder, correctionLedger, type LifeOrder, lifeOrder } from './effective-history.js'
import type { StoredEvent } from './event.js'

interface Placed {
  readonly order: LifeOrder
  readonly event: StoredEvent
}

/** The row of a person from all their events, given in stream order. */
export function foldLife<Row extends LifeStamp>(projection: LifeProjection<Row>, events: readonly StoredEvent[]): Row {
  const correction = events.findLast(correctsAnything)
  const placed = correction ? placedByCorrections(events) : placedByTime(events)
  const row = evolveAll(projection, projection.initial, placed, events.at(-1)?.revision ?? -1)
  return correction && projection.corrected ? projection.corrected(row, correction.recordedAt) : row
}

/**
 * The row after new events of the same stream, all at once; undefined where the person must be folded again, because an
 * event corrects something or sorts before what the row has seen, or because the row does not end right before them.
 */
export function foldOnto<Row extends LifeStamp>(
  projection: LifeProjection<Row>,
  row: Row,
  events: readonly StoredEvent[],
): Row | undefined {
  const first = events[0]
  const last = events.at(-1)
  if (!first || !last) return row
  if (first.revision !== row.revision + 1 || events.some(correctsAnything)) return undefined
  const placed = placedByTime(events)
  const earliest = placed.find(({ event }) => projection.handles.has(event.type))
  if (earliest && row.lastOrder && compareLifeOrder(row.lastOrder, earliest.order) > 0) return undefined
  return evolveAll(projection, row, placed, last.revision)
}

function evolveAll<Row extends LifeStamp>(
  projection: LifeProjection<Row>,
  from: Row,
  placed: readonly Placed[],
  revision: number,
): Row {
  let row = from
  let lastOrder = from.lastOrder
  for (const { event, order } of placed) {
    if (!projection.handles.has(event.type)) continue
    row = projection.evolve(row, event)
    lastOrder = order
  }
  return { ...row, revision, ...(lastOrder ? { lastOrder } : {}) }
}

function correctsAnything(event: StoredEvent): boolean {
  return event.corrects !== undefined || event.type === 'RecordRetracted'
}

/** Where nothing is corrected every event stands for itself: most lives, and most of those are in order already. */
function placedByTime(events: readonly StoredEvent[]): readonly Placed[] {
  const placed: Placed[] = []
  let isSorted = true
  for (const event of events) {
    const order = lifeOrder(event, event)
    const before = placed.at(-1)
    if (before && compareLifeOrder(before.order, order) > 0) isSorted = false
    placed.push({ event, order })
  }
  return isSorted ? placed : placed.sort((a, b) => compareLifeOrder(a.order, b.order))
}

function placedByCorrections(events: readonly StoredEvent[]): readonly Placed[] {
  const ledger = correctionLedger<StoredEvent>()
  for (const event of events) ledger.apply(event)
  return ledger
    .effective()
    .map((event) => ({ event, order: lifeOrder(event, ledger.rootOf(event.stream, event.id) ?? event) }))
}
