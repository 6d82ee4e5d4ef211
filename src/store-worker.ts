/**
 * The store's worker thread: owns the log's one writing connection and the vault's. Every message is a batch; the vault's
 * part commits first, so that no event is ever stored whose key is not.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { type ErrorCode, HubError, isHubError } from './kernel/errors.js'
import { type PackedAppends, unpackAppends } from './log/append-batch.js'
import { LOG_FILE } from './log/sqlite-schema.js'
import { type AppendResult, openSqliteWriter, type SqliteWriter } from './log/sqlite-writer.js'
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

export interface StoreFailure {
  readonly code: ErrorCode
  readonly message: string
}

export interface StoreReply {
  readonly appends: readonly AppendResult[] | StoreFailure
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

port.on('message', (message: StoreBatch | 'close') => {
  if (message === 'close') {
    vault.close()
    log.close()
    port.postMessage('closed')
    port.close()
    return
  }
  const { appends: packed } = message
  const reply: StoreReply = {
    vault: message.vault.length === 0 ? [] : attempt(() => vault.run(message.vault)),
    appends: packed === undefined ? [] : attempt(() => log.append(unpackAppends(packed))),
  }
  port.postMessage(reply)
})
port.postMessage('ready')

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
