/** The SQLite vault as the main thread sees it: requests go to the store's worker, opened keys stay in a bounded cache. */
import { LRUCache } from 'lru-cache'
import type { Clock } from '../kernel/clock.js'
import { MINUTE } from '../kernel/dates.js'
import { HubError } from '../kernel/errors.js'
import type { Claim, KeyOwner, Vault } from './port.js'
import type { DataKey } from './sealing.js'
import type { VaultRequest, VaultResult } from './sqlite-vault-writer.js'

/** Hands a request to the worker; rejects with a `HubError`. */
export type VaultChannel = (request: VaultRequest) => Promise<VaultResult>

const CACHED_KEYS = 50_000
/** A claim whose stream stays empty so long may be taken over by another event id (design §6). */
export const CLAIM_TAKEOVER_MS = 10 * MINUTE

export function createSqliteVault(channel: VaultChannel, wall: Clock): Vault {
  const byOwner = new LRUCache<KeyOwner, DataKey>({ max: CACHED_KEYS })
  const byId = new LRUCache<string, Uint8Array>({ max: CACHED_KEYS })
  const secrets = new LRUCache<string, Uint8Array>({ max: CACHED_KEYS })

  const remember = (kid: string, key: Uint8Array): void => {
    byId.set(kid, key)
  }

  return {
    cachedKeyFor: (owner) => byOwner.get(owner),
    cachedSecret: (name) => secrets.get(name),
    async keyFor(owner) {
      const cached = byOwner.get(owner)
      if (cached) return cached
      const result = await channel({ op: 'keyFor', owner })
      if (result.kind === 'erased') throw new HubError('HUB_ERASED', 'the key of this subject was destroyed')
      if (result.kind !== 'key') throw new Error(`keyFor: impossible answer ${result.kind}`)
      const key = { kid: result.kid, key: result.key }
      byOwner.set(owner, key)
      remember(key.kid, key.key)
      return key
    },
    async keyById(kid) {
      const cached = byId.get(kid)
      if (cached) return cached
      return (await this.keysById([kid])).get(kid)
    },
    async keysById(kids) {
      const found = new Map<string, Uint8Array>()
      const missing: string[] = []
      for (const kid of kids) {
        const cached = byId.get(kid)
        if (cached) found.set(kid, cached)
        else missing.push(kid)
      }
      if (missing.length === 0) return found
      const result = await channel({ op: 'keysById', kids: missing })
      if (result.kind !== 'keys') throw new Error(`keysById: impossible answer ${result.kind}`)
      for (const [kid, key] of result.keys) {
        found.set(kid, key)
        remember(kid, key)
      }
      return found
    },
    async claim(identity, stream, eventId, isEmpty): Promise<Claim> {
      const ask = async (over?: string): Promise<Extract<VaultResult, { kind: 'claim' }>> => {
        const result = await channel({
          op: 'claim',
          identity,
          stream,
          eventId,
          now: wall.now(),
          ...(over === undefined ? {} : { over }),
        })
        if (result.kind !== 'claim') throw new Error(`claim: impossible answer ${result.kind}`)
        return result
      }
      const first = await ask()
      if (first.granted || wall.now() - first.claimedAt < CLAIM_TAKEOVER_MS || !(await isEmpty(first.stream)))
        return first
      return ask(first.eventId)
    },
    async findClaim(identity) {
      const result = await channel({ op: 'findClaim', identity })
      return result.kind === 'claim' ? result.stream : undefined
    },
    async destroy(owner) {
      await channel({ op: 'destroy', owner })
      const cached = byOwner.get(owner)
      if (cached) byId.delete(cached.kid)
      byOwner.delete(owner)
    },
    async secret(name) {
      const cached = secrets.get(name)
      if (cached) return cached
      const result = await channel({ op: 'secret', name })
      if (result.kind !== 'secret') throw new Error(`secret: impossible answer ${result.kind}`)
      secrets.set(name, result.secret)
      return result.secret
    },
    async check() {
      await channel({ op: 'check' })
    },
    async close() {
      byOwner.clear()
      byId.clear()
      secrets.clear()
    },
  }
}
