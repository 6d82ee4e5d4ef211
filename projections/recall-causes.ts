/**
 * What may make somebody ask for the return of rows, or of a letter’s copy, by the day on which it was recorded, so that
 * `withPrefix(recordedOn(day))` is what has to be looked at: consents that were withdrawn or corrected, applications that were corrected,
 * diagnoses that were excluded, disclosures that went astray, identities that were erased, and what took something back: a consent, an
 * application, a registration, a fact that a letter told, or what had done so to one of these. It names people by their id alone and
 * decides nothing.
 */
import { defineFlowProjection } from '../src/domain/define-projection.js'
import { ERASURE_TYPE } from '../src/domain/erasure-events.js'
import { streamKeyOf } from '../src/domain/streams.js'
import { type CalendarDate, dayOfTime } from '../src/kernel/dates.js'

export interface RecallCause {
  readonly patientId: string
}

/** Nothing is asked back because of them, but because of a correction. */
const GIVING: ReadonlySet<string> = new Set(['DataConsentGiven', 'ServiceApplied'])

export const recallCauses = defineFlowProjection<RecallCause>({
  name: 'recall-causes',
  version: 2,
  handles: new Set([
    'DataConsentGiven',
    'DataConsentWithdrawn',
    'ServiceApplied',
    'DiagnosisExcluded',
    'MisdirectedDisclosure',
    'RecordRetracted',
    ERASURE_TYPE,
  ]),
  initial: { patientId: '' },
  keys: ({ type, stream, revision, recordedAt, corrects }) =>
    GIVING.has(type) && corrects === undefined
      ? []
      : [`${recordedOn(dayOfTime(recordedAt))}${streamKeyOf(stream)}/${revision}`],
  evolve: (_, { stream }) => ({ patientId: streamKeyOf(stream) }),
})

/** The prefix of the keys of what was recorded on a day. */
export function recordedOn(day: CalendarDate): string {
  return `${day}/`
}
