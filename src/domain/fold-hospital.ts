/** Folds diagnosis and hospital stays. Pure. A discharge whose admission is unknown still closes a stay of its own. */
import type { StoredEvent } from './event.js'
import { present, timeOf, without } from './fold-state.js'
import type { PatientState } from './patient-state.js'
import { findText, readNumber, readText } from './read-data.js'

/** The route of a stay that is known only from its discharge. */
export const UNKNOWN_ROUTE = 'UNKNOWN'

export function evolveHospital(state: PatientState, event: StoredEvent): PatientState {
  const { data, type } = event
  switch (type) {
    case 'DiagnosisConfirmed': {
      const diagnosis = {
        category: readNumber(data, 'diseaseCategory'),
        ...present({ icd10: findText(data, 'icd10') }),
        confirmedOn: timeOf(event),
      }
      return { ...without(state, 'diagnosisExcluded'), diagnosis }
    }
    case 'DiagnosisExcluded': {
      const on = timeOf(event)
      const diagnosis = state.diagnosis ? { diagnosis: { ...state.diagnosis, excludedOn: on } } : {}
      return { ...state, ...diagnosis, diagnosisExcluded: { on } }
    }
    case 'HospitalAdmitted': {
      const stay = {
        id: event.id,
        route: readText(data, 'route'),
        institution: readText(data, 'institution'),
        admittedOn: timeOf(event),
      }
      return { ...state, stay }
    }
    case 'HospitalDischarged':
      return { ...state, stay: stayAfterDischarge(state.stay, event) }
    default:
      throw new Error(`evolveHospital: impossible type ${type}`)
  }
}

function stayAfterDischarge(stay: PatientState['stay'], event: StoredEvent): NonNullable<PatientState['stay']> {
  const end = { dischargedOn: timeOf(event), dischargeOutcome: readText(event.data, 'outcome') }
  if (stay && stay.dischargedOn === undefined) return { ...stay, ...end }
  return {
    id: event.id,
    route: UNKNOWN_ROUTE,
    institution: event.recordedBy.agency,
    admittedOn: readText(event.data, 'admitDate'),
    ...end,
  }
}
