/** What the hub has done and met since its process began, for the metrics page. Counts only. */
import type { DispatchMetrics } from './alerts/port.js'
import type { DeliveryMetrics } from './delivery/port.js'

export interface Counts {
  /** Class → messages queued. */
  readonly queued: Readonly<Record<string, number>>
  /** Messages handed over to webhooks and mailboxes. */
  readonly handedOver: number
  /** Outcome → requests to webhooks. */
  readonly attempts: Readonly<Record<string, number>>
  /** Reason → messages parked. */
  readonly parkings: Readonly<Record<string, number>>
  /** Attempts to close or release a period that failed; each is tried again. */
  readonly feedFailures: number
  /** Feed → people in scope of the last compile whom no agency answers for. */
  readonly unmapped: Readonly<Record<string, number>>
}

export interface Counters {
  readonly dispatch: DispatchMetrics
  readonly delivery: DeliveryMetrics
  feedFailed(): void
  compiled(feed: string, unmapped: number): void
  counts(): Counts
}

export function createCounters(): Counters {
  const queued = tally()
  const attempts = tally()
  const parkings = tally()
  const unmapped = new Map<string, number>()
  let handedOver = 0
  let feedFailures = 0
  return {
    dispatch: { queued: (count) => queued.add(count.class) },
    delivery: {
      attempted: ({ outcome }) => attempts.add(outcome),
      parked: ({ reason }) => parkings.add(reason),
      handedOver() {
        handedOver++
      },
    },
    feedFailed() {
      feedFailures++
    },
    compiled: (feed, people) => void unmapped.set(feed, people),
    counts: () => ({
      queued: queued.counts(),
      handedOver,
      attempts: attempts.counts(),
      parkings: parkings.counts(),
      feedFailures,
      unmapped: Object.fromEntries(unmapped),
    }),
  }
}

function tally(): { add(name: string): void; counts(): Readonly<Record<string, number>> } {
  const counts = new Map<string, number>()
  return {
    add: (name) => void counts.set(name, (counts.get(name) ?? 0) + 1),
    counts: () => Object.fromEntries(counts),
  }
}
