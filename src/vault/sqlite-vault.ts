/**
 * The SQLite vault as the main thread sees it: a single key is read here, every other request goes to the store's worker; opened
 * keys stay in a bounded cache.
 */
import { LRUCache } from 'lru-cache'
import type { Clock } from '../kernel/clock.js'
import { MINUTE } from '../kernel/dates.js'
import { HubError, isHubError } from '../kernel/errors.js'
import { canonicalJson } from '../kernel/jcs.js'
import type { Claim, KeyOwner, Vault } from './port.js'
import type { DataKey } from './sealing.js'
import type { SqliteVaultReader } from './sqlite-vault-reader.js'
import type { VaultRequest, VaultResult } from './sqlite-vault-writer.js'

/** Hands a request to the worker; rejects with a `HubError`. */
export type VaultChannel = (request: VaultRequest) => Promise<VaultResult>

type HeldClaim = Extract<VaultResult, { kind: 'claim' }>

const CACHED_KEYS = 50_000
/** So few keys are read here, each in some 30 µs; for more, whoever records would notice. */
const READ_HERE = 4
/** A claim whose event has not come for so long may be taken over (design §6). */
export const CLAIM_TAKEOVER_MS = 10 * MINUTE

export function createSqliteVault(channel: VaultChannel, reader: SqliteVaultReader, wall: Clock): Vault {
  const byOwner = new LRUCache<KeyOwner, DataKey>({ max: CACHED_KEYS })
  const byId = new LRUCache<string, Uint8Array>({ max: CACHED_KEYS })
  const secrets = new LRUCache<string, Uint8Array>({ max: CACHED_KEYS })

  const forgetAll = (): void => {
    byOwner.clear()
    byId.clear()
    secrets.clear()
  }
  /** Once the vault is found away, memory does not answer for it any longer. */
  const request = async (wanted: VaultRequest): Promise<VaultResult> => {
    try {
      return await channel(wanted)
    } catch (error) {
      if (isHubError(error, 'HUB_VAULT_AWAY')) forgetAll()
      throw error
    }
  }

  const readHere = (kid: string): Uint8Array | undefined => {
    try {
      const key = reader.keyById(kid)
      if (key) byId.set(kid, key)
      return key
    } catch (error) {
      forgetAll()
      throw error
    }
  }

  return {
    cachedKeyFor: (owner) => byOwner.get(owner),
    cachedSecret: (name) => secrets.get(name),
    async keyFor(owner) {
      const cached = byOwner.get(owner)
      if (cached) return cached
      const result = await request({ op: 'keyFor', owner })
      if (result.kind === 'erased') throw new HubError('HUB_ERASED', 'the key of this subject was destroyed')
      if (result.kind !== 'key') throw new Error(`keyFor: impossible answer ${result.kind}`)
      const key = { kid: result.kid, key: result.key }
      byOwner.set(owner, key)
      byId.set(key.kid, key.key)
      return key
    },
    async keyById(kid) {
      const cached = byId.get(kid)
      if (cached) return cached
      return readHere(kid)
    },
    async keysById(kids) {
      const found = new Map<string, Uint8Array>()
      const missing: string[] = []
      for (const kid of kids) {
        const cached = byId.get(kid)
        if (cached) found.set(kid, cached)
        else missing.push(kid)
      }
      if (missing.length <= READ_HERE) {
        for (const kid of missing) {
          const key = readHere(kid)
          if (key) found.set(kid, key)
        }
        return found
      }
      const result = await request({ op: 'keysById', kids: missing })
      if (result.kind !== 'keys') throw new Error(`keysById: impossible answer ${result.kind}`)
      for (const [kid, key] of result.keys) {
        found.set(kid, key)
        byId.set(kid, key)
      }
      return found
    },
    async claim(identity, stream, eventId, standingOf): Promise<Claim> {
      const text = canonicalJson(identity)
      const ask = async (over?: HeldClaim): Promise<HeldClaim> => {
        const now = wall.now()
        const result = await request({ op: 'claim', identity: text, stream, eventId, now, ...(over && { over }) })
        if (result.kind !== 'claim') throw new Error(`claim: impossible answer ${result.kind}`)
        return result
      }
      const mayTakeOver = async (held: HeldClaim): Promise<boolean> => {
        const standing = await standingOf({ stream: held.stream, eventId: held.eventId })
        if (standing === 'UNUSED') return wall.now() - held.claimedAt >= CLAIM_TAKEOVER_MS
        return standing === 'RELEASED'
      }
      const held = await ask()
      const { stream: holder, granted } = held.granted || !(await mayTakeOver(held)) ? held : await ask(held)
      return { stream: holder, granted }
    },
    async findClaim(identity) {
      const result = await request({ op: 'findClaim', identity: canonicalJson(identity) })
      return result.kind === 'claim' ? result.stream : undefined
    },
    async destroy(owner) {
      const result = await request({ op: 'destroy', owner })
      if (result.kind !== 'destroyed') throw new Error(`destroy: impossible answer ${result.kind}`)
      byOwner.delete(owner)
      byId.delete(result.kid)
    },
    async secret(name) {
      const cached = secrets.get(name)
      if (cached) return cached
      const result = await request({ op: 'secret', name })
      if (result.kind !== 'secret') throw new Error(`secret: impossible answer ${result.kind}`)
      secrets.set(name, result.secret)
      return result.secret
    },
    async check() {
      await request({ op: 'check' })
    },
    async close() {
      forgetAll()
      reader.close()
    },
  }
}
