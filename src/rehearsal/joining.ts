/** How a person comes into the programme: registered, diagnosed, asked for consent, visited for the first time; or not. */
import type { EventData } from '../domain/event.js'
import { addDays, dayOf, momentOf } from '../kernel/dates.js'
import { askForConsent } from './consent.js'
import {
  byUnit,
  daysAfter,
  event,
  healthAgency,
  type Life,
  officeTime,
  planVisit,
  recorded,
  type Turn,
} from './life.js'
import { guardianData, identityOf } from './people.js'
import { COOPERATION_MIX, LEVEL_MIX, STABLE_AT_LEVEL_0 } from './proportions.js'
import { planTurns } from './turns.js'

/** The first turn of every life. */
export const beginLife: Turn = (life, atMs) => {
  const { person, random } = life
  life.cooperation = person.index === 0 ? 'COOPERATES' : random.weighted(COOPERATION_MIX)
  life.level = person.index === 0 ? 3 : random.weighted(LEVEL_MIX)
  life.levelSinceMs = atMs
  life.isSettled = random.chance(STABLE_AT_LEVEL_0)
  life.registration = {
    ...event(life, atMs, 'PatientRegistered', registrationOf(life, atMs)),
    occurredAt: momentOf(atMs),
  }
  life.registeredBy = life.unit
  const events = [life.registration]
  if (person.name !== undefined && random.chance(0.92)) {
    life.guardian = person.guardian
    events.push(event(life, atMs, 'GuardianDesignated', guardianData(person.guardian)))
  }
  planDiagnosis(life, atMs)
  if (life.isManaged) planConsent(life, atMs)
  planTurns(life, atMs)
  return [byUnit(life, atMs, ...events)]
}

/** What is asked when a person is registered. */
export function registrationOf(life: Life, atMs: number): EventData {
  const { person, random, county } = life
  const { householdTownship, householdAddress, township, area, address, isMedicalAidOnly, disease } = person
  const grid = random.chance(0.3) ? { gridCell: `G${area.slice(-6)}-${random.whole(1, 9)}` } : {}
  const isKnown = person.name !== undefined
  return {
    identity: identityOf(person),
    ...(isKnown ? { householdTownship, householdAddress: { region: householdTownship, text: householdAddress } } : {}),
    presentTownship: township,
    ...(isKnown ? { presentAddress: { region: area, text: address } } : {}),
    presentArea: area,
    responsibleUnit: county.inCharge('CHC', person)?.id ?? life.unit,
    ...grid,
    registrationBasis: isMedicalAidOnly ? 'NEEDY_AID' : disease.category === 9 ? 'HARM_ALREADY_DONE' : 'SIX_DISEASES',
    programme: isMedicalAidOnly ? 'MEDICAL_AID' : 'COMMUNITY_MANAGEMENT',
    householdType: random.pick([1, 2]),
    residentSince: addDays(dayOf(atMs), -random.whole(30, 9000)),
    economicStatus: person.economicStatus,
    employment: random.pick([1, 3, 4, 6, 9]),
    education: random.pick([6, 7, 8, 9]),
    marital: random.pick(['10', '20', '30', '40']),
  }
}

function planDiagnosis(life: Life, atMs: number): void {
  const { random, person } = life
  life.plan(officeTime(life, daysAfter(atMs, random.whole(1, 10)), atMs), (_, diagnosedMs) => {
    const confirmed = event(life, diagnosedMs, 'DiagnosisConfirmed', {
      diseaseCategory: person.disease.category,
      icd10: person.disease.icd10,
      confirmedOn: addDays(dayOf(diagnosedMs), -random.whole(1, 4000)),
      institution: '演练县精神病医院',
      physicianLicence: `演练执业${random.whole(1000, 9999)}`,
    })
    return [recorded(life, diagnosedMs, healthAgency(life, 'HOSPITAL'), [confirmed])]
  })
}

function planConsent(life: Life, atMs: number): void {
  const { random } = life
  if (life.cooperation === 'UNREACHED') {
    planVisit(life, daysAfter(atMs, random.whole(5, 30)), atMs)
    return
  }
  life.plan(officeTime(life, daysAfter(atMs, random.whole(2, 14)), atMs), askForConsent)
}
