/**
 * Whose keys go with a person, from the events of their stream. Pure. Guardians, reporters and physicians are data subjects with
 * keys of their own, but each of those keys seals what was said of them in this one life and lies in no other stream: what they
 * were named for is over, so they go too. The write that named the person before a health centre knew whom it meant goes with it.
 */
import type { StoredEvent } from '../domain/event.js'
import { streamKeyOf, streamKindOf } from '../domain/streams.js'

/** Owners as the vault names them: `patient:5166b806-…`, `guardian:patient-5166b806-…:0199…`, `held:0199…`. */
export function keyOwnersOf(events: readonly StoredEvent[]): readonly string[] {
  const owners = new Set<string>()
  const roots = new Map<string, string>()
  for (const event of events) {
    const { id, stream, corrects, sealed, causation } = event
    // A correction is sealed under the key of the fact that it corrects.
    const root = corrects === undefined ? id : (roots.get(corrects) ?? id)
    roots.set(id, root)
    owners.add(`patient:${streamKeyOf(stream)}`)
    for (const { subject } of sealed) if (subject !== 'patient') owners.add(`${subject}:${stream}:${root}`)
    if (causation && streamKindOf(causation.stream) === 'held') owners.add(`held:${streamKeyOf(causation.stream)}`)
  }
  return [...owners]
}

/** The ids of all keys that seal something in these events. */
export function keyIdsIn(events: readonly StoredEvent[]): readonly string[] {
  return [...new Set(events.flatMap(({ sealed }) => sealed.map(({ kid }) => kid)))]
}

/** The id of the person's own key. */
export function ownKeyIdIn(events: readonly StoredEvent[]): string | undefined {
  for (const { sealed } of events) {
    const entry = sealed.find(({ subject }) => subject === 'patient')
    if (entry) return entry.kid
  }
  return undefined
}
