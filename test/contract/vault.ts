/**
 * The suite that every adapter of the vault owes: the sentences of `src/vault/port.ts`, through the port alone. Claims age
 * by a clock that the suite drives.
 */
import type { Test } from 'tap'
import { claimContract } from './vault-claims.js'
import { keyContract } from './vault-keys.js'
import type { VaultFactory } from './vault-under-test.js'

/** Runs the whole suite, e.g. `await vaultContract(t, 'sqlite', openVault)`. */
export async function vaultContract(t: Test, name: string, openVault: VaultFactory): Promise<void> {
  await t.test(`${name}: keys and secrets`, (t) => keyContract(t, openVault))
  await t.test(`${name}: claims`, (t) => claimContract(t, openVault))
}
