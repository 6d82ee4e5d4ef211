/**
 * The vault in a PostgreSQL database that any number of hubs share. It holds what the port's list names, wrapped by the master
 * key, in the schema `lianhu_vault`; owners of keys, names of secrets, streams and blind indexes lie there in the clear.
 *
 * A key that one hub destroys is known to be gone by the others as soon as their notice comes, which is at once while they are
 * connected. A hub that hears nothing for 10 seconds, or lost the connection over which it hears, answers no key from memory
 * until it hears again: it asks the database each time. So no destroyed key is used for longer than that anywhere.
 */
import type { Clock } from '../kernel/clock.js'
import { HubError } from '../kernel/errors.js'
import { createKeyMemory } from './key-memory.js'
import type { Vault } from './port.js'
import { openConnections, type PostgresAddress } from './postgres-connections.js'
import { type DestroyedListener, openListener } from './postgres-listener.js'
import { prepareSchema } from './postgres-schema.js'
import { createPostgresStore, type PostgresStore } from './postgres-store.js'
import { createRememberingVault, type VaultStore } from './remembering-vault.js'

export interface PostgresVaultOptions extends PostgresAddress {
  readonly master: Uint8Array
  /** By which claims age. */
  readonly wall: Clock
}

/**
 * Opens the vault, and makes it where the database has none. Rejects with `HUB_VAULT_AWAY` where PostgreSQL does not answer,
 * and where the vault belongs to another master key or a newer hub.
 *
 * E.g. `await openPostgresVault({ url: 'postgres://lianhu@db.example/vault?sslmode=verify-full', password, master, wall })`.
 */
export async function openPostgresVault({ master, wall, ...address }: PostgresVaultOptions): Promise<Vault> {
  const connections = await openConnections(address)
  let listener: DestroyedListener | undefined
  try {
    connections.expect(await prepareSchema(connections, master))
    const memory = createKeyMemory(() => listener?.isHearing() ?? false)
    listener = await openListener(connections, { onDestroyed: memory.forget, onGap: memory.forgetAll })
    const store = closingStore(createPostgresStore(connections, master), async () => {
      await listener?.close()
      await connections.close()
    })
    return createRememberingVault(store, memory, wall)
  } catch (error) {
    await connections.close()
    throw error
  }
}

/** Lets what is under way end before it closes, and refuses what comes after. */
function closingStore(store: PostgresStore, close: () => Promise<void>): VaultStore {
  const running = new Set<Promise<unknown>>()
  let closing: Promise<void> | undefined

  const whileOpen =
    <Asked, Answer>(ask: (asked: Asked) => Promise<Answer>) =>
    async (asked: Asked): Promise<Answer> => {
      if (closing) throw new HubError('HUB_VAULT_AWAY', 'the vault is closed')
      const answer = ask(asked)
      running.add(answer)
      try {
        return await answer
      } finally {
        running.delete(answer)
      }
    }

  const check = whileOpen((_: undefined) => store.check())

  return {
    keyFor: whileOpen(store.keyFor),
    keysById: whileOpen(store.keysById),
    claim: whileOpen(store.claim),
    findClaim: whileOpen(store.findClaim),
    destroy: whileOpen(store.destroy),
    secret: whileOpen(store.secret),
    check: () => check(undefined),
    close() {
      closing ??= Promise.allSettled(running).then(close)
      return closing
    },
  }
}
