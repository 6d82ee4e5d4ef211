/**
 * The SQLite vault's tables and operations, run in the store's worker thread: a batch of requests shares one transaction,
 * which commits before the log's own. Holds keys, claims and secrets, all wrapped; no facts.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { statSync } from 'node:fs'
import Database from 'better-sqlite3'
import { HubError, isHubError } from '../kernel/errors.js'
import { hmacSha256 } from '../kernel/hash.js'
import type { ClaimRequest, StoredClaim } from './remembering-vault.js'
import { refuseGhost } from './sqlite-vault-reader.js'
import { unwrap, wrap } from './wrapping.js'

export const VAULT_FILE = 'vault.sqlite'

export type VaultRequest =
  | { readonly op: 'keyFor'; readonly owner: string }
  | { readonly op: 'keysById'; readonly kids: readonly string[] }
  | ({ readonly op: 'claim' } & ClaimRequest)
  | { readonly op: 'findClaim'; readonly identity: string }
  | { readonly op: 'destroy'; readonly owner: string }
  | { readonly op: 'secret'; readonly name: string }
  | { readonly op: 'check' }

export type VaultResult =
  | { readonly kind: 'key'; readonly kid: string; readonly key: Uint8Array }
  | { readonly kind: 'keys'; readonly keys: readonly (readonly [string, Uint8Array])[] }
  | ({ readonly kind: 'claim' } & StoredClaim)
  | { readonly kind: 'none' }
  | { readonly kind: 'secret'; readonly secret: Uint8Array }
  | { readonly kind: 'erased' }
  | { readonly kind: 'destroyed'; readonly kid: string }

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS key (kid TEXT PRIMARY KEY, owner TEXT NOT NULL UNIQUE, wrapped BLOB, made_at INTEGER NOT NULL, destroyed_at INTEGER);
  CREATE TABLE IF NOT EXISTS claim (blind BLOB PRIMARY KEY, stream TEXT NOT NULL, event_id TEXT NOT NULL, claimed_at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS secret (name TEXT PRIMARY KEY, wrapped BLOB NOT NULL) WITHOUT ROWID;
`
const BLIND_INDEX_SECRET = 'blind-index'

export interface SqliteVaultWriter {
  /** Throws `HUB_VAULT_AWAY`; then nothing of the batch is stored. */
  run(batch: readonly VaultRequest[]): readonly VaultResult[]
  close(): void
}

interface KeyRow {
  readonly kid: string
  readonly owner: string
  readonly wrapped: Buffer | null
}
interface ClaimRow {
  readonly stream: string
  readonly event_id: string
  readonly claimed_at: number
}

