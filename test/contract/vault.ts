/**
 * The suite that every adapter of the vault owes: the sentences of `src/vault/port.ts`, through the port alone. Claims age
 * by a clock that the suite drives.
 */
import type { Test } from 'tap'
import type { DrivenClock } from '../../src/kernel/clock.js'
import type { Vault } from '../../src/vault/port.js'
import { claimContract } from './vault-claims.js'
import { keyContract } from './vault-keys.js'

export interface VaultUnderTest {
  readonly vault: Vault
  /** The clock that the vault was opened with, now and after every restart. */
  readonly clock: DrivenClock
  /** The same vault, opened again, with nothing in memory. */
  reopen(): Promise<Vault>
}

/** The vault as it is, then the same after a restart. */
export async function* beforeAndAfterRestart({ vault, reopen }: VaultUnderTest): AsyncIterable<Vault> {
  yield vault
  yield await reopen()
}

/** Opens a new vault for one test; whoever opens it sees that it is closed when the test ends. */
export type VaultFactory = (t: Test) => Promise<VaultUnderTest>

/** Runs the whole suite, e.g. `await vaultContract(t, 'sqlite', openVault)`. */
export async function vaultContract(t: Test, name: string, openVault: VaultFactory): Promise<void> {
  await t.test(`${name}: keys and secrets`, (t) => keyContract(t, openVault))
  await t.test(`${name}: claims`, (t) => claimContract(t, openVault))
}
