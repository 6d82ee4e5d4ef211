/**
 * Moments and calendar days in +08:00 (Asia/Shanghai, no daylight saving). A moment is written
 * `2026-03-02T09:30:00.000+08:00`, a day `2026-03-02`; both compare correctly as strings within their kind.
 */
import { HubError } from './errors.js'

/** `2026-03-02T09:30:00.000+08:00` */
export type Moment = string
/** `2026-03-02` */
export type CalendarDate = string

export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

const OFFSET = 8 * HOUR
/** The years that four digits can write, in +08:00. */
const FIRST_MS = Date.parse('0000-01-01T00:00:00.000+08:00')
const END_MS = Date.parse('9999-12-31T23:59:59.999+08:00') + 1
const DATE = /^\d{4}-\d{2}-\d{2}$/
const TIME = /^(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/

/** The code of `0`. */
const ZERO = 48

let lastMomentMs = Number.NaN
let lastMoment = ''

/** Milliseconds since the epoch as a moment in +08:00 with three decimals. */
export function momentOf(epochMs: number): Moment {
  if (epochMs !== lastMomentMs) {
    lastMoment = `${new Date(epochMs + OFFSET).toISOString().slice(0, -1)}+08:00`
    lastMomentMs = epochMs
  }
  return lastMoment
}

export function epochMsOf(moment: Moment): number {
  return Date.parse(moment)
}

export function dayOf(epochMs: number): CalendarDate {
  return momentOf(epochMs).slice(0, 10)
}

/** The day of a stored time: of a bare date itself, of a moment its day in +08:00. */
export function dayOfTime(time: Moment | CalendarDate): CalendarDate {
  return time.length === 10 ? time : time.slice(0, 10)
}

/** True for a `YYYY-MM-DD` that is a day of the calendar (2026-02-30 is not). */
export function isCalendarDate(text: string): boolean {
  return isDateShaped(text) && isValidDay(text)
}

/**
 * What a client wrote, as it is stored: a bare date stays a bare date, an RFC 3339 time becomes a moment in +08:00 with
 * three decimals (further decimals are cut). Throws `HUB_BAD_TIME`.
 */
export function storedTime(text: string): Moment | CalendarDate {
  if (isDateShaped(text)) {
    if (isValidDay(text)) return text
  } else {
    const match = TIME.exec(text)
    if (
      match &&
      isValidDay(match[1] ?? '') &&
      Number(match[2]) < 24 &&
      Number(match[3]) < 60 &&
      Number(match[4]) < 60
    ) {
      const epochMs = Date.parse(`${text.slice(0, 19)}.${(match[5] ?? '').padEnd(3, '0').slice(0, 3)}${match[6]}`)
      // The last hours of the year 9999 in the west are the year 10000 here, which has another spelling and order.
      if (epochMs >= FIRST_MS && epochMs < END_MS) return momentOf(epochMs)
    }
  }
  throw new HubError('HUB_BAD_TIME', 'expected a date (2026-03-02) or an RFC 3339 time with its offset', {
    hint: 'Write 2026-03-02, or 2026-03-02T09:30:00+08:00.',
  })
}

export function isStorableTime(text: string): boolean {
  try {
    storedTime(text)
    return true
  } catch {
    return false
  }
}

function isDateShaped(text: string): boolean {
  return text.length === 10 && DATE.test(text)
}

function isValidDay(text: string): boolean {
  const month = twoDigits(text, 5)
  const day = twoDigits(text, 8)
  return month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(yearOf(text), month)
}

/** The number that two digits write. By their codes: this runs for every date of every event, and cuts no strings out. */
function twoDigits(text: string, at: number): number {
  return (text.charCodeAt(at) - ZERO) * 10 + text.charCodeAt(at + 1) - ZERO
}

function yearOf(text: string): number {
  return twoDigits(text, 0) * 100 + twoDigits(text, 2)
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

/** The day that lies `days` after (or, negative, before) a day. */
export function addDays(day: CalendarDate, days: number): CalendarDate {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10)
}

export function daysBetween(from: CalendarDate, to: CalendarDate): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY)
}

/** The last moment of a day or, of a moment, itself: what `asOf` and `knownAt` include. */
export function endOfTime(time: Moment | CalendarDate): Moment {
  return time.length === 10 ? `${time}T23:59:59.999+08:00` : time
}

/** A calendar quarter, `2026Q1`, or half-year, `2026H1` (policy §5.3). */
export type Period = string

export function quarterOf(day: CalendarDate): Period {
  return `${day.slice(0, 4)}Q${Math.ceil(Number(day.slice(5, 7)) / 3)}`
}

export function halfYearOf(day: CalendarDate): Period {
  return `${day.slice(0, 4)}H${Number(day.slice(5, 7)) <= 6 ? 1 : 2}`
}

/** First and last day of a period. Throws `HUB_BAD_PERIOD`. */
export function periodDays(period: Period): { readonly first: CalendarDate; readonly last: CalendarDate } {
  const match = /^(\d{4})(?:Q([1-4])|H([12]))$/.exec(period)
  if (!match) {
    throw new HubError('HUB_BAD_PERIOD', `expected a period such as 2026Q1 or 2026H1, got ${JSON.stringify(period)}`)
  }
  const year = Number(match[1])
  const months = match[2] ? 3 : 6
  const lastMonth = Number(match[2] ?? match[3]) * months
  const two = (n: number): string => String(n).padStart(2, '0')
  return {
    first: `${year}-${two(lastMonth - months + 1)}-01`,
    last: `${year}-${two(lastMonth)}-${two(daysInMonth(year, lastMonth))}`,
  }
}

/** The quarters that make up a period: itself, or the two of a half-year. */
export function quartersIn(period: Period): readonly Period[] {
  if (period.includes('Q')) return [period]
  const { first, last } = periodDays(period)
  return [quarterOf(first), quarterOf(last)]
}

/** The period before this one. */
export function previousPeriod(period: Period): Period {
  const before = addDays(periodDays(period).first, -1)
  return period.includes('Q') ? quarterOf(before) : halfYearOf(before)
}

/** The period after this one. */
export function nextPeriod(period: Period): Period {
  const next = addDays(periodDays(period).last, 1)
  return period.includes('Q') ? quarterOf(next) : halfYearOf(next)
}
