/**
 * Fetches a mailbox for ever: waits for messages, has them applied, says how far they are safely kept, and waits longer each
 * time that something fails. It ends when it is told to, and gives up for no other reason.
 */
import type { HubClient } from './hub-client.js'
import { codeOf } from './kit-error.js'
import type { Receiver } from './receiver.js'

export interface MailboxOptions {
  readonly receiver: Receiver
  readonly hub: Pick<HubClient, 'fetchRange' | 'acknowledge'>
  /** Ends it. */
  readonly signal: AbortSignal
  /** So long one request waits for a message, in seconds; the hub allows 30 unless it is configured otherwise. Defaults to 20. */
  readonly waitSeconds?: number
  /** Told of every failure. Log it. */
  readonly onProblem?: (error: unknown) => void
  /** Waits after failures: how long after the first, the second …; the last one for ever. */
  readonly backoffMs?: readonly number[]
}

export const WAIT_SECONDS = 20
export const BACKOFF_MS: readonly number[] = [1000, 2000, 5000, 15_000, 30_000, 60_000]

/** Resolves when the signal has aborted and nothing is under way. */
export async function runMailbox(options: MailboxOptions): Promise<void> {
  const { receiver, hub, signal, waitSeconds = WAIT_SECONDS, backoffMs = BACKOFF_MS } = options
  const onProblem = options.onProblem ?? (() => undefined)
  let after = receiver.status().mark
  let acknowledged = -1
  let failures = 0
  let retryAt = 0

  /** What was not taken is read again by itself, while new messages go on. */
  const readAgain = async (): Promise<void> => {
    if (receiver.status().failing.length === 0 || performance.now() < retryAt) return
    await receiver.retry(signal)
    const isBetter = receiver.status().failing.length === 0
    failures = isBetter ? 0 : failures + 1
    retryAt = performance.now() + pauseAfter(failures, backoffMs)
  }

  while (!signal.aborted) {
    try {
      const isFailing = receiver.status().failing.length > 0
      const untilRetry = Math.max(0, Math.ceil(retryAt - performance.now())) / 1000
      const wait = isFailing ? Math.min(waitSeconds, untilRetry) : waitSeconds
      const page = await hub.fetchRange(after, { wait, signal })
      await receiver.takePage(page)
      after = Math.max(after, page.next)
      await readAgain()
      const { mark, failing } = receiver.status()
      if (mark > acknowledged) {
        await hub.acknowledge(mark, signal)
        acknowledged = mark
      }
      if (failing.length === 0) failures = 0
    } catch (error) {
      if (signal.aborted) break
      onProblem(error)
      // What is missing is at the hub: begin where everything is known to be applied.
      if (codeOf(error) !== 'AHEAD_OF_HUB') after = receiver.status().mark
      failures++
      await sleep(pauseAfter(failures, backoffMs), signal)
    }
  }
}

function pauseAfter(failures: number, backoffMs: readonly number[]): number {
  return failures === 0 ? 0 : (backoffMs[Math.min(failures, backoffMs.length) - 1] ?? 0)
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
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
