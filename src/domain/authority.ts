/**
 * Who may record what (policy §3), by role, and who may correct what somebody recorded. Pure; jurisdiction, the question
 * of *whose* patients, is asked by recording. There is no role that may record everything.
 */
import { PERSON_EVENTS } from './catalogue.js'
import type { EventDefinition } from './define-event.js'
import type { Role } from './event.js'

/** The roles that care for the person: they address somebody by patient id or ID number, and read records. */
export const HEALTH_ROLES: readonly Role[] = ['CHC', 'VILLAGE', 'HOSPITAL', 'MHPC']

export function isHealthRole(role: Role): boolean {
  return HEALTH_ROLES.includes(role)
}

/** True where the type names the role among its recorders. The hub's own events have none: nobody sends them. */
export function mayRecord(role: Role, definition: EventDefinition): boolean {
  return definition.recorders.includes(role)
}

/** The person event types that a role may record, e.g. POLICE → ContactRegained, PublicSafetyIncidentRecorded, … */
export function recordableTypes(role: Role): readonly string[] {
  return PERSON_EVENTS.filter((definition) => mayRecord(role, definition)).map(({ type }) => type)
}

/**
 * A fact is corrected or retracted by the agency that recorded it, or by one above that agency.
 * @param isSuperior true where the first agency stands above the second, e.g. `directory.isSuperior`
 */
export function mayCorrect(
  byAgency: string,
  originalAgency: string,
  isSuperior: (superior: string, of: string) => boolean,
): boolean {
  return byAgency === originalAgency || isSuperior(byAgency, originalAgency)
}
