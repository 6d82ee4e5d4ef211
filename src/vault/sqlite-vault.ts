/**
 * The SQLite vault as the main thread sees it: a single key is read here, every other request goes to the store's worker.
 */
import type { Clock } from '../kernel/clock.js'
import { HubError } from '../kernel/errors.js'
import { createKeyMemory } from './key-memory.js'
import type { Vault } from './port.js'
import { createRememberingVault, type VaultStore } from './remembering-vault.js'
import type { SqliteVaultReader } from './sqlite-vault-reader.js'
import type { VaultRequest, VaultResult } from './sqlite-vault-writer.js'

/** Hands a request to the worker; rejects with a `HubError`. */
export type VaultChannel = (request: VaultRequest) => Promise<VaultResult>

/** So few keys are read here, each in some 30 µs; for more, whoever records would notice. */
const READ_HERE = 4

export function createSqliteVault(channel: VaultChannel, reader: SqliteVaultReader, wall: Clock): Vault {
  return createRememberingVault(createSqliteStore(channel, reader), createKeyMemory(), wall)
}

function createSqliteStore(channel: VaultChannel, reader: SqliteVaultReader): VaultStore {
  return {
    async keyFor(owner) {
      const result = await channel({ op: 'keyFor', owner })
      if (result.kind === 'erased') throw new HubError('HUB_ERASED', 'the key of this subject was destroyed')
      if (result.kind !== 'key') throw new Error(`keyFor: impossible answer ${result.kind}`)
      return { kid: result.kid, key: result.key }
    },
    async keysById(kids) {
      if (kids.length <= READ_HERE) return reader.keysById(kids)
      const result = await channel({ op: 'keysById', kids })
      if (result.kind !== 'keys') throw new Error(`keysById: impossible answer ${result.kind}`)
      return new Map(result.keys)
    },
    async claim(request) {
      const result = await channel({ op: 'claim', ...request })
      if (result.kind !== 'claim') throw new Error(`claim: impossible answer ${result.kind}`)
      return result
    },
    async findClaim(identity) {
      const result = await channel({ op: 'findClaim', identity })
      return result.kind === 'claim' ? result.stream : undefined
    },
    async destroy(owner) {
      const result = await channel({ op: 'destroy', owner })
      if (result.kind !== 'destroyed') throw new Error(`destroy: impossible answer ${result.kind}`)
      return result.kid
    },
    async secret(name) {
      const result = await channel({ op: 'secret', name })
      if (result.kind !== 'secret') throw new Error(`secret: impossible answer ${result.kind}`)
      return result.secret
    },
    async check() {
      await channel({ op: 'check' })
    },
    async close() {
      reader.close()
    },
  }
}
