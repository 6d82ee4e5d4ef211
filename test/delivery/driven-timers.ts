/** Time that stands still until a test moves it: an hour of back-off takes an instant. */
import type { Timers } from '../../src/delivery/timers.js'

export interface DrivenTimers extends Timers {
  /** Moves on and calls what has come due, in order. */
  advance(ms: number): void
  /** Sets the clock back; timers run on, as real ones do. */
  setBack(ms: number): void
  /** When the next timer is due, in milliseconds from now; undefined where none waits. */
  nextIn(): number | undefined
}

export function drivenTimers(startMs = 0): DrivenTimers {
  let now = startMs
  let timers: { at: number; readonly call: () => void }[] = []
  const next = () =>
    timers.reduce<(typeof timers)[number] | undefined>((a, b) => (a && a.at <= b.at ? a : b), undefined)
  return {
    now: () => now,
    after(ms, call) {
      const timer = { at: now + ms, call }
      timers.push(timer)
      return () => {
        timers = timers.filter((one) => one !== timer)
      }
    },
    setBack(ms) {
      now -= ms
      for (const timer of timers) timer.at -= ms
    },
    nextIn() {
      const timer = next()
      return timer && timer.at - now
    },
    advance(ms) {
      const until = now + ms
      for (let timer = next(); timer && timer.at <= until; timer = next()) {
        now = timer.at
        timers = timers.filter((one) => one !== timer)
        timer.call()
      }
      now = until
    },
  }
}
