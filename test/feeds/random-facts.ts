/**
 * Random facts of people for the feeds' properties: whatever a feed reads of somebody, in any order, late or not, stated, corrected
 * and taken back. A fact that the rules of recording refuse did not happen.
 */
import type { Principal } from '../../src/recording/port.js'
import { principalOf } from '../fixtures/recording.js'
import { CENTRE, COMMITTEE, doctor, officer, psychiatrist } from './county.js'
import { CIVIL_AFFAIRS, clerk, FEDERATION, federationClerk, LABOUR } from './half-year.js'

/** Where people live: three stations' townships, one that nobody holds, a whole county, and no region that exists. */
export const TOWNSHIPS = ['371002001', '371002002', '371002003', '371003001', '371002', '990099009'] as const
const AREAS = ['371002001003', '371002001009', '371002002001', '371002003007'] as const
export const CELLS = ['A-1', 'B-2'] as const

/** What is stated, by whom; `at` where the type has no moment of its own. */
export interface Draft {
  readonly by: Principal
  readonly type: string
  readonly data: Readonly<Record<string, unknown>>
  readonly at?: string
}

/** @param n any number: every choice is taken modulo what there is to choose from */
type MakeDraft = (day: string, n: number) => Draft

const worker = principalOf(COMMITTEE, 'COMMUNITY', 'staff-31')
const labourClerk = principalOf(LABOUR, 'LABOUR', 'staff-23')
const pick = <T>(from: readonly T[], n: number): T => from[n % from.length] as T

/** Who may be asked for what, and what may be agreed to. */
const OFFICES = [
  ['CA', 'LOW_INCOME', 'SOCIAL_ASSISTANCE', 'civil-affairs.aid@1', clerk],
  ['CA', 'TEMPORARY_AID', 'SOCIAL_ASSISTANCE', 'civil-affairs.aid@1', clerk],
  ['DPF', 'REHABILITATION', 'REHABILITATION', 'disabled-persons.rehabilitation@1', federationClerk],
  ['LABOUR', 'VOCATIONAL_TRAINING', 'EMPLOYMENT', 'labour.employment@1', labourClerk],
] as const

function consentOf(n: number): Readonly<Record<string, unknown>> {
  const [recipientRole, , purposeCode, fieldSetId] = pick(OFFICES, n)
  return { recipientRole, purposeCode, fieldSetId, signedBy: 'PATIENT' }
}

export function registration(day: string, n: number, idNumber: string): Draft {
  return {
    by: doctor,
    type: 'PatientRegistered',
    at: day,
    data: {
      identity: { name: `测试${n}`, idType: '9', idNumber, status: 'VERIFIED', sex: '1', phones: ['13700000000'] },
      householdTownship: '371002001',
      householdAddress: { text: '户籍示例路2号' },
      presentTownship: pick(TOWNSHIPS, n),
      presentAddress: { text: `测试路${n}号` },
      ...(n % 3 === 0 ? { presentArea: pick(AREAS, n) } : {}),
      ...(n % 4 === 0 ? { gridCell: pick(CELLS, n) } : {}),
      responsibleUnit: CENTRE,
      registrationBasis: n % 5 === 0 ? 'NEEDY_AID' : 'SIX_DISEASES',
      programme: n % 5 === 0 ? 'MEDICAL_AID' : 'COMMUNITY_MANAGEMENT',
      householdType: 1,
      economicStatus: pick([1, 2, 3], n),
      employment: pick([1, 4, 9], n),
    },
  }
}

