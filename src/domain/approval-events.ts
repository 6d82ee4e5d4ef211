/**
 * Acts of two persons (policy §3.7, design §12): one asks, a second one approves within seven days, and the hub carries the act
 * out once. A new act is a name with the shape of its subject; it says nothing of anybody in words.
 *
 * `ApprovalRefused` is there because what is asked for cannot be undone: a request that names the wrong person must not lie open
 * for a week, for somebody to approve it.
 */
import { z } from 'zod'
import { zCode } from './code-lists/code-list.js'
import { APPROVAL_REFUSALS, ERASURE_GROUNDS } from './code-lists/hub.js'
import { clear, defineEvent, moment, personal, zEventRef, zNarrative, zText, zTime, zUuid } from './define-event.js'
import { ROLES } from './event.js'
import { zStaffRef } from './person-members.js'

/** What may be asked for, and the subject of each. */
export const APPROVAL_ACTS = ['ERASE_IDENTITY', 'ACTIVATE_VERSION'] as const
export type ApprovalAct = (typeof APPROVAL_ACTS)[number]

/** `{"patient":"5166b806-…","authority":"RETENTION_ENDED"}` */
const zErasureSubject = z.strictObject({ patient: zUuid, authority: zCode(ERASURE_GROUNDS) })
/**
 * `{"kind":"feed","name":"police-quarterly","version":2,"from":1,"follows":"0198f0aa-…","gains":["POLICE"]}`: `follows` is the event
 * that put `from` in force. Without the two nothing of the name is in force.
 */
const zVersionSubject = z.strictObject({
  kind: z.enum(['feed', 'policy', 'rules']),
  name: zText,
  version: z.number().int().min(1),
  from: z.number().int().min(1).optional(),
  follows: zUuid.optional(),
  gains: z.array(z.enum(ROLES)),
})
const by = clear(zStaffRef, '操作人', 'By')

export const APPROVAL_EVENTS = [
  defineEvent({
    type: 'ApprovalRequested',
    stream: 'approval',
    recorders: [],
    clauses: ['design §12', 'PIPL 47'],
    label: { zh: '双人审批申请', en: 'Approval requested' },
    members: {
      act: clear(z.enum(APPROVAL_ACTS), '事项', 'What is to be done'),
      subject: clear(z.union([zErasureSubject, zVersionSubject]), '对象', 'What it is to be done to'),
      reason: personal('patient', zNarrative, '理由', 'Why'),
      expiresAt: clear(zTime, '失效时间', 'Expires at'),
    },
  }),
  defineEvent({
    type: 'ApprovalGiven',
    stream: 'approval',
    recorders: [],
    clauses: ['design §12'],
    label: { zh: '第二人同意', en: 'Approval given' },
    members: { by },
  }),
  defineEvent({
    type: 'ApprovalRefused',
    stream: 'approval',
    recorders: [],
    clauses: ['design §12'],
    label: { zh: '审批驳回或撤回', en: 'Approval refused or withdrawn' },
    members: { by, reason: clear(zCode(APPROVAL_REFUSALS), '原因', 'Reason') },
  }),
  defineEvent({
    type: 'ApprovalExpired',
    stream: 'approval',
    recorders: [],
    clauses: ['design §12'],
    label: { zh: '审批逾期失效', en: 'Approval expired' },
    members: { at: moment(zTime, '失效时间', 'Expired at') },
  }),
  defineEvent({
    type: 'ApprovalCarriedOut',
    stream: 'approval',
    recorders: [],
    clauses: ['design §12'],
    label: { zh: '审批事项已执行', en: 'What was approved is done' },
    members: { result: clear(zEventRef, '所生事件', 'The event that it came to') },
  }),
]