export function openSqliteVaultWriter(file: string, master: Uint8Array): SqliteVaultWriter {
  const database = new Database(file)
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  database.pragma('secure_delete = ON')
  database.exec(SCHEMA)
  const keyOfOwner = database.prepare<[string], KeyRow>('SELECT kid, owner, wrapped FROM key WHERE owner = ?')
  const keyOfId = database.prepare<[string], KeyRow>('SELECT kid, owner, wrapped FROM key WHERE kid = ?')
  const addKey = database.prepare('INSERT INTO key (kid, owner, wrapped, made_at) VALUES (?, ?, ?, ?)')
  const destroyKey = database.prepare<[string, string, number, number], { kid: string }>(
    `INSERT INTO key (kid, owner, wrapped, made_at, destroyed_at) VALUES (?, ?, NULL, ?, ?)
     ON CONFLICT (owner) DO UPDATE SET wrapped = NULL, destroyed_at = coalesce(destroyed_at, excluded.destroyed_at)
     RETURNING kid`,
  )
  const findClaim = database.prepare<[Buffer], ClaimRow>(
    'SELECT stream, event_id, claimed_at FROM claim WHERE blind = ?',
  )
  const putClaim = database.prepare(
    'INSERT OR REPLACE INTO claim (blind, stream, event_id, claimed_at) VALUES (?, ?, ?, ?)',
  )
  const findSecret = database.prepare<[string], { wrapped: Buffer }>('SELECT wrapped FROM secret WHERE name = ?')
  const addSecret = database.prepare('INSERT INTO secret (name, wrapped) VALUES (?, ?)')

  const secretNamed = (name: string): Uint8Array => {
    const row = findSecret.get(name)
    if (row) return unwrap(master, `secret:${name}`, row.wrapped)
    const secret = randomBytes(32)
    addSecret.run(name, wrap(master, `secret:${name}`, secret))
    return secret
  }
  const blindIndex = (identity: string): Buffer => hmacSha256(blindKey, identity)
  const opened = statSync(file)
  let isWalDue = false

  const runOne = (request: VaultRequest): VaultResult => {
    switch (request.op) {
      case 'keyFor': {
        const row = keyOfOwner.get(request.owner)
        if (row)
          return row.wrapped === null
            ? { kind: 'erased' }
            : { kind: 'key', kid: row.kid, key: unwrap(master, `key:${row.kid}`, row.wrapped) }
        const kid = randomUUID()
        const key = randomBytes(32)
        addKey.run(kid, request.owner, wrap(master, `key:${kid}`, key), Date.now())
        return { kind: 'key', kid, key }
      }
      case 'keysById': {
        const keys: [string, Uint8Array][] = []
        for (const kid of request.kids) {
          const wrapped = keyOfId.get(kid)?.wrapped
          if (wrapped) keys.push([kid, unwrap(master, `key:${kid}`, wrapped)])
        }
        return { kind: 'keys', keys }
      }
      case 'claim': {
        const blind = blindIndex(request.identity)
        const held = findClaim.get(blind)
        const { stream, eventId, now, over } = request
        const isTakeover = held !== undefined && held.event_id === over?.eventId && held.claimed_at === over.claimedAt
        if (!held || held.stream === stream || isTakeover) {
          // The holder's own next claim starts the ten minutes anew: nobody takes over between it and its append.
          putClaim.run(blind, stream, eventId, now)
          return { kind: 'claim', stream, eventId, claimedAt: now, granted: true }
        }
        const { stream: holder, event_id, claimed_at } = held
        return { kind: 'claim', stream: holder, eventId: event_id, claimedAt: claimed_at, granted: false }
      }
      case 'findClaim': {
        const held = findClaim.get(blindIndex(request.identity))
        return held
          ? { kind: 'claim', stream: held.stream, eventId: held.event_id, claimedAt: held.claimed_at, granted: false }
          : { kind: 'none' }
      }
      case 'destroy':
        isWalDue = true
        return destroyed(destroyKey.get(randomUUID(), request.owner, Date.now(), Date.now()))
      case 'secret':
        return { kind: 'secret', secret: secretNamed(request.name) }
      case 'check':
        return { kind: 'none' }
    }
  }

  /** The write-ahead log keeps pages as they were: a destroyed key is gone when that is empty. False while someone reads. */
  const emptyWal = (): boolean => database.pragma('wal_checkpoint(TRUNCATE)', { simple: true }) === 0
  const runAll = database.transaction((batch: readonly VaultRequest[]) => batch.map(runOne))
  const blindKey = database.transaction(() => secretNamed(BLIND_INDEX_SECRET))()

  return {
    run(batch) {
      try {
        refuseGhost(file, opened)
        const results = runAll.immediate(batch)
        if (isWalDue) isWalDue = !emptyWal()
        return results
      } catch (cause) {
        if (isHubError(cause)) throw cause
        throw new HubError('HUB_VAULT_AWAY', 'the vault did not answer', { cause })
      }
    },
    close: () => database.close(),
  }
}

function destroyed(row: { kid: string } | undefined): VaultResult {
  if (!row) throw new Error('destroy: no row answered')
  return { kind: 'destroyed', kid: row.kid }
}
