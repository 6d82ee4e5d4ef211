/**
 * Opens the store of a cluster: the event store as the log, with a replica of it on this node, and PostgreSQL as the vault. Any
 * number of hubs share them; the replica is this hub's own and can be deleted while it is stopped.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { streamKindOf } from './domain/streams.js'
import type { Clock } from './kernel/clock.js'
import { type ErrorCode, HubError } from './kernel/errors.js'
import { WORKER_LIMITS } from './kernel/worker-limits.js'
import { type EventStoreAddress, openEventStoreClient } from './log/eventstoredb-client.js'
import { createEventStoreLog, isBefore } from './log/eventstoredb-log.js'
import { type Position, START } from './log/port.js'
import { createReplicaLog, type ReplicaLog } from './log/replica-log.js'
import { REPLICA_FILE } from './log/replica-schema.js'
import { openSqliteLogReader } from './log/sqlite-reader.js'
import { createSealingLog } from './recording/seal-event.js'
import type { ReplicaMessage } from './replica-worker.js'
import { lockDataDirectory, type Store } from './store.js'
import { openPostgresVault } from './vault/postgres-vault.js'

export interface ClusterAddresses {
  readonly eventStore: EventStoreAddress
  readonly postgres: { readonly url: string; readonly password?: string }
}

export interface ClusterStoreDeps {
  readonly dataDir: string
  readonly master: Uint8Array
  readonly wall: Clock
  readonly addresses: ClusterAddresses
  /** Told when a connection to the event store was lost and made anew. */
  readonly onReconnect?: (reason: string) => void
}

/** Streams whose places are computed, or that the hub alone appends to: nobody outside chooses an id in them. */
const HUBS_OWN = new Set<string>([
  'outbox',
  'subscription',
  'views',
  'approval',
  'disclosure',
  'period',
  'document',
  'hub',
])

/**
 * Resolves when the replica has what the log held when it was asked.
 * @throws HUB_VAULT_AWAY, HUB_LOG_AWAY, HUB_LOG_CORRUPT, HUB_DATA_LOCKED
 */
export async function openClusterStore(deps: ClusterStoreDeps): Promise<Store> {
  const { dataDir, master, wall, addresses } = deps
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const unlock = lockDataDirectory(dataDir)
  const steps: (() => unknown)[] = [unlock]
  try {
    const vault = await openPostgresVault({ ...addresses.postgres, master, wall })
    steps.push(() => vault.close())
    const remote = createEventStoreLog(await openEventStoreClient(addresses.eventStore), {
      holdsClientIds: (stream) => !HUBS_OWN.has(streamKindOf(stream)),
      ...(deps.onReconnect && { onReconnect: deps.onReconnect }),
    })
    steps.push(() => remote.close())
    const file = join(dataDir, REPLICA_FILE)
    const replica = startReplica(file, addresses.eventStore, deps.onReconnect)
    steps.push(() => replica.stop())
    await replica.caughtUp
    const log = createReplicaLog({
      remote,
      sealing: createSealingLog(remote, vault),
      reader: openSqliteLogReader(file),
    })
    steps.splice(-1, 0, () => log.close())
    replica.onCopied(log.copied)
    /** Heads of the log that the replica has not reached, oldest first. */
    const seen: { readonly head: Position; readonly atMs: number }[] = []
    let closing: Promise<void> | undefined
    return {
      log,
      vault,
      died: replica.died,
      async behindMs() {
        const head = await remote.head()
        if (seen.at(-1)?.head !== head) seen.push({ head, atMs: wall.now() })
        while (seen[0] && !isBefore(replica.position(), seen[0].head)) seen.shift()
        return seen[0] ? wall.now() - seen[0].atMs : 0
      },
      close() {
        closing ??= undoAll(steps)
        return closing
      },
    }
  } catch (error) {
    await undoAll(steps).catch(() => undefined)
    throw error
  }
}

/** The last first, and every one of them; then throws what the first failing one threw. */
async function undoAll(steps: readonly (() => unknown)[]): Promise<void> {
  const failures: unknown[] = []
  for (const step of [...steps].reverse()) {
    try {
      await step()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 0) throw failures[0]
}

interface Replica {
  /** Rejects where the replica is not one of this log, or the log does not answer. */
  readonly caughtUp: Promise<void>
  readonly died: Promise<Error>
  /** The log's position of the last event that was copied. */
  position(): Position
  onCopied(call: ReplicaLog['copied']): void
  stop(): Promise<void>
}

function startReplica(file: string, address: EventStoreAddress, onReconnect?: (reason: string) => void): Replica {
  const worker = new Worker(new URL('./replica-worker.js', import.meta.url), {
    workerData: { file, address },
    resourceLimits: WORKER_LIMITS,
  })
  let copied: () => void = () => {}
  let position: Position = START
  let stopping: Promise<void> | undefined
  let hasEnded = false
  let reportDeath: (error: Error) => void = () => {}
  const died = new Promise<Error>((resolve) => {
    reportDeath = resolve
  })
  const caughtUp = new Promise<void>((resolve, reject) => {
    const failed = (error: Error): void => {
      reject(error)
      if (!stopping) reportDeath(error)
    }
    worker.on('message', (message: ReplicaMessage) => {
      if (message.kind === 'copied') {
        position = message.position
        copied()
      } else if (message.kind === 'caught up') {
        position = message.position
        resolve()
      } else if (message.kind === 'reconnected') onReconnect?.(message.reason)
      else {
        const { code, message: text, hint } = message
        failed(new HubError(code as ErrorCode, text, hint ? { hint } : {}))
      }
    })
    worker.on('error', failed)
    worker.once('exit', (code) => {
      hasEnded = true
      failed(new Error(`the replica's worker ended with ${code}`))
    })
  })
  caughtUp.catch(() => undefined)
  return {
    caughtUp,
    died,
    position: () => position,
    onCopied(call) {
      copied = call
      call()
    },
    stop() {
      stopping ??= (async () => {
        if (hasEnded) return
        const gone = new Promise((resolve) => worker.once('exit', resolve))
        worker.postMessage('close')
        await gone
      })()
      return stopping
    },
  }
}
