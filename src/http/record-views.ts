/**
 * Reading a record is a disclosure: `RecordViewed` is appended before the answer, and where it cannot be, there is no answer.
 * The same viewer, subject and purpose within ten minutes is one view.
 */
import { viewsStream } from '../domain/streams.js'
import type { Hub } from '../hub-port.js'
import { dayOf, epochMsOf, MINUTE } from '../kernel/dates.js'
import { createLru } from '../kernel/lru.js'
import type { Principal } from '../recording/port.js'
import type { Purpose } from './record-access.js'

export const ONE_VIEW_MS = 10 * MINUTE
const REMEMBERED = 20_000

/** What is read: a person's record, or a held write that names somebody whom nobody has matched yet. */
export type View = { readonly purpose: Purpose } & (
  | { readonly patientId: string; readonly kind: 'STATE' | 'HISTORY' | 'ERASURE' }
  | { readonly heldId: string; readonly kind: 'HELD' }
)

/** Resolves when the view is in the log. Rejects with what kept it out of there. */
export type RecordView = (principal: Principal, view: View) => Promise<void>

export function createRecordViews({
  log,
  hubRecorder,
  calendar,
}: Pick<Hub, 'log' | 'hubRecorder' | 'calendar'>): RecordView {
  /** Viewer, subject and purpose → when it was recorded last, and the append while it is under way. */
  const seen = createLru<string, { readonly atMs: number; readonly written: Promise<unknown> }>(REMEMBERED)
  const loaded = new Set<string>()

  /** What this process did not see itself: after a restart the views of the last minutes still count. */
  const load = async (stream: string, agency: string): Promise<void> => {
    if (loaded.has(stream)) return
    loaded.add(stream)
    for await (const { data, recordedAt } of log.readStream(stream)) {
      const key = keyOf(agency, String(data.viewer), String(data.patient ?? data.held), String(data.purpose))
      seen.set(key, { atMs: epochMsOf(recordedAt), written: Promise.resolve() })
    }
  }

  return async (principal, view) => {
    const { purpose, kind } = view
    const subject = view.kind === 'HELD' ? { held: view.heldId } : { patient: view.patientId }
    const { agency } = principal
    const now = calendar.now()
    const stream = viewsStream(agency, dayOf(now))
    await load(stream, agency)
    const viewer = viewerOf(principal)
    const key = keyOf(agency, viewer, subject.held ?? subject.patient, purpose)
    const last = seen.get(key)
    if (last && now - last.atMs < ONE_VIEW_MS) {
      await last.written
      return
    }
    const data = { viewer, ...subject, purpose, kind }
    const written = hubRecorder.appendNext({ stream, type: 'RecordViewed', data, by: principal })
    seen.set(key, { atMs: now, written })
    try {
      await written
    } catch (error) {
      seen.delete(key)
      throw error
    }
  }
}

/** The named person or, where a system reads for an agency, its key. */
export function viewerOf({ person, client }: Principal): string {
  return person ?? `key:${client}`
}

function keyOf(agency: string, viewer: string, subject: string, purpose: string): string {
  return `${agency} ${viewer} ${subject} ${purpose}`
}
