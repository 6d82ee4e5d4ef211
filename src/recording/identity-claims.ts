/**
 * One record per ID number (design §6). A number is claimed before its event is appended; a record that does not state it
 * any more, once corrected or withdrawn, gives it up to whoever states it next.
 */
import type { StoredEvent } from '../domain/event.js'
import { identityOf } from '../domain/id-number.js'
import { HubError } from '../kernel/errors.js'
import type { LogReader } from '../log/port.js'
import type { ClaimHolder, ClaimStanding, Vault } from '../vault/port.js'
import { openSeal } from '../vault/sealing.js'
import { readLife } from './lives.js'
import type { ValidEvent } from './validate-event.js'

export type ClaimedIdentity = readonly string[]

export interface IdentityClaims {
  /** Claims what the events state. Throws `HUB_IDENTITY_CLAIMED`. */
  claim(stream: string, valid: readonly ValidEvent[]): Promise<void>
  /** Claims what a retraction puts back in force, for the retraction's id. Throws `HUB_IDENTITY_CLAIMED`. */
  claimAgain(stream: string, restored: readonly StoredEvent[], eventId: string): Promise<void>
}

const IDENTITY = '/data/identity'

/** @param log the log itself: what a replica does not have yet would give a number away that is in use */
export function createIdentityClaims(log: LogReader, vault: Vault): IdentityClaims {
  const claimOne = async (stream: string, identity: ClaimedIdentity, eventId: string): Promise<void> => {
    const claim = await vault.claim(identity, stream, eventId, (holder) => standingOf(identity, holder))
    if (!claim.granted) throw new HubError('HUB_IDENTITY_CLAIMED', 'this ID number is claimed by another record')
  }

  /** The number is sealed: what the holder's record states is opened to be compared, and goes nowhere from here. */
  const standingOf = async (identity: ClaimedIdentity, holder: ClaimHolder): Promise<ClaimStanding> => {
    const { events, ledger } = await readLife(log, holder.stream)
    for (const event of ledger.effective()) {
      if (!statesIdentity(event)) continue
      const opened = await openedIdentity(event, vault)
      // With the key destroyed nobody can tell any more; the number stays with the erased record.
      if (opened === 'ERASED' || isSame(opened, identity)) return 'HELD'
    }
    return events.some(({ id }) => id === holder.eventId) ? 'RELEASED' : 'UNUSED'
  }

  return {
    async claim(stream, valid) {
      for (const { body } of valid) {
        const identity = claimOf(body.data.identity)
        if (identity) await claimOne(stream, identity, body.id)
      }
    },
    async claimAgain(stream, restored, eventId) {
      for (const event of restored) {
        const identity = await openedIdentity(event, vault)
        if (identity && identity !== 'ERASED') await claimOne(stream, identity, eventId)
      }
    },
  }
}

/** True where an event says who the person is. */
export function statesIdentity({ sealed }: Pick<StoredEvent, 'sealed'>): boolean {
  return sealed.some(({ digests }) => digests[IDENTITY] !== undefined)
}

async function openedIdentity(
  event: StoredEvent,
  vault: Pick<Vault, 'keyById'>,
): Promise<ClaimedIdentity | 'ERASED' | undefined> {
  const entry = event.sealed.find(({ digests }) => digests[IDENTITY] !== undefined)
  if (!entry) return undefined
  const key = await vault.keyById(entry.kid)
  if (!key) return 'ERASED'
  return claimOf(openSeal(event, key, entry).fields[IDENTITY])
}

function claimOf(identity: unknown): ClaimedIdentity | undefined {
  if (typeof identity !== 'object' || identity === null) return undefined
  const { idType, idNumber } = identity as { readonly idType?: unknown; readonly idNumber?: unknown }
  return typeof idNumber === 'string' ? identityOf(String(idType ?? '1'), idNumber) : undefined
}

function isSame(a: ClaimedIdentity | undefined, b: ClaimedIdentity): boolean {
  return a !== undefined && a.length === b.length && a.every((part, i) => part === b[i])
}
