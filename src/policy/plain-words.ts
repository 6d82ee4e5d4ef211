/**
 * What a person who is no official is told instead of our names: purposes, kinds of agencies and of messages, and clauses, in plain
 * Chinese. Pure. No diagnosis is in any of it, no level, and no word on who reported something.
 */
import type { Role } from '../domain/event.js'
import type { Purpose } from './disclosure.js'

export const PURPOSE_WORDS: Readonly<Record<Purpose, string>> = {
  STOP_AND_ESCORT: '依法防止危险、协助就医',
  COORDINATION: '协调落实各单位的服务与帮助',
  FIND_AND_HELP: '失去联系时帮助寻找',
  TREATMENT: '诊疗和随访',
  WELFARE: '关怀和帮助',
  CORRECTION: '更正或终止此前提供的信息',
  SOCIAL_ASSISTANCE: '办理社会救助',
  REHABILITATION: '办理残疾人证、提供康复服务',
  EMPLOYMENT: '提供就业和社会保险服务',
  JUDICIAL: '司法机关依法办案',
  INVESTIGATION: '有关机关依法调查',
  INSPECTION: '有关机关依法检查服务情况',
}

export const ROLE_WORDS: Readonly<Record<Role, string>> = {
  CHC: '社区卫生服务中心、乡镇卫生院',
  VILLAGE: '村卫生室',
  HOSPITAL: '医院',
  MHPC: '卫生防治技术机构',
  POLICE: '公安派出所',
  PL: '综治、政法部门',
  CA: '民政部门',
  RELIEF: '救助管理机构',
  DPF: '残疾人联合会',
  LABOUR: '人力资源社会保障部门',
  FIN: '财政部门',
  HIB: '医疗保障部门',
  HEALTH_COMMISSION: '卫生健康部门',
  LEADING_OFFICE: '领导小组办公室',
  SUBDISTRICT: '街道办事处、乡镇政府',
  COMMUNITY: '社区、村',
  PHARMACY: '药房',
  HOSP_INSURANCE: '医院医保办公室',
  COURT_RELAY: '法院文书转录单位',
  HUB: '信息平台',
  AUDITOR: '审计监督单位',
}

/** Of a reading of the record. */
export const VIEW_PURPOSE_WORDS: Readonly<Record<string, string>> = {
  CARE: '诊疗和随访',
  DUTY: '值班处置',
  AUDIT: '依法审计监督',
  LETTER: '依法办理来函',
}

/** Of a message. What is not listed is a notice. */
export const MESSAGE_WORDS: Readonly<Record<string, string>> = {
  'risk-assessed': '评估情况通知',
  'loss-of-contact': '失去联系通知',
  'contact-regained': '恢复联系通知',
  danger: '紧急情况通知',
  'discharge-ready': '出院安排通知',
  moved: '居住变动通知',
  returned: '退回处理通知',
  reinstated: '恢复服务通知',
}
export const NOTICE = '情况变动通知'

/** Of people who were told by somebody of the agency. */
export const RELAY_WORDS: Readonly<Record<string, string>> = {
  DUTY_OFFICER: '值班人员',
  GUARDIAN: '监护人',
  CARE_GROUP: '关爱帮扶小组',
  GRID_WORKER: '网格员',
  COMMUNITY: '社区（村）工作人员',
  OTHER: '其他有关人员',
}

/** Sources whose clauses are articles: `MHL 30(2)(ii)`. */
const LAWS: readonly (readonly [source: string, law: string])[] = [
  ['MHL', '《精神卫生法》'],
  ['PIPL', '《个人信息保护法》'],
  ['Civil Code', '《民法典》'],
  ['Shandong', '《山东省精神卫生条例》'],
  ['Criminal Procedure Law', '《刑事诉讼法》'],
  ['Civil Procedure Law', '《民事诉讼法》'],
  ['Supervision Law', '《监察法》'],
  ['Social Assistance Measures', '《社会救助暂行办法》'],
]
const RULES: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/^W\d+$/, '当地部门间信息交换规定'],
  [/^H\d+$/, '当地医疗救助方案'],
  [/^(policy|design) §/, '只提供必要信息的要求'],
]
const OTHER_RULES = '其他有关规定'

/** `['MHL 28', 'MHL 35', 'W43']` → `《精神卫生法》第二十八条、第三十五条；当地部门间信息交换规定` */
export function clausesInWords(clauses: Iterable<string>): string {
  const articles = new Map<string, Set<string>>()
  const rules = new Set<string>()
  for (const clause of clauses) {
    const law = LAWS.find(([source]) => clause.startsWith(`${source} `))
    const number = law && /^\d{1,3}/.exec(clause.slice(law[0].length + 1))?.[0]
    if (law && number !== undefined) {
      const [, name] = law
      articles.set(name, (articles.get(name) ?? new Set()).add(`第${inChinese(Number(number))}条`))
    } else rules.add(RULES.find(([pattern]) => pattern.test(clause))?.[1] ?? OTHER_RULES)
  }
  return [...[...articles].map(([name, numbers]) => name + [...numbers].join('、')), ...rules].join('；')
}

/** 2026-04-08 → 2026年4月8日; what is no day stays as it is. */
export function dayInWords(day: string): string {
  return day.replace(/^(\d{4})-0?(\d{1,2})-0?(\d{1,2})$/, '$1年$2月$3日')
}

/** 2026Q1 → 2026年第1季度, 2026H2 → 2026年下半年 */
export function periodInWords(period: string): string {
  const year = `${period.slice(0, 4)}年`
  const part = period.slice(5)
  return period.charAt(4) === 'Q' ? `${year}第${part}季度` : `${year}${part === '1' ? '上' : '下'}半年`
}

const DIGITS = '零一二三四五六七八九'

/** 1 to 999: 28 → 二十八, 105 → 一百零五, 110 → 一百一十. */
function inChinese(number: number): string {
  const [hundreds, tens, ones] = [Math.floor(number / 100), Math.floor(number / 10) % 10, number % 10]
  const digit = (n: number): string => DIGITS.charAt(n)
  const head = hundreds === 0 ? '' : `${digit(hundreds)}百`
  const middle =
    tens === 0 ? (hundreds > 0 && ones > 0 ? '零' : '') : `${tens === 1 && hundreds === 0 ? '' : digit(tens)}十`
  return head + middle + (ones === 0 ? '' : digit(ones))
}

/** How much of a value leaves, before a change or after it. What is not listed is said as it is. */
export const OPENNESS_WORDS: Readonly<Record<string, string>> = {
  withhold: '不提供',
  pseudonymise: '只给代号',
  'generalise:DAY': '只到日期',
  'generalise:TOWNSHIP': '只到乡镇街道',
  allow: '照实提供',
  coarse: '概数',
  exact: '准确数',
  QUARTER: '每季度',
  HALF_YEAR: '每半年',
  LITERAL_W46: '每次评估都通知',
  LEVEL_3_PLUS: '三级及以上才通知',
}
