/**
 * What comes back (W43: the exchange is between the agencies, not to one of them). What a role may record itself comes back as that
 * very event. What only the health centre records waits with it as `ReturnReceived` until it says what became of it; a whole return
 * is one fact in a stream of its document, which names nobody.
 */
import { zCode } from './code-lists/code-list.js'
import { RETURN_OUTCOMES, RETURN_SUBJECTS } from './code-lists/returns.js'
import {
  clear,
  defineEvent,
  optional,
  personal,
  zCount,
  zKeyedDigest,
  zNarrative,
  zPeriod,
  zText,
  zUuid,
} from './define-event.js'

export const RETURN_TYPE = 'ReturnReceived'
export const DOCUMENT_RETURNED = 'DocumentReturned'

export const RETURN_EVENTS = [
  defineEvent({
    type: RETURN_TYPE,
    stream: 'patient',
    recorders: ['POLICE', 'PL', 'DPF'],
    clauses: ['W43'],
    label: { zh: '收到反馈', en: 'Return received' },
    members: {
      about: clear(zCode(RETURN_SUBJECTS), '反馈内容', 'About'),
      text: optional(personal('patient', zNarrative, '说明', 'In words')),
    },
  }),
  defineEvent({
    type: 'ReturnSettled',
    stream: 'patient',
    recorders: ['CHC'],
    clauses: ['W43', 'W45'],
    label: { zh: '反馈办结', en: 'Return settled' },
    members: {
      targetEventId: clear(zUuid, '所涉反馈', 'The return'),
      outcome: clear(zCode(RETURN_OUTCOMES), '处理结果', 'Outcome'),
      recordedAs: optional(clear(zUuid, '据此登记的记录', 'What was recorded because of it')),
    },
  }),
] as const

/** The hub's own: nobody sends it. */
export const RETURN_HUB_EVENTS = [
  defineEvent({
    type: DOCUMENT_RETURNED,
    stream: 'return',
    recorders: [],
    clauses: ['W43'],
    label: { zh: '文档反馈', en: 'Document returned' },
    members: {
      agency: clear(zUuid, '反馈单位', 'Agency'),
      feed: clear(zText, '数据', 'Feed'),
      period: clear(zPeriod, '周期', 'Period'),
      recorded: clear(zCount, '直接登记条数', 'Items recorded'),
      forCentre: clear(zCount, '交卫生机构核实条数', 'Items for the health centre'),
      digest: clear(zKeyedDigest, '内容摘要', 'Keyed digest of what was returned'),
    },
  }),
] as const
