/**
 * Reads data keys beside the vault's one writer, on the thread that asks: whoever must be alarmed does not wait for the batch
 * that the store's worker happens to be at. It makes nothing and remembers nothing.
 */
import { type Stats, statSync } from 'node:fs'
import Database from 'better-sqlite3'
import { HubError, isHubError } from '../kernel/errors.js'
import { unwrap } from './wrapping.js'

export interface SqliteVaultReader {
  /** The key, or undefined where it was destroyed or never made. Throws `HUB_VAULT_AWAY`. */
  keyById(kid: string): Uint8Array | undefined
  /** Those of them that are there. Throws `HUB_VAULT_AWAY`. */
  keysById(kids: readonly string[]): ReadonlyMap<string, Uint8Array>
  close(): void
}

/** A vault that vanished, or was replaced, under an open handle still answers from its ghost: look for the file itself. */
export function refuseGhost(file: string, opened: Stats): void {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found?.ino !== opened.ino || found.dev !== opened.dev) {
    throw new HubError('HUB_VAULT_AWAY', 'the vault file is gone, or another one lies in its place')
  }
}

/** Opens a file that its writer has made. */
export function openSqliteVaultReader(file: string, master: Uint8Array): SqliteVaultReader {
  const database = new Database(file, { readonly: true, fileMustExist: true })
  database.pragma('cache_size = -1024')
  const opened = statSync(file)
  const wrappedOf = database.prepare<[string], Buffer | null>('SELECT wrapped FROM key WHERE kid = ?').pluck()
  const keysById = (kids: readonly string[]): ReadonlyMap<string, Uint8Array> => {
    const keys = new Map<string, Uint8Array>()
    try {
      refuseGhost(file, opened)
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
    keyById: (kid) => keysById([kid]).get(kid),
    keysById,
    close: () => database.close(),
  }
}
