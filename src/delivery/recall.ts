/** What a recall or an erasure makes of the messages that were told before: never sent again but as tombstones. */
import type { StoredEvent } from '../domain/event.js'
import { findText } from '../domain/read-data.js'
import { isCovered, RECALLED, type Recall, recallOf } from '../domain/recalls.js'
import type { LogReader } from '../log/port.js'
import type { EarlierMessage, PersonAtCause } from './port.js'

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
