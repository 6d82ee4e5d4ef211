/**
 * What is said of attempts to close, compile or release that fail: the first at once, another when its cause is another, and the same
 * again at growing intervals. An attempt comes every five seconds: each of them said would bury everything else.
 */
import type { Clock } from './kernel/clock.js'
import { HOUR, MINUTE, SECOND } from './kernel/dates.js'
import { isHubError } from './kernel/errors.js'
import type { Logger } from './kernel/logger.js'

export interface FeedFailures {
  failed(error: unknown): void
  /** An attempt came to its end: whatever failed before is over. */
  settled(): void
  counts(): {
    readonly feedFailures: number
    readonly feedFailing?: { readonly code: string; readonly seconds: number }
  }
}

/** How long nothing is said of the same cause after the first line, the second, and so on; the last for ever. */
export const SILENT_MS: readonly number[] = [MINUTE, 5 * MINUTE, 15 * MINUTE, HOUR]

interface Failing {
  /** Of the last attempt. */
  readonly code: string
  /** When the first attempt failed, whatever its cause. */
  readonly sinceMs: number
}

export function createFeedFailures(logger: Pick<Logger, 'error' | 'info'>, wall: Clock): FeedFailures {
  let failures = 0
  let failing: Failing | undefined
  /** By cause, since an attempt last succeeded: two that take turns are each said as rarely as one alone. */
  const said = new Map<string, { readonly lines: number; readonly atMs: number }>()
  const failingSeconds = (): number => Math.max(0, (wall.now() - (failing?.sinceMs ?? wall.now())) / SECOND)

  /** A clock that was set back keeps nothing silent for longer. */
  const isSilent = (code: string): boolean => {
    const last = said.get(code)
    const silentMs = last ? (SILENT_MS[Math.min(last.lines, SILENT_MS.length) - 1] ?? 0) : 0
    return last !== undefined && wall.now() >= last.atMs && wall.now() < last.atMs + silentMs
  }

  return {
    failed(error) {
      failures++
      const code = isHubError(error) ? error.code : 'HUB_INTERNAL'
      failing = { code, sinceMs: failing?.sinceMs ?? wall.now() }
      if (isSilent(code)) return
      said.set(code, { lines: (said.get(code)?.lines ?? 0) + 1, atMs: wall.now() })
      logger.error(
        { err: error, failingSeconds: failingSeconds() },
        'a feed could not be closed or released; it is tried again',
      )
    },
    settled() {
      if (failing) logger.info({ failingSeconds: failingSeconds() }, 'feeds are closed and released again')
      failing = undefined
      said.clear()
    },
    counts: () => ({
      feedFailures: failures,
      ...(failing && { feedFailing: { code: failing.code, seconds: failingSeconds() } }),
    }),
  }
}
