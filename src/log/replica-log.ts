/**
 * A log elsewhere, with a replica of it on this node: appends go to the log, readers read the replica. What this node knows to
 * stand in a stream, because it wrote it or was told of it by a conflict, is read from the log until the replica has it.
 */
import type { Receipt, StoredEvent } from '../domain/event.js'
import { HubError, isHubError } from '../kernel/errors.js'
import type { LocalLog } from './local-log.js'
import type { EventLog, Position, SealingLog } from './port.js'
import type { SqliteLogReader } from './sqlite-reader.js'
import { createWakeups } from './wakeups.js'

export interface ReplicaLog extends LocalLog {
  /** To be called whenever more has been copied. */
  copied(): void
}

export interface ReplicaLogDeps {
  readonly remote: EventLog
  readonly sealing: SealingLog
  readonly reader: SqliteLogReader
}

const FOLLOW_PAGE = 256
/** Streams that the replica may lag behind in: where it stands still, recording waits rather than remembering without end. */
const MAX_AHEAD = 100_000

export function createReplicaLog({ remote, sealing, reader }: ReplicaLogDeps): ReplicaLog {
  /** The revision that each stream is known to have reached, where the replica may not have it, oldest knowledge first. */
  const ahead = new Map<string, number>()
  const copies = createWakeups()
  let isClosed = false

  const know = (stream: string, revision: unknown): void => {
    if (typeof revision !== 'number') return
    const known = ahead.get(stream) ?? -1
    ahead.delete(stream)
    ahead.set(stream, Math.max(known, revision))
  }

  const watched = async (stream: string, append: () => Promise<readonly Receipt[]>): Promise<readonly Receipt[]> => {
    if (ahead.size >= MAX_AHEAD)
      throw new HubError('HUB_OVERLOADED', 'the replica is too far behind what is recorded here')
    try {
      const receipts = await append()
      know(stream, receipts.at(-1)?.revision)
      return receipts
    } catch (error) {
      if (isHubError(error, 'HUB_WRONG_EXPECTATION')) know(stream, error.data.actualRevision)
      if (isHubError(error, 'HUB_ID_KNOWN'))
        for (const { revision } of error.data.known as readonly { revision: number }[]) know(stream, revision)
      throw error
    }
  }

  /** Forgets what the replica has by now. It copies in log order: where it lacks one, it lacks most of what was learned later. */
  const forgetCopied = async (): Promise<void> => {
    for (const [stream, revision] of ahead) {
      const tail = await reader.readTail(stream)
      if ((tail?.revision ?? -1) < revision) return
      if (ahead.get(stream) === revision) ahead.delete(stream)
    }
  }

  /** Readers of everything have what this node wrote before they asked. */
  const ownCopied = async (): Promise<void> => {
    const written = new Map(ahead)
    for (const [stream, revision] of written) {
      while (!isClosed && ((await reader.readTail(stream))?.revision ?? -1) < revision) await copies.next()
    }
  }

  const readStream = async function* (stream: string, fromRevision = 0): AsyncIterable<StoredEvent> {
    // With each page: what is copied while somebody reads is forgotten meanwhile, and what is written then belongs to the end too.
    let through = -1
    const look = (): void => {
      through = Math.max(through, ahead.get(stream) ?? -1)
    }
    look()
    let next = fromRevision
    for await (const event of reader.readStream(stream, fromRevision)) {
      look()
      yield event
      next = event.revision + 1
    }
    look()
    if (next <= through) yield* remote.readStream(stream, next)
  }

  return {
    reader,
    authority: {
      readStream: (stream, from) => remote.readStream(stream, from),
      readAll: (after) => remote.readAll(after),
      head: () => remote.head(),
      async readTail(stream) {
        const tail = await remote.readTail(stream)
        know(stream, tail?.revision)
        return tail
      },
    },
    readStream,
    async readTail(stream) {
      const tail = await reader.readTail(stream)
      return (tail?.revision ?? -1) < (ahead.get(stream) ?? -1) ? remote.readTail(stream) : tail
    },
    async *readAll(after) {
      await ownCopied()
      yield* reader.readAll(after)
    },
    async head() {
      await ownCopied()
      return reader.head()
    },
    append: (stream, events, expected) => watched(stream, () => remote.append(stream, events, expected)),
    appendSealed: (stream, events, expected) => watched(stream, () => sealing.appendSealed(stream, events, expected)),
    async *subscribe(after, signal) {
      let position: Position = after
      while (!isClosed && !signal?.aborted) {
        const page = reader.pageAfter(position, FOLLOW_PAGE)
        for (const record of page) {
          if (isClosed || signal?.aborted) return
          yield record
          position = record.position
        }
        if (page.length === 0) await copies.next(signal)
      }
    },
    copied() {
      copies.wake()
      // What cannot be looked up now is looked up after the next copy.
      if (ahead.size > 0) forgetCopied().catch(() => undefined)
    },
    async close() {
      isClosed = true
      copies.wake()
      reader.close()
      await remote.close()
    },
  }
}
