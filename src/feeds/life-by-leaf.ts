/**
 * A person's record as it stood after any event of the log, from their own stream alone: log order is read from leaf indexes,
 * never from times. Cuts that follow one another are folded on top of each other; where something was corrected or recorded late
 * the person is folded again. Pure.
 */
import { EMPTY_RECORD, type PatientRecord, patientRecord } from '../../projections/patient-record.js'
import { compareLifeOrder, correctionLedger, type LifeOrder, lifeOrder } from '../domain/effective-history.js'
import type { StoredEvent } from '../domain/event.js'
import type { PlacedEvent } from '../log/port.js'

export interface LifeByLeaf {
  /** With every event up to and including this leaf; undefined before the person's first. The same object where nothing was added. */
  recordAt(leafIndex: number): PatientRecord | undefined
}

interface Folded {
  readonly events: number
  readonly record: PatientRecord
  readonly lastOrder: LifeOrder | undefined
}

const NOTHING: Folded = { events: 0, record: EMPTY_RECORD, lastOrder: undefined }

/** @param life the whole stream, in stream order */
export function lifeByLeaf(life: readonly PlacedEvent[]): LifeByLeaf {
  const events = life.map(({ event }) => event)
  /** By how many events are in it, ascending. */
  const known: Folded[] = [NOTHING]

  function foldedWith(count: number): Folded {
    const at = known.findLastIndex((folded) => folded.events <= count)
    const before = known[at] ?? NOTHING
    if (before.events === count) return before
    const folded = foldOnto(before, events.slice(before.events, count)) ?? foldWhole(events.slice(0, count))
    known.splice(at + 1, 0, folded)
    return folded
  }

  return {
    recordAt(leafIndex) {
      const after = life.findIndex((placed) => placed.leafIndex > leafIndex)
      const count = after < 0 ? life.length : after
      return count === 0 ? undefined : foldedWith(count).record
    },
  }
}

function foldWhole(events: readonly StoredEvent[]): Folded {
  const ledger = correctionLedger<StoredEvent>()
  for (const event of events) ledger.apply(event)
  const placed = ledger
    .effective()
    .map((event) => ({ event, order: lifeOrder(event, ledger.rootOf(event.stream, event.id) ?? event) }))
  return evolved({ ...NOTHING, events: events.length }, placed)
}

/** Undefined where an event corrects something, or sorts before what was folded. */
function foldOnto(before: Folded, added: readonly StoredEvent[]): Folded | undefined {
  if (added.some(({ corrects }) => corrects !== undefined)) return undefined
  const placed = added
    .map((event) => ({ event, order: lifeOrder(event, event) }))
    .sort((a, b) => compareLifeOrder(a.order, b.order))
  const first = placed.find(({ event }) => patientRecord.handles.has(event.type))
  if (first && before.lastOrder && compareLifeOrder(before.lastOrder, first.order) > 0) return undefined
  return evolved({ ...before, events: before.events + added.length }, placed)
}

function evolved(from: Folded, placed: readonly { readonly event: StoredEvent; readonly order: LifeOrder }[]): Folded {
  let { record, lastOrder } = from
  for (const { event, order } of placed) {
    if (!patientRecord.handles.has(event.type)) continue
    record = patientRecord.evolve(record, event)
    lastOrder = order
  }
  return { events: from.events, record, lastOrder }
}
