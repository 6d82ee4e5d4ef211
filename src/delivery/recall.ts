/** What a recall or an erasure makes of the messages that were told before: never sent again but as tombstones. */
import { isCovered, RECALLED, type Recall, recallOf } from '../domain/recalls.js'
import type { LogReader } from '../log/port.js'
import type { EarlierMessage, PersonAtCause } from './port.js'

/** What later events of a person's stream take back of what was told of them as they stood at an event. */
export async function recallsSince(
  log: LogReader,
  { stream, revision }: PersonAtCause['asOf'],
): Promise<readonly Recall[]> {
  const recalls: Recall[] = []
  for await (const event of log.readStream(stream, revision + 1)) {
    const recall = recallOf(event)
    if (recall) recalls.push(recall)
  }
  return recalls
}

export type TakenBack = (
  person: PersonAtCause,
  told: { readonly kind: string; readonly agency: string; readonly fieldSet: string },
) => Promise<boolean>

/** What asks to delete is never taken back. All recipients of one cause are answered by one reading. */
export function createTakenBack(log: LogReader): TakenBack {
  const known = new WeakMap<PersonAtCause, Promise<readonly Recall[]>>()
  return async (person, told) => {
    if (told.kind === RECALLED) return false
    const recalls = known.get(person) ?? recallsSince(log, person.asOf)
    known.set(person, recalls)
    return (await recalls).some((recall) => isCovered(recall, told))
  }
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
