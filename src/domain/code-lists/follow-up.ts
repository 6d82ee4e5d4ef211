/** The items of the follow-up form of 2018 (policy §4.4): numbers as printed. */
import { codeList, idList } from './code-list.js'

const form = (name: string, zh: string) => ({ name, zh, source: 'policy §4.4', evidence: 'V2' }) as const

export const FOLLOW_UP_FORMS = codeList(form('followUpForm', '本次随访形式'), [
  [1, 'OUTPATIENT', '门诊', 'Outpatient'],
  [2, 'HOME_VISIT', '家庭访视', 'Home visit'],
  [3, 'TELEPHONE', '电话', 'Telephone'],
])

export const RESPONDENTS = codeList(form('respondent', '本次随访对象'), [
  [1, 'PATIENT', '患者本人', 'The patient'],
  [2, 'FAMILY_OR_GUARDIAN', '患者家属、监护人', 'Family or guardian'],
  [3, 'OTHER_INFORMANT', '其他知情人', 'Another informant'],
])

export const HOSPITAL_STAYS = codeList(form('hospitalStay', '住院情况'), [
  [0, 'NEVER', '未住院', 'Not in hospital'],
  [1, 'NOW', '目前正在住院', 'In hospital now'],
  [2, 'BEFORE', '曾住院，现未住院', 'Was in hospital, not now'],
])

export const ADHERENCE = codeList(form('medicationAdherence', '用药依从性'), [
  [1, 'REGULAR', '按医嘱规律用药', 'Regular, as ordered'],
  [2, 'INTERMITTENT', '间断用药', 'Intermittent'],
  [3, 'NONE', '不用药', 'Prescribed but not used'],
  [4, 'NOT_NEEDED', '医嘱勿需用药', 'No drug ordered'],
])

export const CONFINEMENTS = codeList(form('homeConfinement', '关锁情况'), [
  [1, 'NONE', '无关锁', 'Not confined'],
  [2, 'CONFINED', '关锁', 'Confined'],
  [3, 'RELEASED', '关锁已解除', 'Confinement ended'],
])

export const SYMPTOMS = codeList(form('symptom', '目前症状'), [
  [1, 'HALLUCINATION', '幻觉', 'Hallucination'],
  [2, 'DIFFICULT_COMMUNICATION', '交流困难', 'Difficulty in communicating'],
  [3, 'SUSPICION', '猜疑', 'Suspicion'],
  [4, 'UNPREDICTABLE_MOOD', '喜怒无常', 'Unpredictable mood'],
  [5, 'ODD_BEHAVIOUR', '行为怪异', 'Odd behaviour'],
  [6, 'EXCITED_TALKATIVE', '兴奋话多', 'Excited and talkative'],
  [7, 'HARMS_OR_DESTROYS', '伤人毁物', 'Harms people or destroys things'],
  [8, 'PESSIMISTIC', '悲观厌世', 'Pessimistic, weary of life'],
  [9, 'WANDERS_OFF', '无故外走', 'Leaves without reason'],
  [10, 'TALKS_LAUGHS_ALONE', '自语自笑', 'Talks or laughs to themself'],
  [11, 'WITHDRAWN', '孤僻懒散', 'Withdrawn and idle'],
  [12, 'OTHER', '其他', 'Other'],
])
export const OTHER_SYMPTOM = 12

export const INSIGHT = codeList(form('insight', '自知力'), [
  [1, 'FULL', '完全', 'Full'],
  [2, 'PARTIAL', '不全', 'Partial'],
  [3, 'ABSENT', '缺失', 'Absent'],
])

export const FUNCTIONING = codeList(form('functioning', '睡眠、饮食、生活料理、家务、学习、交往'), [
  [1, 'GOOD', '良好', 'Good'],
  [2, 'FAIR', '一般', 'Fair'],
  [3, 'POOR', '较差', 'Poor'],
])

export const WORK = codeList(form('work', '生产劳动及工作'), [
  [1, 'GOOD', '良好', 'Good'],
  [2, 'FAIR', '一般', 'Fair'],
  [3, 'POOR', '较差', 'Poor'],
  [9, 'NOT_APPLICABLE', '此项不适用', 'Not applicable'],
])

export const LAB_TEST = codeList(form('labTest', '实验室检查'), [
  [1, 'NO', '无', 'No'],
  [2, 'YES', '有', 'Yes'],
])

export const ADVERSE_REACTION = codeList(form('adverseReaction', '药物不良反应'), [
  [1, 'NO', '无', 'No'],
  [2, 'YES', '有', 'Yes'],
  [9, 'NOT_APPLICABLE', '此项不适用', 'Not applicable'],
])

export const TREATMENT_EFFECT = codeList(form('treatmentEffect', '治疗效果'), [
  [1, 'RECOVERED', '痊愈', 'Recovered'],
  [2, 'IMPROVED', '好转', 'Improved'],
  [3, 'UNCHANGED', '无变化', 'Unchanged'],
  [4, 'WORSE', '加重', 'Worse'],
  [9, 'NOT_APPLICABLE', '此项不适用', 'Not applicable'],
])

export const REHABILITATION = codeList(form('rehabilitation', '康复措施'), [
  [1, 'DAILY_LIVING', '生活劳动能力', 'Daily living'],
  [2, 'VOCATIONAL', '职业训练', 'Vocational training'],
  [3, 'LEARNING', '学习能力', 'Learning'],
  [4, 'SOCIAL', '社会交往', 'Social contact'],
  [5, 'OTHER', '其他', 'Other'],
])

export const ATTEMPT_OUTCOMES = idList(
  { name: 'attemptOutcome', zh: '随访结果', source: 'policy §3.4', evidence: 'D' },
  [
    ['REACHED', '已访到', 'Reached'],
    ['NOT_REACHED', '未访到', 'Not reached'],
    ['REFUSED', '拒访', 'Refused'],
  ],
)
