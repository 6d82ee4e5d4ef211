/**
 * What an authority asks for once by an official letter, and what two persons decided about it (design §8; PIPL 18, 35, 44, 50).
 *
 * It lies in a stream of its own and not in the person's: what may be kept from the person's account for a time would show in
 * theirs as a gap of revisions, as a number of events, and in every history that is read. Every event names the person by id, so
 * that it is found under them; where the letter means nobody whom the health centre knows, there is none to name. The letter, who wrote
 * it and why are sealed under a key of their own and go with the person's.
 */
import { z } from 'zod'
import { zCode } from './code-lists/code-list.js'
import { RECALL_REASONS } from './code-lists/hub.js'
import {
  COPY_RECALL_STEPS,
  NOT_LISTED_YET,
  ONE_OFF_DECISIONS,
  ONE_OFF_PAPERS,
  ONE_OFF_REFUSALS,
  ONE_OFF_REQUESTERS,
} from './code-lists/one-off.js'
import {
  clear,
  defineEvent,
  moment,
  optional,
  personal,
  zCount,
  zDay,
  zDigest,
  zText,
  zTime,
  zUuid,
} from './define-event.js'
import { zClause, zFactPath, zInstitution, zStaffRef } from './person-members.js'

const zFields = z.array(zFactPath).min(1).max(100)
const zVersioned = z.string().regex(/^[a-z][a-z.-]*@\d{1,4}$/)
/** `{"person":12,"centre":0}`: the last events of the person's stream, and of their health centre's, that the document knows of. */
const zAsOf = z.strictObject({ person: zCount, centre: zCount.optional() })

const patient = clear(zUuid, '患者', 'Patient')
/** Absent where the letter means nobody whom the health centre knows: it is answered like any other. */
const meant = optional(patient)
const by = clear(zStaffRef, '操作人', 'By')
const later = clear(zDay, '此日起列入提供情况', 'In the person’s account from this day on')
const accountFrom = optional(later)
const letter = { stream: 'disclosure', recorders: [], clauses: ['design §8', 'PIPL 35', 'PIPL 44'] } as const

export const DISCLOSURE_REQUESTED = 'DisclosureRequested'
export const DISCLOSURE_DECIDED = 'DisclosureDecided'
export const DISCLOSURE_HANDED_OUT = 'DisclosureHandedOut'
export const SUSPENSION_ASKED = 'SuspensionAsked'
export const SUSPENSION_RENEWED = 'SuspensionRenewed'
export const COPY_RECALLED = 'CopyRecalled'
export const COPY_RECALL_PASSED_ON = 'CopyRecallPassedOn'

export const ONE_OFF_EVENTS = [
  defineEvent({
    ...letter,
    type: DISCLOSURE_REQUESTED,
    label: { zh: '收到一次性调取函', en: 'A one-off disclosure was asked for' },
    members: {
      patient: meant,
      requesterKind: clear(zCode(ONE_OFF_REQUESTERS), '来函机关类别', 'Kind of requester'),
      requesterName: personal('patient', zInstitution, '来函机关', 'Requester'),
      letter: personal('patient', zText, '公函文号', 'Number of the official letter'),
      purpose: personal('patient', zText, '调取目的', 'Purpose'),
      fields: clear(zFields, '请求提供的内容', 'Facts that are asked for'),
      until: clear(zDay, '副本销毁期限', 'The copy is destroyed by'),
      accountFrom,
      expiresAt: clear(zTime, '失效时间', 'Decided by then, or over'),
    },
  }),
  defineEvent({
    ...letter,
    type: DISCLOSURE_DECIDED,
    label: { zh: '一次性提供决定', en: 'A one-off disclosure was decided' },
    members: {
      patient: meant,
      by,
      decision: clear(zCode(ONE_OFF_DECISIONS), '决定', 'Decision'),
      fields: optional(clear(zFields, '决定提供的内容', 'Facts that are given')),
      reason: optional(clear(zCode(ONE_OFF_REFUSALS), '不予提供原因', 'Why not, or not all')),
      clauses: clear(z.array(zClause).min(1).max(30), '依据条款', 'Clauses'),
      decidedOn: moment(zDay, '决定日期', 'Decided on'),
      asOf: optional(clear(zAsOf, '数据截至', 'As of these revisions')),
      fieldSet: optional(clear(zVersioned, '字段集', 'Field set')),
      format: optional(clear(z.number().int().min(1), '文件格式版本', 'Version of the document’s format')),
      digest: optional(clear(zDigest, '文件摘要', 'Digest of the document')),
      accountFrom,
    },
  }),
  defineEvent({
    ...letter,
    type: DISCLOSURE_HANDED_OUT,
    label: { zh: '一次性文件已取', en: 'A paper of a one-off disclosure was handed out' },
    members: { patient: meant, by, what: clear(zCode(ONE_OFF_PAPERS), '所取文件', 'What') },
  }),
  defineEvent({
    ...letter,
    type: SUSPENSION_ASKED,
    label: { zh: `申请继续${NOT_LISTED_YET}`, en: 'A longer suspension from the account was asked for' },
    members: { patient, by, accountFrom: later, expiresAt: clear(zTime, '失效时间', 'Approved by then, or over') },
  }),
  defineEvent({
    ...letter,
    type: SUSPENSION_RENEWED,
    label: { zh: `继续${NOT_LISTED_YET}`, en: 'The suspension from the account was renewed' },
    members: { patient, by, accountFrom: later },
  }),
  defineEvent({
    ...letter,
    type: COPY_RECALLED,
    clauses: ['PIPL 47', 'policy §6.3', 'design §8'],
    label: { zh: '追回一次性文件副本', en: 'The copy of a one-off disclosure is asked back' },
    members: {
      patient,
      reason: optional(clear(zCode(RECALL_REASONS), '追回原因', 'Reason; an erasure where absent')),
      deleteBy: clear(zDay, '删除期限', 'Copies are deleted by'),
    },
  }),
  defineEvent({
    ...letter,
    type: COPY_RECALL_PASSED_ON,
    clauses: ['PIPL 47', 'design §8'],
    label: { zh: '已登记副本追回进展', en: 'The requester was written to, or has answered' },
    members: {
      patient,
      by,
      what: clear(zCode(COPY_RECALL_STEPS), '进展', 'What was done'),
      at: moment(zTime, '时间', 'At'),
    },
  }),
]
