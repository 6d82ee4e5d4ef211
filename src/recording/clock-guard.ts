/**
 * Guards against a clock that runs behind the log (design §5): up to 10 minutes behind the last event the hub records on,
 * closes no period and is in doubt; further behind it records nothing. The stream's own tail is the floor of `recordedAt`.
 */
import type { Clock } from '../kernel/clock.js'
import { epochMsOf, MINUTE, momentOf } from '../kernel/dates.js'
import { HubError } from '../kernel/errors.js'

export const MAX_CLOCK_BEHIND_MS = 10 * MINUTE

export interface ClockGuard {
  /** The `recordedAt` of an event that follows one recorded at `floor` (or none). Throws `HUB_CLOCK_BEHIND`. */
  recordedAt(floor: string): string
  /** Notes what the log holds. */
  saw(recordedAt: string): void
  /** Milliseconds by which the clock is behind the last event; 0 where it is not. While it is not 0, periods stay open. */
  behindMs(): number
}

export function createClockGuard(calendar: Clock, lastRecordedAt: string | undefined): ClockGuard {
  let latest = lastRecordedAt ?? ''
  let latestMs = latest === '' ? Number.NEGATIVE_INFINITY : epochMsOf(latest)
  const behindMs = (): number => Math.max(0, latestMs - calendar.now())
  return {
    behindMs,
    recordedAt(floor) {
      const now = calendar.now()
      if (latestMs - now > MAX_CLOCK_BEHIND_MS) {
        throw new HubError(
          'HUB_CLOCK_BEHIND',
          `the clock is ${Math.round((latestMs - now) / 1000)} s behind the last event`,
        )
      }
      const moment = momentOf(now)
      if (moment < floor) return floor
      return moment
    },
    saw(recordedAt) {
      if (recordedAt <= latest) return
      latest = recordedAt
      latestMs = epochMsOf(recordedAt)
    },
  }
}
