/** The rows of a SQLite vault as they lie in the file, wrapped, for whoever moves a vault. It opens nothing and changes nothing. */
import Database from 'better-sqlite3'

export interface VaultKeyRow {
  readonly kid: string
  readonly owner: string
  /** Null where the key was destroyed. */
  readonly wrapped: Uint8Array | null
  readonly madeAt: number
  readonly destroyedAt: number | null
}
export interface VaultClaimRow {
  readonly blind: Uint8Array
  readonly stream: string
  readonly eventId: string
  readonly claimedAt: number
}
export interface VaultSecretRow {
  readonly name: string
  readonly wrapped: Uint8Array
}

export interface VaultRows {
  keys(): Iterable<VaultKeyRow>
  claims(): Iterable<VaultClaimRow>
  secrets(): Iterable<VaultSecretRow>
  close(): void
}

export function openVaultRows(file: string): VaultRows {
  const database = new Database(file, { readonly: true, fileMustExist: true })
  const keys = database.prepare<[], VaultKeyRow>(
    'SELECT kid, owner, wrapped, made_at AS madeAt, destroyed_at AS destroyedAt FROM key ORDER BY owner',
  )
  const claims = database.prepare<[], VaultClaimRow>(
    'SELECT blind, stream, event_id AS eventId, claimed_at AS claimedAt FROM claim ORDER BY blind',
  )
  const secrets = database.prepare<[], VaultSecretRow>('SELECT name, wrapped FROM secret ORDER BY name')
  return {
    keys: () => keys.iterate(),
    claims: () => claims.iterate(),
    secrets: () => secrets.iterate(),
    close: () => database.close(),
  }
}
