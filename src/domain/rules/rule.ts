/**
 * What a rule is. An error (422, nothing stored) only where the policy's text says so or the fact cannot be true; else a
 * warning (stored, returned, counted as data quality). Its words are fixed: no rule's message holds a value, so no
 * warning can name a level and no error can leak a person.
 */
import type { CalendarDate, Moment } from '../../kernel/dates.js'
import { addDays, dayOfTime, epochMsOf, MINUTE, momentOf } from '../../kernel/dates.js'
import type { EventData, Role } from '../event.js'
import type { PatientState, Time } from '../patient-state.js'

/** An event before it is stored: `data` opened and without its moment member, `occurredAt` as it will be stored. */
export interface ProposedEvent {
  readonly type: string
  readonly version: number
  readonly id: string
  readonly occurredAt?: Time
  readonly data: EventData
  readonly corrects?: string
}

export interface RuleContext {
  /** The `recordedAt` that the event will have. */
  readonly now: Moment
  readonly role: Role
  readonly agency: string
  /** `source.kind: backfill`. */
  readonly isBackfill: boolean
  /** Came in a batch, an import or a return: nobody sat with the person when it was typed. */
  readonly isBatch?: boolean
  /** The longest interval between two follow-ups, in days (policy §5.1). */
  readonly maxFollowUpDays: number
  /** Of a `RecordRetracted`: whether it names a retraction. Where it is not known, the scope is not checked. */
  readonly correctsRetraction?: boolean
  /** Every attempt that reached nobody and is in force, where the life was read: more than the state keeps. */
  readonly missedAttempts?: ReadonlyMap<string, Time>
  /** Whether a unit is a health centre of the directory. Where it is not known, it is not checked. */
  readonly isHealthCentre?: (unit: string) => boolean
  /** Whether there is such a field set for this kind of recipient and purpose. Where it is not known, it is not checked. */
  readonly isFieldSetFor?: (recipient: string, purpose: string, fieldSet: string) => boolean
  /** Of a dispute or a settled return: whether the record it names is one of this person, where the life was read. */
  readonly isOfPerson?: (eventId: string) => boolean
}

/** What a rule looks at. */
export interface Given {
  readonly event: ProposedEvent
  readonly data: EventData
  /** What stands before the event; of a correction, without the version that it replaces. */
  readonly state: PatientState
  readonly context: RuleContext
  /** The day of the event; today where it has no moment of its own. */
  readonly day: CalendarDate
}

export interface Rule {
  /** Stable, e.g. `followUp.nextDateAfterDate`. */
  readonly id: string
  /** `ALL`: every person event. */
  readonly types: readonly string[] | 'ALL'
  readonly severity: 'error' | 'warning'
  /** The clause or section that asks for it; `fact` where the fact could not be true otherwise. */
  readonly clause: string
  /** RFC 6901 pointer of what to look at; `MOMENT` is the type's moment member. */
  readonly pointer: string
  readonly zh: string
  readonly en: string
  isBroken(given: Given): boolean
}

export const MAX_SKEW = 5 * MINUTE

/** True for a time after now, with five minutes for clocks that run ahead (policy §3.1). */
export function isInFuture(time: Time, now: Moment): boolean {
  if (time.length === 10 ? time <= now.slice(0, 10) : time <= now) return false
  const latest = momentOf(epochMsOf(now) + MAX_SKEW)
  return time.length === 10 ? time > latest.slice(0, 10) : time > latest
}

/** Tomorrow and later, for days that lie inside `data`. */
export function isFutureDay(day: CalendarDate, now: Moment): boolean {
  return day >= addDays(dayOfTime(now), 1)
}
