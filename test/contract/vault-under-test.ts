/** What the vault's suite is given: one vault, its clock, and the way to open it again. */
import type { Test } from 'tap'
import type { DrivenClock } from '../../src/kernel/clock.js'
import type { Vault } from '../../src/vault/port.js'

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
