/** What the hub has queued and handed over since its process began, for the metrics page. Counts only. */
import type { DispatchMetrics } from './alerts/port.js'
import type { DeliveryMetrics } from './delivery/port.js'

export interface Counters {
  readonly dispatch: DispatchMetrics
  readonly delivery: DeliveryMetrics
  /** Class → messages queued. */
  queued(): Readonly<Record<string, number>>
  handedOver(): number
}

export function createCounters(): Counters {
  const byClass = new Map<string, number>()
  let handedOver = 0
  return {
    dispatch: { queued: (count) => void byClass.set(count.class, (byClass.get(count.class) ?? 0) + 1) },
    delivery: {
      handedOver() {
        handedOver++
      },
    },
    queued: () => Object.fromEntries(byClass),
    handedOver: () => handedOver,
  }
}
