/** Whom a restriction keeps from whom in a hub, as far as the read models have come. */
import { patientRecord } from '../projections/patient-record.js'
import { peopleKeptFrom, restrictions } from '../projections/restrictions.js'
import type { Role } from './domain/event.js'
import type { ReadModels } from './readmodel/port.js'

/** The patients who are kept from agencies of a role now. */
export function keptFrom(readModels: Pick<ReadModels, 'reader'>, role: Role): readonly string[] {
  return peopleKeptFrom(role, {
    rows: readModels.reader(restrictions).all(),
    people: readModels.reader(patientRecord),
  })
}
