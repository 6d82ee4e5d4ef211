/**
 * The SQLite vault's tables and operations, run in the store's worker thread: a batch of requests shares one transaction,
 * which commits before the log's own. Holds keys, claims and secrets, all wrapped; no facts.
 */
import { randomBytes, randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import Database from 'better-sqlite3'
import { HubError, isHubError } from '../kernel/errors.js'
import { hmacSha256 } from '../kernel/hash.js'
import { canonicalJson } from '../kernel/jcs.js'
import { unwrap, wrap } from './wrapping.js'

export const VAULT_FILE = 'vault.sqlite'

export type VaultRequest =
  | { readonly op: 'keyFor'; readonly owner: string }
  | { readonly op: 'keysById'; readonly kids: readonly string[] }
  | {
      readonly op: 'claim'
      readonly identity: readonly string[]
      readonly stream: string
      readonly eventId: string
      readonly now: number
      readonly over?: string
    }
  | { readonly op: 'findClaim'; readonly identity: readonly string[] }
  | { readonly op: 'destroy'; readonly owner: string }
  | { readonly op: 'secret'; readonly name: string }
  | { readonly op: 'check' }

export type VaultResult =
  | { readonly kind: 'key'; readonly kid: string; readonly key: Uint8Array }
  | { readonly kind: 'keys'; readonly keys: readonly (readonly [string, Uint8Array])[] }
  | {
      readonly kind: 'claim'
      readonly stream: string
      readonly eventId: string
      readonly claimedAt: number
      readonly granted: boolean
    }
  | { readonly kind: 'none' }
  | { readonly kind: 'secret'; readonly secret: Uint8Array }
  | { readonly kind: 'erased' }

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
  const destroyKey = database.prepare('UPDATE key SET wrapped = NULL, destroyed_at = ? WHERE owner = ?')
  const findClaim = database.prepare<[Buffer], ClaimRow>(
    'SELECT stream, event_id, claimed_at FROM claim WHERE blind = ?',
  )
  const putClaim = database.prepare(
    'INSERT OR REPLACE INTO claim (blind, stream, event_id, claimed_at) VALUES (?, ?, ?, ?)',
  )
  const findSecret = database.prepare<[string], { wrapped: Buffer }>('SELECT wrapped FROM secret WHERE name = ?')
  const addSecret = database.prepare('INSERT INTO secret (name, wrapped) VALUES (?, ?)')

  const secretNamed = (name: string): Buffer => {
    const row = findSecret.get(name)
    if (row) return unwrap(master, `secret:${name}`, row.wrapped)
    const secret = randomBytes(32)
    addSecret.run(name, wrap(master, `secret:${name}`, secret))
    return secret
  }
  const blindIndex = (identity: readonly string[]): Buffer => hmacSha256(blindKey, canonicalJson(identity))

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
        const mine = {
          kind: 'claim',
          stream: request.stream,
          eventId: request.eventId,
          claimedAt: request.now,
          granted: true,
        } as const
        if (held && held.event_id !== request.eventId && held.event_id !== request.over) {
          return {
            kind: 'claim',
            stream: held.stream,
            eventId: held.event_id,
            claimedAt: held.claimed_at,
            granted: held.stream === request.stream,
          }
        }
        if (!held || held.event_id === request.over) putClaim.run(blind, request.stream, request.eventId, request.now)
        return mine
      }
      case 'findClaim': {
        const held = findClaim.get(blindIndex(request.identity))
        return held
          ? { kind: 'claim', stream: held.stream, eventId: held.event_id, claimedAt: held.claimed_at, granted: false }
          : { kind: 'none' }
      }
      case 'destroy':
        destroyKey.run(Date.now(), request.owner)
        return { kind: 'none' }
      case 'secret':
        return { kind: 'secret', secret: secretNamed(request.name) }
      case 'check':
        // A vault that vanished under an open handle still answers from its ghost: look for the file itself.
        if (!existsSync(file)) throw new HubError('HUB_VAULT_AWAY', 'the vault file is gone')
        return { kind: 'none' }
    }
  }

  const runAll = database.transaction((batch: readonly VaultRequest[]) => batch.map(runOne))
  const blindKey = database.transaction(() => secretNamed(BLIND_INDEX_SECRET))()

  return {
    run(batch) {
      try {
        if (!existsSync(file)) throw new HubError('HUB_VAULT_AWAY', 'the vault file is gone')
        return runAll.immediate(batch)
      } catch (cause) {
        if (isHubError(cause)) throw cause
        throw new HubError('HUB_VAULT_AWAY', 'the vault did not answer', { cause })
      }
    },
    close: () => database.close(),
  }
}
