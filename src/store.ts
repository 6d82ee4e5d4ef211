/**
 * Opens the embedded store: one worker thread that owns log and vault, one hub per data directory. Requests that come while
 * a batch is under way wait for the next one, so that under load many of them share one fsync.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import Database from 'better-sqlite3'
import type { Clock } from './kernel/clock.js'
import { HubError } from './kernel/errors.js'
import { packAppends } from './log/append-batch.js'
import { createSqliteLog, type SqliteLog } from './log/sqlite-log.js'
import { LOG_FILE } from './log/sqlite-schema.js'
import type { AppendRequest, AppendResult } from './log/sqlite-writer.js'
import type { StoreBatch, StoreFailure, StoreReply } from './store-worker.js'
import type { Vault } from './vault/port.js'
import { createSqliteVault } from './vault/sqlite-vault.js'
import type { VaultRequest, VaultResult } from './vault/sqlite-vault-writer.js'

export interface Store {
  readonly log: SqliteLog
  readonly vault: Vault
  /** Resolves when the worker is gone; rejects nothing. Fires once if the worker dies by itself. */
  readonly died: Promise<Error>
  close(): Promise<void>
}

interface Pending<Request, Result> {
  readonly request: Request
  readonly resolve: (result: Result) => void
  readonly reject: (error: HubError) => void
}

/** At most so many requests in one transaction: bounds the pause that a commit is. */
const BATCH = 512

export async function openStore(dataDir: string, master: Uint8Array, wall: Clock): Promise<Store> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const unlock = lockDataDirectory(dataDir)
  const worker = new Worker(new URL('./store-worker.js', import.meta.url), { workerData: { dataDir, master } })
  const appends: Pending<AppendRequest, AppendResult>[] = []
  const vaultRequests: Pending<VaultRequest, VaultResult>[] = []
  let inFlight:
    | { appends: Pending<AppendRequest, AppendResult>[]; vault: Pending<VaultRequest, VaultResult>[] }
    | undefined
  let isScheduled = false
  let death: Error | undefined
  let reportDeath: (error: Error) => void = () => {}
  const died = new Promise<Error>((resolve) => {
    reportDeath = resolve
  })

  const send = (): void => {
    isScheduled = false
    if (inFlight || (appends.length === 0 && vaultRequests.length === 0)) return
    inFlight = { appends: appends.splice(0, BATCH), vault: vaultRequests.splice(0, BATCH) }
    const batch: StoreBatch = {
      appends: inFlight.appends.length === 0 ? undefined : packAppends(inFlight.appends.map(({ request }) => request)),
      vault: inFlight.vault.map(({ request }) => request),
    }
    worker.postMessage(batch)
  }
  const schedule = (): void => {
    if (inFlight || isScheduled) return
    isScheduled = true
    setImmediate(send)
  }
  const ask = <Request, Result>(queue: Pending<Request, Result>[], request: Request): Promise<Result> =>
    new Promise((resolve, reject) => {
      if (death) return reject(new HubError('HUB_OUTCOME_UNKNOWN', 'the store has stopped', { cause: death }))
      queue.push({ request, resolve, reject })
      schedule()
    })

  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve())
    worker.once('error', (error) => {
      unlock()
      reject(error)
    })
  })
  worker.on('message', (reply: StoreReply | 'closed') => {
    if (reply === 'closed') return
    const answered = inFlight
    inFlight = undefined
    if (!answered) return
    settle(answered.vault, reply.vault)
    settle(answered.appends, reply.appends)
    if (appends.length > 0 || vaultRequests.length > 0) schedule()
  })
  const onDeath = (error: Error): void => {
    if (death) return
    death = error
    const unknown = { code: 'HUB_OUTCOME_UNKNOWN', message: 'the store has stopped' } as const
    settle(inFlight?.appends ?? [], unknown)
    settle(inFlight?.vault ?? [], unknown)
    settle(appends.splice(0), unknown)
    settle(vaultRequests.splice(0), unknown)
    reportDeath(error)
  }
  worker.on('error', onDeath)
  worker.on('exit', (code) => onDeath(new Error(`the store's worker ended with ${code}`)))

  const log = createSqliteLog(join(dataDir, LOG_FILE), (request) => ask(appends, request))
  const vault = createSqliteVault((request) => ask(vaultRequests, request), wall)
  return {
    log,
    vault,
    died,
    async close() {
      await log.close()
      await vault.close()
      if (!death) {
        const gone = new Promise((resolve) => worker.once('exit', resolve))
        worker.postMessage('close')
        await gone
      }
      unlock()
    },
  }
}

function settle<Request, Result>(
  pending: readonly Pending<Request, Result>[],
  results: readonly Result[] | StoreFailure,
): void {
  for (let i = 0; i < pending.length; i++) {
    const waiting = pending[i]
    if (!waiting) continue
    if ('code' in results) waiting.reject(new HubError(results.code, results.message))
    else {
      const result = results[i]
      if (result !== undefined) waiting.resolve(result)
    }
  }
}

/** An exclusive transaction on a file of its own: the kernel lets go of it even after `kill -9`. */
function lockDataDirectory(dataDir: string): () => void {
  const lock = new Database(join(dataDir, 'hub.lock'), { timeout: 0 })
  try {
    lock.pragma('locking_mode = EXCLUSIVE')
    lock.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    lock.close()
    throw new HubError('HUB_DATA_LOCKED', 'another hub works in this data directory', { cause })
  }
  return () => lock.close()
}
