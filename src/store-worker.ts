/**
 * The store's worker thread: owns the log's one writing connection and the vault's. Every message is a batch; the vault's
 * part commits first, so that no event is ever stored whose key is not. What is still open is sealed here.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { type ErrorCode, HubError, isHubError } from './kernel/errors.js'
import { type PackedAppends, unpackAppends } from './log/append-batch.js'
import { LOG_FILE } from './log/sqlite-schema.js'
import { type AppendResult, openSqliteWriter, type SqliteWriter } from './log/sqlite-writer.js'
import { createBatchSealing, type ReadyRequest, type SealedRequest, type StoreFailure } from './store-sealing.js'
import {
  openSqliteVaultWriter,
  type SqliteVaultWriter,
  VAULT_FILE,
  type VaultRequest,
  type VaultResult,
} from './vault/sqlite-vault-writer.js'

export interface StoreBatch {
  readonly appends: PackedAppends | undefined
  readonly vault: readonly VaultRequest[]
}

export interface StoreReply {
  readonly appends: readonly (AppendResult | StoreFailure)[] | StoreFailure
  /** The seals made for the appends that are stored, one line an event that had any to make. */
  readonly sealed: string
  readonly vault: readonly VaultResult[] | StoreFailure
}

export interface StoreWorkerData {
  readonly dataDir: string
  readonly master: Uint8Array
}

const { dataDir, master } = workerData as StoreWorkerData
const port = parentPort
if (!port) throw new Error('store-worker: runs as a worker thread only')
const log = openSqliteWriter(join(dataDir, LOG_FILE))
const vault = openVaultOf(log, join(dataDir, VAULT_FILE))
const sealing = createBatchSealing(vault)

port.on('message', (message: StoreBatch | 'close') => {
  if (message === 'close') {
    vault.close()
    log.close()
    port.postMessage('closed')
    port.close()
    return
  }
  const vaultResults = message.vault.length === 0 ? [] : attempt(() => runVault(message.vault))
  const { appends, sealed } = message.appends === undefined ? { appends: [], sealed: '' } : append(message.appends)
  const reply: StoreReply = { vault: vaultResults, appends, sealed }
  port.postMessage(reply)
  log.tidy()
})
port.postMessage('ready')

function runVault(requests: readonly VaultRequest[]): readonly VaultResult[] {
  sealing.saw(requests)
  try {
    return vault.run(requests)
  } catch (error) {
    sealing.forgetAll()
    throw error
  }
}

/** Those that could be sealed are stored together; the others are answered in their places. */
function append(packed: PackedAppends): Pick<StoreReply, 'appends' | 'sealed'> {
  const requests = attempt(() => sealing.seal(unpackAppends(packed)))
  if ('code' in requests) return { appends: requests, sealed: '' }
  const ready = requests.filter((request): request is ReadyRequest => !('code' in request))
  const results = ready.length === 0 ? [] : attempt(() => log.append(ready.map(({ request }) => request)))
  if ('code' in results)
    return { appends: ready.length === requests.length ? results : inPlace(requests, () => results), sealed: '' }
  let sealed = ''
  for (const [i, request] of ready.entries()) {
    if (results[i]?.kind === 'stored') for (const json of request.sealed) sealed += sealed === '' ? json : `\n${json}`
  }
  return { appends: ready.length === requests.length ? results : inPlace(requests, (i) => results[i]), sealed }
}

/** The answers of those that were ready, with the failures between them where they belong. */
function inPlace(
  requests: readonly SealedRequest[],
  resultOf: (ready: number) => AppendResult | StoreFailure | undefined,
): readonly (AppendResult | StoreFailure)[] {
  let ready = 0
  return requests.map((request) => {
    if ('code' in request) return request
    return resultOf(ready++) ?? { code: 'HUB_OUTCOME_UNKNOWN', message: 'the batch is out of step' }
  })
}

/** A new vault beside an old log would make new keys and forget every claim: it is the old vault that is missing. */
function openVaultOf({ isEmpty }: SqliteWriter, file: string): SqliteVaultWriter {
  if (!existsSync(file) && !isEmpty())
    throw new HubError('HUB_VAULT_AWAY', 'the log holds events, and their vault is gone')
  return openSqliteVaultWriter(file, master)
}

function attempt<T>(work: () => T): T | StoreFailure {
  try {
    return work()
  } catch (error) {
    if (isHubError(error)) return { code: error.code, message: error.message }
    return { code: sqliteFailure(error), message: error instanceof Error ? error.message : String(error) }
  }
}

/** A full or read-only disk is a definite refusal; whatever else SQLite reports may have happened after the bytes went out. */
function sqliteFailure(error: unknown): ErrorCode {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return code === 'SQLITE_FULL' || code.startsWith('SQLITE_READONLY') ? 'HUB_READ_ONLY' : 'HUB_OUTCOME_UNKNOWN'
}
