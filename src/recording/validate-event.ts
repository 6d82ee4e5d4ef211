/**
 * From what a client sent to an event of the catalogue, or a full list of what is wrong with it. Refuses unknown types and
 * members, `null`, unpaired surrogates, a moment given twice, and ids that are not UUIDs in lower case. Never echoes a value.
 */
import { definitionOf, latestVersion } from '../domain/catalogue.js'
import type { EventDefinition } from '../domain/define-event.js'
import { isClause, isReference } from '../domain/person-members.js'
import { isStorableTime } from '../kernel/dates.js'
import { type Fault, HubError } from '../kernel/errors.js'
import { isUuid } from '../kernel/ids.js'
import { faultsOf, kindOf } from '../kernel/zod-faults.js'
import type { EventBody } from './shape-event.js'

export interface ValidEvent {
  readonly definition: EventDefinition
  readonly body: EventBody
}

const ENVELOPE_MEMBERS = new Set([
  'id',
  'type',
  'version',
  'occurredAt',
  'observedBy',
  'onBehalfOf',
  'legalBasis',
  'corrects',
  'data',
])

/**
 * @param base pointer of the event in the request, e.g. `` or `/events/2`
 * @param newId makes the id of an event that came without one
 * @throws HUB_UNKNOWN_TYPE, HUB_INVALID_EVENT with every fault
 */
export function validateEvent(input: unknown, base: string, newId: () => string): ValidEvent {
  if (!isObject(input)) throw invalid([wrong(base, 'an object', input)])
  const { type, version, data } = input
  if (typeof type !== 'string') throw invalid([wrong(`${base}/type`, 'an event type', type)])
  const known = version === undefined ? latestVersion(type) : version
  if (known !== undefined && typeof known !== 'number')
    throw invalid([wrong(`${base}/version`, 'a whole number', version)])
  const definition = definitionOf(type, known ?? 1)
  const faults: Fault[] = []
  if (!isCanonical(input)) refuseUncanonical(input, base, faults)
  for (const member in input) {
    if (!ENVELOPE_MEMBERS.has(member)) faults.push(wrong(`${base}/${member}`, 'no such member', undefined))
  }
  const id = input.id ?? newId()
  if (typeof id !== 'string' || !isUuid(id)) faults.push(wrong(`${base}/id`, 'a UUID in lower case', id))
  const { corrects, occurredAt, observedBy, onBehalfOf, legalBasis } = input
  if (corrects !== undefined && (typeof corrects !== 'string' || !isUuid(corrects))) {
    faults.push(wrong(`${base}/corrects`, 'a UUID in lower case', corrects))
  }
  checkMoment(definition, occurredAt, base, faults)
  // These stand in the clear for ever: a name or a telephone number has no place in them.
  if (observedBy !== undefined && !isReference(observedBy)) {
    faults.push(wrong(`${base}/observedBy`, 'a reference, not a name', observedBy))
  }
  if (onBehalfOf !== undefined && !isReference(onBehalfOf)) {
    faults.push(wrong(`${base}/onBehalfOf`, 'a reference, not a name', onBehalfOf))
  }
  if (
    legalBasis !== undefined &&
    !(Array.isArray(legalBasis) && legalBasis.length > 0 && legalBasis.length <= 10 && legalBasis.every(isClause))
  ) {
    faults.push(wrong(`${base}/legalBasis`, 'a list of 1 to 10 clauses such as W46', legalBasis))
  }
  const parsed = parsedData(definition, data, base, faults)
  if (faults.length > 0) throw invalid(faults)
  const body = Object.assign({}, input, { id, version: definition.version, data: parsed })
  // Every member was looked at above; the compiler cannot follow a loop over names.
  return { definition, body: body as unknown as EventBody }
}

/** The data as its schema answers it; the faults where it does not fit. */
function parsedData({ parseData }: EventDefinition, data: unknown, base: string, faults: Fault[]): unknown {
  const parsed = parseData(data)
  if (parsed.success) return parsed.data
  faults.push(...faultsOf(parsed.error, data, `${base}/data`))
  return undefined
}

function checkMoment(definition: EventDefinition, occurredAt: unknown, base: string, faults: Fault[]): void {
  const { moment, momentRequired, type } = definition
  if (occurredAt === undefined) {
    if (momentRequired && moment === undefined) faults.push(wrong(`${base}/occurredAt`, 'a date or time', occurredAt))
  } else if (moment !== undefined) {
    faults.push(wrong(`${base}/occurredAt`, `nothing: ${type} says it in data.${moment}`, occurredAt))
  } else if (typeof occurredAt !== 'string' || !isStorableTime(occurredAt)) {
    faults.push(wrong(`${base}/occurredAt`, '2026-03-02 or 2026-03-02T09:30:00+08:00', occurredAt))
  }
}

/** Whether there is nothing for `refuseUncanonical` to tell: no pointer is written for what is right. */
function isCanonical(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed()
  if (typeof value !== 'object') return true
  if (value === null) return false
  if (Array.isArray(value)) return value.every(isCanonical)
  for (const member in value) if (!isCanonical((value as Record<string, unknown>)[member])) return false
  return true
}

/** What has no canonical form would break the digests behind the log: it is refused before anything else (400). */
function refuseUncanonical(value: unknown, pointer: string, faults: Fault[]): void {
  if (value === null) faults.push(wrong(pointer, 'a value, or no member at all', value))
  else if (typeof value === 'string') {
    if (!value.isWellFormed())
      faults.push({ pointer, rule: 'schema', message: 'expected well-formed Unicode, got an unpaired surrogate' })
  } else if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) refuseUncanonical(value[i], `${pointer}/${i}`, faults)
  } else if (isObject(value)) {
    for (const member in value) {
      const child = value[member]
      if (child === null || typeof child === 'object' || typeof child === 'string')
        refuseUncanonical(child, `${pointer}/${member}`, faults)
    }
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function wrong(pointer: string, expected: string, value: unknown): Fault {
  const got = kindOf(value)
  return { pointer, rule: 'schema', message: `expected ${expected}, got ${got}`, expected, got }
}

function invalid(faults: readonly Fault[]): HubError {
  return new HubError(
    'HUB_INVALID_EVENT',
    `${faults.length} ${faults.length === 1 ? 'member does' : 'members do'} not fit the schema`,
    { faults },
  )
}
