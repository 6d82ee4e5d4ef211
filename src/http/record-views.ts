/**
 * Reading a record is a disclosure: `RecordViewed` is appended before the answer, and where it cannot be, there is no answer.
 * The same viewer, patient and purpose within ten minutes is one view.
 */
import { LRUCache } from 'lru-cache'
import { viewsStream } from '../domain/streams.js'
import type { Hub } from '../hub-port.js'
import { dayOf, epochMsOf, MINUTE } from '../kernel/dates.js'
import type { Principal } from '../recording/port.js'
import type { Purpose } from './record-access.js'

export const ONE_VIEW_MS = 10 * MINUTE
const REMEMBERED = 20_000

export interface View {
  readonly patientId: string
  readonly purpose: Purpose
  readonly kind: 'STATE' | 'HISTORY'
}

/** Resolves when the view is in the log. Rejects with what kept it out of there. */
export type RecordView = (principal: Principal, view: View) => Promise<void>

export function createRecordViews({
  log,
  hubRecorder,
  calendar,
}: Pick<Hub, 'log' | 'hubRecorder' | 'calendar'>): RecordView {
  /** Viewer, patient and purpose → when it was recorded last, and the append while it is under way. */
  const seen = new LRUCache<string, { readonly atMs: number; readonly written: Promise<unknown> }>({ max: REMEMBERED })
  const loaded = new Set<string>()

  /** What this process did not see itself: after a restart the views of the last minutes still count. */
  const load = async (stream: string, agency: string): Promise<void> => {
    if (loaded.has(stream)) return
    loaded.add(stream)
    for await (const { data, recordedAt } of log.readStream(stream)) {
      const key = keyOf(agency, String(data.viewer), String(data.patient), String(data.purpose))
      seen.set(key, { atMs: epochMsOf(recordedAt), written: Promise.resolve() })
    }
  }

  return async (principal, { patientId, purpose, kind }) => {
    const { agency } = principal
    const now = calendar.now()
    const stream = viewsStream(agency, dayOf(now))
    await load(stream, agency)
    const viewer = viewerOf(principal)
    const key = keyOf(agency, viewer, patientId, purpose)
    const last = seen.get(key)
    if (last && now - last.atMs < ONE_VIEW_MS) {
      await last.written
      return
    }
    const data = { viewer, patient: patientId, purpose, kind }
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

function keyOf(agency: string, viewer: string, patient: string, purpose: string): string {
  return `${agency} ${viewer} ${patient} ${purpose}`
}
