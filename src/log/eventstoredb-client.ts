/**
 * The connection to EventStoreDB / KurrentDB: the one file that knows its client, and what each of its errors means for us.
 * Appends are unary calls to the leader: the client's other way shares failures between callers and can end the process.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { AllStreamRecordedEvent, EventStoreDBClient, RecordedEvent } from '@eventstore/db-client'
import { HubError } from '../kernel/errors.js'

/** What the server keeps of one event. `json` is what was stored, parsed. */
export interface ServerEvent {
  readonly stream: string
  readonly revision: number
  readonly json: unknown
}

export interface PlacedServerEvent extends ServerEvent {
  /** `commit/prepare`, both decimal. */
  readonly position: string
}

export interface ServerAppend {
  readonly stream: string
  /** Type and stored bytes of each event; the server's id is theirs. */
  readonly events: readonly { readonly id: string; readonly type: string; readonly json: object }[]
  readonly expected: 'new' | { readonly revision: number }
}

export type ServerAnswer =
  | { readonly kind: 'stored'; readonly lastRevision: number }
  | { readonly kind: 'wrong-expectation'; readonly actualRevision: number | null }

/** `again`: nothing was stored, and the client looks for the leader. `unknown`: it may have been, and may still be. */
export type ServerFault = 'again' | 'unknown' | 'refused' | 'too-large'

export interface EventStoreClient {
  /** Rejects with what the client throws; `faultOf` says what that means. */
  append(append: ServerAppend): Promise<ServerAnswer>
  /** From a revision on, at most so many; nothing where the stream does not exist. Asks the leader. */
  readStream(stream: string, from: number, count?: number): AsyncIterable<ServerEvent>
  readTail(stream: string): Promise<ServerEvent | undefined>
  /** Everything from a position on, that one included; system events are left out. */
  readAll(from: string | 'start'): AsyncIterable<PlacedServerEvent>
  /** The last event that is not the system's. */
  readLast(): Promise<PlacedServerEvent | undefined>
  /** Everything after a position, until the connection is lost: then it throws. Leaving the iteration ends the subscription. */
  follow(after: string | 'start', signal: AbortSignal): AsyncIterable<PlacedServerEvent>
  close(): Promise<void>
}

export interface EventStoreAddress {
  /** `esdb://host:2113,host:2113?tls=true&tlsCaFile=…` */
  readonly url: string
  /** User and password; an insecure server ignores them. */
  readonly credentials?: { readonly username: string; readonly password: string }
  /** Longest wait for the answer to one append, in milliseconds. */
  readonly deadlineMs?: number
}

/** More than any group of ours; larger ones are refused before the call. */
export const MAX_APPEND_BYTES = 1_048_576
const DEADLINE_MS = 10_000
const CLOSING_MS = 500
/** Any credentials make an append a unary call; an insecure server does not look at them. */
const ANYBODY = { username: 'lianhu', password: 'lianhu' }

