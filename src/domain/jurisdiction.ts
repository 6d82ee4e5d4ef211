/**
 * Whose patients a person is: of the responsible unit, of the agency in whose area they live, and of the hospital that
 * admitted or diagnosed them. Pure; who is asked to show which of these is for recording and reading to say.
 */
import type { CalendarDate } from '../kernel/dates.js'
import type { Directory } from './directory.js'
import type { Role, StoredEvent } from './event.js'
import type { PatientState } from './patient-state.js'
import { findText } from './read-data.js'

/** What opens the relation between a hospital and a person; everything else that a ward states rests on it. */
const OPENS_TREATMENT: ReadonlySet<string> = new Set(['HospitalAdmitted', 'DiagnosisConfirmed'])

export function opensTreatment(type: string): boolean {
  return OPENS_TREATMENT.has(type)
}

/** True of the responsible unit of a person, where there is one, and of every agency above it. */
export function isResponsibleFor(
  unit: string | undefined,
  agency: string,
  directory: Pick<Directory, 'isSuperior'>,
): boolean {
  return unit !== undefined && (unit === agency || directory.isSuperior(agency, unit))
}

/**
 * The unit that answers for what was told of a person: the responsible one, or, of a registration that was retracted, the one that it
 * named. Undefined where there was none.
 */
export function unitAnsweringFor(
  { registered, responsibleUnit }: Pick<PatientState, 'registered' | 'responsibleUnit'>,
  events: readonly Pick<StoredEvent, 'type' | 'data'>[],
): string | undefined {
  const registration = registered ? undefined : events.findLast(({ type }) => type === 'PatientRegistered')
  return (registration && findText(registration.data, 'responsibleUnit')) ?? responsibleUnit
}

/** True where the person lives in the area of this agency on this day. */
export function livesInAreaOf(
  { agency, role }: { readonly agency: string; readonly role: Role },
  { residence, gridCell }: PatientState,
  { directory, day }: { readonly directory: Directory; readonly day: CalendarDate },
): boolean {
  if (!residence) return false
  const cell = residence.gridCell ?? gridCell
  const place = { township: residence.township, ...(cell === undefined ? {} : { gridCell: cell }) }
  return directory.agenciesInCharge(role, place, day).some(({ id }) => id === agency)
}
