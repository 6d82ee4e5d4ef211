/**
 * The misses that a loss of contact may rest on. The state keeps those since the last contact; a declaration that is typed
 * late may name earlier ones, and then the whole life is looked at.
 */
import type { EventData, StoredEvent } from '../event.js'
import { timeOf } from '../fold-state.js'
import type { PatientState, Time } from '../patient-state.js'
import { readTexts } from '../read-data.js'
import type { RuleContext } from './rule.js'

export function namedAttempts(data: EventData): readonly string[] {
  return [...new Set(readTexts(data, 'attemptIds'))]
}

/** True where a declaration names an attempt that is no miss since the last contact. */
export function namesOtherMisses(data: EventData, state: PatientState): boolean {
  const known = new Set(state.missedAttempts.map(({ id }) => id))
  return namedAttempts(data).some((id) => !known.has(id))
}

/** The misses of an effective history: id → when. */
export function missedAttemptsIn(effective: readonly StoredEvent[]): ReadonlyMap<string, Time> {
  const misses = effective.filter(({ type, data }) => type === 'FollowUpAttempted' && data.outcome === 'NOT_REACHED')
  return new Map(misses.map((event) => [event.id, timeOf(event)]))
}

/** Id → when, of every miss that is known to the rules. */
export function missesInForce(state: PatientState, { missedAttempts }: RuleContext): ReadonlyMap<string, Time> {
  return new Map([...(missedAttempts ?? []), ...state.missedAttempts.map(({ id, at }): [string, Time] => [id, at])])
}
