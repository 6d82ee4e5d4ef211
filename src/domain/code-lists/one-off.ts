/** Who asks for data once by an official letter, and how that ends (policy §6.2, design §8). */
import { idList } from './code-list.js'

/** The last five are named so that they can be refused by name: no policy may ever let them in. */
export const ONE_OFF_REQUESTERS = idList(
  { name: 'oneOffRequester', zh: '一次性调取机关', source: 'policy §6.2, design §8', evidence: 'D' },
  [
    ['COURT', '人民法院', 'A people’s court'],
    ['PROCURATORATE', '人民检察院', 'A people’s procuratorate'],
    ['POLICE_INVESTIGATION', '公安机关（侦查办案）', 'Police who investigate a case'],
    ['SUPERVISION_COMMISSION', '监察机关', 'A supervisory commission'],
    ['HEALTH_INSPECTION', '卫生健康监督检查机关', 'An inspection of health services'],
    ['EMPLOYER', '用人单位', 'An employer'],
    ['SCHOOL', '学校', 'A school'],
    ['LANDLORD', '出租人', 'A landlord'],
    ['COMMERCIAL_INSURER', '商业保险机构', 'A commercial insurer'],
    ['MEDIA', '新闻媒体', 'Media'],
  ],
)
export type OneOffRequester = (typeof ONE_OFF_REQUESTERS.entries)[number]['code']

const NEVER = ['EMPLOYER', 'SCHOOL', 'LANDLORD', 'COMMERCIAL_INSURER', 'MEDIA'] as const satisfies OneOffRequester[]
/** Those who may ever be given anything. */
export type LawfulRequester = Exclude<OneOffRequester, (typeof NEVER)[number]>

export function isLawfulRequester(kind: OneOffRequester): kind is LawfulRequester {
  return !(NEVER as readonly OneOffRequester[]).includes(kind)
}

/** What an account does with a disclosure of which the person learns later. */
export const NOT_LISTED_YET = '暂不列入'

/** Those whose inquiry the person’s knowing may hinder (PIPL 18(1), 35). */
const INVESTIGATING: readonly OneOffRequester[] = ['PROCURATORATE', 'POLICE_INVESTIGATION', 'SUPERVISION_COMMISSION']

export function isInvestigating(kind: OneOffRequester): boolean {
  return INVESTIGATING.includes(kind)
}

export const ONE_OFF_DECISIONS = idList(
  { name: 'oneOffDecision', zh: '一次性提供决定', source: 'design §8', evidence: 'D' },
  [
    ['GRANTED', '同意提供', 'Granted'],
    ['PARTLY', '部分提供', 'Granted in part'],
    ['REFUSED', '不予提供', 'Refused'],
  ],
)
export type OneOffDecision = (typeof ONE_OFF_DECISIONS.entries)[number]['code']

/** Each is true of a letter whether or not the person is known whom it means: the refusal does not tell. */
export const ONE_OFF_REFUSALS = idList(
  { name: 'oneOffRefusal', zh: '不予提供原因', source: 'policy §6.2, PIPL 50', evidence: 'D' },
  [
    ['NO_POWER', '来函单位依法无权调取', 'The requester has no power to ask for it'],
    ['NO_LETTER', '公函、证件或者手续不全', 'The letter or its papers are incomplete'],
    ['PURPOSE_UNCLEAR', '未说明明确、合理的目的', 'No clear and reasonable purpose is said'],
    ['NOT_NECESSARY', '超出实现目的所必需的范围', 'More than the purpose needs'],
    ['WITHHELD', '不属于可以依法向来函单位提供的内容', 'Not among what may be given to this requester'],
    ['WITHDRAWN', '来函单位撤回', 'Withdrawn by the requester'],
  ],
)
export type OneOffRefusal = (typeof ONE_OFF_REFUSALS.entries)[number]['code']

/** What is handed out of a request: how it stands, what was asked, the canonical document, its printed page, or the letter of refusal. */
export const ONE_OFF_PAPERS = idList({ name: 'oneOffPaper', zh: '所取文件', source: 'design §8', evidence: 'D' }, [
  ['HEAD', '办理情况', 'How it stands'],
  ['REQUEST', '来函内容', 'What was asked, in words'],
  ['DOCUMENT', '一次性文件', 'The document'],
  ['PAGE', '一次性文件打印页', 'The document as a page'],
  ['LETTER', '不予提供告知书', 'The letter of refusal'],
])
export type OneOffPaper = (typeof ONE_OFF_PAPERS.entries)[number]['code']
/** What is read here, and leaves nobody a copy. */
export type OneOffReading = Extract<OneOffPaper, 'HEAD' | 'REQUEST'>

/** What a health centre did about a copy that is asked back from somebody outside the hub: it wrote, and then it has the answer. */
export const COPY_RECALL_STEPS = idList(
  { name: 'copyRecallStep', zh: '副本追回进展', source: 'PIPL 47, design §8', evidence: 'D' },
  [
    ['WRITTEN', '已去函要求销毁副本', 'The requester was written to'],
    ['DESTROYED', '对方已确认销毁', 'The requester says that the copy is destroyed'],
  ],
)
export type CopyRecallStep = (typeof COPY_RECALL_STEPS.entries)[number]['code']
