/**
 * Opens the embedded store: one worker thread that owns log and vault, one hub per data directory. Requests that come while
 * a batch is under way wait for the next one, so that under load many of them share one fsync.
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import Database from 'better-sqlite3'
import type { Clock } from './kernel/clock.js'
import { type ErrorCode, HubError } from './kernel/errors.js'
import { WORKER_LIMITS } from './kernel/worker-limits.js'
import { packAppends, type SealableRequest } from './log/append-batch.js'
import type { LocalLog } from './log/local-log.js'
import { createSqliteLog, type SealedResult } from './log/sqlite-log.js'
import { LOG_FILE } from './log/sqlite-schema.js'
import type { StoreFailure } from './store-sealing.js'
import type { StoreBatch, StoreReply } from './store-worker.js'
import type { Vault } from './vault/port.js'
import { createSqliteVault } from './vault/sqlite-vault.js'
import { type FileIdentity, openSqliteVaultReader, type SqliteVaultReader } from './vault/sqlite-vault-reader.js'
import { VAULT_FILE, type VaultRequest, type VaultResult } from './vault/sqlite-vault-writer.js'

export interface Store {
  readonly log: LocalLog
  readonly vault: Vault
  /** What another thread needs to read keys by itself, the master key with it; absent where the vault is no file of this machine. */
  readonly vaultFile?: VaultFile
  /** Resolves once if a thread of the store dies by itself; never after `close`. */
  readonly died: Promise<Error>
  /**
   * Of a store with a replica: for how long it has lacked what the log held at an earlier call, in milliseconds; 0 where nothing.
   * Throws `HUB_LOG_AWAY`.
   */
  readonly behindMs?: () => Promise<number>
  /** Refuses new requests, finishes those that came before, and lets go of the data directory. */
  close(): Promise<void>
}

export interface VaultFile {
  readonly file: string
  readonly master: Uint8Array
  /** The file that the store opened: another under its name is refused. */
  readonly identity: FileIdentity
}

interface Waiting<Result> {
  readonly resolve: (result: Result) => void
  readonly reject: (error: HubError) => void
}
interface Pending<Request, Result> extends Waiting<Result> {
  readonly request: Request
}
interface InFlight {
  readonly appends: readonly Waiting<SealedResult>[]
  readonly vault: readonly Waiting<VaultResult>[]
  /** For each append, how many of its events had seals to make. */
  readonly seals: readonly number[]
}

/** At most so many requests in one transaction: bounds the pause that a commit is. */
const BATCH = 512
const STOPPED = 'the store has stopped'

