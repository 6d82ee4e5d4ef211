/**
 * What was taken back. A recall covers what one agency was told of a person before it, by some field sets or all of them; an
 * erasure covers all that anybody was told. What is covered is never sent again but as a tombstone.
 */

import { ERASURE_TYPE, RECALL_TYPE } from '../domain/erasure-events.js'
import type { StoredEvent } from '../domain/event.js'
import { findText, readText, readTexts } from '../domain/read-data.js'
import type { LogReader } from '../log/port.js'
import type { EarlierMessage, PersonAtCause } from './port.js'

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

/** True where what was told of a person, as they stood at an event, was taken back by a later event of their stream. */
export async function isTakenBack(
  log: LogReader,
  { stream, revision }: PersonAtCause['asOf'],
  told: { readonly agency: string; readonly fieldSet: string },
): Promise<boolean> {
  for await (const event of log.readStream(stream, revision + 1)) {
    const recall = recallOf(event)
    if (recall && isCovered(recall, told)) return true
  }
  return false
}

/** The messages to one subscription that a recall takes back, by sequence. What asks to delete is never taken back. */
export function recalledMessages(
  recall: Recall,
  earlier: readonly EarlierMessage[],
  before: number,
): readonly number[] {
  return earlier
    .filter(({ sequence, kind, fieldSet }) => sequence < before && kind !== RECALLED && isCovered(recall, { fieldSet }))
    .map(({ sequence }) => sequence)
    .sort((a, b) => a - b)
}

/** The day by which copies are deleted. */
export function deleteByOf(cause: StoredEvent): string | undefined {
  return findText(cause.data, 'deleteBy')
}
