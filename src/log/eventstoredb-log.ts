/**
 * The EventStoreDB adapter of the event log. The server's event id is the UUIDv8 of SHA-256 of the stored bytes and ours
 * stands in the event: only the same bytes are idempotent there, and every other race is a wrong expectation, which is
 * settled by reading and comparing. What a real server does stands line by line in `test/contract/eventstoredb-server.ts`.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { NewEvent, Receipt, StoredEvent } from '../domain/event.js'
import { HubError, isHubError } from '../kernel/errors.js'
import { sha256 } from '../kernel/hash.js'
import { uuidv8 } from '../kernel/ids.js'
import { createTurns } from '../kernel/turns.js'
import { idKnown, refuseUnfit, streamKind, wrongExpectation } from './append-checks.js'
import {
  type EventStoreClient,
  faultOf,
  isNowhere,
  MAX_APPEND_BYTES,
  type PlacedServerEvent,
  type ServerAppend,
  type ServerEvent,
  typeOf,
} from './eventstoredb-client.js'
import { createKnownTails } from './eventstoredb-tails.js'
import { type EventLog, type Expected, type LogRecord, type Position, START } from './port.js'

export interface EventStoreLogOptions {
  /**
   * False for streams whose ids nobody outside the hub chooses and whose places are computed: their ids are not kept, and an
   * append to them reads nothing first. Defaults to true for every stream.
   */
  readonly holdsClientIds?: (stream: string) => boolean
  /** How long one append goes again by itself while the server is away or elects a leader, in milliseconds. Defaults to 4000. */
  readonly patienceMs?: number
  /** Told when a subscription or a reading had to be made anew, with the client's own name for the reason. */
  readonly onReconnect?: (reason: string) => void
}

export interface EventStoreLog extends EventLog {
  /** The event at a position, where one of ours starts there: whether a cursor still belongs to this log. */
  recordAt(position: string): Promise<LogRecord | undefined>
}

const PATIENCE_MS = 4000
const FIRST_PAUSE_MS = 25
const LONGEST_PAUSE_MS = 1000
const LONGEST_FOLLOW_PAUSE_MS = 5000

