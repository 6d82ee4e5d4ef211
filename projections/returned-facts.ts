/**
 * What agencies sent back about a person: one row per person of whom anything came back. It says what kind of fact, from whom and
 * for which document, and nothing of what it says; what still waits for the health centre is the patient record's to say.
 */
import { defineFlowProjection } from '../src/domain/define-projection.js'
import type { Role } from '../src/domain/event.js'
import { streamKeyOf } from '../src/domain/streams.js'
import type { Moment } from '../src/kernel/dates.js'
import { RETURN_ITEMS } from '../src/policy/returns.js'

export interface ReturnedFact {
  /** The event's id, in the person's stream. */
  readonly event: string
  readonly type: string
  readonly agency: string
  readonly role: Role
  /** The document that it answers, by its id in the log. */
  readonly document: string
  readonly at: Moment
}

export interface ReturnedFactsRow {
  readonly patientId: string
  /** Oldest first. */
  readonly facts: readonly ReturnedFact[]
}

export const returnedFacts = defineFlowProjection<ReturnedFactsRow>({
  name: 'returned-facts',
  version: 1,
  handles: new Set(RETURN_ITEMS.map(({ type }) => type)),
  initial: { patientId: '', facts: [] },
  keys: ({ stream, source }) => (source.kind === 'return' ? [streamKeyOf(stream)] : []),
  evolve({ facts }, { id, type, stream, source, recordedBy, recordedAt }) {
    const { agency, role } = recordedBy
    const fact: ReturnedFact = { event: id, type, agency, role, document: source.ref ?? '', at: recordedAt }
    return { patientId: streamKeyOf(stream), facts: [...facts, fact] }
  },
})
