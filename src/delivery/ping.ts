/**
 * Pings: "look into your mailbox", and nothing else. A mailbox may name a bell, an address that gets an empty POST when something
 * waits there: no header, no query and no body says what. At most one a minute, over all hubs; it is no message, and nothing
 * follows from it.
 */
import type { Subscription } from '../domain/directory.js'
import { MINUTE, SECOND } from '../kernel/dates.js'
import { parseWebhookUrl } from './address-guard.js'
import { createGate } from './gate.js'
import type { SignalOutcome } from './port.js'
import type { Timers } from './timers.js'
import { connectionsTo, type WebhookOptions } from './webhook.js'

export interface PingDeps {
  readonly timers: Timers
  readonly receivers: WebhookOptions
  readonly find: (subscription: string) => Subscription | undefined
  /** True where this hub, and no other, rings now. */
  readonly takeTurn: (subscription: string, forMs: number) => Promise<boolean>
  /** True while something in the mailbox has not been collected. */
  readonly isWaiting: (subscription: string) => Promise<boolean>
  readonly onSent: (outcome: SignalOutcome) => void
  readonly onProblem: (subscription: string, error: unknown) => void
}

export interface Pings {
  /** Something was queued: rings now, and again each minute for a while until it has been collected. Never waits. */
  queued(subscription: string): void
  /** Rings now, collected or not, where its minute has passed: an alarm waits for a person. Never waits. */
  ring(subscriptions: readonly string[]): void
  /** What is under way is cut off: it is owed to nobody. */
  close(): Promise<void>
}

export const PING_EVERY_MS = MINUTE
/** So long after the last message nobody is woken any more, whoever does not collect. */
export const PING_FOR_MS = 5 * MINUTE
const AT_ONCE = 64
const KEPT_BODY_BYTES = 1024

interface Reminder {
  until: number
  /** Something came while it was looked at. */
  isAgain: boolean
}

export function createPings(deps: PingDeps): Pings {
  const { timers, receivers, find } = deps
  const connections = connectionsTo(receivers, 1)
  const gate = createGate(AT_ONCE)
  const reminders = new Map<string, Reminder>()
  /** Not before: what this hub has rung, or left to another. */
  const quietUntil = new Map<string, number>()
  const underWay = new Set<string>()
  let isClosed = false

  /** No longer than it can be: a clock that was set back silences no bell. */
  const quietForMs = (id: string): number => {
    const leftMs = (quietUntil.get(id) ?? 0) - timers.now()
    return leftMs > PING_EVERY_MS ? 0 : Math.max(0, leftMs)
  }

  const ring = async (id: string): Promise<void> => {
    const subscription = find(id)
    if (isClosed || !subscription || !hasBell(subscription) || quietForMs(id) > 0 || underWay.has(id)) return
    quietUntil.set(id, timers.now() + PING_EVERY_MS)
    // One that waits for its turn behind dead ones waits once.
    underWay.add(id)
    try {
      await gate.run(async () => {
        if (await deps.takeTurn(id, PING_EVERY_MS)) deps.onSent(await post(subscription.ping ?? ''))
      })
    } finally {
      underWay.delete(id)
    }
  }

  const post = async (url: string): Promise<SignalOutcome> => {
    try {
      // Options may have changed since the subscription was opened.
      const target = parseWebhookUrl(url, receivers)
      const signal = AbortSignal.timeout(receivers.timeoutMs)
      const dispatcher = await connections.agent()
      const { statusCode, body } = await dispatcher.request({
        origin: target.origin,
        path: target.pathname + target.search,
        method: 'POST',
        signal,
      })
      await body.dump({ limit: KEPT_BODY_BYTES })
      return statusCode < 300 ? 'accepted' : 'failed'
    } catch {
      return 'failed'
    }
  }

  const remind = async (id: string, reminder: Reminder): Promise<void> => {
    reminder.isAgain = false
    const subscription = find(id)
    const isOver = isClosed || !subscription || !hasBell(subscription) || timers.now() > reminder.until
    if (isOver || (!(await deps.isWaiting(id)) && !reminder.isAgain)) {
      reminders.delete(id)
      return
    }
    await ring(id)
    timers.after(Math.max(SECOND, quietForMs(id)), () => begin(id, reminder))
  }

  const begin = (id: string, reminder: Reminder): void => {
    remind(id, reminder).catch((error: unknown) => {
      reminders.delete(id)
      deps.onProblem(id, error)
    })
  }

  return {
    queued(id) {
      const subscription = find(id)
      if (isClosed || !subscription || !hasBell(subscription)) return
      const until = timers.now() + PING_FOR_MS
      const known = reminders.get(id)
      if (known) {
        known.until = until
        known.isAgain = true
        return
      }
      const reminder = { until, isAgain: false }
      reminders.set(id, reminder)
      begin(id, reminder)
    },
    ring(ids) {
      for (const id of ids) ring(id).catch((error: unknown) => deps.onProblem(id, error))
    },
    async close() {
      isClosed = true
      await connections.close()
    },
  }
}

/** Of an open mailbox that nobody paused. */
function hasBell({ channel, isOpen, paused, ping }: Subscription): boolean {
  return channel === 'mailbox' && isOpen && !paused && ping !== undefined
}
