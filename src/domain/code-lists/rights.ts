/** What people decide about their own data, and what is told to them (policy §3.3, §6.3, §6.5). */
import { codeList, idList } from './code-list.js'

/** The agencies to which only an application, a separate consent or their own duty opens a row (policy §6.2). */
export const BASIS_RECIPIENTS = idList(
  { name: 'basisRecipient', zh: '接收单位类别', source: 'W44, policy §6.2', evidence: 'V' },
  [
    ['CA', '民政办', 'Civil affairs'],
    ['DPF', '残联', 'Disabled persons’ federation'],
    ['LABOUR', '劳动保障所', 'Labour office'],
  ],
)
export type BasisRecipient = (typeof BASIS_RECIPIENTS.entries)[number]['code']

/** For what data may be given to one of these. */
export const CONSENT_PURPOSES = idList(
  { name: 'consentPurpose', zh: '提供目的', source: 'PIPL 23, W44', evidence: 'D' },
  [
    ['SOCIAL_ASSISTANCE', '社会救助', 'Social assistance'],
    ['REHABILITATION', '残疾人证与康复服务', 'Disability certificate and rehabilitation'],
    ['EMPLOYMENT', '就业与社会保险', 'Employment and social insurance'],
  ],
)
export type ConsentPurpose = (typeof CONSENT_PURPOSES.entries)[number]['code']

export const NOTICE_RECIPIENTS = idList(
  { name: 'noticeRecipient', zh: '告知对象', source: 'PIPL 17, policy §6.5', evidence: 'D' },
  [
    ['PATIENT', '患者本人', 'The patient'],
    ['GUARDIAN', '监护人', 'The guardian'],
    ['BOTH', '患者本人和监护人', 'Both'],
  ],
)

/** Why nobody is told beforehand: secrecy by law, or that telling would hinder a state organ's duty. */
export const NOTICE_EXEMPTIONS = idList(
  { name: 'noticeExemption', zh: '不予告知依据', source: 'PIPL 18, 35', evidence: 'V' },
  [
    ['ART18', '个人信息保护法第十八条', 'PIPL art. 18'],
    ['ART35', '个人信息保护法第三十五条', 'PIPL art. 35'],
  ],
)

export const RESTRICTION_REASONS = idList(
  { name: 'restrictionReason', zh: '停止处理原因', source: 'PIPL 47', evidence: 'D' },
  [
    ['RETENTION_NOT_ENDED', '法定保存期限未届满，停止除存储外的处理', 'The period of retention runs on: storage alone'],
    ['ERASURE_NOT_POSSIBLE', '删除在技术上难以实现', 'Erasure is technically hard'],
    ['UNDER_REVIEW', '对处理合法性的异议正在核实', 'An objection to the processing is being examined'],
  ],
)

/** Feeds and alerts stop by either; so does reading the record, for those outside of the health side or for everybody. */
export const RESTRICTION_SCOPES = idList(
  { name: 'restrictionScope', zh: '停止处理范围', source: 'PIPL 47', evidence: 'D' },
  [
    ['DISCLOSURE', '停止对外提供', 'Nothing leaves the health side'],
    ['ALL', '停止除存储和安全保护外的一切处理', 'Storage and protection alone'],
  ],
)

export const DISPUTANTS = idList(
  { name: 'disputant', zh: '异议提出人', source: 'PIPL 46, policy §3.3', evidence: 'D' },
  [
    ['PATIENT', '患者本人', 'The patient'],
    ['GUARDIAN', '监护人', 'The guardian'],
    ['AGENCY', '相关单位', 'An agency'],
  ],
)

export const DISPUTE_OUTCOMES = idList(
  { name: 'disputeOutcome', zh: '异议处理结果', source: 'PIPL 46', evidence: 'D' },
  [
    ['CORRECTED', '已更正', 'Corrected'],
    ['CONFIRMED', '核实无误，维持原记录', 'Examined and upheld'],
    ['WITHDRAWN', '异议人撤回', 'Withdrawn by whoever raised it'],
  ],
)

