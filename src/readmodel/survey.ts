/**
 * Surveys a log once before files are built from nothing: where it ends, and which cuts must be open then. It folds nothing.
 */
import type { StoredEvent } from '../domain/event.js'
import { START } from '../log/port.js'
import { cutAt, type IsKnown, PERIOD_CLOSED } from './batches.js'
import { type FollowedLog, pagesAfter, yieldToLoop } from './log-reads.js'
import type { OpenCut } from './port.js'
import type { FileCheckpoint } from './projection-file.js'

/** Up to where a file is built, and the cuts on the way that it keeps open, oldest first. */
export interface BuildEnd extends FileCheckpoint {
  readonly cuts: readonly OpenCut[]
}

const PAGE = 1000

export interface Survey {
  readonly end: BuildEnd
  /** Closings whose cuts nobody needs any more. */
  readonly over: ReadonlySet<string>
}

export async function surveyLog(log: FollowedLog, isKnown: IsKnown, signal: AbortSignal): Promise<Survey> {
  let end: FileCheckpoint = { position: START, leafIndex: -1, eventId: '', before: START }
  const closings: OpenCut[] = []
  const released = new Set<string>()
  surveying: for await (const page of pagesAfter(log, START, PAGE)) {
    signal.throwIfAborted()
    for (const record of page) {
      const { event, position } = record
      // What follows is nobody's to fold: building ends here, and following says why.
      if (!isKnown(event.type, event.version)) break surveying
      end = { position, leafIndex: end.leafIndex + 1, eventId: event.id, before: end.position }
      if (event.type === PERIOD_CLOSED) closings.push(cutAt(record, end.leafIndex))
      if (event.type === 'FeedReleased') released.add(cutIdOf(event))
    }
    await yieldToLoop()
  }
  const cuts = unreleased(closings, released)
  const kept = new Set(cuts.map(({ id }) => id))
  const over = new Set(closings.map(({ id }) => id).filter((id) => !kept.has(id)))
  return { end: { ...end, cuts }, over }
}

/**
 * The closings whose documents may still have to be compiled: a feed's last one, and any of which no document was released.
 * A feed closes a period only after the one before it is released whole; what is released whole, feeds drop again.
 */
export function unreleased(closings: readonly OpenCut[], released: ReadonlySet<string>): readonly OpenCut[] {
  const last = new Map(closings.map((cut) => [cut.feed, cut.id]))
  return closings.filter((cut) => !released.has(cut.id) || last.get(cut.feed) === cut.id)
}

function cutIdOf(event: StoredEvent): string {
  const { cut } = event.data
  return typeof cut === 'object' && cut !== null && 'id' in cut && typeof cut.id === 'string' ? cut.id : ''
}
