/**
 * One row per recall: what was asked of whom, and whether the copies are gone. A second lies under the agency that is asked, so that
 * `withPrefix(recallsOf(agency))` finds its own; a third stands while nobody has answered. These two name the recall and nothing else.
 */
import { defineFlowProjection } from '../src/domain/define-projection.js'
import { RECALL_ACKNOWLEDGED, RECALL_TYPE } from '../src/domain/erasure-events.js'
import type { StoredEvent } from '../src/domain/event.js'
import type { Time } from '../src/domain/patient-state.js'
import { readObjects, readText } from '../src/domain/read-data.js'
import { streamKeyOf } from '../src/domain/streams.js'
import type { CalendarDate, Moment } from '../src/kernel/dates.js'

export interface RecallRow {
  /** The id of `RecallSent`: the acknowledgement lies in `recall-<id>`. */
  readonly recall: string
  readonly patientId: string
  readonly agency: string
  readonly reason: string
  /** Documents by their ids in the log, rows by their recipient's. */
  readonly rows: readonly { readonly document: string; readonly row: string }[]
  /** True where only what was told by some field sets is asked for. */
  readonly isPart: boolean
  readonly sentAt: Moment
  readonly deleteBy: CalendarDate
  readonly acknowledged?: { readonly by: string; readonly at: Time }
}

const NOTHING: RecallRow = {
  ...{ recall: '', patientId: '', agency: '', reason: '', rows: [], isPart: false },
  ...{ sentAt: '', deleteBy: '' },
}
const OPEN = 'open/'
const SENT = 'sent/'

export const recalls = defineFlowProjection<RecallRow>({
  name: 'recalls',
  version: 1,
  handles: new Set([RECALL_TYPE, RECALL_ACKNOWLEDGED]),
  initial: NOTHING,
  keys(event) {
    if (event.type === RECALL_ACKNOWLEDGED) {
      const recall = streamKeyOf(event.stream)
      return [recallKey(recall), OPEN + recall]
    }
    return [recallKey(event.id), OPEN + event.id, recallsOf(readText(event.data, 'agency')) + event.id]
  },
  evolve(row, event, key) {
    if (event.type !== RECALL_ACKNOWLEDGED) {
      return key.startsWith(SENT) ? sent(event) : { ...NOTHING, recall: event.id }
    }
    if (key.startsWith(OPEN)) return undefined
    return { ...row, acknowledged: { by: readText(event.data, 'by'), at: event.occurredAt ?? event.recordedAt } }
  },
})

/** The row key of a recall. */
export function recallKey(recall: string): string {
  return SENT + recall
}

/** The prefix of the keys of all recalls themselves. */
export const ALL_RECALLS = SENT
/** The prefix of the keys of those that nobody has answered. */
export const OPEN_RECALLS = OPEN

/** The prefix of the keys of what one agency is asked to delete. */
export function recallsOf(agency: string): string {
  return `of/${agency}/`
}

function sent({ id, stream, data, recordedAt }: StoredEvent): RecallRow {
  return {
    recall: id,
    patientId: streamKeyOf(stream),
    agency: readText(data, 'agency'),
    reason: readText(data, 'reason'),
    rows: readObjects(data, 'rows').map((row) => ({ document: readText(row, 'document'), row: readText(row, 'row') })),
    isPart: data.fieldSets !== undefined,
    sentAt: recordedAt,
    deleteBy: readText(data, 'deleteBy'),
  }
}
