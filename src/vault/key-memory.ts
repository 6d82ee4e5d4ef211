/**
 * Opened keys and secrets in bounded caches, in front of any vault. What was asked for before something was forgotten is not
 * kept when its answer comes after: a key that was destroyed meanwhile cannot come back.
 */
import { createLru } from '../kernel/lru.js'
import type { KeyOwner } from './port.js'
import type { DataKey } from './sealing.js'

const CACHED_KEYS = 50_000

/** Which forgettings a question knows of: taken before it is asked, handed over with what came of it. */
export type MemoryMark = number

export interface KeyMemory {
  keyOf(owner: KeyOwner): DataKey | undefined
  keyById(kid: string): Uint8Array | undefined
  secret(name: string): Uint8Array | undefined
  mark(): MemoryMark
  keepKeyOf(owner: KeyOwner, key: DataKey, mark: MemoryMark): void
  keepKey(kid: string, key: Uint8Array, mark: MemoryMark): void
  keepSecret(name: string, secret: Uint8Array, mark: MemoryMark): void
  /** A destroyed key, under both of its names. */
  forget(owner: KeyOwner, kid: string): void
  forgetAll(): void
}

/** While `isCurrent` says no, keys are kept and none is answered: nobody knows which of them are destroyed. */
export function createKeyMemory(isCurrent: () => boolean = () => true): KeyMemory {
  const byOwner = createLru<KeyOwner, DataKey>(CACHED_KEYS)
  const byId = createLru<string, Uint8Array>(CACHED_KEYS)
  const secrets = createLru<string, Uint8Array>(CACHED_KEYS)
  let forgettings: MemoryMark = 0

  return {
    keyOf: (owner) => (isCurrent() ? byOwner.get(owner) : undefined),
    keyById: (kid) => (isCurrent() ? byId.get(kid) : undefined),
    secret: (name) => secrets.get(name),
    mark: () => forgettings,
    keepKeyOf(owner, key, mark) {
      if (mark !== forgettings) return
      byOwner.set(owner, key)
      byId.set(key.kid, key.key)
    },
    keepKey(kid, key, mark) {
      if (mark === forgettings) byId.set(kid, key)
    },
    keepSecret(name, secret, mark) {
      if (mark === forgettings) secrets.set(name, secret)
    },
    forget(owner, kid) {
      forgettings++
      byOwner.delete(owner)
      byId.delete(kid)
    },
    forgetAll() {
      forgettings++
      byOwner.clear()
      byId.clear()
      secrets.clear()
    },
  }
}
