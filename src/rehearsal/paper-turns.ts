/** What changes on paper: basics, addresses put right, guardians, consent, diagnoses found wrong, deaths, programmes. */
import { addDays, dayOf } from '../kernel/dates.js'
import type { SentEvent } from './care-act.js'
import { consentData, refusedVisit } from './consent.js'
import { byUnit, daysAfter, event, healthAgency, officeTime, planVisit, recorded, type Turn } from './life.js'
import { addressOf, guardianData, guardianOf, identityOf, idNumberFrom } from './people.js'

/** New telephone, new circumstances, an ID card at last; or the address was wrong from the beginning. */
export const basicsChanged: Turn = (life, atMs) => {
  const { random, person, registration } = life
  if (registration && random.chance(0.25) && life.registeredBy === life.unit && life.township === person.township) {
    const presentAddress = { region: person.area, text: addressOf(random) }
    const corrected: SentEvent = {
      ...registration,
      id: random.uuid(atMs),
      corrects: registration.id,
      data: { ...registration.data, presentAddress },
    }
    life.registration = corrected
    return [byUnit(life, atMs, corrected)]
  }
  const isFirstCard = person.idNumber === undefined && person.name !== undefined && random.chance(0.3)
  const data = isFirstCard
    ? {
        identity: {
          ...identityOf(person),
          idType: '1',
          idNumber: idNumberFrom(person.birthDate, person.sex === '1' ? 991 : 990),
          status: 'VERIFIED',
        },
      }
    : random.chance(0.5)
      ? { economicStatus: random.pick([1, 2]), employment: random.pick([3, 4, 8]) }
      : { presentAddress: { region: life.area, text: addressOf(random) } }
  return [byUnit(life, atMs, event(life, atMs, 'BasicInfoUpdated', data))]
}

export const guardianChanged: Turn = (life, atMs) => {
  const { random, person } = life
  if (person.name === undefined) return []
  const type = life.guardian ? 'GuardianChanged' : 'GuardianDesignated'
  if (life.guardian && random.chance(0.1)) {
    delete life.guardian
    return [byUnit(life, atMs, event(life, atMs, 'GuardianEnded', { reason: '监护人去世（演练）' }))]
  }
  life.guardian = guardianOf(random, person.index, person.birthDate)
  return [
    byUnit(life, atMs, event(life, atMs, type, { ...guardianData(life.guardian), reason: '家庭情况变化（演练）' })),
  ]
}

export const withdrewConsent: Turn = (life, atMs) => {
  if (life.cooperation !== 'COOPERATES' || life.stay || life.isLost) return []
  life.cooperation = 'REFUSES'
  life.plan(officeTime(life, daysAfter(atMs, life.random.whole(60, 160)), atMs), refusedVisit)
  return [byUnit(life, atMs, event(life, atMs, 'ServiceConsentWithdrawn', consentData(life, atMs)))]
}

/** The person was never ill: the programme is closed, and every recipient is told to forget. */
export const diagnosisExcluded: Turn = (life, atMs) => {
  if (life.stay || life.isLost) return []
  const { random } = life
  life.isOver = true
  life.plan(officeTime(life, daysAfter(atMs, random.whole(1, 5)), atMs), (_, closedMs) => [
    byUnit(life, closedMs, event(life, closedMs, 'ProgrammeClosed', { programme: 'COMMUNITY_MANAGEMENT' })),
  ])
  const excluded = event(life, atMs, 'DiagnosisExcluded', {
    excludedOn: dayOf(atMs),
    by: random.pick(['FIRST', 'RE_DIAGNOSIS', 'APPRAISAL']),
  })
  return [recorded(life, atMs, healthAgency(life, random.pick(['HOSPITAL', 'MHPC'])), [excluded])]
}

/** Heard of days or weeks later. */
export const died: Turn = (life, atMs) => {
  if (life.stay || life.isLost) return []
  const { random } = life
  const date = addDays(dayOf(atMs), -1)
  const cause = random.weighted([
    [1, 14],
    [2, 2],
    [4, 2],
    [5, 1],
    [6, 1],
  ] as const)
  life.isOver = true
  life.plan(officeTime(life, daysAfter(atMs, random.whole(1, 40)), atMs), (_, heardMs) => [
    byUnit(
      life,
      heardMs,
      event(life, heardMs, 'PatientDied', {
        date,
        cause,
        ...(cause === 1 ? { somaticCause: random.whole(2, 8) } : {}),
      }),
    ),
  ])
  return []
}

/** Registered for aid alone, then found to have one of the six diseases. */
export const joinsManagement: Turn = (life, atMs) => {
  if (life.isManaged || life.stay) return []
  const { random } = life
  life.isManaged = true
  life.cooperation = 'COOPERATES'
  const diagnosed = event(life, atMs, 'DiagnosisConfirmed', {
    diseaseCategory: 1,
    icd10: 'F20.0',
    confirmedOn: dayOf(atMs),
    institution: '演练县精神病医院',
    physicianLicence: `演练执业${random.whole(1000, 9999)}`,
  })
  life.plan(officeTime(life, daysAfter(atMs, random.whole(1, 8)), atMs), (_, openedMs) => {
    planVisit(life, daysAfter(openedMs, random.whole(1, 12)), openedMs)
    const opened = event(life, openedMs, 'ProgrammeOpened', { programme: 'COMMUNITY_MANAGEMENT' })
    return [byUnit(life, openedMs, opened)]
  })
  return [recorded(life, atMs, healthAgency(life, 'HOSPITAL'), [diagnosed])]
}
