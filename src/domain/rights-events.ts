/**
 * What a person decides about their own data, and what the hub owes them (policy §3.3, §6.3, §6.5): consents to one
 * recipient and purpose, applications, notices, restriction, disputes. Consents are never imported and never set in a batch.
 */
import { z } from 'zod'
import { zCode } from './code-lists/code-list.js'
import { SIGNED_BY } from './code-lists/guardian.js'
import {
  APPLICATION_DECISIONS,
  BASIS_RECIPIENTS,
  CONSENT_PURPOSES,
  DISPUTANTS,
  DISPUTE_OUTCOMES,
  NOTICE_EXEMPTIONS,
  NOTICE_RECIPIENTS,
  RESTRICTION_REASONS,
  RESTRICTION_SCOPES,
  SERVICE_PROGRAMMES,
} from './code-lists/rights.js'
import { clear, defineEvent, moment, optional, personal, zNarrative, zText, zTime, zUuid } from './define-event.js'
import { zFieldSetId, zReference } from './person-members.js'

const recipientRole = clear(zCode(BASIS_RECIPIENTS), '接收单位类别', 'Recipient')
const consented = {
  recipientRole,
  purposeCode: clear(zCode(CONSENT_PURPOSES), '提供目的', 'Purpose'),
  fieldSetId: clear(zFieldSetId, '字段集', 'Field set'),
  signedBy: clear(zCode(SIGNED_BY), '签署人', 'Signed by'),
}
const consent = {
  stream: 'patient',
  recorders: ['CHC'],
  clauses: ['PIPL 14', 'PIPL 15', 'PIPL 23', 'PIPL 29'],
} as const

const application = {
  recipientRole,
  programme: clear(zCode(SERVICE_PROGRAMMES), '申请项目', 'Programme'),
}
const service = {
  stream: 'patient',
  recorders: ['CHC', 'CA', 'DPF', 'LABOUR'],
  clauses: ['W44', 'MHL 57', 'MHL 58', 'MHL 69'],
} as const

const restriction = {
  reason: clear(zCode(RESTRICTION_REASONS), '原因', 'Reason'),
  scope: clear(zCode(RESTRICTION_SCOPES), '范围', 'Scope'),
}
const target = clear(zUuid, '所涉记录', 'Record in question')

export const RIGHTS_EVENTS = [
  defineEvent({
    ...consent,
    type: 'DataConsentGiven',
    label: { zh: '同意对外提供信息', en: 'Data consent given' },
    members: {
      ...consented,
      separate: clear(z.literal(true), '单独同意', 'Separate consent'),
      written: clear(z.boolean(), '书面同意', 'In writing'),
      capacityNote: optional(personal('patient', zText, '行为能力说明', 'Note on capacity')),
      signedOn: moment(zTime, '签署日期', 'Signed on'),
    },
  }),
  defineEvent({
    ...consent,
    type: 'DataConsentWithdrawn',
    label: { zh: '撤回对外提供同意', en: 'Data consent withdrawn' },
    members: { ...consented, withdrawnOn: moment(zTime, '撤回日期', 'Withdrawn on') },
  }),
  defineEvent({
    type: 'StatutoryNoticeGiven',
    stream: 'patient',
    recorders: ['CHC'],
    clauses: ['PIPL 17', 'PIPL 30', 'PIPL 35'],
    label: { zh: '告知', en: 'Statutory notice given' },
    members: {
      content: clear(zReference, '告知书编号', 'Number of the notice'),
      givenTo: optional(clear(zCode(NOTICE_RECIPIENTS), '告知对象', 'Given to')),
      exemption: optional(clear(zCode(NOTICE_EXEMPTIONS), '不予告知依据', 'Exemption')),
    },
  }),
  defineEvent({
    ...service,
    type: 'ServiceApplied',
    label: { zh: '申请服务', en: 'Service applied for' },
    members: {
      ...application,
      by: clear(zCode(SIGNED_BY), '申请人', 'Applied by'),
      appliedOn: moment(zTime, '申请日期', 'Applied on'),
    },
  }),
  defineEvent({
    ...service,
    type: 'ApplicationDecided',
    label: { zh: '申请办结', en: 'Application decided' },
    members: {
      ...application,
      decision: clear(zCode(APPLICATION_DECISIONS), '结果', 'Decision'),
      decidedOn: moment(zTime, '办结日期', 'Decided on'),
    },
  }),
  defineEvent({
    type: 'ProcessingRestricted',
    stream: 'patient',
    recorders: ['CHC'],
    clauses: ['PIPL 47', 'policy §6.4'],
    label: { zh: '停止处理', en: 'Processing restricted' },
    members: restriction,
  }),
  defineEvent({
    type: 'ProcessingRestrictionLifted',
    stream: 'patient',
    recorders: ['CHC'],
    clauses: ['PIPL 47', 'policy §6.4'],
    label: { zh: '恢复处理', en: 'Restriction lifted' },
    members: restriction,
  }),
  defineEvent({
    type: 'RecordDisputed',
    stream: 'patient',
    recorders: ['CHC'],
    clauses: ['PIPL 46'],
    label: { zh: '对记录提出异议', en: 'Record disputed' },
    members: {
      targetEventId: target,
      by: clear(zCode(DISPUTANTS), '异议提出人', 'Disputed by'),
      statement: optional(personal('patient', zNarrative, '异议内容', 'What is disputed')),
    },
  }),
  defineEvent({
    type: 'DisputeSettled',
    stream: 'patient',
    recorders: ['CHC'],
    clauses: ['PIPL 46'],
    label: { zh: '异议办结', en: 'Dispute settled' },
    members: { targetEventId: target, outcome: clear(zCode(DISPUTE_OUTCOMES), '处理结果', 'Outcome') },
  }),
] as const
