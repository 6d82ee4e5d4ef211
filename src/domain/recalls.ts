/**
 * What was taken back, as the log says it. A recall covers what one agency was told of a person before it, by some field sets or
 * all of them; an erasure covers all that anybody was told. Pure.
 */
import { ERASURE_TYPE, RECALL_TYPE } from './erasure-events.js'
import type { StoredEvent } from './event.js'
import { readText, readTexts } from './read-data.js'

/** The kind of the message that asks to delete. */
export const RECALLED = 'recalled'

export interface Recall {
  /** Absent where everybody is asked. */
  readonly agency?: string
  /** Absent where all that was told is taken back. */
  readonly fieldSets?: ReadonlySet<string>
}

/** What an event of a patient stream takes back; undefined where it takes back nothing. */
export function recallOf({ type, data }: Pick<StoredEvent, 'type' | 'data'>): Recall | undefined {
  if (type === ERASURE_TYPE) return {}
  if (type !== RECALL_TYPE) return undefined
  const fieldSets = data.fieldSets === undefined ? {} : { fieldSets: new Set(readTexts(data, 'fieldSets')) }
  return { agency: readText(data, 'agency'), ...fieldSets }
}

export function isCovered(recall: Recall, told: { readonly agency?: string; readonly fieldSet: string }): boolean {
  if (recall.agency !== undefined && told.agency !== undefined && recall.agency !== told.agency) return false
  return recall.fieldSets?.has(told.fieldSet) ?? true
}