/** What can be applied for; each belongs to one agency (`PROGRAMMES_OF`). */
export const SERVICE_PROGRAMMES = idList(
  { name: 'serviceProgramme', zh: '申请项目', source: 'W44, H33, MHL 57, 58, 69', evidence: 'D' },
  [
    ['LOW_INCOME', '最低生活保障', 'Minimum living allowance'],
    ['DESTITUTE_SUPPORT', '特困人员救助供养', 'Support for the destitute'],
    ['TEMPORARY_AID', '临时救助', 'Temporary assistance'],
    ['DISABILITY_ALLOWANCE', '残疾人两项补贴', 'Allowances for disabled persons'],
    ['DISABILITY_CERTIFICATE', '残疾人证', 'Disability certificate'],
    ['REHABILITATION', '康复服务', 'Rehabilitation'],
    ['SUNSHINE_HOME', '阳光家园', 'Sunshine Home'],
    ['SOCIAL_INSURANCE', '社会保险参保', 'Enrolment in social insurance'],
    ['VOCATIONAL_TRAINING', '职业技能培训', 'Vocational training'],
    ['EMPLOYMENT_AID', '就业援助', 'Help into work'],
  ],
)
export type ServiceProgramme = (typeof SERVICE_PROGRAMMES.entries)[number]['code']

export const PROGRAMMES_OF: Readonly<Record<BasisRecipient, readonly ServiceProgramme[]>> = {
  CA: ['LOW_INCOME', 'DESTITUTE_SUPPORT', 'TEMPORARY_AID', 'DISABILITY_ALLOWANCE'],
  DPF: ['DISABILITY_CERTIFICATE', 'REHABILITATION', 'SUNSHINE_HOME'],
  LABOUR: ['SOCIAL_INSURANCE', 'VOCATIONAL_TRAINING', 'EMPLOYMENT_AID'],
}

export const APPLICATION_DECISIONS = idList(
  { name: 'applicationDecision', zh: '申请结果', source: 'policy §3.3', evidence: 'D' },
  [
    ['GRANTED', '已批准', 'Granted'],
    ['REFUSED', '未批准', 'Refused'],
    ['ENDED', '已终止', 'Ended'],
  ],
)

/** On what a row to an agency outside the statutory exchange rests (policy §6.2). */
export const ROW_BASES = idList({ name: 'rowBasis', zh: '提供依据', source: 'policy §6.2', evidence: 'D' }, [
  ['APPLICATION', '本人或监护人申请', 'An application'],
  ['CONSENT', '单独同意', 'A separate consent'],
  ['OWN_DUTY', '接收单位法定职责', 'The recipient’s own statutory duty'],
])
export type RowBasis = (typeof ROW_BASES.entries)[number]['code']

/** Why an agency that was given a row is given none any more (design §8). */
export const CLOSING_REASONS = idList(
  { name: 'closingReason', zh: '不再列入原因', source: 'design §8', evidence: 'D' },
  [
    ['LEFT_AREA', '已离开辖区', 'No longer in the area'],
    ['DIED', '已死亡', 'Died'],
    ['NOT_LISTED', '不再列入', 'Not listed any more'],
  ],
)
export type ClosingReason = (typeof CLOSING_REASONS.entries)[number]['code']

/** Levels of the certificate, 1 the gravest (GB/T 26341). */
export const DISABILITY_LEVELS = codeList(
  { name: 'disabilityLevel', zh: '残疾等级', source: 'GB/T 26341', evidence: 'M' },
  [
    [1, 'LEVEL_1', '一级', 'Level 1'],
    [2, 'LEVEL_2', '二级', 'Level 2'],
    [3, 'LEVEL_3', '三级', 'Level 3'],
    [4, 'LEVEL_4', '四级', 'Level 4'],
  ],
)

/** Who may ask that nothing of a person is destroyed while a matter is open. */
export const HOLD_AUTHORITIES = idList(
  { name: 'holdAuthority', zh: '要求保全的机关', source: 'policy §3.3, PIPL 47', evidence: 'D' },
  [
    ['COURT', '人民法院', 'A people’s court'],
    ['PROCURATORATE', '人民检察院', 'A people’s procuratorate'],
    ['POLICE', '公安机关', 'Police'],
    ['SUPERVISION_COMMISSION', '监察机关', 'A supervisory commission'],
    ['HEALTH_COMMISSION', '卫生健康部门', 'A health commission'],
  ],
)

/** What went to somebody who should not have had it. */
export const MISDIRECTED_KINDS = idList(
  { name: 'misdirectedKind', zh: '误发内容', source: 'policy §3.3, PIPL 57', evidence: 'D' },
  [
    ['DOCUMENT', '报送文件', 'A document'],
    ['MESSAGE', '消息', 'A message'],
    ['PAPER', '纸质材料或者口头告知', 'Paper, or a word'],
  ],
)

export const CONTAINMENTS = idList({ name: 'containment', zh: '误发后果', source: 'PIPL 57', evidence: 'D' }, [
  ['UNREAD', '未被阅看', 'Nobody read it'],
  ['READ', '已被阅看', 'It was read'],
  ['PASSED_ON', '已被转出', 'It was passed on'],
  ['UNKNOWN', '后果不明', 'Not known'],
])
