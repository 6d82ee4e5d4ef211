/**
 * Of whom processing was ever restricted: a row per person, which says nothing more, so that those of whom it is so now are found
 * without looking at everybody. Whether and how far it still is, the record says.
 */
import { defineFlowProjection } from '../src/domain/define-projection.js'
import type { Role } from '../src/domain/event.js'
import type { PatientState } from '../src/domain/patient-state.js'
import { isKeptFrom } from '../src/domain/restriction.js'
import { streamKeyOf } from '../src/domain/streams.js'

export interface RestrictionRow {
  readonly patientId: string
}

export const restrictions = defineFlowProjection<RestrictionRow>({
  name: 'restrictions',
  version: 1,
  handles: new Set(['ProcessingRestricted']),
  initial: { patientId: '' },
  keys: ({ stream }) => [streamKeyOf(stream)],
  evolve: (_, { stream }) => ({ patientId: streamKeyOf(stream) }),
})

export interface RestrictedPeople {
  /** The rows of `restrictions`. */
  readonly rows: Iterable<{ readonly row: RestrictionRow }>
  /** Each as they stand now. */
  readonly people: {
    get(patientId: string): { readonly state: Pick<PatientState, 'restricted'> } | undefined
  }
}

/** Whom a restriction keeps from agencies of this role now. */
export function peopleKeptFrom(role: Role, { rows, people }: RestrictedPeople): readonly string[] {
  return Array.from(rows, ({ row }) => row.patientId).filter((patientId) => {
    const record = people.get(patientId)
    return record !== undefined && isKeptFrom(role, record.state)
  })
}
