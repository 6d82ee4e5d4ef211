/**
 * The vault as the hub sees it, over any store of keys: answers from memory what it may, asks the store for the rest, and
 * decides who may take a claim over. Knows no storage.
 */
import type { Clock } from '../kernel/clock.js'
import { MINUTE } from '../kernel/dates.js'
import { isHubError } from '../kernel/errors.js'
import { canonicalJson } from '../kernel/jcs.js'
import type { KeyMemory } from './key-memory.js'
import type { Claim, KeyOwner, Vault } from './port.js'
import type { DataKey } from './sealing.js'

/** A claim as the store answers it: the holder's, or ours where it was granted. */
export interface StoredClaim {
  readonly stream: string
  readonly eventId: string
  readonly claimedAt: number
  readonly granted: boolean
}

export interface ClaimRequest {
  /** JCS, made by the caller: what has none is refused there, and no neighbour in the batch fails with it. */
  readonly identity: string
  readonly stream: string
  readonly eventId: string
  readonly now: number
  /** The claim to take over, as it was seen: it must still be just that. */
  readonly over?: { readonly eventId: string; readonly claimedAt: number }
}

/** What an adapter brings. Every failure is a `HUB_VAULT_AWAY`; then memory is emptied. */
export interface VaultStore {
  /** Makes the key where there is none; rejects with `HUB_ERASED` where it was destroyed. */
  keyFor(owner: KeyOwner): Promise<DataKey>
  /** Never asked for none. */
  keysById(kids: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>
  claim(request: ClaimRequest): Promise<StoredClaim>
  findClaim(identity: string): Promise<string | undefined>
  /** The id of the key that is no more. */
  destroy(owner: KeyOwner): Promise<string>
  secret(name: string): Promise<Uint8Array>
  check(): Promise<void>
  close(): Promise<void>
}

/** A claim whose event has not come for so long may be taken over (design §6). */
export const CLAIM_TAKEOVER_MS = 10 * MINUTE

export function createRememberingVault(store: VaultStore, memory: KeyMemory, wall: Clock): Vault {
  /** Once the vault is found away, memory does not answer for it any longer. */
  const asking = async <T>(answer: Promise<T>): Promise<T> => {
    try {
      return await answer
    } catch (error) {
      if (isHubError(error, 'HUB_VAULT_AWAY')) memory.forgetAll()
      throw error
    }
  }

  const fetchKeys = async (kids: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> => {
    const mark = memory.mark()
    const keys = await asking(store.keysById(kids))
    for (const [kid, key] of keys) memory.keepKey(kid, key, mark)
    return keys
  }

  return {
    cachedKeyFor: (owner) => memory.keyOf(owner),
    cachedSecret: (name) => memory.secret(name),
    async keyFor(owner) {
      const cached = memory.keyOf(owner)
      if (cached) return cached
      const mark = memory.mark()
      const key = await asking(store.keyFor(owner))
      memory.keepKeyOf(owner, key, mark)
      return key
    },
    async keyById(kid) {
      const cached = memory.keyById(kid)
      if (cached) return cached
      return (await fetchKeys([kid])).get(kid)
    },
    async keysById(kids) {
      const found = new Map<string, Uint8Array>()
      const missing: string[] = []
      for (const kid of kids) {
        const cached = memory.keyById(kid)
        if (cached) found.set(kid, cached)
        else missing.push(kid)
      }
      if (missing.length === 0) return found
      for (const [kid, key] of await fetchKeys(missing)) found.set(kid, key)
      return found
    },
    async claim(identity, stream, eventId, standingOf): Promise<Claim> {
      const text = canonicalJson(identity)
      const ask = (over?: StoredClaim): Promise<StoredClaim> =>
        asking(store.claim({ identity: text, stream, eventId, now: wall.now(), ...(over && { over }) }))
      const mayTakeOver = async (held: StoredClaim): Promise<boolean> => {
        const standing = await standingOf({ stream: held.stream, eventId: held.eventId })
        if (standing === 'UNUSED') return wall.now() - held.claimedAt >= CLAIM_TAKEOVER_MS
        return standing === 'RELEASED'
      }
      const held = await ask()
      const { stream: holder, granted } = held.granted || !(await mayTakeOver(held)) ? held : await ask(held)
      return { stream: holder, granted }
    },
    async findClaim(identity) {
      return await asking(store.findClaim(canonicalJson(identity)))
    },
    async destroy(owner) {
      memory.forget(owner, await asking(store.destroy(owner)))
    },
    async secret(name) {
      const cached = memory.secret(name)
      if (cached) return cached
      const mark = memory.mark()
      const secret = await asking(store.secret(name))
      memory.keepSecret(name, secret, mark)
      return secret
    },
    async check() {
      await asking(store.check())
    },
    async close() {
      memory.forgetAll()
      await store.close()
    },
  }
}
