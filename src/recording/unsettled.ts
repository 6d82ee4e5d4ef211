/**
 * Appends whose outcome is unknown: the same events go again with the same expectation until the log answers. Until then
 * their stream takes no other append and its clients get 503 (design §4).
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { OpenEvent } from '../domain/event.js'
import { HubError, isHubError } from '../kernel/errors.js'
import type { Expected, SealingLog } from '../log/port.js'
import type { Life, Lives } from './lives.js'

export interface UnsettledAppend {
  readonly stream: string
  readonly events: readonly OpenEvent[]
  readonly expected: Expected
  readonly before: Life
}

export interface Unsettled {
  /** Starts to settle an append; ends when the log has answered. */
  settle(append: UnsettledAppend): void
  /** Throws `HUB_OUTCOME_UNKNOWN` where the stream waits for an answer. */
  refuse(stream: string): void
  count(): number
  stop(): Promise<void>
}

const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 5_000

export function createUnsettled(log: SealingLog, lives: Pick<Lives, 'forget'>): Unsettled {
  const open = new Map<string, Promise<void>>()
  const stopping = new AbortController()

  const untilAnswered = async ({ stream, events, expected }: UnsettledAppend): Promise<void> => {
    for (let pauseMs = FIRST_PAUSE_MS; !stopping.signal.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      await delay(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined)
      if (stopping.signal.aborted) return
      try {
        await log.appendSealed(stream, events, expected)
        return
      } catch (error) {
        // Ours, once, or never stored: either way the stream has an answer, and the next writer reads it from the log.
        if (isHubError(error, 'HUB_ID_KNOWN') || isHubError(error, 'HUB_WRONG_EXPECTATION')) return
      }
    }
  }

  return {
    settle(append) {
      const settled = untilAnswered(append).finally(() => {
        lives.forget(append.stream)
        open.delete(append.stream)
      })
      open.set(append.stream, settled)
    },
    refuse(stream) {
      if (open.has(stream))
        throw new HubError('HUB_OUTCOME_UNKNOWN', 'an earlier append to this stream has no known outcome yet')
    },
    count: () => open.size,
    async stop() {
      stopping.abort()
      await Promise.all(open.values())
    },
  }
}
