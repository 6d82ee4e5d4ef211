/** The jobs of a hub that sends nothing: others of its log do. What it queues and is told, they find in the log. */
import type { Jobs } from './jobs.js'

export function createJobsElsewhere(): Jobs {
  return {
    drain() {},
    check() {},
    left: async () => undefined,
    takeTurn: async () => false,
    away: () => undefined,
    async start() {},
    async stop() {},
    isIdle: () => true,
  }
}
