/** The periods of a feed and what became of them, from the releases' read model. Reads only. */
import type { PatientFeed } from '../../projections/feeds.js'
import { documentsOf, periodKey, type ReleaseRow, releases } from '../../projections/releases.js'
import { nextPeriod, type Period } from '../kernel/dates.js'
import { calendarOf, closesOn } from '../policy/calendars.js'
import type { ReadModel } from '../readmodel/port.js'
import type { Closer } from './close.js'
import type { FeedsDeps } from './feeds-deps.js'
import type { DocumentInfo, PeriodInfo } from './port.js'

export async function periodsOf(deps: FeedsDeps, closer: Closer, feed: PatientFeed): Promise<readonly PeriodInfo[]> {
  const reader = deps.readModels.reader(releases)
  const calendar = calendarOf(deps.pack.calendars, feed.cadence)
  const open = await closer.openPeriod(feed.name)
  const periods: PeriodInfo[] = []
  for (let period = await closer.firstPeriod(feed.name); period <= open; period = nextPeriod(period)) {
    periods.unshift(periodInfo(reader, feed.name, period, closesOn(calendar, period)))
  }
  return periods
}

function periodInfo(reader: ReadModel<ReleaseRow>, feed: string, period: Period, on: string): PeriodInfo {
  const about = { feed, period, closesOn: on }
  const row = reader.get(periodKey(feed, period))
  if (row?.kind !== 'period' || !row.closed) return { ...about, state: 'OPEN', documents: [] }
  const { cut, at, by } = row.closed
  const released = Array.from(reader.withPrefix(documentsOf(feed, period)), ({ row: document }) => document).filter(
    (document) => document.kind === 'document',
  )
  const unmapped = released[0]?.counts.unmapped
  const documents = released.map(
    ({ agency, document, rows, counts, root, documentDigest, accountingDigest, releasedAt }): DocumentInfo => ({
      ...{ agency, document, rows, counts, root, documentDigest, accountingDigest, releasedAt },
    }),
  )
  return {
    ...about,
    // The cut is dropped when the last document is out, and not before.
    state: reader.openCuts().includes(cut.id) ? 'CLOSED' : 'RELEASED',
    cut: { id: cut.id, at, by },
    documents,
    ...(unmapped === undefined ? {} : { unmapped }),
  }
}
