/** Small steps that the folds of a person share. Pure. */
import type { StoredEvent } from './event.js'
import type { PatientState, SealedRef, Time } from './patient-state.js'

/** When the event happened; where the type or the client gave no moment, when it was recorded. */
export function timeOf(event: StoredEvent): Time {
  return event.occurredAt ?? event.recordedAt
}

/** Points at a sealed member of the event; undefined where the event has none of that name. */
export function sealedRef(event: StoredEvent, member: string): SealedRef | undefined {
  const pointer = `/data/${member}`
  for (const entry of event.sealed) {
    if (entry.digests[pointer] === undefined) continue
    const { id: eventId, type, version, revision } = event
    return { eventId, type, version, revision, subject: entry.subject, pointer }
  }
  return undefined
}

/** The state without some of its members; itself where it has none of them, which is the rule and costs nothing. */
export function without<K extends keyof PatientState>(
  state: PatientState,
  ...members: readonly K[]
): Omit<PatientState, K> {
  if (members.every((member) => state[member] === undefined)) return state
  const rest: { -readonly [M in keyof PatientState]: PatientState[M] } = { ...state }
  for (const member of members) delete rest[member]
  return rest
}

/** The members that are not undefined: `exactOptionalPropertyTypes` wants absence, not `undefined`. */
export function present<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept: { [K in keyof T]?: Exclude<T[K], undefined> } = {}
  for (const key in members) {
    const value = members[key]
    if (value !== undefined) kept[key] = value as Exclude<T[typeof key], undefined>
  }
  return kept
}
