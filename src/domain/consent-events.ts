/** Service consent: joining community management, refusing it, leaving it (policy §3.3, §6.3). Never imported, never in a batch. */
import { zCode } from './code-lists/code-list.js'
import { SIGNED_BY } from './code-lists/guardian.js'
import { clear, defineEvent, moment, optional, personal, zDay, zText, zTime } from './define-event.js'
import { zStaffRef } from './person-members.js'

const members = {
  signedBy: clear(zCode(SIGNED_BY), '签署人', 'Signed by'),
  patientsOwnWish: optional(personal('patient', zText, '患者本人意愿', 'The patient\u2019s own wish')),
  capacityNote: optional(personal('patient', zText, '行为能力说明', 'Note on capacity')),
  signedOn: moment(zTime, '签署日期', 'Signed on'),
  formRef: personal('patient', zText, '知情同意书编号', 'Number of the form'),
  explainedBy: clear(zStaffRef, '告知人', 'Explained by'),
  validTo: optional(clear(zDay, '有效期至', 'Valid to')),
}
const shared = {
  stream: 'patient',
  recorders: ['CHC'],
  clauses: ['PIPL 14', 'PIPL 15', 'policy §4.6'],
  members,
} as const

export const CONSENT_EVENTS = [
  defineEvent({ ...shared, type: 'ServiceConsentGiven', label: { zh: '同意参加管理', en: 'Service consent given' } }),
  defineEvent({
    ...shared,
    type: 'ServiceConsentRefused',
    label: { zh: '不同意参加管理', en: 'Service consent refused' },
  }),
  defineEvent({
    ...shared,
    type: 'ServiceConsentWithdrawn',
    label: { zh: '撤回同意', en: 'Service consent withdrawn' },
  }),
] as const
