/** When feeds close (policy §5.3): pure arithmetic of days in +08:00. It knows no holidays and refuses to guess any. */
import {
  addDays,
  type CalendarDate,
  halfYearOf,
  nextPeriod,
  type Period,
  periodDays,
  quarterOf,
} from '../kernel/dates.js'

export type Cadence = 'QUARTER' | 'HALF_YEAR'

export interface FeedCalendar {
  readonly cadence: Cadence
  readonly clauses: readonly string[]
  /** Calendar days between the last day of a period and the day on which it closes: 7 closes 2026Q1 on 2026-04-07 as that day ends. */
  readonly graceDays: number
}

export const WEIHAI_CALENDARS: readonly FeedCalendar[] = Object.freeze([
  { cadence: 'QUARTER', clauses: ['W43'], graceDays: 7 },
  { cadence: 'HALF_YEAR', clauses: ['W44'], graceDays: 7 },
])

export function calendarOf(calendars: readonly FeedCalendar[], cadence: Cadence): FeedCalendar {
  const calendar = calendars.find((one) => one.cadence === cadence)
  if (!calendar) throw new Error(`calendarOf: no calendar for ${cadence}`)
  return calendar
}

/** The period in which a day lies. */
export function periodOf(cadence: Cadence, day: CalendarDate): Period {
  return cadence === 'QUARTER' ? quarterOf(day) : halfYearOf(day)
}

/** The first day on which the period is closed: the day after its grace. 2026Q1 with 7 days of grace: 2026-04-08. */
export function closesOn(calendar: FeedCalendar, period: Period): CalendarDate {
  return addDays(periodDays(period).last, calendar.graceDays + 1)
}

/** The periods after `closed` (or from `first` on) whose closing day has come by `today`, oldest first. */
export function periodsDue(
  calendar: FeedCalendar,
  today: CalendarDate,
  since: { readonly closed: Period } | { readonly first: Period },
): readonly Period[] {
  const due: Period[] = []
  let period = 'closed' in since ? nextPeriod(since.closed) : since.first
  while (closesOn(calendar, period) <= today) {
    due.push(period)
    period = nextPeriod(period)
  }
  return due
}

/** True where the period is of this cadence: 2026Q1 is a quarter, 2026H1 a half-year. */
export function isPeriodOf(cadence: Cadence, period: Period): boolean {
  return period.includes('Q') === (cadence === 'QUARTER')
}
