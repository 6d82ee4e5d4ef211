/** Stays in hospital: by whose will, how long, and the visit that follows the discharge. */
import { dayOf, HOUR, momentOf } from '../kernel/dates.js'
import type { CareAct } from './care-act.js'
import { daysAfter, event, healthAgency, type Life, officeTime, planVisit, recorded, type Turn } from './life.js'
import { readyToLeave } from './office-turns.js'
import { assessmentEvent } from './visits.js'

const INSTITUTION = '演练县精神病医院'

type Route = 'VOLUNTARY' | 'ART30_1_GUARDIAN_CONSENT' | 'ART30_2' | 'RELIEF'

export const admitted: Turn = (life, atMs) => {
  if (life.isLost || life.stay) return []
  const { random, level } = life
  const route: Route = !life.isManaged
    ? 'VOLUNTARY'
    : level >= 3
      ? random.weighted([
          ['ART30_2', 5],
          ['ART30_1_GUARDIAN_CONSENT', 4],
          ['VOLUNTARY', 1],
        ] as const)
      : random.weighted([
          ['VOLUNTARY', 12],
          ['ART30_1_GUARDIAN_CONSENT', 7],
          ['RELIEF', 1],
        ] as const)
  const admittedOn = dayOf(atMs)
  life.stay = { admittedOn }
  const events = [
    event(life, atMs, 'HospitalAdmitted', {
      route,
      consentBy: {
        VOLUNTARY: 'PATIENT',
        ART30_1_GUARDIAN_CONSENT: 'GUARDIAN',
        ART30_2: 'NOT_REQUIRED',
        RELIEF: 'NOT_REQUIRED',
      }[route],
      ...(route === 'ART30_1_GUARDIAN_CONSENT'
        ? { guardianConsent: { signedOn: admittedOn, formRef: `演练住院同意-${life.person.index}` } }
        : {}),
      date: random.chance(0.5) ? admittedOn : momentOf(atMs - HOUR),
      institution: INSTITUTION,
    }),
  ]
  // At the door the hospital states what it sees; those it takes against their will are a danger to others.
  if (route === 'ART30_2') {
    if (life.level < 4) life.level = 4
    life.levelSinceMs = atMs
    life.recordedLevel = life.level
    events.push(
      assessmentEvent(life, atMs - HOUR, life.level, {
        assessorQualification: 'PSYCHIATRIST',
        targets: 'PERSON',
        evidence: life.level === 5 ? ['AGAINST_PERSON', 'WEAPON'] : ['AGAINST_PERSON', 'NOT_STOPPABLE'],
      }),
    )
  }
  // Of whoever is registered for aid alone no police byte may speak, whatever the ward states.
  if (!life.isManaged && random.chance(0.4)) events.push(assessmentEvent(life, atMs - HOUR, 3))
  life.plan(officeTime(life, daysAfter(atMs, random.whole(18, 80)), atMs), discharged)
  return [recorded(life, atMs, healthAgency(life, 'HOSPITAL'), events)]
}

const discharged: Turn = (life, leftMs) => {
  const { random, stay } = life
  if (!stay || life.isOver) return []
  const dischargeDate = dayOf(leftMs)
  // The discharge sheet is due in ten working days, and mostly comes later than the person.
  const typedMs = officeTime(life, daysAfter(leftMs, random.whole(0, 9)), leftMs)
  life.plan(typedMs, (_, atMs) => [dischargeAct(life, atMs, stay.admittedOn, dischargeDate)])
  return [recorded(life, leftMs, healthAgency(life, 'HOSPITAL'), [readyToLeave(life, leftMs)])]
}

function dischargeAct(life: Life, atMs: number, admitDate: string, dischargeDate: string): CareAct {
  const { random } = life
  delete life.stay
  life.lastDischarge = dischargeDate
  if (life.level > 0)
    life.level = random.weighted([
      [0, 6],
      [1, 2],
      [2, 1.5],
      [3, 0.5],
    ] as const)
  life.levelSinceMs = atMs
  if (life.isManaged && life.cooperation === 'COOPERATES') planVisit(life, daysAfter(atMs, random.whole(1, 8)), atMs)
  const sheet = event(life, atMs, 'HospitalDischarged', {
    admitDate,
    dischargeDate,
    pastAdmissions: random.whole(0, 6),
    diagnosis: '精神障碍（演练）',
    effect: random.weighted([
      [2, 8],
      [1, 1],
      [3, 1],
    ] as const),
    drugGuidance: [{ code: 'RISPERIDONE', morningMg: 1, eveningMg: 2 }],
    rehab: [1, 4],
    notes: '按时服药，定期复诊（演练）',
    doctor: 'staff-ward-1',
    phone: '0999-8809999',
    outcome: random.weighted([
      ['HOME_WITH_GUARDIAN', 17],
      ['AGAINST_ADVICE', 1],
      ['WELFARE_INSTITUTION', 1],
    ] as const),
  })
  return recorded(life, atMs, healthAgency(life, 'HOSPITAL'), [sheet])
}
