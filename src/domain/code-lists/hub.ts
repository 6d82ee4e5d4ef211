/** Why people end what the hub holds (policy §3.7): codes, since whatever is said in words here would speak of somebody. */
import { idList } from './code-list.js'

/** The hub itself gives `EXPIRED`; a health centre gives one of the others. */
export const HELD_REJECTIONS = idList(
  { name: 'heldRejection', zh: '匹配驳回原因', source: 'design §5', evidence: 'D' },
  [
    ['NOT_IDENTIFIED', '无法确认所指人员', 'Nobody can tell whom it means'],
    ['NOT_IN_CARE', '不是本机构管理的人员', 'Not a person in the care of this centre'],
    ['ALREADY_RECORDED', '已有同一记录', 'Recorded already'],
    ['SENT_IN_ERROR', '误报', 'Sent in error'],
    ['EXPIRED', '逾30日未匹配', 'Not matched within 30 days'],
  ],
)

export const KEY_REVOCATIONS = idList(
  { name: 'keyRevocation', zh: '密钥吊销原因', source: 'design §12', evidence: 'D' },
  [
    ['REPLACED', '已更换', 'Replaced by another'],
    ['STAFF_CHANGED', '人员变动', 'Staff changed'],
    ['LOST', '遗失', 'Lost'],
    ['EXPOSED', '疑似泄露', 'Exposed, or feared to be'],
    ['NOT_NEEDED', '不再需要', 'Not needed any more'],
  ],
)

export const SUBSCRIPTION_ENDS = idList(
  { name: 'subscriptionEnd', zh: '订阅终止原因', source: 'design §9', evidence: 'D' },
  [
    ['REPLACED', '已更换', 'Replaced by another'],
    ['NOT_NEEDED', '不再需要', 'Not needed any more'],
    ['AGENCY_CLOSED', '单位撤并', 'The agency was closed or merged'],
    ['OPENED_IN_ERROR', '误开', 'Opened in error'],
  ],
)

export type KeyRevocation = (typeof KEY_REVOCATIONS.entries)[number]['code']
export type SubscriptionEnd = (typeof SUBSCRIPTION_ENDS.entries)[number]['code']
/** What a health centre may give as its reason. */
export type HeldRejection = Exclude<(typeof HELD_REJECTIONS.entries)[number]['code'], 'EXPIRED'>
