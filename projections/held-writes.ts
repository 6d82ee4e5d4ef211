/**
 * The writes that named a person and wait for a health centre: a row stands while the write is open and is gone once it is
 * matched or rejected. Whom it names stays sealed in its stream.
 */
import { defineFlowProjection } from '../src/domain/define-projection.js'
import type { RecordedBy } from '../src/domain/event.js'
import { findText, readText } from '../src/domain/read-data.js'
import { streamKeyOf } from '../src/domain/streams.js'
import type { Moment } from '../src/kernel/dates.js'

export interface HeldWriteRow {
  readonly held: string
  readonly eventId: string
  /** The type of the event that waits. */
  readonly type: string
  /** The health centre that it is listed to, where the write could be placed. */
  readonly unit?: string
  readonly township?: string
  readonly recordedBy: RecordedBy
  readonly heldAt: Moment
}

export const heldWrites = defineFlowProjection<HeldWriteRow>({
  name: 'held-writes',
  version: 1,
  handles: new Set(['WriteHeld', 'HeldMatched', 'HeldRejected']),
  initial: { held: '', eventId: '', type: '', recordedBy: { agency: '', role: 'HUB' }, heldAt: '' },
  keys: (event) => [streamKeyOf(event.stream)],
  evolve(_row, event, key) {
    if (event.type !== 'WriteHeld') return undefined
    const unit = findText(event.data, 'unit')
    const township = findText(event.data, 'township')
    return {
      held: key,
      eventId: event.id,
      type: readText(event.data, 'heldType'),
      ...(unit === undefined ? {} : { unit }),
      ...(township === undefined ? {} : { township }),
      recordedBy: event.recordedBy,
      heldAt: event.recordedAt,
    }
  },
})
