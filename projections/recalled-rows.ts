/**
 * Rows of released documents that were taken back, by recall or erasure: one row each, under its document, so that
 * `withPrefix(recalledOf(document))` is what a document goes out without. It names no person.
 */
import { defineFlowProjection } from '../src/domain/define-projection.js'
import { ERASURE_TYPE, RECALL_TYPE } from '../src/domain/erasure-events.js'
import type { EventData } from '../src/domain/event.js'
import { readObjects, readText } from '../src/domain/read-data.js'

export interface RecalledRow {
  /** The id in the log. */
  readonly document: string
  /** The recipient's id of the row. */
  readonly row: string
  /** What stays in its place: `sha256:…`. */
  readonly commitment: string
}

export const recalledRows = defineFlowProjection<RecalledRow>({
  name: 'recalled-rows',
  version: 1,
  handles: new Set([RECALL_TYPE, ERASURE_TYPE]),
  initial: { document: '', row: '', commitment: '' },
  keys: ({ data }) => rowsIn(data).map(keyOf),
  evolve: (before, { data }, key) => rowsIn(data).find((row) => keyOf(row) === key) ?? before,
})

/** The prefix of the keys of a document's rows. */
export function recalledOf(document: string): string {
  return `${document}/`
}

function keyOf({ document, row }: RecalledRow): string {
  return recalledOf(document) + row
}

function rowsIn(data: EventData): readonly RecalledRow[] {
  return readObjects(data, 'rows').map((row) => ({
    document: readText(row, 'document'),
    row: readText(row, 'row'),
    commitment: readText(row, 'commitment'),
  }))
}
