/** Rules of what comes back from agencies, and of what the health centre makes of it (W43). */
import { RETURN_RECORDED } from '../code-lists/returns.js'
import { findText, readText } from '../read-data.js'
import { RETURN_TYPE } from '../return-events.js'
import type { Rule } from './rule.js'

const SETTLED = ['ReturnSettled']

export const RETURN_RULES: readonly Rule[] = [
  {
    id: 'return.saysWhat',
    types: [RETURN_TYPE],
    severity: 'error',
    clause: 'W43',
    pointer: '/data/text',
    zh: '请填写地址或去向情况',
    en: 'an address and whereabouts are said in words',
    isBroken: ({ data }) => data.about !== 'INCIDENT' && data.text === undefined,
  },
  {
    id: 'return.isOpen',
    types: SETTLED,
    severity: 'error',
    clause: 'W43',
    pointer: '/data/targetEventId',
    zh: '没有该条未办结的反馈',
    en: 'no such return is open',
    isBroken: ({ data, state }) => !state.openReturns?.some(({ event }) => event === data.targetEventId),
  },
  {
    id: 'return.namesRecord',
    types: SETTLED,
    severity: 'error',
    clause: 'W45',
    pointer: '/data/recordedAs',
    zh: '“已核实并登记”须指明据此登记的记录，其他结果不填',
    en: 'expected the record that was made of it where the outcome is RECORDED, and nowhere else',
    isBroken: ({ data }) => (data.outcome === RETURN_RECORDED) !== (data.recordedAs !== undefined),
  },
  {
    id: 'return.recordOfThisPerson',
    types: SETTLED,
    severity: 'error',
    clause: 'W45',
    pointer: '/data/recordedAs',
    zh: '该患者没有此条记录',
    en: 'expected a record of this person, other than the return itself',
    isBroken: ({ data, context }) => {
      const recordedAs = findText(data, 'recordedAs')
      if (recordedAs === undefined) return false
      return recordedAs === readText(data, 'targetEventId') || context.isOfPerson?.(recordedAs) === false
    },
  },
]
