/**
 * The vocabulary of facts about a person that a feed or an alert may speak of, with labels. It grants nothing: a fact
 * leaves only where a disclosure rule allows it, and a fact that is not listed here can have no rule.
 */
import type { Label } from '../domain/define-event.js'

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

export interface FactField {
  readonly group: FactGroup
  readonly label: Label
}

const fact = (group: FactGroup, zh: string, en: string): FactField => ({ group, label: { zh, en } })

/**
 * Dotted paths into the facts: `guardian.name` is the member `name` of the fact `guardian`. Every value is a string, a
 * number, a boolean, or an array of these.
 */
export const FACT_FIELDS = {
  patientId: fact('person', '人员编号', 'Person'),
  name: fact('person', '姓名', 'Name'),
  alias: fact('person', '别名', 'Alias'),
  idType: fact('person', '证件类型', 'Kind of identity document'),
  idNumber: fact('person', '证件号码', 'ID number'),
  sex: fact('person', '性别', 'Sex'),
  birthDate: fact('person', '出生日期', 'Date of birth'),
  phones: fact('person', '本人电话', 'Own telephones'),

  presentAddress: fact('address', '现住址', 'Present address'),
  householdAddress: fact('address', '户籍地址', 'Registered address'),

  presentTownship: fact('place', '现住乡镇街道代码', 'Township of residence'),
  communityCode: fact('place', '现住社区代码', 'Community of residence'),
  communityName: fact('place', '现住社区', 'Community'),
  householdTownship: fact('place', '户籍乡镇街道代码', 'Township of registration'),
  gridCell: fact('place', '网格', 'Grid cell'),

  'guardian.name': fact('guardian', '监护人姓名', 'Guardian'),
  'guardian.phones': fact('guardian', '监护人电话', 'Telephones of the guardian'),
  'guardian.relation': fact('guardian', '与本人关系', 'Relation of the guardian'),
  'guardian.kind': fact('guardian', '监护人类别', 'Kind of guardian'),
  'guardian.idNumber': fact('guardian', '监护人证件号码', 'ID number of the guardian'),

  level: fact('risk', '危险性评估等级', 'Risk level'),
  assessedOn: fact('risk', '评估日期', 'Assessed on'),
  previousLevel: fact('risk', '上次评估等级', 'Previous risk level'),
  /** `ASSESSED` or `NOT_CURRENTLY_ASSESSED`. */
  assessment: fact('risk', '评估状态', 'State of the assessment'),
  targets: fact('riskDetail', '行为对象', 'Targets'),
  evidence: fact('riskDetail', '评估依据', 'Evidence'),

  'policeRecorded.minorDisturbance': fact('police', '本期轻度滋事次数', 'Minor disturbances in the period'),
  'policeRecorded.publicOrderOffence': fact('police', '本期肇事次数', 'Public-order offences in the period'),
  'policeRecorded.criminalHarm': fact('police', '本期肇祸次数', 'Criminal harm in the period'),
  'policeRecorded.dangerToOthers': fact('police', '本期公安记录危险行为次数', 'Danger to others recorded by police'),
  dangerCounts: fact('hearsay', '随访所报危险行为', 'Danger counts of the follow-up form'),
  selfHarm: fact('hearsay', '自伤自杀情况', 'Self-harm'),

  'lossOfContact.reason': fact('contact', '失访原因', 'Reason of the loss of contact'),
  'lossOfContact.lastSeenOn': fact('contact', '最后见到日期', 'Last seen on'),
  'lossOfContact.declaredOn': fact('contact', '失访报告日期', 'Loss of contact declared on'),
  'contactRegained.on': fact('contact', '恢复联系日期', 'Contact regained on'),
  'contactRegained.outcome': fact('contact', '恢复联系结果', 'How contact was regained'),

  'compulsoryStay.admittedOn': fact('stay', '入院日期', 'Admitted on'),
  'compulsoryStay.dischargedOn': fact('stay', '出院日期', 'Discharged on'),
  'stay.route': fact('stay', '入院方式', 'Route of admission'),
  'stay.institution': fact('stay', '收治机构', 'Institution'),
  'stay.admittedOn': fact('stay', '住院起始日期', 'Start of the stay'),
  'stay.dischargedOn': fact('stay', '住院结束日期', 'End of the stay'),

  'healthCentre.name': fact('centre', '联系卫生机构', 'Health centre'),
  'healthCentre.phone': fact('centre', '卫生机构电话', 'Telephone of the health centre'),

  'danger.kind': fact('danger', '危险行为类别', 'Kind of behaviour'),
  'danger.at': fact('danger', '发生时间', 'When'),
  'danger.injured': fact('danger', '受伤人数', 'Injured'),

  'relocation.on': fact('move', '离开日期', 'Left on'),
  'relocation.from': fact('move', '原住乡镇街道代码', 'From'),
  'relocation.to': fact('move', '现往乡镇街道代码', 'To'),
  'relocation.kind': fact('move', '迁居类别', 'Kind of move'),

  'died.on': fact('death', '死亡日期', 'Died on'),
  'died.cause': fact('death', '死亡原因', 'Cause of death'),

  diagnosis: fact('clinical', '诊断', 'Diagnosis'),
  conditionClass: fact('clinical', '病情分类', 'Condition class'),
  adherence: fact('clinical', '服药依从性', 'Adherence'),
  lastFollowUpOn: fact('clinical', '最近随访日期', 'Last follow-up'),
  nextFollowUpOn: fact('clinical', '下次随访日期', 'Next follow-up'),
  confinement: fact('clinical', '关锁情况', 'Home confinement'),

  economicStatus: fact('economy', '经济状况', 'Economic status'),
  serviceConsent: fact('consent', '知情同意', 'Service consent'),
} as const satisfies Record<string, FactField>

export type FactPath = keyof typeof FACT_FIELDS

export const FACT_PATHS = Object.keys(FACT_FIELDS) as readonly FactPath[]

export function factsOfGroup(group: FactGroup): readonly FactPath[] {
  return FACT_PATHS.filter((path) => FACT_FIELDS[path].group === group)
}

/** What disclosure puts in the place of `patientId`. */
export const PSEUDONYM: Label = { zh: '人员代号', en: 'Pseudonym' }
