/**
 * Reads data keys beside the vault's one writer, on the thread that asks: whoever must be alarmed does not wait for the batch
 * that the store's worker happens to be at. It makes nothing and remembers nothing.
 */
import { statSync } from 'node:fs'
import Database from 'better-sqlite3'
import { HubError, isHubError } from '../kernel/errors.js'
import { unwrap } from './wrapping.js'

export interface SqliteVaultReader {
  readonly identity: FileIdentity
  /** The key, or undefined where it was destroyed or never made. Throws `HUB_VAULT_AWAY`. */
  keyById(kid: string): Uint8Array | undefined
  /** Those of them that are there. Throws `HUB_VAULT_AWAY`. */
  keysById(kids: readonly string[]): ReadonlyMap<string, Uint8Array>
  close(): void
}

/** Which file it is, whatever lies under its name later. */
export interface FileIdentity {
  readonly ino: number
  readonly dev: number
}

/** A vault that vanished, or was replaced, under an open handle still answers from its ghost: look for the file itself. */
export function refuseGhost(file: string, opened: FileIdentity): void {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found?.ino !== opened.ino || found.dev !== opened.dev) {
    throw new HubError('HUB_VAULT_AWAY', 'the vault file is gone, or another one lies in its place')
  }
}

/**
 * Opens a file that its writer has made.
 * @param opened the file that it must be, where somebody has opened it before
 * @throws HUB_VAULT_AWAY
 */
export function openSqliteVaultReader(file: string, master: Uint8Array, opened?: FileIdentity): SqliteVaultReader {
  const { database, identity } = open(file, opened)
  const wrappedOf = database.prepare<[string], Buffer | null>('SELECT wrapped FROM key WHERE kid = ?').pluck()
  const keysById = (kids: readonly string[]): ReadonlyMap<string, Uint8Array> => {
    const keys = new Map<string, Uint8Array>()
    try {
      refuseGhost(file, identity)
      for (const kid of kids) {
        const wrapped = wrappedOf.get(kid)
        if (wrapped) keys.set(kid, unwrap(master, `key:${kid}`, wrapped))
      }
    } catch (cause) {
      if (isHubError(cause)) throw cause
      throw new HubError('HUB_VAULT_AWAY', 'the vault did not answer', { cause })
    }
    return keys
  }
  return {
    identity,
    keyById: (kid) => keysById([kid]).get(kid),
    keysById,
    close: () => database.close(),
  }
}

function open(file: string, opened: FileIdentity | undefined): { database: Database.Database; identity: FileIdentity } {
  try {
    if (opened) refuseGhost(file, opened)
    const { ino, dev } = opened ?? statSync(file)
    const database = new Database(file, { readonly: true, fileMustExist: true })
    database.pragma('cache_size = -1024')
    return { database, identity: { ino, dev } }
  } catch (cause) {
    if (isHubError(cause)) throw cause
    throw new HubError('HUB_VAULT_AWAY', 'the vault cannot be opened', { cause })
  }
}
