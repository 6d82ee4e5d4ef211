/** Risk level, its evidence, and condition class: what a clinician states, in the official wording (policy §4.1, §4.3, §4.14). */
import { codeList, idList } from './code-list.js'

export const RISK_LEVELS = codeList(
  { name: 'riskLevel', zh: '危险性评估等级', source: 'policy §4.1', evidence: 'V2' },
  [
    [0, 'LEVEL_0', '无符合以下1～5级中的任何行为。', 'None of the behaviours of levels 1 to 5.'],
    [1, 'LEVEL_1', '口头威胁，喊叫，但没有打砸行为。', 'Verbal threats or shouting, but no smashing.'],
    [
      2,
      'LEVEL_2',
      '打砸行为，局限在家里，针对财物，能被劝说制止。',
      'Smashing, only at home, against property, can be stopped by persuasion.',
    ],
    [
      3,
      'LEVEL_3',
      '明显打砸行为，不分场合，针对财物，不能接受劝说而停止。',
      'Marked smashing, anywhere, against property, not stopped by persuasion.',
    ],
    [
      4,
      'LEVEL_4',
      '持续的打砸行为，不分场合，针对财物或人，不能接受劝说而停止（包括自伤、自杀）。',
      'Continued smashing, anywhere, against property or persons, not stopped by persuasion (self-harm and suicide included).',
    ],
    [
      5,
      'LEVEL_5',
      '持管制性危险武器的针对人的任何暴力行为，或者纵火、爆炸等行为，无论在家里还是公共场合。',
      'Any violence against persons with a controlled dangerous weapon, or arson, explosion and the like, at home or in public.',
    ],
  ],
)

export const RISK_EVIDENCE = idList({ name: 'riskEvidence', zh: '评估依据', source: 'policy §4.14', evidence: 'D' }, [
  ['NONE', '无上述行为', 'None of these'],
  ['VERBAL_THREAT', '口头威胁、喊叫', 'Verbal threat or shouting'],
  ['SMASHING_AT_HOME', '在家打砸', 'Smashing at home'],
  ['SMASHING_ANYWHERE', '不分场合打砸', 'Smashing anywhere'],
  ['NOT_STOPPABLE', '不能被劝止', 'Not stopped by persuasion'],
  ['AGAINST_PERSON', '针对他人', 'Against another person'],
  ['SELF_HARM', '自伤、自杀', 'Self-harm or suicide'],
  ['WEAPON', '持管制性危险武器', 'Controlled dangerous weapon'],
  ['ARSON_OR_EXPLOSION', '纵火、爆炸等', 'Arson, explosion or the like'],
])

export const RISK_TARGETS = idList({ name: 'riskTargets', zh: '行为对象', source: 'policy §3.4', evidence: 'D' }, [
  ['NONE', '无', 'None'],
  ['PROPERTY', '财物', 'Property'],
  ['PERSON', '他人', 'Another person'],
  ['SELF', '本人', 'The person themself'],
])

export const RISK_PLACES = idList({ name: 'riskPlace', zh: '发生场合', source: 'policy §3.4', evidence: 'D' }, [
  ['HOME', '家中', 'At home'],
  ['ANY', '不分场合', 'Anywhere'],
])

export const ASSESSOR_QUALIFICATIONS = idList(
  { name: 'assessorQualification', zh: '评估人资质', source: 'policy §3.4', evidence: 'D' },
  [
    ['PSYCHIATRIST', '精神科执业医师', 'Psychiatrist'],
    ['TRAINED_PHYSICIAN', '经培训的基层医师', 'Trained primary-care physician'],
    ['MENTAL_HEALTH_WORKER', '精防人员', 'Mental-health worker'],
    ['OTHER', '其他', 'Other'],
  ],
)

export const CONDITION_CLASSES = codeList(
  { name: 'conditionClass', zh: '病情分类', source: 'policy §4.3', evidence: 'V2' },
  [
    [1, 'UNSTABLE', '不稳定', 'Unstable'],
    [2, 'BASICALLY_STABLE', '基本稳定', 'Basically stable'],
    [3, 'STABLE', '稳定', 'Stable'],
  ],
)

/** What the class rests on, after the wording of policy §4.3. */
export const CLASS_BASES = idList({ name: 'classBasis', zh: '分类依据', source: 'policy §4.3', evidence: 'D' }, [
  ['RISK_LEVEL', '危险性评估', 'Risk assessment'],
  ['SYMPTOMS', '精神症状', 'Symptoms'],
  ['INSIGHT', '自知力', 'Insight'],
  ['SOCIAL_FUNCTION', '社会功能', 'Social function'],
  ['ADVERSE_REACTION', '药物不良反应', 'Adverse drug reaction'],
  ['SOMATIC_DISEASE', '躯体疾病', 'Somatic disease'],
])