export const FACTS: Readonly<Record<string, MakeDraft>> = {
  assess: (day, n) => ({
    by: doctor,
    type: 'RiskAssessed',
    data: {
      ...{ level: n % 6, assessedAt: day, evidence: n % 6 === 0 ? ['NONE'] : [] },
      targets: n % 6 === 0 ? 'NONE' : 'PROPERTY',
    },
  }),
  move: (day, n) => ({
    by: doctor,
    type: 'PatientRelocated',
    data: {
      ...{ from: pick(TOWNSHIPS, n + 1), to: pick(TOWNSHIPS, n), kind: 'PERMANENT', leftAt: day },
      toAddress: { text: `新村${n}号` },
      ...(n % 2 === 0 ? { toArea: pick(AREAS, n) } : {}),
    },
  }),
  basics: (day, n) => ({
    by: doctor,
    type: 'BasicInfoUpdated',
    at: day,
    data: {
      ...(n % 2 === 0 ? { gridCell: pick(CELLS, n) } : { presentArea: pick(AREAS, n) }),
      ...{ presentAddress: { text: `示例里${n}号` }, economicStatus: pick([1, 2, 3], n), employment: pick([4, 1], n) },
    },
  }),
  programme: (day, n) => ({
    by: doctor,
    type: n % 3 === 0 ? 'ProgrammeOpened' : 'ProgrammeClosed',
    at: day,
    data: { programme: n % 4 === 0 ? 'MEDICAL_AID' : 'COMMUNITY_MANAGEMENT' },
  }),
  agree: (day, n) => ({
    by: doctor,
    type: 'DataConsentGiven',
    data: { ...consentOf(n), separate: true, written: true, signedOn: day },
  }),
  disagree: (day, n) => ({
    by: doctor,
    type: 'DataConsentWithdrawn',
    data: { ...consentOf(n), withdrawnOn: day },
  }),
  apply: (day, n) => {
    const [recipientRole, programme] = pick(OFFICES, n)
    return {
      by: doctor,
      type: 'ServiceApplied',
      data: { recipientRole, programme, by: 'PATIENT', appliedOn: day },
    }
  },
  decide: (day, n) => {
    const [recipientRole, programme, , , by] = pick(OFFICES, n)
    const decision = n % 3 === 0 ? 'REFUSED' : 'GRANTED'
    return { by, type: 'ApplicationDecided', data: { recipientRole, programme, decision, decidedOn: day } }
  },
  restrict: (day, n) => ({
    by: doctor,
    type: n % 2 === 0 ? 'ProcessingRestricted' : 'ProcessingRestrictionLifted',
    at: day,
    data: { reason: 'UNDER_REVIEW', scope: 'DISCLOSURE' },
  }),
  exclude: (day) => ({
    by: psychiatrist,
    type: 'DiagnosisExcluded',
    data: { excludedOn: day, by: 'APPRAISAL' },
  }),
  confirm: (day) => ({
    by: psychiatrist,
    type: 'DiagnosisConfirmed',
    data: {
      ...{ diseaseCategory: 1, icd10: 'F20.0', confirmedOn: day, institution: '示例精神卫生中心' },
      physicianLicence: '执业示例1',
    },
  }),
  die: (day) => ({ by: doctor, type: 'PatientDied', data: { date: day, cause: 1 } }),
  incident: (day, n) => ({
    by: officer,
    type: 'PublicSafetyIncidentRecorded',
    data: { kind: 1 + (n % 3), at: day, policeRef: '警情示例2' },
  }),
  danger: (day, n) => ({
    by: n % 2 === 0 ? officer : doctor,
    type: 'DangerousBehaviorReported',
    data: { kind: 1 + (n % 6), at: day, injured: 0 },
  }),
  guardian: (day, n) => ({
    by: n % 2 === 0 ? worker : doctor,
    type: 'GuardianDesignated',
    at: day,
    data: {
      guardian: { name: `监护${n}`, phones: ['13900000003'] },
      ...{ kind: 'PARENT', relation: '5', reason: '父母', capacity: true },
    },
  }),
  admit: (day, n) => ({
    by: psychiatrist,
    type: 'HospitalAdmitted',
    data: {
      ...{ route: n % 2 === 0 ? 'ART30_2' : 'VOLUNTARY', consentBy: n % 2 === 0 ? 'NOT_REQUIRED' : 'SELF' },
      ...{ date: day, institution: '示例精神卫生中心' },
    },
  }),
  discharge: (day) => ({
    by: psychiatrist,
    type: 'HospitalDischarged',
    data: { admitDate: day, dischargeDate: day, effect: 2, outcome: 'HOME_WITH_GUARDIAN' },
  }),
  lose: (day) => ({
    by: doctor,
    type: 'LossOfContactDeclared',
    data: { reason: 3, lastSeenOn: day, declaredAt: `${day}T10:00:00+08:00` },
  }),
  regain: (day) => ({
    by: doctor,
    type: 'ContactRegained',
    data: { outcome: 'FOUND_AT_HOME', at: `${day}T10:00:00+08:00` },
  }),
  flags: (day, n) => ({
    by: n % 2 === 0 ? federationClerk : clerk,
    type: 'FlagsUpdated',
    data: {
      ...(n % 2 === 0 ? { disabilityCert: { held: n % 4 === 0, level: 2 } } : { povertyTarget: true }),
      date: day,
    },
  }),
  fitness: (day, n) => ({ by: psychiatrist, type: 'FunctionAssessed', data: { fit: n % 2 === 0, assessedOn: day } }),
  rehabilitate: (day, n) => ({
    by: federationClerk,
    type: 'RehabilitationServiceDelivered',
    data: { kind: 1 + (n % 4), date: day },
  }),
  link: (day) => ({
    by: federationClerk,
    type: 'RehabilitationProgrammeLinked',
    data: { kind: 'SUNSHINE_HOME', date: day },
  }),
  homeless: (day, n) => ({
    by: clerk,
    type: n % 2 === 0 ? 'HomelessSuspectedPatientEscorted' : 'TemporaryLivingAidGranted',
    data: { kinFound: n % 3 === 0, date: day },
  }),
}

/** Agencies whose areas change, with what they may come to hold: two of one role may hold the same. */
export const AREA_HOLDERS = [FEDERATION, CIVIL_AFFAIRS, LABOUR] as const
