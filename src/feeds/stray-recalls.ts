/** What a disclosure that went astray asks back (PIPL 57, 47), and whether that was asked. Pure; a part of the recall rules. */
import { RECALL_TYPE } from '../domain/erasure-events.js'
import type { StoredEvent } from '../domain/event.js'
import { findText, readText } from '../domain/read-data.js'
import type { PlacedEvent } from '../log/port.js'
import type { DueRecall, HeldRow } from './recall-rules.js'

/**
 * A row that the agency got by then. What is past its day, or asked for already, is in nobody’s recall; who got it is asked all
 * the same.
 */
export function wentAstray({ event, leafIndex }: PlacedEvent, row: HeldRow): boolean {
  const fieldSet = findText(event.data, 'fieldSet')
  return (
    row.agency === event.data.agency &&
    row.standsThrough < leafIndex &&
    (fieldSet === undefined || row.fieldSet === fieldSet)
  )
}

export function strayRecall(cause: StoredEvent, own: readonly HeldRow[]): DueRecall {
  const fieldSet = findText(cause.data, 'fieldSet')
  return {
    ...{ cause, agency: readText(cause.data, 'agency'), reason: 'SENT_IN_ERROR' },
    ...(fieldSet === undefined ? {} : { fieldSets: [fieldSet] }),
    rows: own.map(({ document, row, commitment }) => ({ document, row, commitment })),
  }
}

/** True where a recall of the stream was caused by this record or by one of the same chain of corrections, and asks the same agency. */
export function isStrayAsked(life: readonly PlacedEvent[], cause: StoredEvent): boolean {
  const roots = new Map<string, string>()
  for (const { event } of life) {
    const { id, corrects } = event
    roots.set(id, corrects === undefined ? id : (roots.get(corrects) ?? corrects))
  }
  return life.some(
    ({ event: { type, causation, data } }) =>
      type === RECALL_TYPE &&
      causation !== undefined &&
      roots.get(causation.id) === roots.get(cause.id) &&
      data.agency === cause.data.agency &&
      // What was asked for in full needs no part of it.
      (data.fieldSets === undefined || sameSet(data.fieldSets, findText(cause.data, 'fieldSet'))),
  )
}

function sameSet(asked: unknown, fieldSet: string | undefined): boolean {
  return Array.isArray(asked) && fieldSet !== undefined && asked.includes(fieldSet)
}
