/** The visit: attempt, follow-up, risk assessment and condition class (policy §3.4, §4.1, §4.3, §4.4). */
import { z } from 'zod'
import { zCode, zCodes } from './code-lists/code-list.js'
import {
  ADHERENCE,
  ADVERSE_REACTION,
  ATTEMPT_OUTCOMES,
  CONFINEMENTS,
  FOLLOW_UP_FORMS,
  FUNCTIONING,
  HOSPITAL_STAYS,
  INSIGHT,
  LAB_TEST,
  REHABILITATION,
  RESPONDENTS,
  SYMPTOMS,
  TREATMENT_EFFECT,
  WORK,
} from './code-lists/follow-up.js'
import {
  ASSESSOR_QUALIFICATIONS,
  CLASS_BASES,
  CONDITION_CLASSES,
  RISK_EVIDENCE,
  RISK_LEVELS,
  RISK_PLACES,
  RISK_TARGETS,
} from './code-lists/risk.js'
import {
  clear,
  defineEvent,
  moment,
  optional,
  personal,
  zDay,
  zNarrative,
  zText,
  zTime,
  zUuid,
} from './define-event.js'
import { zDrugs, zStaffRef } from './person-members.js'

const zTimes = z.number().int().min(0).max(999).optional()

/** Counts by behaviour since the last follow-up, `{"1":0,"5":2}`; one left out is 0, and all 0 is the form's code 7. */
export const zDangerCounts = z.strictObject({ 1: zTimes, 2: zTimes, 3: zTimes, 4: zTimes, 5: zTimes, 6: zTimes })

const zFunctioning = zCode(FUNCTIONING).optional()

/** The clinical half of the form. Optional as a whole and in each item: no feed needs it. */
export const zClinical = z.strictObject({
  symptoms: zCodes(SYMPTOMS).optional(),
  otherSymptom: zText.optional(),
  insight: zCode(INSIGHT).optional(),
  sleep: zFunctioning,
  diet: zFunctioning,
  selfCare: zFunctioning,
  housework: zFunctioning,
  study: zFunctioning,
  social: zFunctioning,
  work: zCode(WORK).optional(),
  labTest: zCode(LAB_TEST).optional(),
  labResult: zText.optional(),
  adr: zCode(ADVERSE_REACTION).optional(),
  adrText: zText.optional(),
  effect: zCode(TREATMENT_EFFECT).optional(),
  drugs: zDrugs.optional(),
  rehab: zCodes(REHABILITATION).optional(),
  otherRehab: zText.optional(),
})

export const FOLLOW_UP_EVENTS = [
  defineEvent({
    type: 'FollowUpAttempted',
    stream: 'patient',
    recorders: ['CHC', 'VILLAGE'],
    clauses: ['W15'],
    label: { zh: '随访尝试', en: 'Follow-up attempted' },
    members: {
      at: moment(zTime, '时间', 'At'),
      form: clear(zCode(FOLLOW_UP_FORMS), '随访形式', 'Form'),
      outcome: clear(zCode(ATTEMPT_OUTCOMES), '结果', 'Outcome'),
    },
  }),
  defineEvent({
    type: 'FollowUpCompleted',
    stream: 'patient',
    recorders: ['CHC', 'VILLAGE'],
    clauses: ['W15', 'W19'],
    label: { zh: '随访完成', en: 'Follow-up completed' },
    members: {
      date: moment(zTime, '随访日期', 'Date'),
      form: clear(zCode(FOLLOW_UP_FORMS), '随访形式', 'Form'),
      respondents: clear(zCodes(RESPONDENTS, 1), '随访对象', 'Respondents'),
      hospitalStay: clear(zCode(HOSPITAL_STAYS), '住院情况', 'Hospital stay'),
      lastDischargeDate: optional(clear(zDay, '末次出院日期', 'Last discharge')),
      adherence: clear(zCode(ADHERENCE), '用药依从性', 'Medication adherence'),
      dangerCounts: clear(zDangerCounts, '危险行为次数', 'Danger behaviours, counts'),
      confinement: clear(zCode(CONFINEMENTS), '关锁情况', 'Home confinement'),
      referralAdvised: clear(z.boolean(), '建议转诊', 'Referral advised'),
      nextDate: clear(zDay, '下次随访日期', 'Next follow-up'),
      doctor: clear(zStaffRef, '随访医生', 'Doctor (staff reference)'),
      note: optional(personal('patient', zNarrative, '备注', 'Note')),
      clinical: optional(personal('patient', zClinical, '临床项目', 'Clinical items')),
    },
  }),
  defineEvent({
    type: 'RiskAssessed',
    stream: 'patient',
    recorders: ['CHC', 'HOSPITAL'],
    clauses: ['W46'],
    label: { zh: '危险性评估', en: 'Risk assessed' },
    members: {
      level: clear(zCode(RISK_LEVELS), '危险性评估等级', 'Risk level'),
      assessedAt: moment(zTime, '评估时间', 'Assessed at'),
      evidence: clear(zCodes(RISK_EVIDENCE), '评估依据', 'Evidence'),
      targets: clear(zCode(RISK_TARGETS), '行为对象', 'Targets'),
      place: optional(clear(zCode(RISK_PLACES), '发生场合', 'Place')),
      stoppable: optional(clear(z.boolean(), '能被劝止', 'Stopped by persuasion')),
      weapon: optional(clear(z.boolean(), '持管制性危险武器', 'Controlled dangerous weapon')),
      followUpId: optional(clear(zUuid, '所属随访', 'Follow-up')),
      assessorQualification: optional(
        clear(zCode(ASSESSOR_QUALIFICATIONS), '评估人资质', 'Assessor\u2019s qualification'),
      ),
      narrative: optional(personal('patient', zNarrative, '情况描述', 'Narrative')),
    },
  }),
  defineEvent({
    type: 'ConditionClassified',
    stream: 'patient',
    recorders: ['CHC'],
    clauses: ['W17', 'W45'],
    label: { zh: '病情分类', en: 'Condition classified' },
    members: {
      class: clear(zCode(CONDITION_CLASSES), '病情分类', 'Class'),
      basis: optional(clear(zCodes(CLASS_BASES), '分类依据', 'Basis')),
    },
  }),
] as const
