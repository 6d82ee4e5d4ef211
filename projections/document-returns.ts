/**
 * One row per released document, under the agency that received it: what it has sent back. `withPrefix(returnsOf(agency))` finds
 * an agency's documents. A row says how many items came back, never about whom.
 */
import { defineFlowProjection } from '../src/domain/define-projection.js'
import { readNumber, readText } from '../src/domain/read-data.js'
import { DOCUMENT_RETURNED } from '../src/domain/return-events.js'
import { streamKeyOf } from '../src/domain/streams.js'
import type { Moment, Period } from '../src/kernel/dates.js'

export interface DocumentReturn {
  readonly at: Moment
  /** Items that the agency recorded itself. */
  readonly recorded: number
  /** Items that wait, or waited, for the health centre; where both are 0 there was nothing to report. */
  readonly forCentre: number
}

export interface DocumentReturnsRow {
  /** The id in the log: `document-<document>`. */
  readonly document: string
  readonly agency: string
  readonly feed: string
  readonly period: Period
  readonly rows: number
  readonly releasedAt: Moment
  /** The event that released it. */
  readonly release: string
  readonly returns: readonly DocumentReturn[]
}

const NOTHING: DocumentReturnsRow = {
  ...{ document: '', agency: '', feed: '', period: '', rows: 0, releasedAt: '', release: '', returns: [] },
}

export const documentReturns = defineFlowProjection<DocumentReturnsRow>({
  name: 'document-returns',
  version: 1,
  handles: new Set(['FeedReleased', DOCUMENT_RETURNED]),
  initial: NOTHING,
  keys: ({ stream, data }) => [returnsOf(readText(data, 'agency')) + streamKeyOf(stream)],
  evolve(row, { id, type, stream, data, recordedAt }) {
    if (type === DOCUMENT_RETURNED) {
      const returned = {
        at: recordedAt,
        recorded: readNumber(data, 'recorded'),
        forCentre: readNumber(data, 'forCentre'),
      }
      return { ...row, returns: [...row.returns, returned] }
    }
    return {
      ...{ document: streamKeyOf(stream), agency: readText(data, 'agency'), feed: readText(data, 'feed') },
      ...{ period: readText(data, 'period'), rows: readNumber(data, 'rows'), releasedAt: recordedAt, release: id },
      returns: row.returns,
    }
  },
})

/** The prefix of the keys of what was released to one agency. */
export function returnsOf(agency: string): string {
  return `of/${agency}/`
}
