/**
 * The two clocks. `calendar` says what day it is for records, periods and deadlines and may be driven in a simulated
 * log; `wall` serves signatures, back-off and timeouts and is never driven.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number
}

export interface DrivenClock extends Clock {
  /** Moves the clock forward to a moment; going back is refused. */
  advanceTo(epochMs: number): void
}

export const wallClock: Clock = { now: () => Date.now() }

/** A clock that stands still until it is driven. Only a log created `simulated` accepts one as its calendar. */
export function drivenClock(startMs: number): DrivenClock {
  let current = startMs
  return {
    now: () => current,
    advanceTo(epochMs) {
      if (epochMs < current) throw new Error(`drivenClock: expected a moment at or after ${current}, got ${epochMs}`)
      current = epochMs
    },
  }
}
