/**
 * Who is asked to delete: of a recall the agency that it names, of an erasure everyone who was ever told of the person, by
 * message or in a document, whether or not they still believe it. Those who were told nothing learn nothing.
 */
import type { PersonAtCause } from '../delivery/port.js'
import type { StoredEvent } from '../domain/event.js'
import { findText, readObjects, readText } from '../domain/read-data.js'
import { isCovered, RECALLED, recallOf } from '../domain/recalls.js'
import { documentStream, streamKeyOf } from '../domain/streams.js'
import type { LogReader } from '../log/port.js'
import type { Match } from './match.js'
import type { Memory } from './matching.js'

const ALL = 'alert.recalled@1'
const PART = 'alert.recalled-part@1'

/** Undefined where the event takes nothing back. */
export async function recalledFrom(
  event: StoredEvent,
  log: Pick<LogReader, 'readTail'>,
  memory: Pick<Memory, 'toldOf'>,
): Promise<readonly Match[] | undefined> {
  const recall = recallOf(event)
  if (!recall) return undefined
  const agencies = recall.agency === undefined ? await everyoneTold(event, log, memory) : [recall.agency]
  const fieldSet = recall.fieldSets === undefined ? ALL : PART
  return agencies.map((agency) => ({ agency, kind: RECALLED, class: 'RETRACTION', fieldSet }))
}

/**
 * True where what an agency was told of a person, as they stood at an event, was taken back since. It looks as far as the cursor
 * and no further, so that every node finds the same.
 */
export async function isRecalled(
  { stream, revision }: PersonAtCause['asOf'],
  told: { readonly agency: string; readonly fieldSet: string },
  { log, memory }: { readonly log: Pick<LogReader, 'readStream'>; readonly memory: Pick<Memory, 'toldOf'> },
): Promise<boolean> {
  const later = new Set(
    memory
      .toldOf(streamKeyOf(stream))
      .filter((one) => one.kind === RECALLED && one.revision > revision)
      .map((one) => one.revision),
  )
  for (const at of later) {
    for await (const event of log.readStream(stream, at)) {
      const recall = recallOf(event)
      if (recall && isCovered(recall, told)) return true
      break
    }
  }
  return false
}

async function everyoneTold(
  event: StoredEvent,
  log: Pick<LogReader, 'readTail'>,
  memory: Pick<Memory, 'toldOf'>,
): Promise<readonly string[]> {
  const agencies = new Set(memory.toldOf(streamKeyOf(event.stream)).map(({ agency }) => agency))
  for (const row of readObjects(event.data, 'rows')) {
    const released = await log.readTail(documentStream(readText(row, 'document')))
    const agency = released && findText(released.data, 'agency')
    if (agency !== undefined) agencies.add(agency)
  }
  return [...agencies].sort()
}
