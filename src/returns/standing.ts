/** Where the returns of an agency stand on a day: a pure view of what was released to it, what it sent back, and the pack's days. */
import type { DocumentReturnsRow } from '../../projections/document-returns.js'
import { addDays, type CalendarDate, dayOfTime } from '../kernel/dates.js'
import { compareText } from '../kernel/text-order.js'
import type { ReturnState } from './port.js'

export interface StandingReturn {
  readonly row: DocumentReturnsRow
  readonly state: ReturnState
  /** The last day on which it is not late. */
  readonly dueOn: CalendarDate
}

/**
 * @param rows of one agency
 * @returns newest release first
 */
export function standingReturns(
  rows: Iterable<DocumentReturnsRow>,
  day: CalendarDate,
  returnDays: number,
): readonly StandingReturn[] {
  const newestFirst = [...rows].sort(
    (a, b) => compareText(b.releasedAt, a.releasedAt) || compareText(b.document, a.document),
  )
  const newest = new Map<string, string>()
  for (const { feed, document } of newestFirst) if (!newest.has(feed)) newest.set(feed, document)
  return newestFirst.map((row) => {
    const dueOn = addDays(dayOfTime(row.releasedAt), returnDays)
    return { row, dueOn, state: stateOf(row, newest.get(row.feed) === row.document, dueOn < day) }
  })
}

export function isOwed({ state }: { readonly state: ReturnState }): boolean {
  return state === 'AWAITED' || state === 'OVERDUE'
}

function stateOf({ rows, returns }: DocumentReturnsRow, isNewest: boolean, isLate: boolean): ReturnState {
  if (returns.length > 0) return 'RETURNED'
  if (rows === 0) return 'NOT_OWED'
  if (!isNewest) return 'MISSED'
  return isLate ? 'OVERDUE' : 'AWAITED'
}
