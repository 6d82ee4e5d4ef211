/**
 * What others than the health centre do for a person, as far as a feed rests on it (policy §3.2, §3.5, §3.6): flags with
 * their day, fitness, readiness to leave hospital, help for the homeless, insurance, rehabilitation. Money and drugs come later.
 */
import { z } from 'zod'
import { INSURANCE_SCHEMES, REHABILITATION_PROGRAMMES } from './code-lists/aid.js'
import { zCode } from './code-lists/code-list.js'
import { REHABILITATION } from './code-lists/follow-up.js'
import { DISABILITY_LEVELS } from './code-lists/rights.js'
import { clear, defineEvent, moment, optional, zDay, zRegion, zTime } from './define-event.js'
import { zStaffRef } from './person-members.js'

const flag = (zh: string, en: string) => optional(clear(z.boolean(), zh, en))

const homeless = {
  homeRegion: optional(clear(zRegion, '户籍或居住地区', 'Home region')),
  kinFound: clear(z.boolean(), '已找到近亲属', 'Near relatives found'),
  date: moment(zTime, '日期', 'Date'),
}
const relief = { stream: 'patient', recorders: ['CA', 'RELIEF'], members: homeless } as const

export const AID_EVENTS = [
  defineEvent({
    type: 'FlagsUpdated',
    stream: 'patient',
    recorders: ['CHC', 'DPF', 'CA'],
    clauses: ['W28', 'W33', 'H33'],
    label: { zh: '帮扶情况更新', en: 'Flags updated' },
    members: {
      povertyTarget: flag('贫困对象', 'Counted as poor'),
      guardianSubsidy: flag('享受监护补贴', 'Guardian subsidy'),
      disabilityCert: optional(
        clear(
          z.strictObject({ held: z.boolean(), level: zCode(DISABILITY_LEVELS).optional() }),
          '残疾人证',
          'Disability certificate',
        ),
      ),
      careGroupServed: flag('关爱帮扶小组服务', 'Served by a care group'),
      familyDoctorSigned: flag('家庭医生签约', 'Family doctor signed'),
      communityRehab: flag('参加社区康复', 'In community rehabilitation'),
      date: moment(zTime, '日期', 'Date'),
    },
  }),
  defineEvent({
    type: 'FunctionAssessed',
    stream: 'patient',
    recorders: ['HOSPITAL'],
    clauses: ['Shandong 33'],
    label: { zh: '功能评估', en: 'Function assessed' },
    members: { fit: clear(z.boolean(), '功能评估合格', 'Fit'), assessedOn: moment(zTime, '评估日期', 'Assessed on') },
  }),
  defineEvent({
    type: 'DischargeConditionsMet',
    stream: 'patient',
    recorders: ['HOSPITAL'],
    clauses: ['W20', 'MHL 44'],
    label: { zh: '具备出院条件', en: 'Discharge conditions met' },
    members: {
      assessedOn: moment(zTime, '评估日期', 'Assessed on'),
      assessor: clear(zStaffRef, '评估医生', 'Assessor (staff reference)'),
    },
  }),
  defineEvent({
    ...relief,
    type: 'HomelessSuspectedPatientEscorted',
    clauses: ['W12', 'MHL 28'],
    label: { zh: '送诊流浪乞讨人员', en: 'Homeless person escorted' },
  }),
  defineEvent({
    ...relief,
    type: 'TemporaryLivingAidGranted',
    clauses: ['W13'],
    label: { zh: '提供临时生活救助', en: 'Temporary living aid granted' },
  }),
  defineEvent({
    ...relief,
    type: 'ReturnHomeAssisted',
    clauses: ['W13'],
    label: { zh: '协助返回居住地', en: 'Return home assisted' },
  }),
  defineEvent({
    type: 'InsuranceEnrollmentRecorded',
    stream: 'patient',
    recorders: ['HIB', 'LABOUR', 'CA'],
    clauses: ['W26', 'W36'],
    label: { zh: '参保登记', en: 'Insurance enrolment recorded' },
    members: {
      scheme: clear(zCode(INSURANCE_SCHEMES), '参保险种', 'Scheme'),
      validFrom: clear(zDay, '生效日期', 'Valid from'),
      validTo: optional(clear(zDay, '终止日期', 'Valid to')),
    },
  }),
  defineEvent({
    type: 'RehabilitationServiceDelivered',
    stream: 'patient',
    recorders: ['CHC', 'DPF'],
    clauses: ['W39', 'MHL 57'],
    label: { zh: '提供康复服务', en: 'Rehabilitation delivered' },
    members: { kind: clear(zCode(REHABILITATION), '康复措施', 'Measure'), date: moment(zTime, '日期', 'Date') },
  }),
  defineEvent({
    type: 'RehabilitationProgrammeLinked',
    stream: 'patient',
    recorders: ['CHC', 'DPF'],
    clauses: ['H33', 'MHL 57'],
    label: { zh: '纳入康复项目', en: 'Rehabilitation programme linked' },
    members: {
      kind: clear(zCode(REHABILITATION_PROGRAMMES), '康复项目', 'Programme'),
      date: moment(zTime, '日期', 'Date'),
    },
  }),
] as const
