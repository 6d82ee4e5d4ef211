/** What the hub has done, met and could tell nobody since its process began, for the metrics page. Counts only. */
import type { DispatchMetrics, KeeperMetrics, Unreached } from './alerts/port.js'
import type { DeliveryMetrics } from './delivery/port.js'
import { createFeedFailures, type FeedFailures } from './hub-feed-failures.js'
import type { Clock } from './kernel/clock.js'
import { MINUTE } from './kernel/dates.js'
import type { Logger } from './kernel/logger.js'

/**
 * `UNMAPPED`: no agency of the role is in charge there. `UNSEEN`: a notice for an agency that takes no alerts. `NO_RUNG`,
 * `NO_FIELD_SET`: an alarm climbed to where nobody is, or to a role that sees nothing of it.
 */
export type UnreachedReason = 'UNMAPPED' | 'UNSEEN' | 'NO_RUNG' | 'NO_FIELD_SET'

export interface UnreachedCount extends Unreached {
  readonly reason: UnreachedReason
  readonly count: number
}

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
  /** The code of the last of them, and for how long none has succeeded; absent where the last one did. */
  readonly feedFailing?: { readonly code: string; readonly seconds: number }
  /** Feed → people in scope of the last compile whom no agency answers for. */
  readonly unmapped: Readonly<Record<string, number>>
  /** Who ought to have been told and was not. */
  readonly unreached: readonly UnreachedCount[]
  /** Rung → alarms that climbed to it. */
  readonly climbed: Readonly<Record<string, number>>
  /** End → alerts that this hub ended without an answer. */
  readonly ended: Readonly<Record<string, number>>
  /** `heartbeat accepted`, `ping failed` → how often. */
  readonly signals: Readonly<Record<string, number>>
}

export interface Counters {
  readonly dispatch: DispatchMetrics
  readonly delivery: DeliveryMetrics
  readonly keeper: KeeperMetrics
  readonly feeds: Pick<FeedFailures, 'failed' | 'settled'>
  compiled(feed: string, unmapped: number): void
  counts(): Counts
}

/** The same reason, role and kind is said at most so often: a county without an office must not drown the log. */
const SAID_AGAIN_MS = 10 * MINUTE
const WARNING: Readonly<Record<UnreachedReason, string>> = {
  UNMAPPED: 'nobody of this role is in charge where a person lives: who ought to know was not told',
  UNSEEN: 'an agency takes no alerts and was not told: it needs a subscription',
  NO_RUNG:
    'an alarm that nobody acknowledged has nobody to climb to: no duty subscription, no superior, or none of its own',
  NO_FIELD_SET: 'an alarm that nobody acknowledged climbed to a role that may see nothing of it: nobody was told',
}

/** @param logger is told of the role and kind, never of a person, a place or an agency */
export function createCounters(logger: Pick<Logger, 'error' | 'info' | 'warn'>, wall: Clock): Counters {
  const queued = tally()
  const attempts = tally()
  const parkings = tally()
  const climbed = tally()
  const ended = tally()
  const signals = tally()
  const unmapped = new Map<string, number>()
  const unreached = new Map<string, UnreachedCount>()
  const said = new Map<string, number>()
  let handedOver = 0
  const feeds = createFeedFailures(logger, wall)

  const miss = (reason: UnreachedReason, { role, kind }: Unreached): void => {
    const key = `${reason} ${role} ${kind}`
    const count = (unreached.get(key)?.count ?? 0) + 1
    unreached.set(key, { reason, role, kind, count })
    const lastSaid = said.get(key)
    if (lastSaid !== undefined && wall.now() < lastSaid + SAID_AGAIN_MS) return
    said.set(key, wall.now())
    logger.warn({ role, kind, count }, WARNING[reason])
  }

  return {
    dispatch: {
      queued: (count) => queued.add(count.class),
      unmapped: (one) => miss('UNMAPPED', one),
      unseen: (one) => miss('UNSEEN', one),
      unclimbed: ({ reason, ...one }) => miss(reason, one),
    },
    delivery: {
      attempted: ({ outcome }) => attempts.add(outcome),
      parked: ({ reason }) => parkings.add(reason),
      signalled: ({ signal, outcome }) => signals.add(`${signal} ${outcome}`),
      handedOver() {
        handedOver++
      },
    },
    keeper: { climbed: (step) => climbed.add(step), ended: (end) => ended.add(end) },
    feeds,
    compiled: (feed, people) => void unmapped.set(feed, people),
    counts: () => ({
      queued: queued.counts(),
      handedOver,
      attempts: attempts.counts(),
      parkings: parkings.counts(),
      ...feeds.counts(),
      unmapped: Object.fromEntries(unmapped),
      unreached: [...unreached.values()],
      climbed: climbed.counts(),
      ended: ended.counts(),
      signals: signals.counts(),
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
