/**
 * The jobs of a hub that has its log to itself: a map in memory. Its leases last and are never lost. It refuses to know of
 * other hubs: two of them on one log would both send.
 */
import type { Jobs, JobsDeps, Lease, Rest } from './jobs.js'
import { createSweep, SWEEP_MS } from './sweep.js'

interface Active {
  isAgain: boolean
}

export function createInProcessJobs(deps: JobsDeps): Jobs {
  const { timers, handle, onDone, onFailure, sweepMs = SWEEP_MS } = deps
  const active = new Map<string, Active>()
  /** Runs that wait for their moment, and how to call them off. */
  const delayed = new Map<string, () => void>()
  const leftBehind = new Map<string, unknown>()
  /** What was sent beside messages, and until when it is not sent again. */
  const turns = new Map<string, number>()
  let stopping = new AbortController()
  let isStopped = false
  let onIdle: (() => void)[] = []

  const attempt = async (subscription: string): Promise<Rest | undefined> => {
    const lease: Lease = {
      isLasting: true,
      isHeld: () => true,
      signal: stopping.signal,
      left: leftBehind.get(subscription),
    }
    try {
      return await handle(subscription, lease)
    } catch (error) {
      onFailure(subscription, error)
      return { afterMs: sweepMs, left: lease.left }
    }
  }

  const leave = (subscription: string, rest: Rest | undefined): void => {
    if (rest?.left === undefined) leftBehind.delete(subscription)
    else leftBehind.set(subscription, rest.left)
  }

  const run = async (subscription: string, job: Active): Promise<void> => {
    let rest: Rest | undefined
    do {
      job.isAgain = false
      rest = await attempt(subscription)
      leave(subscription, rest)
    } while (job.isAgain && !isStopped)
    active.delete(subscription)
    if (rest && !isStopped) delay(subscription, rest.afterMs)
    onDone()
    if (active.size > 0) return
    for (const resolve of onIdle) resolve()
    onIdle = []
  }

  const delay = (subscription: string, afterMs: number): void => {
    delayed.set(
      subscription,
      timers.after(afterMs, () => drain(subscription)),
    )
  }

  const drain = (subscription: string): void => {
    if (isStopped) return
    delayed.get(subscription)?.()
    delayed.delete(subscription)
    const job = active.get(subscription)
    if (job) {
      job.isAgain = true
      return
    }
    const begun = { isAgain: false }
    active.set(subscription, begun)
    void run(subscription, begun)
  }

  /** A run looks for itself whether anything is owed: asking before would read the log twice. */
  const check = (subscription: string): void => {
    if (!active.has(subscription) && !delayed.has(subscription)) drain(subscription)
  }

  const sweep = createSweep(deps, check)

  return {
    drain,
    check,
    left: async (subscription) => leftBehind.get(subscription),
    async takeTurn(subscription, what, forMs) {
      const turn = `${what}:${subscription}`
      const leftMs = (turns.get(turn) ?? Number.NEGATIVE_INFINITY) - timers.now()
      // Longer than it was taken for: the clock was set back.
      if (isStopped || (leftMs > 0 && leftMs <= forMs)) return false
      turns.set(turn, timers.now() + forMs)
      return true
    },
    away: () => undefined,
    async start() {
      if (isStopped) stopping = new AbortController()
      isStopped = false
      sweep.start()
    },
    async stop() {
      isStopped = true
      sweep.stop()
      for (const cancel of delayed.values()) cancel()
      delayed.clear()
      stopping.abort()
      if (active.size > 0) await new Promise<void>((resolve) => onIdle.push(resolve))
    },
    isIdle: () => active.size === 0,
  }
}
