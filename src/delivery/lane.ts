/**
 * One subscription's way to its webhook: messages of one person in order, several persons at once, first attempts before
 * repeated ones. A receiver that takes nothing pauses this lane and no other; a message that is refused for good parks, and
 * what follows it about the same person parks behind it. Nothing is ever dropped.
 */
import { backoffMs } from './backoff.js'
import type { Gate } from './gate.js'
import { type LaneSchedule, MAX_LATE, pausedUntil as pauseEnd } from './lane-schedule.js'
import type { RenderedMessage } from './port.js'
import type { Timers } from './timers.js'
import type { SendOutcome } from './webhook.js'

export interface LaneMessage {
  readonly sequence: number
  readonly key: string
}

export interface LaneDeps {
  readonly timers: Timers
  /** First attempts and repeated ones wait for sockets apart, so that dead receivers hold up nobody. */
  readonly firstAttempts: Gate
  readonly repeats: Gate
  /** Sends, rendering first where `rendered` is absent. Rejects nothing. */
  readonly send: (sequence: number, rendered: RenderedMessage | undefined) => Promise<SendOutcome>
  readonly onHandedOver: (message: LaneMessage) => void
  readonly onParked: (message: LaneMessage, reason: string) => void
  /** Called when the lane could take more from the outbox. */
  readonly onRoom: () => void
  /** Called whenever something changed that `isResting` may depend on. */
  readonly onChange: () => void
  /** False where nothing may begin any more, because somebody else may send. Defaults to always. */
  readonly mayBegin?: () => boolean
  /** How the lane before this one stood with its receiver. */
  readonly schedule?: LaneSchedule | undefined
}

export interface Lane {
  /** The next message of the outbox, in order; one of a parked person parks at once. True where the body waits with it. */
  push(message: LaneMessage, rendered?: RenderedMessage): boolean
  /** Messages to be sent again, before whatever else waits under their keys. */
  again(messages: readonly LaneMessage[]): void
  /** True where it holds as many messages as it keeps in memory. */
  isFull(): boolean
  /** True where nothing is under way and nothing can be tried before some time has passed. */
  isResting(): boolean
  /** How many messages wait here. */
  waiting(): number
  /** The receiver's pause, where it is in one. */
  pause(): { readonly until: number; readonly reason: string } | undefined
  /** When something that waits here can be tried: now, at the end of a pause or of a back-off; undefined where nothing waits. */
  nextAt(): number | undefined
  /** For the lane after this one; undefined where nothing has failed. */
  schedule(): Omit<LaneSchedule, 'to'> | undefined
  setParked(key: string, isParked: boolean): void
  /** Tries again now, whatever the schedule says: the address changed, or somebody asked. */
  resume(): void
  hold(isHeld: boolean): void
  /** Resolves when nothing is under way any more; nothing new begins. */
  stop(): Promise<void>
}

interface Waiting extends LaneMessage {
  readonly rendered: RenderedMessage | undefined
  readonly attempts: number
  readonly notBefore: number
}

/** Persons whose messages are under way at the same time. */
const KEYS_AT_ONCE = 8
const MAX_WAITING = 2000
/** A lane with fewer takes more from the outbox: it is read in long runs, not message by message. */
export const LANE_ROOM = MAX_WAITING / 2
/** Bodies kept with waiting messages; the others are rendered again. */
const MAX_BODIES = 256
const UNTRIED = { attempts: 0, notBefore: 0 }

