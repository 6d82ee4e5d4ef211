/**
 * Guards against a clock that runs behind the log (design §5): up to 10 minutes behind the last event the hub records on,
 * closes no period and is in doubt until a person confirms it; further behind it records nothing. The stream's own tail is the floor of `recordedAt`.
 */
import type { Clock } from '../kernel/clock.js'
import { epochMsOf, MINUTE, momentOf, SECOND } from '../kernel/dates.js'
import { HubError } from '../kernel/errors.js'

export const MAX_CLOCK_BEHIND_MS = 10 * MINUTE

/** A clock that was confirmed and then falls back by more than this is in doubt anew. */
const ANOTHER_JUMP_MS = 30 * SECOND

export interface ClockGuard {
  /** The `recordedAt` of an event that follows one recorded at `floor` (or none). Throws `HUB_CLOCK_BEHIND`. */
  recordedAt(floor: string): string
  /** Notes what the log holds. */
  saw(recordedAt: string): void
  /** Milliseconds by which the clock is behind the last event; 0 where it is not. */
  behindMs(): number
  /** True while it is behind and nobody has confirmed it: periods stay open. */
  isInDoubt(): boolean
  /**
   * A person says that the clock is right: it is in no doubt about what the log holds so far, unless it falls back again.
   * @param behindMs by how much it was behind then; by as much as it is now where it is not given
   */
  confirm(behindMs?: number): void
}

export function createClockGuard(calendar: Clock, lastRecordedAt: string | undefined): ClockGuard {
  let latest = lastRecordedAt ?? ''
  let latestMs = latest === '' ? Number.NEGATIVE_INFINITY : epochMsOf(latest)
  const behindMs = (): number => Math.max(0, latestMs - calendar.now())
  let confirmed: { readonly latest: string; readonly behindMs: number } | undefined
  return {
    behindMs,
    isInDoubt() {
      const behind = behindMs()
      if (behind === 0) return false
      return confirmed?.latest !== latest || behind > confirmed.behindMs + ANOTHER_JUMP_MS
    },
    confirm(behind = behindMs()) {
      confirmed = { latest, behindMs: behind }
    },
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
