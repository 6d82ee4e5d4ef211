/**
 * From a request body to a proposed write: whom it addresses, and its events as they came. The events themselves are
 * validated by recording, once; here only the few members around them are looked at.
 */
import type { Source } from '../domain/event.js'
import { isReference } from '../domain/person-members.js'
import { type Fault, HubError } from '../kernel/errors.js'
import { isUuid } from '../kernel/ids.js'
import { kindOf } from '../kernel/zod-faults.js'
import type { ProposedWrite } from '../recording/port.js'

/** What stands around an event, and is none of its members. */
const ADDRESSING: ReadonlySet<string> = new Set(['patientId', 'person', 'expectedRevision', 'source', 'events'])
type Draft = { -readonly [Member in keyof ProposedWrite]: ProposedWrite[Member] }
const SOURCES: readonly unknown[] = ['api', 'import', 'backfill']
const PERSON_MEMBERS: readonly string[] = ['idNumber', 'name', 'township', 'description']
export const MAX_PERSON_TEXT = 500

/**
 * Takes `{patientId, …one event}` or `{patientId, events: […]}`; `person` in the place of `patientId` names somebody.
 * Throws `HUB_INVALID_EVENT` with every fault of what surrounds the events.
 */
export function parseProposedWrite(body: unknown, isBatch: boolean): ProposedWrite {
  if (!isObject(body)) throw invalid([fault('', 'an event, or an object with events', body)])
  const { patientId, person, expectedRevision, source, events } = body
  // By hand, since this runs for every request: a rest pattern and spreads cost a tenth of all that the edge does.
  const event: Record<string, unknown> = {}
  for (const member in body) if (!ADDRESSING.has(member)) event[member] = body[member]
  const faults: Fault[] = []
  if (patientId !== undefined && (typeof patientId !== 'string' || !isUuid(patientId))) {
    faults.push(fault('/patientId', 'a UUID in lower case', patientId))
  }
  if (patientId !== undefined && person !== undefined) {
    faults.push(fault('/person', 'nothing beside patientId', person))
  }
  if (person !== undefined) checkPerson(person, faults)
  if (expectedRevision !== undefined && !(Number.isSafeInteger(expectedRevision) && Number(expectedRevision) >= 0)) {
    faults.push(fault('/expectedRevision', 'a whole number from 0', expectedRevision))
  }
  if (source !== undefined) checkSource(source, faults)
  if (events !== undefined) {
    if (!Array.isArray(events) || events.length === 0) faults.push(fault('/events', 'a list of events', events))
    for (const member in event) faults.push(fault(`/${member}`, 'no such member beside events', undefined))
  }
  if (faults.length > 0) throw invalid(faults)
  const write: Draft = { events: events === undefined ? [event] : (events as readonly unknown[]) }
  if (patientId !== undefined) write.patientId = patientId as string
  if (person !== undefined) write.person = person as NonNullable<ProposedWrite['person']>
  if (expectedRevision !== undefined) write.expectedRevision = expectedRevision as number
  if (source !== undefined) write.source = source as Source
  if (isBatch) write.isBatch = true
  return write
}

/** Faults of a group of one are told where that one stands. */
export function inGroup(error: HubError, body: unknown): HubError {
  const isGroupOfOne = isObject(body) && Array.isArray(body.events) && body.events.length === 1
  if (!isGroupOfOne || error.faults.length === 0) return error
  const faults = error.faults.map((one) =>
    one.pointer.startsWith('/events/') ? one : { ...one, pointer: `/events/0${one.pointer}` },
  )
  return new HubError(error.code, error.message, { ...error, faults, cause: error.cause })
}

function checkPerson(person: unknown, faults: Fault[]): void {
  if (!isObject(person)) {
    faults.push(fault('/person', 'an object', person))
    return
  }
  for (const member in person) {
    const value = person[member]
    if (!PERSON_MEMBERS.includes(member)) faults.push(fault(`/person/${member}`, 'no such member', undefined))
    else if (
      typeof value !== 'string' ||
      value.length === 0 ||
      value.length > MAX_PERSON_TEXT ||
      !value.isWellFormed()
    ) {
      faults.push(fault(`/person/${member}`, `text of 1 to ${MAX_PERSON_TEXT} characters`, value))
    }
  }
  if (Object.keys(person).length === 0) faults.push(fault('/person', 'at least one member', person))
}

function checkSource(source: unknown, faults: Fault[]): void {
  if (!isObject(source)) {
    faults.push(fault('/source', 'an object', source))
    return
  }
  const { kind, ref, ...others } = source
  if (!SOURCES.includes(kind)) faults.push(fault('/source/kind', `one of ${SOURCES.join(', ')}`, kind))
  if (ref !== undefined && !isReference(ref)) faults.push(fault('/source/ref', 'a reference, not a name', ref))
  for (const member in others) faults.push(fault(`/source/${member}`, 'no such member', undefined))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function fault(pointer: string, expected: string, value: unknown): Fault {
  const got = kindOf(value)
  return { pointer, rule: 'schema', message: `expected ${expected}, got ${got}`, expected, got }
}

function invalid(faults: readonly Fault[]): HubError {
  const few = faults.length === 1 ? 'member does' : 'members do'
  return new HubError('HUB_INVALID_EVENT', `${faults.length} ${few} not fit`, { faults })
}
