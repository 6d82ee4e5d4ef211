/**
 * What a hub sends that is no message: heartbeats to webhooks, pings to the bells of mailboxes. They go beside the lanes, over
 * connections of their own, with a short time each: whatever becomes of one, no message and no other signal waits for it.
 */
import type { Subscription } from '../domain/directory.js'
import { HOUR, SECOND } from '../kernel/dates.js'
import { createHeartbeats, type HeartbeatDeps } from './heartbeat.js'
import type { Jobs } from './jobs.js'
import { createPings, type Pings } from './ping.js'
import type { DeliveryMetrics } from './port.js'
import type { Track } from './track.js'
import { createWebhookSender, type WebhookOptions } from './webhook.js'

export interface SignalsDeps extends Pick<HeartbeatDeps, 'logId' | 'timers' | 'secrets' | 'onProblem'> {
  readonly receivers: WebhookOptions
  readonly heartbeatHours: number
  readonly subscriptions: ReadonlyMap<string, Subscription>
  readonly jobs: Pick<Jobs, 'takeTurn'>
  /** The track of a subscription, as the log has it by now. */
  readonly track: (subscription: string) => Promise<Track>
  readonly metrics: DeliveryMetrics | undefined
}

export interface Signals extends Pick<Pings, 'queued' | 'ring'> {
  start(): void
  stop(): Promise<void>
}

/** Longest wait for the answer to a signal; a message may wait longer. */
export const SIGNAL_TIMEOUT_MS = 5 * SECOND

export function createSignals(deps: SignalsDeps): Signals {
  const { jobs, subscriptions, timers, metrics } = deps
  const receivers = { ...deps.receivers, timeoutMs: Math.min(deps.receivers.timeoutMs, SIGNAL_TIMEOUT_MS) }
  const sender = createWebhookSender(receivers, timers)
  const heartbeats = createHeartbeats({
    ...deps,
    sender,
    everyMs: deps.heartbeatHours * HOUR,
    subscriptions: () => subscriptions.values(),
    takeTurn: (id, forMs) => jobs.takeTurn(id, 'heartbeat', forMs),
    async standing(id) {
      const { length, progress } = await deps.track(id)
      return { tail: length - 1, parked: [...progress.parked().keys()] }
    },
    onSent: (outcome) => metrics?.signalled?.({ signal: 'heartbeat', outcome }),
  })
  const pings = createPings({
    ...deps,
    receivers,
    find: (id) => subscriptions.get(id),
    takeTurn: (id, forMs) => jobs.takeTurn(id, 'ping', forMs),
    async isWaiting(id) {
      const { length, progress } = await deps.track(id)
      return progress.collectedThrough() < length - 1
    },
    onSent: (outcome) => metrics?.signalled?.({ signal: 'ping', outcome }),
  })
  return {
    start: heartbeats.start,
    queued: pings.queued,
    ring: pings.ring,
    async stop() {
      // What is under way is owed to nobody: it is cut off.
      await Promise.all([sender.close(), pings.close(), heartbeats.stop()])
    },
  }
}