export function createEventStoreLog(client: EventStoreClient, options: EventStoreLogOptions = {}): EventStoreLog {
  const { holdsClientIds = () => true, patienceMs = PATIENCE_MS, onReconnect } = options
  const tails = createKnownTails()
  const turns = createTurns()
  const closing = new AbortController()

  /** A reading that is taken up again where it broke, for as long as patience lasts without an event. */
  const resumed = async function* <T>(read: () => AsyncIterable<T>): AsyncIterable<T> {
    let until = performance.now() + patienceMs
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        for await (const item of read()) {
          yield item
          until = performance.now() + patienceMs
        }
        return
      } catch (error) {
        const isFinal = faultOf(error) === 'refused' || isNowhere(error)
        if (closing.signal.aborted || isFinal || performance.now() + pauseMs > until) throw away(error)
        onReconnect?.(typeOf(error))
        await delay(pauseMs)
      }
    }
  }

  /** Reads what follows the part of the stream that is known. */
  const refresh = async (stream: string): Promise<void> => {
    const found: { id: string; revision: number }[] = []
    const from = (tails.get(stream)?.revision ?? -1) + 1
    for await (const { revision, json } of resumed(() => {
      found.length = 0
      return client.readStream(stream, from)
    }))
      found.push({ id: idOf(json), revision })
    if (found.length > 0) tails.extend(stream, found)
  }

  const knownIn = (stream: string, events: readonly NewEvent[]): readonly { id: string; revision: number }[] => {
    const ids = tails.get(stream)?.ids
    if (!ids) return []
    return events.flatMap(({ id }) => {
      const revision = ids.get(id)
      return revision === undefined ? [] : [{ id, revision }]
    })
  }

  /** What is already certain before anything is sent. @throws HUB_ID_KNOWN, HUB_WRONG_EXPECTATION */
  const refuseByWhatIsKnown = async (
    stream: string,
    events: readonly NewEvent[],
    expected: Expected,
  ): Promise<void> => {
    const wanted = expected === 'new' ? -1 : expected.revision
    if ((tails.get(stream)?.revision ?? -1) !== wanted) await refresh(stream)
    const known = knownIn(stream, events)
    if (known.length > 0) throw idKnown(stream, events.length, known)
    const revision = tails.get(stream)?.revision ?? -1
    if (revision !== wanted) throw wrongExpectation(expected, revision < 0 ? null : revision)
  }

  /** After a wrong expectation: is what stands there ours, in whole or in part? */
  const settleTaken = async (
    stream: string,
    events: readonly NewEvent[],
    expected: Expected,
    actualRevision: number | null,
  ): Promise<HubError> => {
    if (holdsClientIds(stream)) {
      await refresh(stream)
      const known = knownIn(stream, events)
      if (known.length > 0) return idKnown(stream, events.length, known)
      return wrongExpectation(expected, tails.get(stream)?.revision ?? actualRevision)
    }
    const from = expected === 'new' ? 0 : expected.revision + 1
    const ids = new Set(events.map(({ id }) => id))
    const known: { id: string; revision: number }[] = []
    if (Number.isSafeInteger(from)) {
      for await (const { revision, json } of resumed(() => {
        known.length = 0
        return client.readStream(stream, from, events.length)
      }))
        if (ids.has(idOf(json))) known.push({ id: idOf(json), revision })
    }
    return known.length > 0 ? idKnown(stream, events.length, known) : wrongExpectation(expected, actualRevision)
  }

  /** The same bytes with the same expectation, until the server answers or patience ends. */
  const send = async (request: ServerAppend): ReturnType<EventStoreClient['append']> => {
    const until = performance.now() + patienceMs
    let mayStand = false
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        return await client.append(request)
      } catch (error) {
        const fault = faultOf(error)
        mayStand ||= fault === 'unknown'
        if (fault === 'refused' && !mayStand)
          throw new HubError('HUB_READ_ONLY', `the event store refuses the append (${typeOf(error)})`, {
            hint: 'Nothing was stored. Operator: check user and rights at the event store.',
          })
        if (fault === 'too-large') throw tooLarge(request.stream)
        if (closing.signal.aborted || fault === 'refused' || performance.now() + pauseMs > until)
          throw new HubError('HUB_OUTCOME_UNKNOWN', `the event store did not answer an append (${typeOf(error)})`)
        await delay(pauseMs)
      }
    }
  }

  const appendNow = async (
    stream: string,
    events: readonly NewEvent[],
    expected: Expected,
  ): Promise<readonly Receipt[]> => {
    refuseUnfit(stream, events)
    if (closing.signal.aborted) throw new HubError('HUB_STOPPING', 'the log is closed')
    const proposed = proposedEvents(stream, events)
    const keepsIds = holdsClientIds(stream)
    const isPlace = expected === 'new' || (Number.isInteger(expected.revision) && expected.revision >= 0)
    const isFirst = expected === 'new' && tails.get(stream) === undefined
    try {
      // Of a stream that must not exist nothing need be known; whoever is wrong about that is told by the server.
      if ((keepsIds && !isFirst) || !isPlace) await refuseByWhatIsKnown(stream, events, expected)
    } catch (error) {
      throw asAway(error)
    }
    const answer = await send({ stream, events: proposed, expected }).catch((error: unknown) => {
      tails.forget(stream)
      throw error
    })
    if (answer.kind === 'wrong-expectation') {
      throw await settleTaken(stream, events, expected, answer.actualRevision).catch(asAway)
    }
    const firstRevision = answer.lastRevision - events.length + 1
    const receipts = events.map(({ id, recordedAt }, i) => ({ id, stream, revision: firstRevision + i, recordedAt }))
    if (keepsIds) tails.extend(stream, receipts)
    return receipts
  }

  /** One at a time in each stream: calls that overtake one another on the way would find each other's expectations wrong. */
  const append: EventLog['append'] = (stream, events, expected) =>
    turns.take(stream, () => appendNow(stream, events, expected))

  const once = async <T>(read: () => Promise<T>): Promise<T> => {
    for await (const answer of resumed(async function* () {
      yield await read()
    }))
      return answer
    throw new Error('once: no answer')
  }

  const readAll = async function* (after: string): AsyncIterable<LogRecord> {
    let last = after
    for await (const event of resumed(() => client.readAll(last === START ? 'start' : last))) {
      // The server's reading begins with the event at the position.
      if (event.position === last) continue
      last = event.position
      yield recordOf(event)
    }
  }

  return {
    append,
    async *readStream(stream, fromRevision = 0) {
      let next = fromRevision
      for await (const event of resumed(() => client.readStream(stream, next))) {
        next = event.revision + 1
        yield storedOf(event)
      }
    },
    async readTail(stream) {
      const tail = await once(() => client.readTail(stream))
      return tail && storedOf(tail)
    },
    readAll,
    async head() {
      return (await once(() => client.readLast()))?.position ?? START
    },
    async recordAt(position) {
      return once(async () => {
        for await (const event of client.readAll(position))
          return event.position === position ? recordOf(event) : undefined
        return undefined
      }).catch((error: unknown) => {
        if (isHubError(error) && isNowhere(error.cause)) return undefined
        throw error
      })
    },
    async *subscribe(after, signal) {
      const ending = signal ? AbortSignal.any([signal, closing.signal]) : closing.signal
      let last = after
      let pauseMs = FIRST_PAUSE_MS
      while (!ending.aborted) {
        try {
          for await (const event of client.follow(last === START ? 'start' : last, ending)) {
            last = event.position
            pauseMs = FIRST_PAUSE_MS
            yield recordOf(event)
            if (ending.aborted) return
          }
        } catch (error) {
          // What is no event of ours is passed over by nobody.
          if (isHubError(error)) throw error
          onReconnect?.(typeOf(error))
        }
        await delay(pauseMs, undefined, { signal: ending }).catch(() => undefined)
        pauseMs = Math.min(pauseMs * 2, LONGEST_FOLLOW_PAUSE_MS)
      }
    },
    async close() {
      closing.abort()
      await client.close()
    },
  }
}

