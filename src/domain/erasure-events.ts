/**
 * What the hub appends to a person's stream when others have to delete what they were given, and when the person's keys go
 * (policy §3.3, §6.3, §6.4; design §6). From there on what was sent before comes again as a tombstone only. Keys go when every hub's
 * dispatcher has passed the erasure: until then where somebody lives, and so who is told, is read with them. That copies are
 * deleted is said in a stream of the recall's own, which names nobody.
 */
import { z } from 'zod'
import { zCode } from './code-lists/code-list.js'
import { ERASURE_GROUNDS, RECALL_REASONS } from './code-lists/hub.js'
import { CLOSING_REASONS } from './code-lists/rights.js'
import { clear, defineEvent, moment, optional, zDay, zDigest, zText, zTime, zUuid } from './define-event.js'
import { zStaffRef } from './person-members.js'

/** A row that was released: the document as the log names it, the row as its recipient does, and what stays in its place. */
const zReleasedRow = z.strictObject({
  document: zUuid,
  row: zUuid,
  commitment: zDigest,
  /** Why, of a row that closes an earlier one. */
  closing: zCode(CLOSING_REASONS).optional(),
})
/** A person's rows in one event: a century of five agencies' quarters. */
export const MAX_ROWS = 2000

/** A document that counts somebody without a row; `row` is the id that a row of theirs would have. */
const zCountedIn = zReleasedRow.omit({ commitment: true, closing: true })

const rows = optional(clear(z.array(zReleasedRow).min(1).max(MAX_ROWS), '已发布的数据行', 'Rows that were released'))
const deleteBy = clear(zDay, '删除期限', 'Copies are deleted by')

export const RECALL_TYPE = 'RecallSent'
export const RECALL_ACKNOWLEDGED = 'RecallAcknowledged'
export const ERASURE_TYPE = 'IdentityErased'

export const ERASURE_EVENTS = [
  defineEvent({
    type: RECALL_TYPE,
    stream: 'patient',
    recorders: [],
    clauses: ['PIPL 47', 'policy §6.3'],
    label: { zh: '撤回已提供信息', en: 'Recall sent' },
    members: {
      agency: clear(zUuid, '被撤回单位', 'Agency that is asked to delete'),
      reason: clear(zCode(RECALL_REASONS), '撤回原因', 'Reason'),
      fieldSets: optional(clear(z.array(zText).min(1).max(50), '被撤回的字段集', 'Field sets; all where absent')),
      rows,
      deleteBy,
    },
  }),
  defineEvent({
    type: RECALL_ACKNOWLEDGED,
    stream: 'recall',
    recorders: [],
    clauses: ['PIPL 47', 'policy §3.3'],
    label: { zh: '撤回签收（副本已删除）', en: 'Recall acknowledged: the copies are deleted' },
    members: { by: clear(zStaffRef, '签收人', 'By'), at: moment(zTime, '时间', 'At') },
  }),
  defineEvent({
    type: ERASURE_TYPE,
    stream: 'patient',
    recorders: [],
    clauses: ['PIPL 47', 'design §6'],
    label: { zh: '身份信息销毁', en: 'Identity erased' },
    members: {
      keyId: clear(zUuid, '所销毁密钥', 'Key that is destroyed'),
      authority: clear(zCode(ERASURE_GROUNDS), '销毁依据', 'Ground'),
      rows,
      counted: optional(
        clear(
          z.array(zCountedIn).min(1).max(MAX_ROWS),
          '仅计数的报送文件',
          'Documents that count the person without a row, where only a sealed place told which',
        ),
      ),
      deleteBy,
    },
  }),
]
