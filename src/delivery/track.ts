/**
 * What delivery keeps of one subscription while the hub runs: how far it has come, what it writes down, who waits for new
 * messages, and the lane of a webhook. Loaded from the subscription's stream, and read on from there: other hubs may write
 * there too. What people asked for is taken from the log alone, never from memory.
 */
import type { Subscription } from '../domain/directory.js'
import { outboxStream, subscriptionStream } from '../domain/streams.js'
import type { LogReader } from '../log/port.js'
import type { Lane } from './lane.js'
import type { Ledger } from './ledger.js'
import type { Delivery } from './port.js'
import { createProgress, foldProgress, type Progress } from './progress.js'
import type { Unsent } from './unsent.js'

export interface Track {
  subscription: Subscription
  readonly progress: Progress
  readonly ledger: Ledger
  /** The revision of the subscription's stream that is read next: everything before it is in `progress`. */
  seen: number
  /** Absent for a mailbox, and while this hub holds no lease. */
  lane: Lane | undefined
  /** The next sequence to be handed to the lane. */
  loaded: number
  /** Messages in the outbox, as far as we know. */
  length: number
  /** The oldest message that was not handed over when last looked at. */
  unsent: Unsent | undefined
  /** Until when the last run here left the receiver alone. */
  pausedUntil: number
  /** Runs that work with it. */
  users: number
  /** Wakes the run that waits for its lane. */
  wake: (() => void) | undefined
  readonly waiters: Set<() => void>
}

export async function loadTrack(
  log: LogReader,
  { subscription, ledger }: Pick<Track, 'subscription' | 'ledger'>,
): Promise<Track> {
  const track: Track = {
    subscription,
    ledger,
    progress: createProgress(),
    seen: 0,
    lane: undefined,
    loaded: 0,
    length: 0,
    unsent: undefined,
    pausedUntil: 0,
    users: 0,
    wake: undefined,
    waiters: new Set(),
  }
  await readOn(log, track)
  await measure(log, track)
  return track
}

/** Takes what the subscription's stream holds by now. */
export async function readOn(log: LogReader, track: Track): Promise<void> {
  for await (const event of log.readStream(subscriptionStream(track.subscription.id), track.seen)) {
    // Two may read at once: each event is taken once, in order.
    if (event.revision !== track.seen) continue
    track.seen = event.revision + 1
    foldProgress(track.progress, event)
  }
}

/** Looks how long the outbox is by now. */
export async function measure(log: LogReader, track: Track): Promise<void> {
  const tail = await log.readTail(outboxStream(track.subscription.id))
  if (tail) track.length = Math.max(track.length, tail.revision + 1)
}

/** True where the receiver has not got everything, or is to get something again. What is parked waits for a person. */
export function isBehind({ progress, length }: Pick<Track, 'progress' | 'length'>): boolean {
  return progress.cursor() < length || progress.redriving().size > 0
}

/** Events of a subscription's stream that are read again with its next message, rather than kept folded. */
const READ_AGAIN = 32

/** True where nobody works with it, its receiver is owed nothing, and reading it again costs little. */
export function isIdle(track: Track, nowMs: number): boolean {
  const { lane, ledger, progress, seen, users, pausedUntil, waiters, wake } = track
  const isHeld = users > 0 || lane !== undefined || wake !== undefined || waiters.size > 0 || !ledger.isWritten()
  const isOwed = isBehind(track) || progress.parked().size > 0 || pausedUntil > nowMs
  return !isHeld && !isOwed && seen <= READ_AGAIN
}

/** True where we bring the messages, by webhook or as files: a mailbox is fetched. */
export function isSending({ isOpen, paused, channel, url, publicKey }: Subscription): boolean {
  if (!isOpen || paused) return false
  return channel === 'files' ? publicKey !== undefined : channel === 'webhook' && url !== undefined
}

/** For the metrics page. */
export function totalsOf(tracks: readonly Track[], nowMs: number): ReturnType<Delivery['totals']> {
  const isPaused = ({ lane, pausedUntil }: Track): boolean => (lane ? lane.pause() !== undefined : pausedUntil > nowMs)
  return {
    lanes: tracks.filter(({ lane }) => lane !== undefined).length,
    paused: tracks.filter(isPaused).length,
    waiting: tracks.reduce((sum, { lane }) => sum + (lane?.waiting() ?? 0), 0),
    parked: tracks.reduce((sum, { progress }) => sum + progress.parked().size, 0),
  }
}
