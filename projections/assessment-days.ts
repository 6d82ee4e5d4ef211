/**
 * The days on which somebody was assessed, so that a level that goes stale is found by its day and nobody else is looked at:
 * `withPrefix(assessedOn(day))`. What was recorded later than it happened lies under the day of its recording too. It says
 * neither the level nor whether the assessment still stands: the person's life does.
 */
import { defineFlowProjection } from '../src/domain/define-projection.js'
import { streamKeyOf } from '../src/domain/streams.js'
import { type CalendarDate, dayOfTime } from '../src/kernel/dates.js'

export interface AssessmentDay {
  readonly patientId: string
}

const ON = 'on/'
const LATE = 'late/'

export const assessmentDays = defineFlowProjection<AssessmentDay>({
  name: 'assessment-days',
  version: 1,
  handles: new Set(['RiskAssessed']),
  initial: { patientId: '' },
  keys(event) {
    const patientId = streamKeyOf(event.stream)
    const recordedOn = dayOfTime(event.recordedAt)
    const day = dayOfTime(event.occurredAt ?? event.recordedAt)
    return [assessedOn(day) + patientId, ...(day < recordedOn ? [recordedLateOn(recordedOn) + patientId] : [])]
  },
  evolve: (_row, event) => ({ patientId: streamKeyOf(event.stream) }),
})

/** The prefix of all of them, the earliest day first. */
export const ASSESSED = ON

/** The prefix of the keys of those who were assessed on a day. */
export function assessedOn(day: CalendarDate): string {
  return `${ON}${day}/`
}

/** The prefix of the keys of those of whom an assessment of an earlier day was recorded on this one. */
export function recordedLateOn(day: CalendarDate): string {
  return `${LATE}${day}/`
}

/** The day in a key under `ASSESSED`. */
export function dayOfKey(key: string): CalendarDate {
  return key.slice(ON.length, key.indexOf('/', ON.length))
}
