/**
 * When two events say the same (design §3): equal JCS of type, version, occurredAt, recordedBy.agency, observedBy,
 * onBehalfOf, source, legalBasis, corrects, causation and data with its sealed values opened. Never of stored bytes, which
 * differ by seed, nonce and recordedAt.
 */
import type { EventData, StoredEvent } from '../domain/event.js'
import { HubError } from '../kernel/errors.js'
import { canonicalJson } from '../kernel/jcs.js'
import type { Vault } from '../vault/port.js'
import { openSeal } from '../vault/sealing.js'

export type Content = Pick<StoredEvent, 'type' | 'version' | 'recordedBy' | 'source' | 'data'> &
  Partial<Pick<StoredEvent, 'occurredAt' | 'observedBy' | 'onBehalfOf' | 'legalBasis' | 'corrects' | 'causation'>>

/** The canonical text of what an event says. `data` is the opened one, without the moment member. */
export function contentOf(event: Content): string {
  const {
    type,
    version,
    occurredAt,
    recordedBy,
    observedBy,
    onBehalfOf,
    source,
    legalBasis,
    corrects,
    causation,
    data,
  } = event
  return canonicalJson({
    type,
    version,
    occurredAt,
    agency: recordedBy.agency,
    observedBy,
    onBehalfOf,
    source,
    legalBasis,
    corrects,
    causation,
    data,
  })
}

/** `data` with every sealed member put back. Throws `HUB_ERASED` where a key was destroyed. */
export async function openedData(event: StoredEvent, vault: Pick<Vault, 'keyById'>): Promise<EventData> {
  if (event.sealed.length === 0) return event.data
  const data: Record<string, unknown> = { ...event.data }
  for (const entry of event.sealed) {
    const key = await vault.keyById(entry.kid)
    if (!key) throw new HubError('HUB_ERASED', 'the key of this subject was destroyed')
    const { fields } = openSeal(event, key, entry)
    for (const [pointer, value] of Object.entries(fields)) data[memberOf(pointer)] = value
  }
  return data
}

/** `/data/note` → `note`, with the escapes of RFC 6901 undone. */
export function memberOf(pointer: string): string {
  return pointer.slice('/data/'.length).replaceAll('~1', '/').replaceAll('~0', '~')
}
