/** Waiting, as delivery needs it: the wall clock and one-shot timers, so that tests can drive an hour in an instant. */
import { type Clock, wallClock } from '../kernel/clock.js'

export interface Timers extends Clock {
  /** Calls once after the pause; the answer cancels it. */
  after(ms: number, call: () => void): () => void
}

/** Real time. Its timers keep no process alive. */
export const wallTimers: Timers = {
  now: wallClock.now,
  after(ms, call) {
    const timer = setTimeout(call, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
}
