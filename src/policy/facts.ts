/**
 * The vocabulary of facts about a person that a feed or an alert may speak of, with labels. It grants nothing: a fact
 * leaves only where a disclosure rule allows it, and a fact that is not listed here can have no rule.
 */
import { z } from 'zod'
import { REHABILITATION_PROGRAMMES } from '../domain/code-lists/aid.js'
import { zCode, zCodes } from '../domain/code-lists/code-list.js'
import { LOSS_REASONS, REGAINED_OUTCOMES, RELOCATION_KINDS } from '../domain/code-lists/contact.js'
import { DANGER_BEHAVIOURS } from '../domain/code-lists/danger.js'
import { ADHERENCE, CONFINEMENTS, REHABILITATION } from '../domain/code-lists/follow-up.js'
import { GUARDIAN_KINDS, RELATIONS } from '../domain/code-lists/guardian.js'
import { ADMISSION_ROUTES, DEATH_CAUSES } from '../domain/code-lists/hospital.js'
import { ECONOMIC_STATUSES, EMPLOYMENTS, ID_TYPES, SEXES } from '../domain/code-lists/person.js'
import { CLOSING_REASONS, DISABILITY_LEVELS, ROW_BASES, SERVICE_PROGRAMMES } from '../domain/code-lists/rights.js'
import { CONDITION_CLASSES, RISK_EVIDENCE, RISK_LEVELS, RISK_TARGETS } from '../domain/code-lists/risk.js'
import { type Label, zCount, zDay, zRegion, zText, zTime, zUuid } from '../domain/define-event.js'

/** Why facts of a group are kept back, where they are, is answered for the group as a whole. */
export type FactGroup =
  | 'person'
  | 'address'
  | 'place'
  | 'guardian'
  | 'risk'
  | 'riskDetail'
  | 'police'
  | 'hearsay'
  | 'contact'
  | 'stay'
  | 'centre'
  | 'danger'
  | 'move'
  | 'death'
  | 'clinical'
  | 'economy'
  | 'consent'
  | 'basis'
  | 'aid'
  | 'homeless'
  | 'disability'
  | 'rehabilitation'
  | 'work'
  | 'dispute'
  | 'closing'

export interface FactField {
  readonly group: FactGroup
  readonly label: Label
  /** What a value of it looks like before anything makes it coarser; nothing is checked by it, documents are. */
  readonly schema: z.ZodType
}

const fact = (group: FactGroup, zh: string, en: string, schema: z.ZodType = zText): FactField => ({
  group,
  label: { zh, en },
  schema,
})

const zPhones = z.array(z.string())
const zLevel = zCode(RISK_LEVELS)

/**
 * Dotted paths into the facts: `guardian.name` is the member `name` of the fact `guardian`. Every value is a string, a
 * number, a boolean, or an array of these.
 */
