/**
 * One run of a subscription's job: takes up where the log says that delivery was, sends until nothing can be sent, writes
 * down what became of it, and says what is still owed. It sends only while its lease is held, and drops nothing.
 */
import { readText } from '../domain/read-data.js'
import { outboxStream } from '../domain/streams.js'
import { SECOND } from '../kernel/dates.js'
import type { LogReader } from '../log/port.js'
import type { Lease, Rest } from './jobs.js'
import { createLane, LANE_ROOM, type Lane, type LaneDeps } from './lane.js'
import { addressOf, type LaneSchedule, pausedUntil, scheduleFrom } from './lane-schedule.js'
import type { RenderedMessage } from './port.js'
import { messagesAt } from './resend.js'
import type { Timers } from './timers.js'
import { isBehind, isSending, measure, readOn, type Track } from './track.js'
import type { SendOutcome } from './webhook.js'

export interface DrainDeps extends Pick<LaneDeps, 'firstAttempts' | 'repeats'> {
  readonly log: LogReader
  readonly timers: Timers
  readonly send: (track: Track, sequence: number, rendered: RenderedMessage | undefined) => Promise<SendOutcome>
  /** A lane that outlives its run has room for more of the outbox. */
  readonly onRoom: (track: Track) => void
  readonly onHandedOver: () => void
  readonly onParked: (reason: string) => void
  readonly onChange: () => void
}

export interface Drain {
  run(track: Track, lease: Lease): Promise<Rest | undefined>
  /** Takes what other hubs and people have written meanwhile; a lane that is open gets what is to be sent again. */
  catchUp(track: Track): Promise<void>
}

/** How long a lane that rests waits for the next message: a flow of alerts opens it once, not each time. */
const LINGER_MS = 500
/** Where the outbox is longer than it reads, a reader is behind: it is looked at again. */
const LOOK_AGAIN_MS = SECOND
/** Done already, one after the other: fewer are read over, more are left out. */
const WORTH_A_LEAP = 64

