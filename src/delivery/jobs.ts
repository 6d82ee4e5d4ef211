/**
 * The jobs of delivery: when, never what. `drain(subscription)` runs at most once at a time for each subscription; a call
 * while one is under way makes it run once more. A sweep compares every cursor with its outbox's tail, level-triggered, so
 * that a lost call costs seconds, never a message.
 */
import type { Timers } from './timers.js'

export interface Jobs {
  drain(subscription: string): void
  start(): void
  /** Resolves when nothing runs any more. */
  stop(): Promise<void>
  isIdle(): boolean
}

export interface JobsDeps {
  readonly timers: Timers
  /** Brings one subscription up to its outbox's tail, as far as there is room. */
  readonly handle: (subscription: string) => Promise<void>
  /** The subscriptions that the sweep looks at. */
  readonly all: () => readonly string[]
  /** Called whenever a job has ended. */
  readonly onDone: () => void
  /** Told when a job failed; it runs again with the next sweep. */
  readonly onFailure: (subscription: string, error: unknown) => void
}

/** One step of the sweep and how many subscriptions it looks at: 40,000 are seen every seven minutes. */
const SWEEP_MS = 5000
const SWEEP_STEP = 500

export function createInProcessJobs({ timers, handle, all, onDone, onFailure }: JobsDeps): Jobs {
  const active = new Map<string, { isAgain: boolean }>()
  let cancel: (() => void) | undefined
  let isStopped = false
  let sweptTo = 0
  let onIdle: (() => void)[] = []

  const run = async (subscription: string, job: { isAgain: boolean }): Promise<void> => {
    do {
      job.isAgain = false
      try {
        await handle(subscription)
      } catch (error) {
        onFailure(subscription, error)
      }
    } while (job.isAgain && !isStopped)
    active.delete(subscription)
    onDone()
    if (active.size > 0) return
    for (const resolve of onIdle) resolve()
    onIdle = []
  }

  const drain = (subscription: string): void => {
    if (isStopped) return
    const job = active.get(subscription)
    if (job) {
      job.isAgain = true
      return
    }
    const begun = { isAgain: false }
    active.set(subscription, begun)
    void run(subscription, begun)
  }

  const sweep = (): void => {
    const subscriptions = all()
    if (sweptTo >= subscriptions.length) sweptTo = 0
    for (const subscription of subscriptions.slice(sweptTo, sweptTo + SWEEP_STEP)) drain(subscription)
    sweptTo += SWEEP_STEP
    cancel = timers.after(SWEEP_MS, sweep)
  }

  return {
    drain,
    start() {
      isStopped = false
      cancel ??= timers.after(SWEEP_MS, sweep)
    },
    async stop() {
      isStopped = true
      cancel?.()
      cancel = undefined
      if (active.size > 0) await new Promise<void>((resolve) => onIdle.push(resolve))
    },
    isIdle: () => active.size === 0,
  }
}