export const FACT_FIELDS = {
  patientId: fact('person', '人员编号', 'Person', zUuid),
  name: fact('person', '姓名', 'Name'),
  alias: fact('person', '别名', 'Alias'),
  idType: fact('person', '证件类型', 'Kind of identity document', zCode(ID_TYPES)),
  idNumber: fact('person', '证件号码', 'ID number'),
  sex: fact('person', '性别', 'Sex', zCode(SEXES)),
  birthDate: fact('person', '出生日期', 'Date of birth', zDay),
  phones: fact('person', '本人电话', 'Own telephones', zPhones),

  presentAddress: fact('address', '现住址', 'Present address'),
  householdAddress: fact('address', '户籍地址', 'Registered address'),

  presentTownship: fact('place', '现住乡镇街道代码', 'Township of residence', zRegion),
  communityCode: fact('place', '现住社区代码', 'Community of residence', zRegion),
  communityName: fact('place', '现住社区', 'Community'),
  householdTownship: fact('place', '户籍乡镇街道代码', 'Township of registration', zRegion),
  gridCell: fact('place', '网格', 'Grid cell'),

  'guardian.name': fact('guardian', '监护人姓名', 'Guardian'),
  'guardian.phones': fact('guardian', '监护人电话', 'Telephones of the guardian', zPhones),
  'guardian.relation': fact('guardian', '与本人关系', 'Relation of the guardian', zCode(RELATIONS)),
  'guardian.kind': fact('guardian', '监护人类别', 'Kind of guardian', zCode(GUARDIAN_KINDS)),
  'guardian.idNumber': fact('guardian', '监护人证件号码', 'ID number of the guardian'),

  level: fact('risk', '危险性评估等级', 'Risk level', zLevel),
  assessedOn: fact('risk', '评估日期', 'Assessed on', zTime),
  previousLevel: fact('risk', '上次评估等级', 'Previous risk level', zLevel),
  /** `ASSESSED` or `NOT_CURRENTLY_ASSESSED`. */
  assessment: fact('risk', '评估状态', 'State of the assessment', z.enum(['ASSESSED', 'NOT_CURRENTLY_ASSESSED'])),
  targets: fact('riskDetail', '行为对象', 'Targets', zCode(RISK_TARGETS)),
  evidence: fact('riskDetail', '评估依据', 'Evidence', zCodes(RISK_EVIDENCE)),

  'policeRecorded.minorDisturbance': fact('police', '本期轻度滋事次数', 'Minor disturbances in the period', zCount),
  'policeRecorded.publicOrderOffence': fact('police', '本期肇事次数', 'Public-order offences in the period', zCount),
  'policeRecorded.criminalHarm': fact('police', '本期肇祸次数', 'Criminal harm in the period', zCount),
  'policeRecorded.dangerToOthers': fact(
    'police',
    '本期公安记录危险行为次数',
    'Danger to others recorded by police',
    zCount,
  ),
  dangerCounts: fact('hearsay', '随访所报危险行为', 'Danger counts of the follow-up form', z.array(zCount)),
  selfHarm: fact('hearsay', '自伤自杀情况', 'Self-harm', zCount),

  'lossOfContact.reason': fact('contact', '失访原因', 'Reason of the loss of contact', zCode(LOSS_REASONS)),
  'lossOfContact.lastSeenOn': fact('contact', '最后见到日期', 'Last seen on', zDay),
  'lossOfContact.declaredOn': fact('contact', '失访报告日期', 'Loss of contact declared on', zTime),
  'contactRegained.on': fact('contact', '恢复联系日期', 'Contact regained on', zTime),
  'contactRegained.outcome': fact('contact', '恢复联系结果', 'How contact was regained', zCode(REGAINED_OUTCOMES)),

  'compulsoryStay.admittedOn': fact('stay', '入院日期', 'Admitted on', zTime),
  'compulsoryStay.dischargedOn': fact('stay', '出院日期', 'Discharged on', zTime),
  'stay.route': fact('stay', '入院方式', 'Route of admission', zCode(ADMISSION_ROUTES)),
  'stay.institution': fact('stay', '收治机构', 'Institution'),
  'stay.admittedOn': fact('stay', '住院起始日期', 'Start of the stay', zTime),
  'stay.dischargedOn': fact('stay', '住院结束日期', 'End of the stay', zTime),
  'discharge.assessedOn': fact('stay', '具备出院条件评估日期', 'Assessed as fit to be discharged on', zTime),
  'discharge.hospital': fact('stay', '评估具备出院条件的机构', 'Hospital that says so'),
  'discharge.phone': fact('stay', '评估具备出院条件的机构电话', 'Telephone of the hospital that says so'),

  'healthCentre.name': fact('centre', '联系卫生机构', 'Health centre'),
  'healthCentre.phone': fact('centre', '卫生机构电话', 'Telephone of the health centre'),

  'danger.kind': fact('danger', '危险行为类别', 'Kind of behaviour', zCode(DANGER_BEHAVIOURS)),
  'danger.at': fact('danger', '发生时间', 'When', zTime),
  'danger.injured': fact('danger', '受伤人数', 'Injured', zCount),

  'relocation.on': fact('move', '离开日期', 'Left on', zTime),
  'relocation.from': fact('move', '原住乡镇街道代码', 'From', zRegion),
  'relocation.to': fact('move', '现往乡镇街道代码', 'To', zRegion),
  'relocation.kind': fact('move', '迁居类别', 'Kind of move', zCode(RELOCATION_KINDS)),

  'died.on': fact('death', '死亡日期', 'Died on', zTime),
  'died.cause': fact('death', '死亡原因', 'Cause of death', zCode(DEATH_CAUSES)),

  diagnosis: fact('clinical', '诊断', 'Diagnosis'),
  conditionClass: fact('clinical', '病情分类', 'Condition class', zCode(CONDITION_CLASSES)),
  adherence: fact('clinical', '服药依从性', 'Adherence', zCode(ADHERENCE)),
  lastFollowUpOn: fact('clinical', '最近随访日期', 'Last follow-up', zTime),
  nextFollowUpOn: fact('clinical', '下次随访日期', 'Next follow-up', zDay),
  confinement: fact('clinical', '关锁情况', 'Home confinement', zCode(CONFINEMENTS)),

  economicStatus: fact('economy', '经济状况', 'Economic status', zCode(ECONOMIC_STATUSES)),
  povertyTarget: fact('economy', '贫困对象', 'Counted as poor', z.boolean()),
  serviceConsent: fact('consent', '知情同意', 'Service consent'),

  'basis.kind': fact('basis', '提供依据', 'Basis of the row', zCode(ROW_BASES)),
  'basis.article': fact('basis', '依据条款', 'Article', zText),
  'basis.since': fact('basis', '依据日期', 'Basis since', zTime),

  'aid.applied': fact('aid', '申请项目', 'Applied for', zCodes(SERVICE_PROGRAMMES)),
  'aid.granted': fact('aid', '已批准项目', 'Granted', zCodes(SERVICE_PROGRAMMES)),
  'aid.meetsMedicalCondition': fact('aid', '符合医疗条件', 'Meets the medical condition', z.boolean()),
  'aid.temporaryLivingAidOn': fact('aid', '临时生活救助日期', 'Temporary living aid on', zTime),
  'homeless.since': fact('homeless', '送诊日期', 'Taken up as homeless on', zTime),
  'homeless.kinFound': fact('homeless', '已找到近亲属', 'Near relatives found', z.boolean()),
  'homeless.homeRegion': fact('homeless', '户籍或居住地区', 'Home region', zRegion),
  'homeless.dischargeReady': fact('homeless', '具备出院条件', 'Fit to be discharged', z.boolean()),

  'certificate.held': fact('disability', '持残疾人证', 'Certificate held', z.boolean()),
  'certificate.level': fact('disability', '残疾等级', 'Level of disability', zCode(DISABILITY_LEVELS)),
  'certificate.statedOn': fact('disability', '残疾人证登记日期', 'Certificate stated on', zTime),
  'rehabilitation.measures': fact(
    'rehabilitation',
    '本期康复措施',
    'Rehabilitation in the period',
    zCodes(REHABILITATION),
  ),
  'rehabilitation.programmes': fact(
    'rehabilitation',
    '本期纳入康复项目',
    'Programmes linked in the period',
    zCodes(REHABILITATION_PROGRAMMES),
  ),

  employment: fact('work', '就业情况', 'Employment', zCode(EMPLOYMENTS)),
  'function.fit': fact('work', '功能评估合格', 'Function assessed as fit', z.boolean()),
  'function.assessedOn': fact('work', '功能评估日期', 'Function assessed on', zTime),

  'closing.reason': fact('closing', '不再列入原因', 'Why no longer listed', zCode(CLOSING_REASONS)),
  'closing.on': fact('closing', '不再列入日期', 'No longer listed from', zTime),

  /** The facts of the row that somebody holds to be wrong: `level`, `guardian`, … */
  disputed: fact('dispute', '存在异议的内容', 'Disputed', z.array(z.string())),
} as const satisfies Record<string, FactField>

export type FactPath = keyof typeof FACT_FIELDS

export const FACT_PATHS = Object.keys(FACT_FIELDS) as readonly FactPath[]

export function factsOfGroup(group: FactGroup): readonly FactPath[] {
  return FACT_PATHS.filter((path) => FACT_FIELDS[path].group === group)
}

/** What disclosure puts in the place of `patientId`. */
export const PSEUDONYM: Label = { zh: '人员代号', en: 'Pseudonym' }

/** What people read for a fact, by its path; what is none is said as it is. */
export function labelOfFact(field: string): Label {
  const path = FACT_PATHS.find((known) => known === field)
  return path ? FACT_FIELDS[path].label : { zh: field, en: field }
}

/** The same of what leaves by a rule: of whom it speaks is told as a pseudonym. */
export function labelAsLeft({ field, action }: { readonly field: FactPath; readonly action: string }): Label {
  return action === 'pseudonymise' ? PSEUDONYM : FACT_FIELDS[field].label
}
