/**
 * How old the oldest message is that we are to bring somewhere and have not. It looks at what delivery keeps in memory and reads no
 * more than a few messages: what it costs does not grow with the outboxes. What lies in a mailbox, is parked, or belongs to a
 * subscription that its agency paused waits for somebody else and is not counted.
 */
import { outboxStream } from '../domain/streams.js'
import { epochMsOf } from '../kernel/dates.js'
import type { LogReader } from '../log/port.js'
import { isSending, type Track } from './track.js'

/** The message that was the oldest unsent one when it was looked at. */
export interface Unsent {
  readonly sequence: number
  /** When it was recorded. */
  readonly atMs: number
}

/** Messages read for one answer. */
export const MOST_LOOKS = 256

type Waiting = Pick<Track, 'subscription' | 'progress' | 'length' | 'unsent'>

/** Notes the first message that waits where none did; called before the outbox is known to be longer. */
export function noteUnsent(track: Waiting, sequence: number, nowMs: number): void {
  if (track.progress.cursor() >= track.length && sequence === track.progress.cursor()) {
    track.unsent = { sequence, atMs: nowMs }
  }
}

/**
 * When the oldest unsent message was recorded; undefined where none is. Messages of one outbox grow no older, so that what is known
 * of an earlier one is a bound: only those are read that may be the oldest, and beyond `MOST_LOOKS` the bound is answered.
 */
export async function oldestUnsentAt(
  log: Pick<LogReader, 'readStream'>,
  tracks: Iterable<Waiting>,
): Promise<number | undefined> {
  const waiting = [...tracks].filter(isWaiting).sort((a, b) => boundOf(a) - boundOf(b))
  let oldest = Number.POSITIVE_INFINITY
  let looks = 0
  for (const track of waiting) {
    if (boundOf(track) >= oldest) break
    if (!isKnown(track) && looks < MOST_LOOKS) {
      looks++
      await look(log, track)
    }
    const bound = isWaiting(track) ? boundOf(track) : Number.NEGATIVE_INFINITY
    if (bound !== Number.NEGATIVE_INFINITY) oldest = Math.min(oldest, bound)
  }
  return Number.isFinite(oldest) ? oldest : undefined
}

/** Reads when the oldest unsent message of one outbox was recorded. */
export async function look(log: Pick<LogReader, 'readStream'>, track: Waiting): Promise<void> {
  const sequence = track.progress.cursor()
  if (sequence >= track.length) return
  for await (const { recordedAt } of log.readStream(outboxStream(track.subscription.id), sequence)) {
    track.unsent = { sequence, atMs: epochMsOf(recordedAt) }
    return
  }
}

function isWaiting({ subscription, progress, length }: Waiting): boolean {
  return isSending(subscription) && progress.cursor() < length
}

function isKnown({ unsent, progress }: Waiting): boolean {
  return unsent?.sequence === progress.cursor()
}

function boundOf({ unsent }: Waiting): number {
  return unsent?.atMs ?? Number.NEGATIVE_INFINITY
}
