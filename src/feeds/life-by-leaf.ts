/**
 * A person's record as it stood after any event of the log, from their own stream alone: log order is read from leaf indexes,
 * never from times. Cuts that follow one another are folded on top of each other; where something was corrected or recorded late
 * the person is folded again. Pure.
 */
import { EMPTY_RECORD, type PatientRecord, patientRecord } from '../../projections/patient-record.js'
import { foldLife, foldOnto } from '../domain/fold-life.js'
import type { PlacedEvent } from '../log/port.js'

export interface LifeByLeaf {
  /** With every event up to and including this leaf; undefined before the person's first. The same object where nothing was added. */
  recordAt(leafIndex: number): PatientRecord | undefined
}

interface Folded {
  readonly events: number
  readonly record: PatientRecord
}

const NOTHING: Folded = { events: 0, record: EMPTY_RECORD }

/** @param life the whole stream, in stream order */
export function lifeByLeaf(life: readonly PlacedEvent[]): LifeByLeaf {
  const events = life.map(({ event }) => event)
  /** By how many events are in it, ascending. */
  const known: Folded[] = [NOTHING]

  function foldedWith(count: number): Folded {
    const at = known.findLastIndex((folded) => folded.events <= count)
    const before = known[at] ?? NOTHING
    if (before.events === count) return before
    const onto = foldOnto(patientRecord, before.record, events.slice(before.events, count))
    const folded = { events: count, record: onto ?? foldLife(patientRecord, events.slice(0, count)) }
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
