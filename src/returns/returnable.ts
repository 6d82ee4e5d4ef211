/**
 * Whom an agency may send something back about: who is registered, neither erased nor found not to be ill, and lives in its area
 * today. Where only the sealed community tells, that is opened, compared and goes no further. For everybody else there is one
 * answer: undefined.
 */
import type { PatientRecord } from '../../projections/patient-record.js'
import type { Directory } from '../domain/directory.js'
import type { SealedRef } from '../domain/patient-state.js'
import { patientStream } from '../domain/streams.js'
import type { CalendarDate } from '../kernel/dates.js'
import type { ReadModel } from '../readmodel/port.js'
import type { Principal } from '../recording/port.js'
import type { Vault } from '../vault/port.js'
import { openSeal } from '../vault/sealing.js'

export interface ReturnableDeps {
  readonly resolvePseudonym: (agency: string, pseudonym: string) => Promise<string | undefined>
  readonly people: () => Pick<ReadModel<PatientRecord>, 'get'>
  readonly vault: Pick<Vault, 'keysById'>
  readonly directory: () => Directory
}

/** The patient whom the pseudonym names, where the agency may send something back about them on this day. */
export async function returnablePerson(
  { agency, role }: Principal,
  pseudonym: string,
  day: CalendarDate,
  { resolvePseudonym, people, vault, directory }: ReturnableDeps,
): Promise<string | undefined> {
  const patientId = await resolvePseudonym(agency, pseudonym)
  const record = patientId === undefined ? undefined : people().get(patientId)
  if (patientId === undefined || !record) return undefined
  const { registered, erased, diagnosisExcluded, residence, gridCell } = record.state
  if (!registered || erased || diagnosisExcluded || !residence) return undefined
  const area = await openedArea(patientStream(patientId), record, residence.area, vault)
  const cell = residence.gridCell ?? gridCell
  const place = {
    township: residence.township,
    ...(area === undefined ? {} : { area }),
    ...(cell === undefined ? {} : { gridCell: cell }),
  }
  return directory()
    .agenciesInCharge(role, place, day)
    .some(({ id }) => id === agency)
    ? patientId
    : undefined
}

async function openedArea(
  stream: string,
  { sealed }: PatientRecord,
  ref: SealedRef | undefined,
  vault: Pick<Vault, 'keysById'>,
): Promise<string | undefined> {
  const blob = ref && sealed[`${ref.eventId}/${ref.subject}`]
  if (!blob) return undefined
  const { entry, type, version } = blob
  const key = (await vault.keysById([entry.kid])).get(entry.kid)
  const area = key && openSeal({ stream, id: ref.eventId, type, version }, key, entry).fields[ref.pointer]
  return typeof area === 'string' ? area : undefined
}
