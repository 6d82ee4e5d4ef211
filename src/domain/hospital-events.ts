/** Diagnosis, admission and discharge (policy §3.2, §3.5, §4.2, §4.10). */
import { z } from 'zod'
import { zCode, zCodes } from './code-lists/code-list.js'
import { DISEASE_CATEGORIES, EXCLUDED_BY } from './code-lists/disease.js'
import { REHABILITATION } from './code-lists/follow-up.js'
import { ADMISSION_ROUTES, CONSENT_BY, DISCHARGE_EFFECTS, DISCHARGE_OUTCOMES } from './code-lists/hospital.js'
import { clear, defineEvent, moment, optional, personal, zDay, zNarrative, zText, zTime } from './define-event.js'
import { zDrugs, zInstitution, zPhone, zStaffRef } from './person-members.js'

/** A mental disorder `F20`, `F20.0`, `F31.11`, or epilepsy `G40.3` beside category 5. */
const zIcd10 = z.string().regex(/^(F\d{2}|G40)(\.\d{1,2})?$/, 'expected F20, F20.0 or, for epilepsy, G40.3')

export const HOSPITAL_EVENTS = [
  defineEvent({
    type: 'DiagnosisConfirmed',
    stream: 'patient',
    recorders: ['HOSPITAL'],
    clauses: ['W9', 'MHL 29'],
    label: { zh: '确诊', en: 'Diagnosis confirmed' },
    members: {
      diseaseCategory: clear(zCode(DISEASE_CATEGORIES), '疾病类别', 'Disease category'),
      icd10: clear(zIcd10, 'ICD-10 编码', 'ICD-10'),
      confirmedOn: moment(zTime, '确诊日期', 'Confirmed on'),
      institution: clear(zInstitution, '诊断机构', 'Institution'),
      physicianLicence: personal('staff', zText, '医师执业证号', 'Psychiatrist\u2019s licence'),
    },
  }),
  defineEvent({
    type: 'DiagnosisExcluded',
    stream: 'patient',
    recorders: ['HOSPITAL', 'MHPC'],
    clauses: ['MHL 32', 'MHL 35'],
    label: { zh: '排除诊断', en: 'Diagnosis excluded' },
    members: {
      excludedOn: moment(zTime, '排除日期', 'Excluded on'),
      by: clear(zCode(EXCLUDED_BY), '排除方式', 'By'),
    },
  }),
  defineEvent({
    type: 'HospitalAdmitted',
    stream: 'patient',
    recorders: ['HOSPITAL'],
    clauses: ['W17', 'H11', 'MHL 30', 'MHL 31', 'MHL 32', 'MHL 36'],
    label: { zh: '入院', en: 'Admitted to hospital' },
    members: {
      route: clear(zCode(ADMISSION_ROUTES), '入院方式', 'Route'),
      consentBy: clear(zCode(CONSENT_BY), '同意人', 'Consent by'),
      guardianConsent: optional(
        personal(
          'patient',
          z.strictObject({ signedOn: zDay, formRef: zText }),
          '监护人同意书',
          'Guardian\u2019s consent',
        ),
      ),
      date: moment(zTime, '入院日期', 'Date'),
      institution: clear(zInstitution, '收治机构', 'Institution'),
    },
  }),
  defineEvent({
    type: 'HospitalDischarged',
    stream: 'patient',
    recorders: ['HOSPITAL'],
    clauses: ['W20', 'MHL 44', 'policy §4.7'],
    label: { zh: '出院', en: 'Discharged from hospital' },
    members: {
      admitDate: clear(zDay, '入院日期', 'Admission date'),
      dischargeDate: moment(zTime, '出院日期', 'Discharge date'),
      pastAdmissions: optional(clear(z.number().int().min(0).max(999), '既往住院次数', 'Past admissions')),
      diagnosis: optional(personal('patient', zText, '出院诊断', 'Diagnosis at discharge')),
      effect: clear(zCode(DISCHARGE_EFFECTS), '治疗效果', 'Effect of treatment'),
      drugsInHospital: optional(personal('patient', zDrugs, '住院用药', 'Drugs in hospital')),
      drugGuidance: optional(personal('patient', zDrugs, '用药指导', 'Drug guidance')),
      rehab: optional(clear(zCodes(REHABILITATION), '康复措施', 'Rehabilitation')),
      notes: optional(personal('patient', zNarrative, '注意事项', 'Notes')),
      doctor: optional(clear(zStaffRef, '经治医生', 'Doctor (staff reference)')),
      phone: optional(personal('staff', zPhone, '联系电话', 'Telephone')),
      outcome: clear(zCode(DISCHARGE_OUTCOMES), '出院去向', 'Outcome'),
    },
  }),
] as const
