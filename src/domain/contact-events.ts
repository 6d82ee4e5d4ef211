/** Where the person is: loss of contact, contact regained, refusal, moving, death (policy §3.4, §5.2). */
import { z } from 'zod'
import { zCode } from './code-lists/code-list.js'
import { LOSS_REASONS, REFUSED_BY, REGAINED_OUTCOMES, RELOCATION_KINDS } from './code-lists/contact.js'
import { DEATH_CAUSES, SOMATIC_DEATH_CAUSES } from './code-lists/hospital.js'
import { RISK_LEVELS } from './code-lists/risk.js'
import { clear, defineEvent, moment, optional, personal, quasi, zDay, zText, zTime, zUuid } from './define-event.js'
import { zAddress, zArea, zTownship } from './person-members.js'

export const CONTACT_EVENTS = [
  defineEvent({
    type: 'LossOfContactDeclared',
    stream: 'patient',
    recorders: ['CHC'],
    clauses: ['W16', 'Shandong 45'],
    label: { zh: '失访报告', en: 'Loss of contact declared' },
    members: {
      reason: clear(zCode(LOSS_REASONS), '失访原因', 'Reason'),
      reasonText: optional(personal('patient', zText, '原因说明', 'Reason in words')),
      lastSeenOn: clear(zDay, '最后见到日期', 'Last seen on'),
      attemptIds: optional(clear(z.array(zUuid).max(100), '未访到记录', 'Missed attempts')),
      lastRiskLevel: optional(clear(zCode(RISK_LEVELS), '末次危险性评估等级', 'Last risk level')),
      declaredAt: moment(zTime, '报告时间', 'Declared at'),
    },
  }),
  defineEvent({
    type: 'ContactRegained',
    stream: 'patient',
    recorders: ['CHC', 'POLICE'],
    clauses: ['W16'],
    label: { zh: '恢复联系', en: 'Contact regained' },
    members: {
      outcome: clear(zCode(REGAINED_OUTCOMES), '结果', 'Outcome'),
      at: moment(zTime, '时间', 'At'),
    },
  }),
  defineEvent({
    type: 'VisitRefused',
    stream: 'patient',
    recorders: ['CHC'],
    clauses: ['Shandong 45'],
    label: { zh: '拒访', en: 'Visit refused' },
    members: {
      by: clear(zCode(REFUSED_BY), '拒访人', 'By'),
      reason: optional(personal('patient', zText, '原因', 'Reason')),
    },
  }),
  defineEvent({
    type: 'PatientRelocated',
    stream: 'patient',
    recorders: ['CHC'],
    clauses: ['W47'],
    label: { zh: '迁居', en: 'Patient relocated' },
    members: {
      from: clear(zTownship, '迁出乡镇（街道）', 'From township'),
      to: clear(zTownship, '迁入乡镇（街道）', 'To township'),
      toAddress: optional(personal('patient', zAddress, '迁入地址', 'New address')),
      toArea: optional(quasi('patient', zArea, '迁入社区（村）', 'New community or village')),
      kind: clear(zCode(RELOCATION_KINDS), '迁移类型', 'Kind'),
      leftAt: moment(zTime, '离开时间', 'Left at'),
      riskLevelAtLeaving: optional(clear(zCode(RISK_LEVELS), '离开时危险性评估等级', 'Risk level at leaving')),
    },
  }),
  defineEvent({
    type: 'PatientDied',
    stream: 'patient',
    recorders: ['CHC'],
    clauses: ['policy §4.4'],
    label: { zh: '死亡', en: 'Patient died' },
    members: {
      date: moment(zTime, '死亡日期', 'Date'),
      cause: clear(zCode(DEATH_CAUSES), '死亡原因', 'Cause'),
      somaticCause: optional(clear(zCode(SOMATIC_DEATH_CAUSES), '躯体疾病死因', 'Somatic cause')),
    },
  }),
] as const