export function createDrain(deps: DrainDeps): Drain {
  const { log, timers } = deps

  const open = (track: Track, lease: Lease, schedule: LaneSchedule | undefined): Lane => {
    const { progress, ledger } = track
    const lane = createLane({
      timers,
      firstAttempts: deps.firstAttempts,
      repeats: deps.repeats,
      schedule,
      mayBegin: () => lease.isHeld(),
      send: (sequence, rendered) => deps.send(track, sequence, rendered),
      onHandedOver({ sequence }) {
        progress.handedOver(sequence, sequence)
        ledger.handedOver(sequence)
        deps.onHandedOver()
      },
      onParked({ sequence, key }, reason) {
        progress.park(sequence, key)
        ledger.parked(sequence, key, reason)
        deps.onParked(reason)
      },
      onRoom() {
        if (lease.isLasting && track.loaded < track.length) deps.onRoom(track)
      },
      onChange() {
        track.wake?.()
        deps.onChange()
      },
    })
    for (const key of progress.parked().values()) lane.setParked(key, true)
    track.lane = lane
    track.loaded = progress.cursor()
    return lane
  }

  /** What somebody asked for again, before whatever else waits under its keys. */
  const sendAgain = async ({ subscription, progress }: Track, lane: Lane): Promise<void> => {
    const asked = progress.redriving()
    if (asked.size === 0) return
    const messages = await messagesAt(log, subscription.id, asked)
    const parked = new Set(progress.parked().values())
    for (const { key } of messages) lane.setParked(key, parked.has(key))
    // Reading took its time: what has been taken since is asked for no more.
    lane.again(messages.filter(({ sequence }) => asked.has(sequence)))
  }

  /** Hands the lane what stands in the outbox, as far as it has room. */
  const fill = async (track: Track, lane: Lane): Promise<void> => {
    await measure(log, track)
    for (let from = -1; from !== track.loaded && track.loaded < track.length && !lane.isFull(); ) {
      from = track.loaded
      for await (const { revision, data } of log.readStream(outboxStream(track.subscription.id), from)) {
        if (lane.isFull()) break
        // A message that was queued meanwhile may have come by the direct way.
        if (revision !== track.loaded) continue
        track.loaded = revision + 1
        if (!track.progress.isDone(revision)) lane.push({ sequence: revision, key: readText(data, 'key') })
        const next = track.progress.nextOpen(revision + 1)
        if (next - track.loaded < WORTH_A_LEAP) continue
        track.loaded = Math.min(next, track.length)
        break
      }
    }
  }

  /**
   * Resolves when the lane has rested for a moment, or at once where its receiver is left alone, and never before everything
   * is written down: whoever holds the lease next sends again what is not. A lease that is over ends it in any case.
   */
  const untilRested = async (track: Track, lane: Lane, { signal }: Lease): Promise<void> => {
    let busyAt = timers.now()
    while (!signal.aborted) {
      const before = track.loaded
      if (track.loaded < track.length && lane.waiting() < LANE_ROOM) await fill(track, lane)
      if (!lane.isResting() || track.loaded > before) busyAt = timers.now()
      const isIdle = lane.pause() !== undefined || !isSending(track.subscription)
      let waitMs = lane.isResting() ? busyAt + LINGER_MS - timers.now() : LOOK_AGAIN_MS
      if (isIdle || waitMs <= 0) {
        await track.ledger.flush()
        if (track.ledger.isWritten()) return
        waitMs = LOOK_AGAIN_MS
      }
      await nextChange(timers, track, { signal, waitMs })
    }
  }

  /** Nothing is owed or under way, and nothing is remembered of the receiver. */
  const isSpent = (track: Track, lane: Lane): boolean =>
    !isBehind(track) && lane.waiting() === 0 && lane.isResting() && lane.schedule() === undefined

  /** From here on what is queued calls for the next run. */
  const close = (track: Track, lane: Lane): Promise<void> => {
    track.lane = undefined
    track.loaded = track.progress.cursor()
    return lane.stop()
  }

  const restOf = (track: Track, lane: Lane): Rest | undefined => {
    if (!isBehind(track) || !isSending(track.subscription)) return undefined
    const schedule = lane.schedule()
    const left = schedule && { ...schedule, to: addressOf(track.subscription.url ?? '') }
    const at = lane.nextAt() ?? timers.now() + (track.loaded < track.length ? LOOK_AGAIN_MS : 0)
    return { afterMs: Math.max(0, at - timers.now()), left }
  }

  /** Opens a lane for as long as the lease is lent. */
  const lent = async (track: Track, lease: Lease): Promise<Rest | undefined> => {
    track.pausedUntil = 0
    await readOn(log, track)
    await measure(log, track)
    if (!isSending(track.subscription) || !isBehind(track)) return undefined
    const schedule = scheduleFrom(lease.left, track.subscription.url ?? '')
    const pauseMs = schedule ? pausedUntil(schedule, timers.now()) - timers.now() : 0
    if (pauseMs > 0) {
      track.pausedUntil = timers.now() + pauseMs
      return { afterMs: pauseMs, left: lease.left }
    }
    const lane = open(track, lease, schedule)
    try {
      await sendAgain(track, lane)
      await untilRested(track, lane, lease)
    } finally {
      await close(track, lane)
      await track.ledger.flush()
    }
    track.pausedUntil = lane.pause()?.until ?? 0
    return restOf(track, lane)
  }

  return {
    async run(track, lease) {
      if (!lease.isLasting) return lent(track, lease)
      if (!track.lane) {
        await measure(log, track)
        // Of tens of thousands of receivers few are owed anything: only those have a lane.
        if (!isSending(track.subscription) || !isBehind(track)) return undefined
      }
      const isNew = track.lane === undefined
      const lane = track.lane ?? open(track, lease, undefined)
      if (isNew) await sendAgain(track, lane)
      lane.hold(!isSending(track.subscription))
      await fill(track, lane)
      if (isSpent(track, lane)) await close(track, lane)
      return undefined
    },
    async catchUp(track) {
      await readOn(log, track)
      if (track.lane) await sendAgain(track, track.lane)
    },
  }
}

/** Resolves at the next change of the track, after the wait, or when the lease is over. */
function nextChange(
  timers: Timers,
  track: Track,
  { signal, waitMs }: { readonly signal: AbortSignal; readonly waitMs: number },
): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      cancel()
      signal.removeEventListener('abort', done)
      track.wake = undefined
      resolve()
    }
    const cancel = timers.after(waitMs, done)
    track.wake = done
    signal.addEventListener('abort', done)
  })
}
