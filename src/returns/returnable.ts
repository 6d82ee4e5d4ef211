/**
 * Whom an agency may send something back about: who is registered, neither erased nor found not to be ill, and lives in its area
 * today. Where only the sealed community tells, that is opened, compared and goes no further. For everybody else there is one
 * answer: no.
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

/**
 * True where the agency may send something back about the patient on this day.
 * @param patientId whom a pseudonym names; undefined where it names nobody
 */
export async function isReturnable(
  { agency, role }: Principal,
  patientId: string | undefined,
  day: CalendarDate,
  { people, vault, directory }: ReturnableDeps,
): Promise<boolean> {
  const record = patientId === undefined ? undefined : people().get(patientId)
  if (patientId === undefined || !record) return false
  const { registered, erased, diagnosisExcluded, residence, gridCell } = record.state
  if (!registered || erased || diagnosisExcluded || !residence) return false
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
