/**
 * The replica's worker thread: follows the event store and copies every event into this node's file, in batches of what has
 * arrived. It appends nothing and decides nothing; what it copied it tells by number.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { isHubError } from './kernel/errors.js'
import { type EventStoreAddress, openEventStoreClient } from './log/eventstoredb-client.js'
import { createEventStoreLog, isBefore } from './log/eventstoredb-log.js'
import type { LogRecord } from './log/port.js'
import { openReplicaWriter, refuseForeignReplica } from './log/replica-writer.js'

export interface ReplicaWorkerData {
  readonly file: string
  readonly address: EventStoreAddress
}

export type ReplicaMessage =
  | { readonly kind: 'copied'; readonly events: number; readonly position: string }
  /** The connection was lost and is made anew. */
  | { readonly kind: 'reconnected'; readonly reason: string }
  /** As far as the log went when the worker began. */
  | { readonly kind: 'caught up'; readonly position: string }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly hint?: string }

/** Events in one transaction, at most. */
const BATCH = 512

const port = parentPort
if (!port) throw new Error('replica-worker: runs as a worker thread only')
const tell = (message: ReplicaMessage): void => port.postMessage(message)
const { file, address } = workerData as ReplicaWorkerData
const closing = new AbortController()
port.on('message', () => closing.abort())

const steps: (() => unknown)[] = [() => port.close()]
try {
  const replica = openReplicaWriter(file)
  steps.push(replica.close)
  const log = createEventStoreLog(await openEventStoreClient(address), {
    onReconnect: (reason) => tell({ kind: 'reconnected', reason }),
  })
  steps.push(log.close)
  await refuseForeignReplica(replica, log.recordAt)
  const head = await log.head()
  let waiting: LogRecord[] = []
  let isCaughtUp = false
  const flush = (): void => {
    if (waiting.length > 0) {
      replica.add(waiting)
      waiting = []
      tell({ kind: 'copied', events: replica.length(), position: replica.position() })
    }
    if (isCaughtUp || isBefore(replica.position(), head)) return
    isCaughtUp = true
    tell({ kind: 'caught up', position: replica.position() })
  }
  flush()
  for await (const record of log.subscribe(replica.position(), closing.signal)) {
    waiting.push(record)
    // What has arrived already comes within this turn; the rest waits for nobody.
    if (waiting.length === 1) setImmediate(flush)
    else if (waiting.length >= BATCH) flush()
  }
  flush()
} catch (error) {
  const { code, message, hint } = isHubError(error)
    ? error
    : { code: 'HUB_INTERNAL', message: error instanceof Error ? error.message : String(error), hint: '' }
  tell({ kind: 'failed', code, message, hint })
} finally {
  for (const step of steps.reverse()) await step()
}
