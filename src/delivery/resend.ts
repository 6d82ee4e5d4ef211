/**
 * Asking for what was parked, or what was handed over before, once more: shown first, then written down. Whoever holds the
 * lease reads it there and sends it, in the order of the outbox. It queues nothing anew and never moves the cursor.
 */
import { readText } from '../domain/read-data.js'
import { outboxStream, subscriptionStream } from '../domain/streams.js'
import type { Clock } from '../kernel/clock.js'
import { momentOf } from '../kernel/dates.js'
import { HubError } from '../kernel/errors.js'
import type { LogReader } from '../log/port.js'
import type { HubRecorder, Principal } from '../recording/port.js'
import type { LaneMessage } from './lane.js'
import type { ResendPlan } from './port.js'
import type { Track } from './track.js'
import type { WithheldMessages } from './withheld.js'

export interface ResendDeps {
  readonly log: LogReader
  readonly recorder: Pick<HubRecorder, 'appendNext'>
  readonly calendar: Clock
  readonly withheld: WithheldMessages
}

const MAX_REWIND = 1000
/** As many as one record names. */
const CHUNK = 1000
/** Fewer in between are read over, more are left out. */
const WORTH_A_LEAP = 64

export function parkedMessages(track: Track): readonly LaneMessage[] {
  return [...track.progress.parked()].map(([sequence, key]) => ({ sequence, key }))
}

/** What was handed over from this sequence on. Throws `HUB_BAD_QUERY` where that is more than one call may ask for. */
export async function handedOverFrom(log: LogReader, track: Track, from: number): Promise<readonly LaneMessage[]> {
  const { progress } = track
  if (track.subscription.channel === 'mailbox' && progress.cursor() === 0) {
    throw new HubError('HUB_BAD_QUERY', 'nothing is handed over to a mailbox: its reader fetches', {
      hint: 'Read it again from any sequence: GET …/messages?after=…',
    })
  }
  if (!Number.isInteger(from) || from < 0 || from >= progress.cursor()) {
    throw new HubError('HUB_BAD_QUERY', `expected a sequence from 0 to ${progress.cursor() - 1}, got ${from}`)
  }
  if (progress.cursor() - from > MAX_REWIND) {
    throw new HubError('HUB_BAD_QUERY', `expected at most ${MAX_REWIND} messages, got ${progress.cursor() - from}`, {
      hint: 'Fetch older messages from the mailbox: GET …/messages?after=…',
    })
  }
  return (await messagesOf(log, track.subscription.id, from)).filter(
    ({ sequence }) => progress.isDone(sequence) && !progress.parked().has(sequence),
  )
}

/** The keys of sequences, from the outbox. */
export async function messagesOf(log: LogReader, subscription: string, from: number): Promise<readonly LaneMessage[]> {
  const messages: LaneMessage[] = []
  for await (const { revision, data } of log.readStream(outboxStream(subscription), from)) {
    messages.push({ sequence: revision, key: readText(data, 'key') })
  }
  return messages
}

/** These messages of an outbox, in its order; what it does not hold is left out. */
export async function messagesAt(
  log: LogReader,
  subscription: string,
  sequences: Iterable<number>,
): Promise<readonly LaneMessage[]> {
  const wanted = [...sequences].sort((a, b) => a - b)
  const found: LaneMessage[] = []
  for (let at = 0, before = -1; at < wanted.length && at !== before; ) {
    before = at
    for await (const { revision, data } of log.readStream(outboxStream(subscription), wanted[at])) {
      const next = wanted[at]
      if (next === undefined || next - revision > WORTH_A_LEAP) break
      if (revision !== next) continue
      found.push({ sequence: revision, key: readText(data, 'key') })
      at++
    }
  }
  return found
}

export async function resend(
  { recorder, calendar, withheld }: ResendDeps,
  track: Track,
  { messages, principal, dryRun }: { messages: readonly LaneMessage[]; principal: Principal; dryRun: boolean },
): Promise<ResendPlan> {
  const kept = messages.length === 0 ? new Set<number>() : await withheld(track)
  const going = messages.filter(({ sequence }) => !kept.has(sequence))
  const sequences = going.map(({ sequence }) => sequence)
  const keys = new Set(going.map(({ key }) => key))
  const plan = { sequences, keys: keys.size, isDryRun: dryRun }
  if (dryRun || sequences.length === 0) return plan
  // What we handed over stands in the log before the wish to have it again: else the record would take back the wish.
  await track.ledger.flush()
  for (let at = 0; at < sequences.length; at += CHUNK) {
    await recorder.appendNext({
      stream: subscriptionStream(track.subscription.id),
      type: 'MessageRedriven',
      data: {
        sequences: sequences.slice(at, at + CHUNK),
        at: momentOf(calendar.now()),
        ...(principal.person === undefined ? {} : { by: principal.person }),
      },
      by: principal,
    })
  }
  return plan
}