/** The bytes that are stored: the event without its place, which the server keeps. The server's id is theirs. */
function proposedEvents(stream: string, events: readonly NewEvent[]): ServerAppend['events'] {
  let bytes = 0
  const proposed = events.map((json) => {
    const text = JSON.stringify(json)
    bytes += Buffer.byteLength(text)
    return { id: uuidv8(sha256(text)), type: json.type, json }
  })
  if (bytes > MAX_APPEND_BYTES) throw tooLarge(stream)
  return proposed
}

function tooLarge(stream: string): HubError {
  return new HubError(
    'HUB_INVALID_EVENT',
    `append to ${streamKind(stream)}: expected at most ${MAX_APPEND_BYTES} bytes, got more`,
    { hint: 'Nothing was stored. Send fewer or smaller events in one group.' },
  )
}

/** A reading that failed: nothing was changed, and nothing is known. */
function away(error: unknown): HubError {
  return new HubError('HUB_LOG_AWAY', `the event store does not answer (${typeOf(error)})`, { cause: error })
}

function asAway(error: unknown): HubError {
  return isHubError(error) ? error : away(error)
}

function idOf(json: unknown): string {
  return typeof json === 'object' && json !== null && 'id' in json ? String(json.id) : ''
}

function storedOf({ stream, revision, json }: ServerEvent): StoredEvent {
  if (typeof json !== 'object' || json === null || !('id' in json))
    throw new HubError('HUB_LOG_CORRUPT', `revision ${revision} of ${streamKind(stream)} is no event of ours`)
  return { ...(json as NewEvent), stream, revision }
}

function recordOf(event: PlacedServerEvent): LogRecord {
  return { position: event.position, stream: event.stream, event: storedOf(event) }
}

/** Whether one position of this adapter's lies before another. */
export function isBefore(one: Position, other: Position): boolean {
  const commitOf = (position: Position): bigint => (position === START ? -1n : BigInt(position.split('/')[0] ?? ''))
  return commitOf(one) < commitOf(other)
}
