/** Repeats what fails because log or vault are away for now, and says so meanwhile. Whatever else fails is not repeated. */
import { SECOND } from '../kernel/dates.js'
import { isHubError } from '../kernel/errors.js'

export interface Patience {
  /** Rejects with what does not pass, or when the signal aborts. The work must bear being repeated. */
  run<T>(work: () => Promise<T>): Promise<T>
  /** Why it repeats, while it does. */
  stall(): unknown
}

const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 5 * SECOND
const PASSING = [
  'HUB_READ_ONLY',
  'HUB_OUTCOME_UNKNOWN',
  'HUB_LOG_AWAY',
  'HUB_VAULT_AWAY',
  'HUB_OVERLOADED',
  'HUB_CLOCK_BEHIND',
] as const

/** The log or the vault is away for now; anything else is a fault. */
export function isPassing(error: unknown): boolean {
  return PASSING.some((code) => isHubError(error, code))
}

/** Doubles from 50 ms to 5 s. */
export function nextPauseMs(pauseMs: number | undefined): number {
  return pauseMs === undefined ? FIRST_PAUSE_MS : Math.min(pauseMs * 2, LONGEST_PAUSE_MS)
}

export function createPatience(signal: AbortSignal): Patience {
  let stalledBy: unknown
  return {
    stall: () => stalledBy,
    async run(work) {
      for (let pauseMs = nextPauseMs(undefined); ; pauseMs = nextPauseMs(pauseMs)) {
        try {
          const done = await work()
          stalledBy = undefined
          return done
        } catch (error) {
          if (!isPassing(error) || signal.aborted) throw error
          stalledBy = error
          await pause(pauseMs, signal)
        }
      }
    },
  }
}

/** Resolves after the pause, or at once when the signal aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
  })
}
