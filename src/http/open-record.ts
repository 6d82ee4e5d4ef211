/**
 * Opens what a reader may see of a record: sealed values of the person, the guardian and the physicians, for those who treat. Who reported
 * something, and what only the police recorded, stays sealed for everybody; an auditor sees that something is sealed. Of what kind an
 * incident was is the police's to know (policy §6.2, §4.5): those who treat see that there was one. What an agency sent
 * back is between it and the health centre (W43; policy §6.2): nobody else learns of what kind it is, or what waits. It does not ask
 * whose record it is: whoever reads one has been let in.
 */
import { isHealthRole } from '../domain/authority.js'
import { definitionOf } from '../domain/catalogue.js'
import type { Role, StoredEvent } from '../domain/event.js'
import type { PatientState } from '../domain/patient-state.js'
import { RETURN_EVENTS, RETURN_TYPE } from '../domain/return-events.js'
import type { Vault } from '../vault/port.js'
import { openSeal } from '../vault/sealing.js'

/** Stands where a value is sealed for this reader. */
export const SEALED_VALUE = { sealed: true } as const
/** Stands where the key of a value was destroyed. */
export const ERASED_VALUE = { erased: true } as const

const RETURN_TYPES: ReadonlySet<string> = new Set(RETURN_EVENTS.map(({ type }) => type))
/** Clear members that those who treat do not read: no fact of theirs comes from them. */
const KEPT_FROM_CARERS: ReadonlyMap<string, readonly string[]> = new Map([['PublicSafetyIncidentRecorded', ['kind']]])
const OPENED_SUBJECTS = /^(patient|guardian|staff)(\.\d+)?$/

export interface OpenedRecord {
  /** The event's `data` with what the reader may see put back, and markers where a value stays away. */
  dataOf(event: StoredEvent): Readonly<Record<string, unknown>>
  /** The state with every reference to a sealed value replaced likewise, without the open returns where they are not the reader's. */
  stateOf(state: PatientState): unknown
}

/** Opens the events of one person, all at once. */
export async function openRecord(
  events: readonly StoredEvent[],
  role: Role,
  vault: Pick<Vault, 'keysById'>,
): Promise<OpenedRecord> {
  const openable = isHealthRole(role) ? events.filter((event) => isOpenTo(role, event)) : []
  const kids = new Set(openable.flatMap(({ sealed }) => sealed.filter(isOpenedSubject).map(({ kid }) => kid)))
  const keys = kids.size === 0 ? new Map<string, Uint8Array>() : await vault.keysById([...kids])
  const isOpen = new Set(openable.map(({ id }) => id))
  const fieldsOf = new Map<string, ReadonlyMap<string, unknown>>()
  for (const event of events) fieldsOf.set(event.id, fields(event, isOpen.has(event.id), keys))

  const shown = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map(shown)
    if ('pointer' in value && 'eventId' in value && 'subject' in value) {
      return fieldsOf.get(String(value.eventId))?.get(String(value.pointer)) ?? SEALED_VALUE
    }
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, shown(member)]))
  }
  return {
    stateOf({ openReturns, ...state }) {
      return shown(seesReturns(role) && openReturns ? { ...state, openReturns } : state)
    },
    dataOf(event) {
      if (RETURN_TYPES.has(event.type) && !seesReturns(role)) return sealedMembers(event)
      const data: Record<string, unknown> = { ...event.data }
      const kept = isHealthRole(role) ? (KEPT_FROM_CARERS.get(event.type) ?? []) : []
      for (const name of kept) if (name in data) data[name] = SEALED_VALUE
      for (const [pointer, value] of fieldsOf.get(event.id) ?? []) data[pointer.slice('/data/'.length)] = value
      return data
    },
  }
}

/** Pointer → value, or why there is none. */
function fields(
  event: StoredEvent,
  isOpen: boolean,
  keys: ReadonlyMap<string, Uint8Array>,
): ReadonlyMap<string, unknown> {
  const out = new Map<string, unknown>()
  for (const entry of event.sealed) {
    const isOpened = isOpen && isOpenedSubject(entry)
    const key = isOpened ? keys.get(entry.kid) : undefined
    const opened = key ? openSeal(event, key, entry).fields : undefined
    for (const pointer of Object.keys(entry.digests)) {
      out.set(pointer, opened ? opened[pointer] : isOpened ? ERASED_VALUE : SEALED_VALUE)
    }
  }
  return out
}

function isOpenedSubject({ subject }: { readonly subject: string }): boolean {
  return OPENED_SUBJECTS.test(subject)
}

/** What no carer and no community worker may record is the police's own; what comes back is said to the health centre. */
function isOpenTo(role: Role, { type, version }: StoredEvent): boolean {
  if (type === RETURN_TYPE) return seesReturns(role)
  return definitionOf(type, version).recorders.some((one) => isHealthRole(one) || one === 'COMMUNITY')
}

/** Of the health centres the one that is responsible, and whoever is above it, read a record at all (`record-access.ts`). */
function seesReturns(role: Role): boolean {
  return role === 'CHC'
}

function sealedMembers({ data, sealed }: StoredEvent): Readonly<Record<string, unknown>> {
  const pointers = sealed.flatMap(({ digests }) => Object.keys(digests))
  const names = [...Object.keys(data), ...pointers.map((pointer) => pointer.slice('/data/'.length))]
  return Object.fromEntries(names.map((name) => [name, SEALED_VALUE]))
}
