/**
 * Vaults on a real PostgreSQL for tests, as several hubs on one database have them: each with a memory of its own. What is
 * opened is closed when the test ends.
 */
import type { Test } from 'tap'
import { type Clock, wallClock } from '../../src/kernel/clock.js'
import { uuidv7 } from '../../src/kernel/ids.js'
import type { Claim, ClaimStanding, Vault } from '../../src/vault/port.js'
import { openPostgresVault } from '../../src/vault/postgres-vault.js'
import type { PostgresDatabase, PostgresServer } from '../fixtures/postgres-server.js'
import { TEST_MASTER } from '../fixtures/store.js'

export const ID_NUMBER = '11010519491231002X'
export const IDENTITY = ['1', ID_NUMBER] as const

export interface Hubs {
  readonly database: PostgresDatabase
  readonly vaults: readonly Vault[]
  /** One more. */
  open(): Promise<Vault>
}

/** Opens them together on a new database. */
export async function openVaults(
  t: Test,
  server: PostgresServer,
  count: number,
  wall: Clock = wallClock,
): Promise<Hubs> {
  const database = await server.createDatabase(t)
  const open = (): Promise<Vault> => openVaultOn(t, database, { wall })
  return { database, open, vaults: await Promise.all(Array.from({ length: count }, open)) }
}

export async function openVault(
  t: Test,
  server: PostgresServer,
  wall?: Clock,
): Promise<Hubs & { readonly vault: Vault }> {
  const hubs = await openVaults(t, server, 1, wall)
  const [vault] = hubs.vaults
  if (!vault) throw new Error('openVault: expected a vault')
  return { ...hubs, vault }
}

export async function openPair(
  t: Test,
  server: PostgresServer,
  wall?: Clock,
): Promise<Hubs & { readonly one: Vault; readonly other: Vault }> {
  const hubs = await openVaults(t, server, 2, wall)
  const [one, other] = hubs.vaults
  if (!one || !other) throw new Error('openPair: expected two vaults')
  return { ...hubs, one, other }
}

export async function openVaultOn(
  t: Test,
  { url, password }: Pick<PostgresDatabase, 'url' | 'password'>,
  { wall = wallClock, master = TEST_MASTER }: { readonly wall?: Clock; readonly master?: Uint8Array } = {},
): Promise<Vault> {
  const vault = await openPostgresVault({ url, password, master, wall })
  t.teardown(() => vault.close())
  return vault
}

export const claim = (
  vault: Vault,
  stream: string,
  standingOf: () => Promise<ClaimStanding> = async () => 'UNUSED',
): Promise<Claim> => vault.claim(IDENTITY, stream, uuidv7(0), standingOf)

/** Polls until it is so; the test's time runs out where it never is. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20))
}
