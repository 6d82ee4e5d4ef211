/**
 * Whether somebody waits to leave a hospital (W20, MHL 44): a hospital has said that they may, and nothing since says that they have
 * left, or that nothing is told of them any more. Pure.
 */
import { dayOfTime } from '../kernel/dates.js'
import { effectiveHistory } from './effective-history.js'
import type { StoredEvent } from './event.js'
import { timeOf } from './fold-state.js'
import { FOLDED_TYPES, foldPatient } from './patient-fold.js'
import type { PatientState } from './patient-state.js'

export const DISCHARGE_READY = 'DischargeConditionsMet'
const FOLDED = new Set(FOLDED_TYPES)

/**
 * The hospital's last statement that stands, while the person waits by it. Nobody need have recorded the stay.
 * @param effective what stands of the life, in its order
 * @param state the same, folded
 */
export function waitsBy(effective: readonly StoredEvent[], state: PatientState): StoredEvent | undefined {
  const said = effective.findLast(({ type }) => type === DISCHARGE_READY)
  return said && isToldOf(state) && !hasLeft(state, dayOfTime(timeOf(said))) ? said : undefined
}

/** @param events the person's, in recording order, up to the moment that is meant */
export function waitsAfter(events: readonly StoredEvent[]): StoredEvent | undefined {
  const effective = effectiveHistory(events)
  return waitsBy(effective, foldPatient(effective.filter(({ type }) => FOLDED.has(type))))
}

/** Whether anything is told of the person at all. The programme is no matter: whoever is in a ward is to leave it. */
export function isToldOf({ registered, died, diagnosisExcluded, restricted }: PatientState): boolean {
  return registered !== undefined && died === undefined && diagnosisExcluded === undefined && restricted === undefined
}

/** A stay that ended on that day or later, or one that began after it. */
function hasLeft({ stay }: PatientState, saidOn: string): boolean {
  if (!stay) return false
  return stay.dischargedOn === undefined ? dayOfTime(stay.admittedOn) > saidOn : dayOfTime(stay.dischargedOn) >= saidOn
}
