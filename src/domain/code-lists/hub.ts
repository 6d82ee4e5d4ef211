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

/** Why a request that two persons would have to agree on comes to nothing. Whoever asked gives `WITHDRAWN`. */
export const APPROVAL_REFUSALS = idList(
  { name: 'approvalRefusal', zh: '审批驳回原因', source: 'design §12', evidence: 'D' },
  [
    ['NO_GROUND', '依据不足', 'The ground does not hold'],
    ['WRONG_SUBJECT', '对象有误', 'It names the wrong person or thing'],
    ['RETENTION_RUNS', '保存期限未满', 'The period of retention is not over'],
    ['WITHDRAWN', '申请人撤回', 'Withdrawn by whoever asked'],
  ],
)

/** Why an agency is asked to delete what it was given about a person. */
export const RECALL_REASONS = idList(
  { name: 'recallReason', zh: '撤回原因', source: 'policy §6.3, PIPL 47', evidence: 'D' },
  [
    ['CONSENT_WITHDRAWN', '撤回同意', 'Consent was withdrawn'],
    ['DIAGNOSIS_EXCLUDED', '排除诊断', 'The diagnosis was excluded'],
    ['SENT_IN_ERROR', '误发', 'Disclosed in error'],
    ['PURPOSE_ENDED', '目的已实现或不再必要', 'The purpose has ended'],
  ],
)

export type RecallReason = (typeof RECALL_REASONS.entries)[number]['code']

/** On what ground a person's keys are destroyed: the five cases of PIPL 47. */
export const ERASURE_GROUNDS = idList({ name: 'erasureGround', zh: '销毁依据', source: 'PIPL 47', evidence: 'V' }, [
  ['PURPOSE_ENDED', '处理目的已实现或不再必要', 'The purpose is reached, or cannot be, or needs the data no more'],
  ['RETENTION_ENDED', '保存期限已届满', 'The period of retention is over'],
  ['CONSENT_WITHDRAWN', '个人撤回同意', 'The person withdrew consent'],
  ['UNLAWFUL', '违法或违约处理', 'Processed against the law or an agreement'],
  ['OTHER_LAW', '法律、行政法规规定的其他情形', 'Another case that a law provides'],
])

export type ApprovalRefusal = (typeof APPROVAL_REFUSALS.entries)[number]['code']
export type ErasureGround = (typeof ERASURE_GROUNDS.entries)[number]['code']
export type KeyRevocation = (typeof KEY_REVOCATIONS.entries)[number]['code']
export type SubscriptionEnd = (typeof SUBSCRIPTION_ENDS.entries)[number]['code']
/** What a health centre may give as its reason. */
export type HeldRejection = Exclude<(typeof HELD_REJECTIONS.entries)[number]['code'], 'EXPIRED'>
