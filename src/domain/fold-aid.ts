/** Folds what others do for a person: flags, fitness, readiness for discharge, help for the homeless. Pure. */
import type { Role, StoredEvent } from './event.js'
import { present, timeOf, without } from './fold-state.js'
import type { PatientState } from './patient-state.js'
import { findFlag, findNumber, findText, readFlag, readObject, readText } from './read-data.js'

export function evolveAid(state: PatientState, event: StoredEvent): PatientState {
  const { data, type } = event
  switch (type) {
    case 'FlagsUpdated':
      return withFlags(state, event)
    case 'FunctionAssessed':
      return { ...state, functionAssessed: { id: event.id, fit: readFlag(data, 'fit'), on: timeOf(event) } }
    case 'DischargeConditionsMet':
      return withReadiness(state, event)
    case 'HomelessSuspectedPatientEscorted':
    case 'TemporaryLivingAidGranted':
      return { ...state, homeless: homelessIn(event) }
    case 'ReturnHomeAssisted':
      return without(state, 'homeless')
    case 'InsuranceEnrollmentRecorded': {
      const enrolment = {
        scheme: readText(data, 'scheme'),
        validFrom: readText(data, 'validFrom'),
        ...present({ validTo: findText(data, 'validTo') }),
      }
      const others = (state.insurance ?? []).filter(({ scheme }) => scheme !== enrolment.scheme)
      return { ...state, insurance: [...others, enrolment] }
    }
    default:
      throw new Error(`evolveAid: impossible type ${type}`)
  }
}

/** What is not named stays; each flag keeps the day on which it was last stated, and by which role. */
function withFlags(state: PatientState, event: StoredEvent): PatientState {
  const { data } = event
  const on = timeOf(event)
  const flag = (member: string) => {
    const value = findFlag(data, member)
    return value === undefined ? undefined : { value, on }
  }
  const disabilityCert =
    data.disabilityCert === undefined
      ? undefined
      : { id: event.id, ...certificateIn(event), on, byRole: statedBy(state, event) }
  const stated = present({
    povertyTarget: flag('povertyTarget'),
    guardianSubsidy: flag('guardianSubsidy'),
    disabilityCert,
    careGroupServed: flag('careGroupServed'),
    familyDoctorSigned: flag('familyDoctorSigned'),
    communityRehab: flag('communityRehab'),
  })
  return { ...state, flags: { ...state.flags, ...stated } }
}

/** What somebody else only says again stays the word of who said it first. */
function statedBy({ flags }: PatientState, event: StoredEvent): Role {
  const before = flags?.disabilityCert
  const { held, level } = certificateIn(event)
  return before && before.held === held && before.level === level ? before.byRole : event.recordedBy.role
}

function certificateIn({ data }: StoredEvent): { held: boolean; level?: number } {
  const certificate = readObject(data, 'disabilityCert')
  return { held: readFlag(certificate, 'held'), ...present({ level: findNumber(certificate, 'level') }) }
}

/** Of an open stay alone: who is not in hospital is not waiting to leave it. */
function withReadiness(state: PatientState, event: StoredEvent): PatientState {
  const { stay } = state
  if (!stay || stay.dischargedOn !== undefined) return state
  return { ...state, stay: { ...stay, readyOn: timeOf(event) } }
}

function homelessIn(event: StoredEvent): NonNullable<PatientState['homeless']> {
  const { data } = event
  return {
    since: timeOf(event),
    kinFound: readFlag(data, 'kinFound'),
    ...present({ homeRegion: findText(data, 'homeRegion') }),
  }
}
