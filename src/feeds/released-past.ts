/**
 * What of the log never changes once it is in it, kept between questions about one person: closings, releases, and how agencies
 * stood. It reads; it appends nothing.
 */
import type { PatientFeed } from '../../projections/feeds.js'
import { documentStream, HUB_STREAM, periodStream } from '../domain/streams.js'
import { type CalendarDate, dayOfTime, nextPeriod } from '../kernel/dates.js'
import { createLru } from '../kernel/lru.js'
import { periodOf } from '../policy/calendars.js'
import { agencyHistories, type HistoryOf } from './agencies-by-leaf.js'
import { MAX_EARLIER } from './earlier-cuts.js'
import { type Closing, closingOf, feedAt } from './editions.js'
import type { FeedsDeps } from './feeds-deps.js'
import { type Released, releasedBy } from './release.js'

/** Some five megabytes: those of a county over five years. */
const KEPT_RELEASES = 5000

export interface PlacedClosing {
  readonly closing: Closing
  readonly leafIndex: number
  /** Of the cut. */
  readonly day: CalendarDate
  /** As it reads on that day. */
  readonly feed: PatientFeed
  /** The closings of the feed that its documents look back at, newest first. */
  readonly earlier: readonly PlacedClosing[]
}

/** The release of a document by its id in the log; undefined while there is none. */
export type ReleaseOf = (document: string) => Released | undefined

export interface ReleasedPast {
  /** Every closing of every feed in log order, those that came since the last question read on. */
  closings(): readonly PlacedClosing[]
  readonly releaseOf: ReleaseOf
  readonly historyOf: HistoryOf
}

export function releasedPast(deps: FeedsDeps): ReleasedPast {
  return {
    closings: closingsInLog(deps),
    releaseOf: releasesInLog(deps),
    historyOf: agencyHistories(deps.placed),
  }
}

function closingsInLog(deps: FeedsDeps): () => readonly PlacedClosing[] {
  const known = new Map<string, PlacedClosing[]>()
  let born: CalendarDate | undefined

  function readOn(feed: string): readonly PlacedClosing[] {
    const closings = known.get(feed) ?? []
    known.set(feed, closings)
    for (;;) {
      const last = closings.at(-1)
      // A feed closes its periods one after the other, from the first of the log on.
      const next = last ? nextPeriod(last.closing.period) : firstPeriod(feed)
      const placed = deps.placed.placedTail(periodStream(feed, next))
      if (!placed) return closings
      const closing = closingOf(deps, placed.event)
      const day = dayOfTime(closing.edition.cut.at)
      closings.push({
        ...{ closing, leafIndex: placed.leafIndex, day },
        feed: feedAt(closing.feed, day, closing.edition.versions),
        earlier: closing.feed.follows ? closings.slice(-MAX_EARLIER).reverse() : [],
      })
    }
  }
  function firstPeriod(feed: string): string {
    const { definitions, placed } = deps
    born ??= dayOfTime(placed.placedStream(HUB_STREAM)[0]?.event.recordedAt ?? '')
    return periodOf(definitions.find(({ name }) => name === feed)?.cadence ?? 'QUARTER', born)
  }

  return () =>
    [...new Set(deps.definitions.map(({ name }) => name))].flatMap(readOn).sort((a, b) => a.leafIndex - b.leafIndex)
}

function releasesInLog({ placed }: FeedsDeps): ReleaseOf {
  const known = createLru<string, Released>(KEPT_RELEASES)
  return (document) => {
    const kept = known.get(document)
    if (kept) return kept
    const found = placed.placedTail(documentStream(document))
    const released = found && releasedBy(found.event)
    if (released) known.set(document, released)
    return released
  }
}