export async function openStore(dataDir: string, master: Uint8Array, wall: Clock): Promise<Store> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const unlock = lockDataDirectory(dataDir)
  const worker = new Worker(new URL('./store-worker.js', import.meta.url), {
    workerData: { dataDir, master },
    resourceLimits: WORKER_LIMITS,
  })
  const appends: Pending<SealableRequest, SealedResult>[] = []
  const vaultRequests: Pending<VaultRequest, VaultResult>[] = []
  let inFlight: InFlight | undefined
  let isScheduled = false
  let closing: Promise<void> | undefined
  let reportIdle: (() => void) | undefined
  let death: Error | undefined
  let reportDeath: (error: Error) => void = () => {}
  const died = new Promise<Error>((resolve) => {
    reportDeath = resolve
  })

  const send = (): void => {
    isScheduled = false
    if (inFlight || (appends.length === 0 && vaultRequests.length === 0)) return
    const [asked, askedOfVault] = [appends.splice(0, BATCH), vaultRequests.splice(0, BATCH)]
    const batch: StoreBatch = {
      appends: asked.length === 0 ? undefined : packAppends(asked.map(({ request }) => request)),
      vault: askedOfVault.map(({ request }) => request),
    }
    worker.postMessage(batch)
    // The requests are let go of: kept until the answer, their text would outlive the collector's young generation.
    const seals = asked.map(({ request: { toSeal } }) => toSeal.filter((line) => line !== '').length)
    inFlight = { appends: asked.map(waitingOf), vault: askedOfVault.map(waitingOf), seals }
  }
  const schedule = (): void => {
    if (inFlight || isScheduled) return
    isScheduled = true
    setImmediate(send)
  }
  const ask = <Request, Result>(
    queue: Pending<Request, Result>[],
    request: Request,
    gone: ErrorCode,
  ): Promise<Result> =>
    new Promise((resolve, reject) => {
      if (closing) return reject(new HubError('HUB_STOPPING', 'the store is closing'))
      if (death) return reject(new HubError(gone, STOPPED, { cause: death }))
      queue.push({ request, resolve, reject })
      schedule()
    })

  const vaultFile = join(dataDir, VAULT_FILE)
  let vaultReader: SqliteVaultReader
  try {
    await untilReady(worker)
    vaultReader = openSqliteVaultReader(vaultFile, master)
  } catch (error) {
    await worker.terminate()
    unlock()
    throw error
  }
  worker.on('message', (reply: StoreReply | 'closed') => {
    if (reply === 'closed') return
    const answered = inFlight
    inFlight = undefined
    if (!answered) return
    // The next batch goes out before this one is answered: the worker works while the answers are written.
    send()
    settle(answered.vault, reply.vault)
    settle(answered.appends, withSeals(answered.seals, reply))
    if (!inFlight && !isScheduled) reportIdle?.()
  })
  const onDeath = (error: Error): void => {
    if (death) return
    death = error
    for (const queue of [inFlight?.appends ?? [], appends.splice(0)])
      settle(queue, { code: 'HUB_OUTCOME_UNKNOWN', message: STOPPED })
    for (const queue of [inFlight?.vault ?? [], vaultRequests.splice(0)])
      settle(queue, { code: 'HUB_VAULT_AWAY', message: STOPPED })
    inFlight = undefined
    reportIdle?.()
    if (!closing) reportDeath(error)
  }
  worker.on('error', onDeath)
  worker.on('exit', (code) => onDeath(new Error(`the store's worker ended with ${code}`)))

  const log = createSqliteLog(join(dataDir, LOG_FILE), (request) => ask(appends, request, 'HUB_OUTCOME_UNKNOWN'))
  const vault = createSqliteVault((request) => ask(vaultRequests, request, 'HUB_VAULT_AWAY'), vaultReader, wall)
  const close = async (): Promise<void> => {
    await log.close()
    if (!death && (inFlight || isScheduled)) {
      await new Promise<void>((resolve) => {
        reportIdle = resolve
      })
    }
    await vault.close()
    if (!death) {
      const gone = new Promise((resolve) => worker.once('exit', resolve))
      worker.postMessage('close')
      await gone
    }
    unlock()
  }
  return {
    log,
    vault,
    vaultFile: { file: vaultFile, master, identity: vaultReader.identity },
    died,
    close() {
      closing ??= close()
      return closing
    },
  }
}

/** Resolves with the worker's first message; rejects with what it died of before. */
function untilReady(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number): void =>
      reject(new Error(`the store's worker ended with ${code} before it was ready`))
    worker.once('error', reject)
    worker.once('exit', onExit)
    worker.once('message', () => {
      worker.off('error', reject)
      worker.off('exit', onExit)
      resolve()
    })
  })
}

function waitingOf<Result>({ resolve, reject }: Waiting<Result>): Waiting<Result> {
  return { resolve, reject }
}

function settle<Result extends object>(
  pending: readonly Waiting<Result>[],
  results: readonly (Result | StoreFailure)[] | StoreFailure,
): void {
  for (let i = 0; i < pending.length; i++) {
    const result = 'code' in results ? results : results[i]
    if (result === undefined) continue
    if ('code' in result) pending[i]?.reject(new HubError(result.code, result.message))
    else pending[i]?.resolve(result)
  }
}

/** Hands each stored append the seals that were made for it. */
function withSeals(
  seals: readonly number[],
  { appends, sealed }: StoreReply,
): readonly (SealedResult | StoreFailure)[] | StoreFailure {
  if ('code' in appends || sealed === '') return appends
  const lines = sealed.split('\n')
  let at = 0
  return appends.map((result, i) => {
    const count = seals[i] ?? 0
    if (count === 0 || 'code' in result || result.kind !== 'stored') return result
    at += count
    return { sealed: lines.slice(at - count, at), ...result }
  })
}

/** An exclusive transaction on a file of its own: the kernel lets go of it even after `kill -9`. */
export function lockDataDirectory(dataDir: string): () => void {
  const lock = new Database(join(dataDir, 'hub.lock'), { timeout: 0 })
  try {
    lock.pragma('locking_mode = EXCLUSIVE')
    lock.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    lock.close()
    if (!(cause instanceof Database.SqliteError) || cause.code !== 'SQLITE_BUSY') throw cause
    throw new HubError('HUB_DATA_LOCKED', 'another hub works in this data directory', { cause })
  }
  return () => lock.close()
}