export function createLane(deps: LaneDeps): Lane {
  const { timers, schedule } = deps
  const mayBegin = deps.mayBegin ?? (() => true)
  /** Sequence → attempts and moment, of those that the lane before this one tried in vain. */
  const tried = new Map(schedule?.late.map(([sequence, attempts, at]) => [sequence, { attempts, notBefore: at }]))
  const queues = new Map<string, Waiting[]>()
  /** Keys whose first message has not been tried, in the order in which they came. */
  const fresh = new Set<string>()
  /** Keys whose first message waits for its next attempt. */
  const late = new Set<string>()
  const busy = new Set<string>()
  const parkedKeys = new Set<string>()
  let count = 0
  let rounds = schedule?.rounds ?? 0
  let epoch = 0
  let pausedUntil = schedule ? pauseEnd(schedule, timers.now()) : 0
  let pauseReason = schedule?.reason ?? ''
  let lastFailedKey: string | undefined
  let cancel: (() => void) | undefined
  let seenAt = timers.now()
  let isHeld = false
  let isStopped = false
  let onIdle: (() => void)[] = []

  const headOf = (key: string): Waiting | undefined => queues.get(key)?.[0]

  const nextKey = (): string | undefined => {
    for (const key of fresh) return key
    let soonest: string | undefined
    let at = Number.POSITIVE_INFINITY
    for (const key of late) {
      const notBefore = headOf(key)?.notBefore ?? at
      if (notBefore >= at) continue
      at = notBefore
      soonest = key
    }
    return at <= timers.now() ? soonest : undefined
  }

  const wakeAt = (moment: number): void => {
    cancel?.()
    cancel = timers.after(Math.max(0, moment - timers.now()), () => {
      cancel = undefined
      pump()
    })
  }

  /** A clock that was set back takes what waits for it along: no pause grows by as much. */
  const heedClock = (): void => {
    const backMs = seenAt - timers.now()
    seenAt = timers.now()
    if (backMs <= 0) return
    pausedUntil -= backMs
    for (const key of late) {
      const head = headOf(key)
      if (head) replaceHead(head, { ...head, notBefore: head.notBefore - backMs })
    }
  }

  const pump = (): void => {
    heedClock()
    if (!isHeld && !isStopped && mayBegin()) {
      if (pausedUntil > timers.now()) wakeAt(pausedUntil)
      else begin()
    }
    if (count < LANE_ROOM) deps.onRoom()
    deps.onChange()
  }

  /** After a pause one message tries the way; the others follow when it got through. */
  const begin = (): void => {
    const limit = rounds > 0 ? 1 : KEYS_AT_ONCE
    while (busy.size < limit) {
      const key = nextKey()
      if (key === undefined) break
      void attempt(key)
    }
    // What is due already waits for somebody under way to come back, and that calls again.
    const soonest = soonestLate()
    if (soonest > timers.now() && soonest < Number.POSITIVE_INFINITY) wakeAt(soonest)
  }

  const soonestLate = (): number => {
    let soonest = Number.POSITIVE_INFINITY
    for (const key of late) soonest = Math.min(soonest, headOf(key)?.notBefore ?? soonest)
    return soonest
  }

  const attempt = async (key: string): Promise<void> => {
    const head = headOf(key)
    if (!head) return
    fresh.delete(key)
    late.delete(key)
    busy.add(key)
    const epochAtStart = epoch
    const gate = head.attempts > 0 || rounds > 0 ? deps.repeats : deps.firstAttempts
    const outcome = await gate.run(async () =>
      isStopped || !mayBegin() ? undefined : deps.send(head.sequence, head.rendered),
    )
    busy.delete(key)
    if (outcome) settle(head, outcome, epochAtStart)
    else ready(key)
    if (busy.size === 0) {
      for (const resolve of onIdle) resolve()
      onIdle = []
    }
    pump()
  }

  const settle = (head: Waiting, outcome: SendOutcome, epochAtStart: number): void => {
    const { key } = head
    switch (outcome.kind) {
      case 'accepted':
        remove(head)
        deps.onHandedOver(head)
        endPause()
        ready(key)
        break
      case 'refused':
        endPause()
        parkFrom(head, outcome.reason)
        break
      case 'failed': {
        // What fails on our side is no fault of the receiver's: it is tried again soon, however often.
        const attempts = outcome.scope === 'hub' ? head.attempts : head.attempts + 1
        replaceHead(head, { ...head, rendered: undefined, attempts, notBefore: timers.now() + backoffMs(attempts) })
        late.add(key)
        if (outcome.scope === 'hub') break
        // Two persons in a row, or no answer at all: it is the receiver, not the message.
        const isEndpoint = outcome.scope === 'endpoint' || (lastFailedKey !== undefined && lastFailedKey !== key)
        lastFailedKey = key
        if (!isEndpoint || epochAtStart !== epoch) break
        epoch++
        rounds++
        pausedUntil = timers.now() + backoffMs(rounds)
        pauseReason = outcome.reason
        break
      }
    }
  }

  /** Something got through: whoever waited for the receiver need not wait for the schedule. */
  const endPause = (): void => {
    lastFailedKey = undefined
    if (rounds === 0) return
    rounds = 0
    pausedUntil = 0
    for (const key of late) {
      const head = headOf(key)
      if (head) replaceHead(head, { ...head, notBefore: timers.now() })
    }
  }

  const parkFrom = (head: Waiting, reason: string): void => {
    const queue = queues.get(head.key) ?? []
    queues.delete(head.key)
    fresh.delete(head.key)
    late.delete(head.key)
    parkedKeys.add(head.key)
    count -= queue.length
    for (const message of queue) deps.onParked(message, message === head ? reason : 'BEHIND')
  }

  const replaceHead = (head: Waiting, next: Waiting): void => {
    const queue = queues.get(head.key)
    if (queue?.[0] === head) queue[0] = next
  }

  const remove = (head: Waiting): void => {
    const queue = queues.get(head.key)
    const at = queue?.indexOf(head) ?? -1
    if (!queue || at < 0) return
    queue.splice(at, 1)
    count--
    if (queue.length === 0) queues.delete(head.key)
  }

  const ready = (key: string): void => {
    const head = headOf(key)
    if (!head || busy.has(key)) return
    if (head.attempts > 0) late.add(key)
    else fresh.add(key)
  }

  return {
    push(message, rendered) {
      const { sequence, key } = message
      if (parkedKeys.has(key)) {
        deps.onParked(message, 'BEHIND')
        return false
      }
      const queue = queues.get(key) ?? []
      queues.set(key, queue)
      const isKept = rendered !== undefined && count < MAX_BODIES
      const { attempts, notBefore } = tried.get(sequence) ?? UNTRIED
      const at = Math.min(notBefore, timers.now() + backoffMs(attempts))
      queue.push({ sequence, key, rendered: isKept ? rendered : undefined, attempts, notBefore: at })
      count++
      ready(key)
      pump()
      return isKept
    },
    again(messages) {
      for (const { sequence, key } of messages) {
        const queue = queues.get(key) ?? []
        queues.set(key, queue)
        if (queue.some((waiting) => waiting.sequence === sequence)) continue
        const isUnderWay = busy.has(key) ? 1 : 0
        const at = queue.findIndex((waiting, i) => i >= isUnderWay && waiting.sequence > sequence)
        const waiting = { sequence, key, rendered: undefined, ...UNTRIED }
        queue.splice(at < 0 ? queue.length : at, 0, waiting)
        count++
        late.delete(key)
        ready(key)
      }
      pump()
    },
    isFull: () => count >= MAX_WAITING,
    isResting() {
      if (busy.size > 0) return false
      if (isHeld || isStopped || pausedUntil > timers.now()) return true
      return nextKey() === undefined
    },
    waiting: () => count,
    pause: () => (pausedUntil > timers.now() ? { until: pausedUntil, reason: pauseReason } : undefined),
    nextAt() {
      if (count === 0) return undefined
      if (pausedUntil > timers.now()) return pausedUntil
      return fresh.size > 0 ? timers.now() : Math.max(timers.now(), soonestLate())
    },
    schedule() {
      const heads = [...late].flatMap((key) => headOf(key) ?? []).sort((a, b) => a.notBefore - b.notBefore)
      if (rounds === 0 && heads.length === 0) return undefined
      return {
        rounds,
        until: pausedUntil,
        reason: pauseReason,
        late: heads.slice(0, MAX_LATE).map(({ sequence, attempts, notBefore }) => [sequence, attempts, notBefore]),
      }
    },
    setParked(key, isParked) {
      if (isParked) parkedKeys.add(key)
      else parkedKeys.delete(key)
    },
    resume() {
      endPause()
      pump()
    },
    hold(held) {
      isHeld = held
      pump()
    },
    async stop() {
      isStopped = true
      cancel?.()
      if (busy.size > 0) await new Promise<void>((resolve) => onIdle.push(resolve))
    },
  }
}
