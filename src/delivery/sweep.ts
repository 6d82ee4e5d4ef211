/**
 * The sweep: goes round all subscriptions, step by step for ever, level-triggered. It looks at what is so and not at what
 * was called, so that whatever got lost is found. It judges nothing.
 */
import { SECOND } from '../kernel/dates.js'
import type { JobsDeps } from './jobs.js'

export interface Sweep {
  start(): void
  stop(): void
}

export const SWEEP_MS = 5 * SECOND
/** Subscriptions to one step: 40,000 are seen every seven minutes. */
const SWEEP_STEP = 500

export function createSweep(
  { timers, all, sweepMs = SWEEP_MS }: Pick<JobsDeps, 'timers' | 'all' | 'sweepMs'>,
  check: (subscription: string) => void,
): Sweep {
  let cancel: (() => void) | undefined
  let sweptTo = 0

  const step = (): void => {
    const subscriptions = all()
    if (sweptTo >= subscriptions.length) sweptTo = 0
    for (const subscription of subscriptions.slice(sweptTo, sweptTo + SWEEP_STEP)) check(subscription)
    sweptTo += SWEEP_STEP
    cancel = timers.after(sweepMs, step)
  }

  return {
    start() {
      cancel ??= timers.after(sweepMs, step)
    },
    stop() {
      cancel?.()
      cancel = undefined
    },
  }
}
