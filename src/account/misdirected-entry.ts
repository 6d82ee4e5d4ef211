/** The entries of what went astray, as it stands after corrections: who got what, what came of it, and when the person was told. Pure. */
import { effectiveHistory } from '../domain/effective-history.js'
import type { StoredEvent } from '../domain/event.js'
import { findText, readText, readTexts } from '../domain/read-data.js'
import { MISDIRECTED } from '../domain/safeguard-events.js'
import { labelOfFact } from '../policy/facts.js'
import type { MisdirectedEntry, Party } from './port.js'

/** @param events the person’s stream */
export function misdirectedEntries(
  events: readonly StoredEvent[],
  partyOf: (agency: string) => Party,
): readonly MisdirectedEntry[] {
  if (!events.some(({ type }) => type === MISDIRECTED)) return []
  return effectiveHistory(events)
    .filter(({ type }) => type === MISDIRECTED)
    .map(({ id, data, recordedAt, occurredAt }) => {
      const notifiedOn = findText(data, 'notifiedOn')
      return {
        kind: 'MISDIRECTED',
        id: `misdirected:${id}`,
        at: recordedAt,
        to: partyOf(readText(data, 'agency')),
        what: readText(data, 'what'),
        fields: readTexts(data, 'fields').map((field) => ({ field, label: labelOfFact(field) })),
        discoveredOn: occurredAt ?? recordedAt,
        containment: readText(data, 'containment'),
        ...(notifiedOn === undefined ? {} : { notifiedOn }),
      }
    })
}
