/** True for a period such as `2026Q1` or `2026H1`: what stands in an address and is none does not exist. */
import { periodDays } from '../kernel/dates.js'

export function isCalendarPeriod(text: string): boolean {
  try {
    periodDays(text)
    return true
  } catch {
    return false
  }
}
