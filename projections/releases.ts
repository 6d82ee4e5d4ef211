/**
 * What was closed and released: one row per feed and period, one per document. A period's documents lie under its own key
 * as prefix, so that a row stays small however many agencies there are.
 */
import { defineFlowProjection } from '../src/domain/define-projection.js'
import type { Causation, StoredEvent } from '../src/domain/event.js'
import { readNumber, readNumbers, readObject, readText } from '../src/domain/read-data.js'
import { streamKeyOf } from '../src/domain/streams.js'
import type { Moment, Period } from '../src/kernel/dates.js'

type Versions = Readonly<Record<string, number>>

export interface PeriodRow {
  readonly kind: 'period'
  readonly feed: string
  readonly period: Period
  /** Absent where a document was released of a period that the log never closed. */
  readonly closed?: {
    readonly cut: Causation
    readonly at: Moment
    readonly by: 'CALENDAR' | 'HAND'
    readonly versions: Versions
  }
  readonly documents: number
  readonly rows: number
  readonly lastReleasedAt?: Moment
}

export interface DocumentRow {
  readonly kind: 'document'
  readonly feed: string
  readonly period: Period
  readonly agency: string
  readonly document: string
  readonly eventId: string
  readonly cut: Causation
  readonly rows: number
  readonly counts: Readonly<Record<string, number>>
  readonly root: string
  readonly accountingDigest: string
  readonly documentDigest: string
  readonly fieldSet: string
  readonly versions: Versions
  readonly suppressionsThrough: number
  readonly releasedAt: Moment
}

export type ReleaseRow = PeriodRow | DocumentRow

export const releases = defineFlowProjection<ReleaseRow>({
  name: 'releases',
  version: 1,
  handles: new Set(['FeedPeriodClosed', 'FeedReleased']),
  initial: { kind: 'period', feed: '', period: '', documents: 0, rows: 0 },
  keys({ type, data }) {
    const feed = readText(data, 'feed')
    const period = readText(data, 'period')
    const key = periodKey(feed, period)
    return type === 'FeedReleased' ? [key, documentKey(feed, period, readText(data, 'agency'))] : [key]
  },
  evolve(row, event, key) {
    const named = { feed: readText(event.data, 'feed'), period: readText(event.data, 'period') }
    if (key !== periodKey(named.feed, named.period)) return documentRow(event)
    const before: PeriodRow =
      row.kind === 'period' ? { ...row, ...named } : { kind: 'period', ...named, documents: 0, rows: 0 }
    if (event.type === 'FeedPeriodClosed') return before.closed ? before : { ...before, closed: closing(event) }
    return {
      ...before,
      documents: before.documents + 1,
      rows: before.rows + readNumber(event.data, 'rows'),
      lastReleasedAt: event.recordedAt,
    }
  },
})

export function periodKey(feed: string, period: Period): string {
  return `${feed}/${period}`
}

export function documentKey(feed: string, period: Period, agency: string): string {
  return `${feed}/${period}/${agency}`
}

/** The prefix of the keys of a period's documents. */
export function documentsOf(feed: string, period: Period): string {
  return `${feed}/${period}/`
}

function closing(event: StoredEvent): PeriodRow['closed'] & object {
  return {
    cut: { stream: event.stream, id: event.id },
    at: event.recordedAt,
    by: event.data.by === 'HAND' ? 'HAND' : 'CALENDAR',
    versions: readNumbers(event.data, 'versions'),
  }
}

function documentRow(event: StoredEvent): DocumentRow {
  const { data } = event
  const cut = readObject(data, 'cut')
  return {
    kind: 'document',
    feed: readText(data, 'feed'),
    period: readText(data, 'period'),
    agency: readText(data, 'agency'),
    document: streamKeyOf(event.stream),
    eventId: event.id,
    cut: { stream: readText(cut, 'stream'), id: readText(cut, 'id') },
    rows: readNumber(data, 'rows'),
    counts: readNumbers(event.data, 'counts'),
    root: readText(data, 'root'),
    accountingDigest: readText(data, 'accountingDigest'),
    documentDigest: readText(data, 'documentDigest'),
    fieldSet: readText(data, 'fieldSet'),
    versions: readNumbers(event.data, 'versions'),
    suppressionsThrough: readNumber(data, 'suppressionsThrough'),
    releasedAt: event.recordedAt,
  }
}
