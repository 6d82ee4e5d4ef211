/**
 * The catalogue: the one list of event types that exist. Whatever is not in it is refused by recording and stops a
 * projection; a name that is given up is listed as retired and never comes back.
 */
import { HubError } from '../kernel/errors.js'
import { AID_EVENTS } from './aid-events.js'
import { CONSENT_EVENTS } from './consent-events.js'
import { CONTACT_EVENTS } from './contact-events.js'
import { CORRECTION_EVENTS } from './correction-events.js'
import type { EventDefinition } from './define-event.js'
import { FOLLOW_UP_EVENTS } from './follow-up-events.js'
import { GUARDIAN_EVENTS } from './guardian-events.js'
import { HOSPITAL_EVENTS } from './hospital-events.js'
import { HUB_EVENTS } from './hub-events.js'
import { INCIDENT_EVENTS } from './incident-events.js'
import { REGISTRATION_EVENTS } from './registration-events.js'
import { RETURN_EVENTS } from './return-events.js'
import { RIGHTS_EVENTS } from './rights-events.js'
import { SAFEGUARD_EVENTS } from './safeguard-events.js'

/** Everything that is said of a person, in patient streams. */
export const PERSON_EVENTS: readonly EventDefinition[] = [
  ...REGISTRATION_EVENTS,
  ...CONSENT_EVENTS,
  ...RIGHTS_EVENTS,
  ...SAFEGUARD_EVENTS,
  ...FOLLOW_UP_EVENTS,
  ...CONTACT_EVENTS,
  ...HOSPITAL_EVENTS,
  ...INCIDENT_EVENTS,
  ...GUARDIAN_EVENTS,
  ...AID_EVENTS,
  ...RETURN_EVENTS,
  ...CORRECTION_EVENTS,
]

/** `Type@version` → its definition, e.g. `RiskAssessed@1`. */
export const CATALOGUE: ReadonlyMap<string, EventDefinition> = catalogueOf([...PERSON_EVENTS, ...HUB_EVENTS])

/** Type names that were used once and never will be again. */
export const RETIRED_TYPES: readonly string[] = []

export function catalogueKey(type: string, version: number): string {
  return `${type}@${version}`
}

const byType = new Map<string, readonly EventDefinition[]>()
for (const definition of CATALOGUE.values()) {
  byType.set(definition.type, [...(byType.get(definition.type) ?? []), definition])
}

/** The definition of what a client sends. Throws `HUB_UNKNOWN_TYPE`. */
export function definitionOf(type: string, version: number): EventDefinition {
  const definition = findDefinition(type, version)
  if (definition) return definition
  const known = byType.get(type)?.map((candidate) => candidate.version)
  throw new HubError(
    'HUB_UNKNOWN_TYPE',
    known
      ? `expected version ${known.join(' or ')} of ${type}, got ${version}`
      : 'expected an event type of the catalogue',
  )
}

/** The definition of what the log holds. Throws `HUB_UNKNOWN_VERSION`: this node must not go on without it. */
export function storedDefinitionOf(type: string, version: number): EventDefinition {
  const definition = findDefinition(type, version)
  if (definition) return definition
  throw new HubError(
    'HUB_UNKNOWN_VERSION',
    `the log holds ${catalogueKey(type, version)}, which this node does not know`,
  )
}

/** The names of all types, in the order of the catalogue. */
export function eventTypes(): readonly string[] {
  return [...byType.keys()]
}

/** The version that a client means who names none: the newest. Undefined for an unknown type. */
export function latestVersion(type: string): number | undefined {
  return byType.get(type)?.at(-1)?.version
}

function findDefinition(type: string, version: number): EventDefinition | undefined {
  // Almost every type has one version: no key is built for those.
  const versions = byType.get(type)
  return versions?.length === 1 && versions[0]?.version === version
    ? versions[0]
    : versions?.find((candidate) => candidate.version === version)
}

function catalogueOf(definitions: readonly EventDefinition[]): ReadonlyMap<string, EventDefinition> {
  const catalogue = new Map<string, EventDefinition>()
  for (const definition of definitions) {
    const key = catalogueKey(definition.type, definition.version)
    if (catalogue.has(key)) throw new Error(`catalogue: ${key} is defined twice`)
    catalogue.set(key, definition)
  }
  return catalogue
}
