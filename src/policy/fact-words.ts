/** Values of facts in the words that people read: every rendering for people takes them from here. Pure. */
import { z } from 'zod'
import { codeListOf, labelOf } from '../domain/code-lists/code-list.js'
import { RISK_LEVELS } from '../domain/code-lists/risk.js'
import { FACT_FIELDS, type FactPath, labelOfFact } from './facts.js'

const ASSESSMENTS: Readonly<Record<string, string>> = { ASSESSED: '已评估', NOT_CURRENTLY_ASSESSED: '目前无有效评估' }
/** Facts that can be disputed and have no label of their own, by the head of their path: those of several members, and who it is. */
const DISPUTED: Readonly<Record<string, string>> = {
  name: '身份信息',
  guardian: '监护人',
  policeRecorded: '公安记录情况',
  lossOfContact: '失访情况',
  stay: '住院情况',
  compulsoryStay: '住院情况',
  communityCode: '现住社区',
  aid: '救助和服务情况',
  homeless: '流浪乞讨救治情况',
  certificate: '残疾人证',
  rehabilitation: '康复情况',
  function: '功能评估',
}

/** A code in the words of its list; what is none, or not in the list, as it is. Of a list of values it takes each by itself. */
export function wordsOf(path: FactPath): (value: unknown) => string {
  if (path === 'assessment') return (value) => ASSESSMENTS[String(value)] ?? String(value)
  if (path === 'disputed') return (value) => DISPUTED[String(value)] ?? labelOfFact(String(value)).zh
  if (FACT_FIELDS[path].schema instanceof z.ZodBoolean) return (value) => (value === true ? '是' : '否')
  const list = codeListOf(FACT_FIELDS[path].schema)
  if (!list) return String
  // The list words a level as the behaviour that makes it: the level is what was stated, the behaviour nobody told here.
  if (list === RISK_LEVELS) return (value) => `${value}级`
  return (value) => labelOf(list, value)?.zh ?? String(value)
}