/** Connects with the first call. @throws HUB_CONFIG where the address cannot be read */
export async function openEventStoreClient(address: EventStoreAddress): Promise<EventStoreClient> {
  const library = await import('@eventstore/db-client')
  const { credentials = ANYBODY, deadlineMs = DEADLINE_MS } = address
  let client: EventStoreDBClient
  try {
    client = library.EventStoreDBClient.connectionString(address.url)
  } catch (cause) {
    // The client's message repeats the address, and with it a password.
    throw new HubError(
      'HUB_CONFIG',
      'eventStore.url: expected esdb://host:port[,host:port]?tls=…, got something else',
      {
        cause: cause instanceof Error ? cause.name : cause,
      },
    )
  }
  const leader = { requiresLeader: true, credentials }
  const positionOf = (from: string | 'start') => (from === 'start' ? library.START : parsedPosition(from))

  return {
    async append({ stream, events, expected }) {
      try {
        const { nextExpectedRevision } = await client.appendToStream(
          stream,
          events.map(({ id, type, json }) => library.jsonEvent({ id, type, data: json as Record<string, unknown> })),
          {
            ...leader,
            expectedRevision: expected === 'new' ? library.NO_STREAM : BigInt(expected.revision),
            deadline: deadlineMs,
          },
        )
        return { kind: 'stored', lastRevision: Number(nextExpectedRevision) }
      } catch (error) {
        if (!(error instanceof library.WrongExpectedVersionError)) throw error
        const { actualVersion } = error
        return {
          kind: 'wrong-expectation',
          actualRevision: typeof actualVersion === 'bigint' ? Number(actualVersion) : null,
        }
      }
    },
    readStream: (stream, from, count) =>
      events(
        client.readStream(stream, {
          ...leader,
          fromRevision: BigInt(from),
          maxCount: count ?? Number.MAX_SAFE_INTEGER,
        }),
        eventOf,
      ),
    readTail: (stream) =>
      first(
        events(
          client.readStream(stream, {
            ...leader,
            fromRevision: library.END,
            direction: library.BACKWARDS,
            maxCount: 1,
          }),
          eventOf,
        ),
      ),
    readAll: (from) => events(client.readAll({ ...leader, fromPosition: positionOf(from) }), placedEventOf),
    readLast: () =>
      first(
        events(client.readAll({ ...leader, fromPosition: library.END, direction: library.BACKWARDS }), placedEventOf),
      ),
    async *follow(after, signal) {
      const subscription = client.subscribeToAll({ credentials, fromPosition: positionOf(after) })
      const leave = (): void => void subscription.destroy()
      signal.addEventListener('abort', leave)
      try {
        for await (const { event } of subscription) {
          if (signal.aborted) return
          if (event && isOurs(event)) yield placedEventOf(event)
        }
      } catch (error) {
        if (!signal.aborted) throw error
      } finally {
        signal.removeEventListener('abort', leave)
        subscription.unsubscribe().catch(() => undefined)
      }
    },
    async close() {
      // The client waits for streams that ended by an error, for ever.
      await Promise.race([client.dispose(), delay(CLOSING_MS)])
    },
  }
}

/** What an error of the client means (`type ?? code`: some calls throw the bare error of gRPC). */
export function faultOf(error: unknown): ServerFault {
  switch (typeOf(error)) {
    case 'not-leader':
      return 'again'
    case 'maximum-append-size-exceeded':
    case 'invalid-argument':
      return 'too-large'
    case 'access-denied':
    case 'stream-deleted':
    case '7':
    case '16':
      return 'refused'
    default:
      return 'unknown'
  }
}

/** True for the server's answer (2) to a position at which no event starts; a server that stops answers 13. */
export function isNowhere(error: unknown): boolean {
  return (
    typeOf(error) === 'unknown' && typeof error === 'object' && error !== null && 'code' in error && error.code === 2
  )
}

/** The client's own name of an error, or the number of gRPC: nothing that could hold an address or a value. */
export function typeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'unknown'
  if ('type' in error && typeof error.type === 'string') return error.type
  return 'code' in error ? String(error.code) : 'unknown'
}

function parsedPosition(position: string): { commit: bigint; prepare: bigint } {
  const [commit = '', prepare = ''] = position.split('/')
  return { commit: BigInt(commit), prepare: BigInt(prepare) }
}

function eventOf({ streamId, revision, data }: Pick<RecordedEvent, 'streamId' | 'revision' | 'data'>): ServerEvent {
  return { stream: streamId, revision: Number(revision), json: data }
}

function placedEventOf({ streamId, revision, data, position }: AllStreamRecordedEvent): PlacedServerEvent {
  return {
    stream: streamId,
    revision: Number(revision),
    json: data,
    position: `${position.commit}/${position.prepare}`,
  }
}

/** The server's own events begin with `$`, links among them. */
function isOurs({ streamId, type }: { readonly streamId: string; readonly type: string }): boolean {
  return !streamId.startsWith('$') && !type.startsWith('$')
}

interface Reading<E> extends AsyncIterable<{ readonly event?: E | undefined }> {
  cancel(): Promise<void>
}

/** Our events of a reading; none where the stream does not exist. An iteration that was left goes on at the server until it is told. */
async function* events<E extends { readonly streamId: string; readonly type: string }, T>(
  reading: Reading<E>,
  convert: (event: E) => T,
): AsyncIterable<T> {
  let isOver = false
  try {
    for await (const { event } of reading) if (event && isOurs(event)) yield convert(event)
    isOver = true
  } catch (error) {
    isOver = true
    if (typeOf(error) !== 'stream-not-found') throw error
  } finally {
    if (!isOver) reading.cancel().catch(() => undefined)
  }
}

async function first<T>(items: AsyncIterable<T>): Promise<T | undefined> {
  for await (const item of items) return item
  return undefined
}
