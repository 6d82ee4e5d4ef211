/** What agencies send back about the people of a document, and what became of it (policy W43). */
import { idList } from './code-list.js'

/** What an agency that may not record it itself tells the health centre. */
export const RETURN_SUBJECTS = idList({ name: 'returnSubject', zh: '反馈内容', source: 'W43', evidence: 'D' }, [
  ['ADDRESS', '现住址更正', 'Another address'],
  ['WHEREABOUTS', '去向情况', 'Whereabouts'],
  ['INCIDENT', '有肇事肇祸情况', 'That there was an incident'],
])

/** What the health centre made of it. */
export const RETURN_OUTCOMES = idList({ name: 'returnOutcome', zh: '反馈处理结果', source: 'W43', evidence: 'D' }, [
  ['RECORDED', '已核实并登记', 'Confirmed, and recorded'],
  ['KNOWN_ALREADY', '档案中已有', 'On record already'],
  ['NOT_CONFIRMED', '经核实不属实', 'Looked into, and not so'],
  ['NOT_VERIFIABLE', '无法核实', 'Nobody can tell'],
])
export const RETURN_RECORDED = 'RECORDED'
