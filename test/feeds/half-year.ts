/** The small county with its three offices of the half-year, and what makes some of its people rows there. */
import { principalOf } from '../fixtures/recording.js'
import type { Cleanup } from '../fixtures/store.js'
import { agency, type County, type CountyAgency, doctor, openCounty, psychiatrist } from './county.js'

export const CIVIL_AFFAIRS = agency(8)
export const FEDERATION = agency(9)
export const LABOUR = agency(10)
/** Has an area in which nobody lives. */
export const EMPTY_FEDERATION = agency(11)

const OFFICES: readonly CountyAgency[] = [
  [CIVIL_AFFAIRS, 'CA', '示例民政办', '0631-5200008', ['371002']],
  [FEDERATION, 'DPF', '示例残联', '0631-5200009', ['371002001', '371002002']],
  [LABOUR, 'LABOUR', '示例劳动保障所', '0631-5200010', ['371002']],
  [EMPTY_FEDERATION, 'DPF', '示例第二残联', '0631-5200011', ['371002003']],
]

export const H1 = '2026H1'
export const CA = 'civil-affairs-semiannual'
export const DPF = 'disabled-persons-semiannual'
export const LABOUR_FEED = 'labour-semiannual'

export const clerk = principalOf(CIVIL_AFFAIRS, 'CA', 'staff-21')
export const federationClerk = principalOf(FEDERATION, 'DPF', 'staff-22')

export const TO_FEDERATION = {
  recipientRole: 'DPF',
  purposeCode: 'REHABILITATION',
  fieldSetId: 'disabled-persons.rehabilitation@1',
  signedBy: 'PATIENT',
}

export async function openHalfYear(t: Cleanup): Promise<County> {
  const county = await openCounty(t, { more: OFFICES })
  const { record, calendar, people, readModels } = county
  const { high, token, detained, aidOnly, divided, dead, excluded } = people
  calendar.advanceTo(Date.parse('2026-03-20T09:00:00+08:00'))
  const apply = (patient: string, recipientRole: string, programme: string) =>
    record(doctor, patient, 'ServiceApplied', { recipientRole, programme, by: 'PATIENT', appliedOn: '2026-03-10' })
  const agree = (patient: string) =>
    record(doctor, patient, 'DataConsentGiven', {
      ...TO_FEDERATION,
      separate: true,
      written: true,
      signedOn: '2026-03-11',
    })

  await apply(high, 'CA', 'LOW_INCOME')
  await apply(high, 'DPF', 'REHABILITATION')
  await apply(high, 'LABOUR', 'VOCATIONAL_TRAINING')
  await apply(dead, 'CA', 'LOW_INCOME').catch(() => undefined)
  await apply(excluded, 'CA', 'LOW_INCOME')
  await apply(aidOnly, 'CA', 'TEMPORARY_AID')
  await record(clerk, aidOnly, 'ApplicationDecided', {
    ...{ recipientRole: 'CA', programme: 'TEMPORARY_AID', decision: 'GRANTED', decidedOn: '2026-03-15' },
  })
  await agree(token)
  await agree(divided)
  await record(doctor, divided, 'DataConsentWithdrawn', { ...TO_FEDERATION, withdrawnOn: '2026-03-18' })
  await record(psychiatrist, high, 'DiagnosisConfirmed', {
    ...{ diseaseCategory: 1, icd10: 'F20.0', confirmedOn: '2026-03-01', institution: '示例精神卫生中心' },
    physicianLicence: '执业示例1',
  })
  await record(psychiatrist, high, 'FunctionAssessed', { fit: true, assessedOn: '2026-03-12' })
  await record(federationClerk, high, 'FlagsUpdated', { disabilityCert: { held: true, level: 2 }, date: '2026-03-13' })
  await record(federationClerk, token, 'RehabilitationServiceDelivered', { kind: 2, date: '2026-03-14' })
  await record(federationClerk, token, 'RehabilitationProgrammeLinked', { kind: 'SUNSHINE_HOME', date: '2026-03-14' })
  await record(clerk, detained, 'HomelessSuspectedPatientEscorted', { kinFound: false, date: '2026-03-16' })
  await record(psychiatrist, detained, 'DischargeConditionsMet', { assessedOn: '2026-03-17', assessor: 'staff-5' })
  await readModels.through()
  return county
}
