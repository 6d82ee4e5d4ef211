/**
 * Messages that are handed to nobody while a restriction keeps their person from the recipient: neither read from a mailbox nor sent
 * again. They keep their sequences, and are what they were when it is lifted. What ends something that was told goes on.
 */
import { scopedId } from '../domain/derived-ids.js'
import type { Subscription } from '../domain/directory.js'
import { isToldAllTheSame } from '../domain/restriction.js'
import type { LogReader } from '../log/port.js'
import { agencyKeyName, type Vault } from '../vault/port.js'
import { createOutboxIndex } from './outbox-index.js'

export interface WithheldDeps {
  readonly log: LogReader
  readonly vault: Pick<Vault, 'secret' | 'cachedSecret'>
  /** The patients whom a restriction keeps from an agency now. Defaults to nobody. */
  readonly keptFrom?: (agency: string) => readonly string[]
}

/** The sequences below `length` that are withheld now. Where nobody is restricted, nothing is read. */
export type WithheldMessages = (track: {
  readonly subscription: Pick<Subscription, 'id' | 'agency'>
  readonly length: number
}) => Promise<ReadonlySet<number>>

export function createWithheld({ log, vault, keptFrom = () => [] }: WithheldDeps): WithheldMessages {
  const index = createOutboxIndex(log)
  return async ({ subscription: { id, agency }, length }) => {
    const withheld = new Set<number>()
    const people = keptFrom(agency)
    if (people.length === 0) return withheld
    const name = agencyKeyName(agency)
    const agencyKey = vault.cachedSecret(name) ?? (await vault.secret(name))
    for (const patientId of people) {
      for (const { sequence, kind } of await index.earlier(id, scopedId(agencyKey, 'pseudonym', patientId), length)) {
        if (!isToldAllTheSame(kind)) withheld.add(sequence)
      }
    }
    return withheld
  }
}
