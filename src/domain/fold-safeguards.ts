/** Folds the legal holds of a person, and says whether one is in force. Pure. */
import type { CalendarDate } from '../kernel/dates.js'
import { effectiveHistory } from './effective-history.js'
import type { StoredEvent } from './event.js'
import { present, timeOf, without } from './fold-state.js'
import type { LegalHold, PatientState } from './patient-state.js'
import { findText, readText } from './read-data.js'
import { HOLD_LIFTED, HOLD_PLACED } from './safeguard-events.js'

export function evolveHolds(state: PatientState, event: StoredEvent): PatientState {
  const { id, type, data } = event
  const { holds = [] } = state
  if (type === HOLD_PLACED) {
    const until = findText(data, 'until')
    const hold = { event: id, authority: readText(data, 'authority'), on: timeOf(event), ...present({ until }) }
    return { ...state, holds: [...holds, hold] }
  }
  if (type !== HOLD_LIFTED) throw new Error(`evolveHolds: impossible type ${type}`)
  const left = holds.filter((one) => one.event !== readText(data, 'hold'))
  return left.length === 0 ? without(state, 'holds') : { ...state, holds: left }
}

/** The first of these that is in force on a day. */
export function holdInForce({ holds = [] }: Pick<PatientState, 'holds'>, day: CalendarDate): LegalHold | undefined {
  return holds.find(({ until }) => until === undefined || day <= until)
}

/** The same by a person’s stream, for whoever is about to append to it. */
export function holdInStream(events: readonly StoredEvent[], day: CalendarDate): LegalHold | undefined {
  if (!events.some(({ type }) => type === HOLD_PLACED)) return undefined
  let state: PatientState = { programmes: {}, missedAttempts: [] }
  for (const event of effectiveHistory(events)) {
    if (event.type === HOLD_PLACED || event.type === HOLD_LIFTED) state = evolveHolds(state, event)
  }
  return holdInForce(state, day)
}
