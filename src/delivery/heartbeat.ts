/**
 * Heartbeats: what tells silence from nothing to report. Every webhook that wants them gets one signed POST in each interval, at a
 * moment of its own, with the tail of its outbox. It is no message: it takes no number, holds no lane, is never parked and never
 * tried again before the next.
 *
 * Sample bytes: `{"id":"0199…","source":"urn:lianhu:log:0198…","specversion":"1.0","tail":12,
 * "time":"2026-03-02T15:31:07.214+08:00","type":"lianhu.heartbeat"}`; `tail` is -1 while the outbox is empty.
 */
import type { Subscription } from '../domain/directory.js'
import { momentOf, SECOND } from '../kernel/dates.js'
import { uuidv7 } from '../kernel/ids.js'
import { canonicalJson } from '../kernel/jcs.js'
import { createGate } from './gate.js'
import type { SignalOutcome } from './port.js'
import type { Timers } from './timers.js'
import { isSending } from './track.js'
import type { Sent, WebhookSender } from './webhook.js'

export const HEARTBEAT_TYPE = 'lianhu.heartbeat'

export interface HeartbeatDeps {
  readonly logId: string
  readonly timers: Timers
  /** One to each webhook in so long a time; 0 sends none. */
  readonly everyMs: number
  readonly subscriptions: () => Iterable<Subscription>
  /** True where this hub, and no other, sends the one that is due. */
  readonly takeTurn: (subscription: string, forMs: number) => Promise<boolean>
  /** The last number in the outbox, -1 for none, and which wait for a person. */
  readonly standing: (subscription: string) => Promise<{ readonly tail: number; readonly parked: readonly number[] }>
  readonly secrets: (subscription: Subscription) => Promise<readonly Uint8Array[]>
  readonly sender: Pick<WebhookSender, 'send'>
  /** What became of one; nothing follows from it. */
  readonly onSent: (outcome: SignalOutcome) => void
  /** Told where one could not even be made. */
  readonly onProblem: (subscription: string, error: unknown) => void
}

export interface Heartbeats {
  start(): void
  /** Begins nothing more; resolves when nothing is under way. */
  stop(): Promise<void>
}

export const HEARTBEAT_STEP_MS = 10 * SECOND
/**
 * Requests at the same time. With `SIGNAL_TIMEOUT_MS` each, 40,000 receivers that are all dead take 52 minutes: they are done
 * within the shortest interval, and whoever answers waits for none of them.
 */
const AT_ONCE = 64
/** A hub that slept goes on from here: what was due before is not caught up with. */
const LATE_MS = 6 * HEARTBEAT_STEP_MS

export function createHeartbeats(deps: HeartbeatDeps): Heartbeats {
  const { timers, everyMs } = deps
  const gate = createGate(AT_ONCE)
  const underWay = new Map<string, Promise<void>>()
  let cancel: (() => void) | undefined
  let lookedAt = 0

  const send = async (subscription: Subscription): Promise<void> => {
    const { id, url = '' } = subscription
    // Half an interval: longer than clocks differ, and over before the next is due.
    if (!cancel || !(await deps.takeTurn(id, everyMs / 2))) return
    const [{ tail, parked }, secrets] = await Promise.all([deps.standing(id), deps.secrets(subscription)])
    const now = timers.now()
    const beat = heartbeatOf({ id: uuidv7(now), logId: deps.logId, tail, atMs: now })
    const { kind } = await deps.sender.send(beat, { url, secrets, parked })
    deps.onSent(kind === 'accepted' ? 'accepted' : 'failed')
  }

  const begin = (subscription: Subscription): void => {
    const { id } = subscription
    if (underWay.has(id)) return
    const sent = gate
      .run(() => send(subscription))
      .catch((error: unknown) => deps.onProblem(id, error))
      .finally(() => underWay.delete(id))
    underWay.set(id, sent)
  }

  const step = (): void => {
    const now = timers.now()
    const since = Math.max(lookedAt, now - LATE_MS)
    for (const subscription of deps.subscriptions()) {
      if (getsHeartbeats(subscription) && lastMoment(subscription.id, everyMs, now) > since) begin(subscription)
    }
    lookedAt = now
    cancel = timers.after(HEARTBEAT_STEP_MS, step)
  }

  return {
    start() {
      if (everyMs === 0 || cancel) return
      lookedAt = timers.now()
      cancel = timers.after(HEARTBEAT_STEP_MS, step)
    },
    async stop() {
      cancel?.()
      cancel = undefined
      await Promise.all(underWay.values())
    },
  }
}

/** The body is canonical; `tail` is -1 while the outbox is empty. */
export function heartbeatOf({
  id,
  logId,
  tail,
  atMs,
}: {
  readonly id: string
  readonly logId: string
  readonly tail: number
  readonly atMs: number
}): Sent {
  const source = `urn:lianhu:log:${logId}`
  return {
    id,
    body: canonicalJson({ id, source, specversion: '1.0', tail, time: momentOf(atMs), type: HEARTBEAT_TYPE }),
  }
}

/** Of an open webhook that nobody paused and whose agency did not say no. A mailbox and files get none. */
export function getsHeartbeats(subscription: Subscription): boolean {
  return subscription.channel === 'webhook' && subscription.heartbeats !== false && isSending(subscription)
}

/**
 * The last moment at which one was due: each subscription has its own, the same at every hub, by the random end of its id, so that
 * all together are spread over the interval.
 */
export function lastMoment(subscription: string, everyMs: number, now: number): number {
  const offset = Number.parseInt(subscription.slice(-12), 16) % everyMs
  return now - ((now - offset) % everyMs)
}
