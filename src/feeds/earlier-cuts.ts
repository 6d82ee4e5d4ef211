/**
 * The cuts of a feed before one, with the agencies of its audience as they stood at each: what a document has to look back at. All
 * by leaf indexes, so that every node finds the same. It reads; it appends nothing.
 */
import { isDeepStrictEqual } from 'node:util'
import { type AgencyRow, agencies as agenciesProjection } from '../../projections/agencies.js'
import type { PatientFeed } from '../../projections/feeds.js'
import { readNumbers } from '../domain/read-data.js'
import { agencyStream, periodStream } from '../domain/streams.js'
import { dayOfTime, type Period, previousPeriod } from '../kernel/dates.js'
import type { PlacedReads } from '../log/port.js'
import type { EarlierCut } from './look-back.js'

/** What was recorded later than that is in no amendment: two years of quarters, four of half-years. */
export const MAX_EARLIER = 8
/** Agencies between two turns of the loop. */
const BATCH = 64

interface Deps {
  readonly placed: PlacedReads
}

/** Newest first; empty for a feed that looks back at nothing. @param agencies as they stand at the cut itself */
export async function earlierCuts(
  deps: Deps,
  feed: PatientFeed,
  before: Period,
  agencies: readonly AgencyRow[],
): Promise<readonly EarlierCut[]> {
  if (!feed.follows) return []
  const cuts = closingsBefore(deps, feed.name, before)
  if (cuts.length === 0) return []
  const rows = cuts.map((): AgencyRow[] => [])
  const leaves = cuts.map(({ leafIndex }) => leafIndex)
  const audience = agencies.filter(({ role }) => role === feed.audience)
  for (const [position, now] of audience.entries()) {
    if (position % BATCH === BATCH - 1) await new Promise((resolve) => setImmediate(resolve))
    for (const [at, row] of rowsAt(deps.placed, now.id, leaves).entries()) {
      // The same object where nothing has changed: to a thread it is sent once.
      if (row) rows[at]?.push(isDeepStrictEqual(row, now) ? now : row)
    }
  }
  return cuts.map((cut, at) => ({ ...cut, agencies: rows[at] ?? [] }))
}

/** A feed closes its periods one after the other: the first that is not closed ends the search. */
export function closingsBefore(deps: Deps, feed: string, before: Period): readonly Omit<EarlierCut, 'agencies'>[] {
  const cuts: Omit<EarlierCut, 'agencies'>[] = []
  for (let period = previousPeriod(before); cuts.length < MAX_EARLIER; period = previousPeriod(period)) {
    const placed = deps.placed.placedTail(periodStream(feed, period))
    if (!placed) break
    const { event, leafIndex } = placed
    const at = event.recordedAt
    cuts.push({ period, at, day: dayOfTime(at), leafIndex, feed, versions: readNumbers(event.data, 'versions') })
  }
  return cuts
}

/** One agency as it stood after each of these leaves. @param leaves descending */
function rowsAt(placed: PlacedReads, id: string, leaves: readonly number[]): readonly (AgencyRow | undefined)[] {
  const events = placed
    .placedStream(agencyStream(id))
    .filter(({ event }) => agenciesProjection.handles.has(event.type) && agenciesProjection.keys(event).includes(id))
  let row: AgencyRow | undefined
  let read = 0
  const ascending = [...leaves].reverse().map((leaf) => {
    for (let next = events[read]; next && next.leafIndex <= leaf; next = events[++read]) {
      row = agenciesProjection.evolve(row ?? agenciesProjection.initial, next.event, id)
    }
    return row
  })
  return ascending.reverse()
}
