/**
 * The mailbox: an agency fetches its own messages and says how far it has them. Bodies are rendered from the outbox, the same
 * bytes as often as they are asked for; a reader may wait for the next one. What is withheld is passed over, and listed as parked.
 */
import { MOST_OPENED } from '../domain/delivery-events.js'
import { readText } from '../domain/read-data.js'
import { outboxStream, subscriptionStream } from '../domain/streams.js'
import type { Clock } from '../kernel/clock.js'
import { momentOf } from '../kernel/dates.js'
import { HubError } from '../kernel/errors.js'
import type { LogReader } from '../log/port.js'
import type { HubRecorder, Principal } from '../recording/port.js'
import type { MailboxPage, MailboxQuery, Renderer } from './port.js'
import type { Timers } from './timers.js'
import { isSending, measure, type Track } from './track.js'
import type { WithheldMessages } from './withheld.js'

export interface MailboxDeps {
  readonly log: LogReader
  readonly recorder: Pick<HubRecorder, 'appendNext'>
  readonly renderer: Pick<Renderer, 'render'>
  readonly calendar: Clock
  readonly timers: Timers
  readonly withheld: WithheldMessages
}

export const DEFAULT_PAGE = 50
export const MAX_PAGE = 100
/** An answer ends after the message that takes it over this. */
const PAGE_CHARACTERS = 1024 * 1024

export async function readMailbox(deps: MailboxDeps, track: Track, query: MailboxQuery): Promise<MailboxPage> {
  const { after, waitMs = 0, limit = DEFAULT_PAGE, signal } = query
  if (!Number.isInteger(after) || after < -1) {
    throw new HubError('HUB_BAD_QUERY', `expected after to be -1 or a sequence, got ${after}`)
  }
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE) {
    throw new HubError('HUB_BAD_QUERY', `expected limit from 1 to ${MAX_PAGE}, got ${limit}`)
  }
  if (track.length <= after + 1 && waitMs > 0) await nextMessage(deps.timers, track, { waitMs, signal })
  const messages: { sequence: number; id: string; body: string }[] = []
  let size = 0
  await measure(deps.log, track)
  const { length } = track
  const withheld = await deps.withheld({ subscription: track.subscription, length })
  const parked = new Set([...track.progress.parked().keys(), ...withheld])
  // The sender parks what follows about the same person a moment later, and where another hub sends that is known here later still.
  // Where nobody sends any more, nobody will.
  const parkedKeys = new Map(
    isSending(track.subscription)
      ? [...track.progress.parked()].reverse().map(([sequence, key]) => [key, sequence])
      : [],
  )
  let next = after
  for await (const { revision, data } of deps.log.readStream(outboxStream(track.subscription.id), after + 1)) {
    // What is queued meanwhile was not looked at: it is the next page's.
    if (revision >= length) break
    next = revision
    if (withheld.has(revision)) continue
    const { id, body } = await deps.renderer.render(track.subscription.id, revision)
    messages.push({ sequence: revision, id, body })
    const before = parkedKeys.get(readText(data, 'key'))
    if (before !== undefined && before < revision && !track.progress.isDone(revision)) parked.add(revision)
    size += body.length
    if (messages.length >= limit || size > PAGE_CHARACTERS) break
  }
  const last = messages.at(-1)?.sequence
  if (last !== undefined && last > track.progress.collectedThrough()) {
    track.progress.collected(last)
    track.ledger.collected(last)
  }
  return { messages, parked: [...parked].sort((a, b) => a - b), next, length: track.length }
}

export async function acknowledgeThrough(
  deps: MailboxDeps,
  track: Track,
  { principal, through }: { readonly principal: Principal; readonly through: number },
): Promise<void> {
  // It may have been fetched from another hub, which saw it first.
  if (through >= track.length) await measure(deps.log, track)
  if (!Number.isInteger(through) || through < 0 || through >= track.length) {
    throw new HubError('HUB_BAD_QUERY', `expected a sequence from 0 to ${track.length - 1}, got ${through}`)
  }
  // Acknowledged is acknowledged: saying it again, or of less, changes nothing.
  if (through <= track.progress.acknowledgedThrough()) return
  await deps.recorder.appendNext({
    stream: subscriptionStream(track.subscription.id),
    type: 'MessageAcknowledged',
    data: {
      through,
      at: momentOf(deps.calendar.now()),
      ...(principal.person === undefined ? {} : { by: principal.person }),
    },
    by: principal,
  })
  track.progress.acknowledged(through)
}

/** Notes that a named person has read these messages: each reading counts, also of what was read before. */
export async function noteOpened(
  deps: MailboxDeps,
  track: Track,
  { principal, sequences }: { readonly principal: Principal; readonly sequences: readonly number[] },
): Promise<void> {
  const { person } = principal
  if (person === undefined) throw new HubError('HUB_PERSON_REQUIRED', 'it is a person who opens a message')
  const last = Math.max(...sequences)
  if (last >= track.length) await measure(deps.log, track)
  if (
    sequences.length === 0 ||
    sequences.length > MOST_OPENED ||
    last >= track.length ||
    !sequences.every(isSequence)
  ) {
    throw new HubError('HUB_BAD_QUERY', `expected 1 to ${MOST_OPENED} sequences from 0 to ${track.length - 1}`)
  }
  await deps.recorder.appendNext({
    stream: subscriptionStream(track.subscription.id),
    type: 'MessageOpened',
    data: { sequences: [...new Set(sequences)].sort((a, b) => a - b), by: person, at: momentOf(deps.calendar.now()) },
    by: principal,
  })
}

function isSequence(value: number): boolean {
  return Number.isInteger(value) && value >= 0
}

/** Resolves at the next message, after the wait, or when the reader is gone. */
function nextMessage(
  timers: Timers,
  track: Track,
  { waitMs, signal }: { readonly waitMs: number; readonly signal: AbortSignal | undefined },
): Promise<void> {
  if (signal?.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = (): void => {
      cancel()
      track.waiters.delete(done)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const cancel = timers.after(waitMs, done)
    track.waiters.add(done)
    signal?.addEventListener('abort', done)
  })
}
