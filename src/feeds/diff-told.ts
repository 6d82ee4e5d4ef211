/**
 * A comparison with numbers of people that say nothing about one: for readers who may not see exact ones, and for paper. Pure. That
 * there is nobody is said: it is what decides whether a version is wider.
 */
import { coarse } from '../policy/define-feed.js'
import type { DiffAgency, DiffCounts, DiffField, DiffPeople, DiffPeriod, FeedDiff } from './port.js'

/** `0`, `<5`, or the nearest multiple of 5. */
export type CoarseCount = number | '<5'

type Coarse<Counts> = {
  readonly [Member in keyof Counts]: Counts[Member] extends number ? CoarseCount : Counts[Member]
}

export type CoarseCounts = Coarse<DiffCounts>
export type CoarseField = Coarse<DiffField>

interface CoarseTotals {
  readonly rows: CoarseCounts
  readonly closings: CoarseCounts
  readonly fields: readonly CoarseField[]
}

export type CoarseAgency = Omit<DiffAgency, keyof CoarseTotals> & CoarseTotals
export type CoarsePeriod = Omit<DiffPeriod, keyof CoarseTotals | 'people' | 'agencies'> &
  CoarseTotals & { readonly people: Coarse<DiffPeople>; readonly agencies: readonly CoarseAgency[] }
export type CoarseDiff = Omit<FeedDiff, 'periods'> & { readonly periods: readonly CoarsePeriod[] }

export function coarseDiff(diff: FeedDiff): CoarseDiff {
  return { ...diff, periods: diff.periods.map(coarsePeriod) }
}

function coarsePeriod(period: DiffPeriod): CoarsePeriod {
  const { people, agencies } = period
  const { more, less, otherwise } = people
  return {
    ...period,
    ...coarseTotals(period),
    people: {
      ...coarseCounts(people),
      more: coarseCount(more),
      less: coarseCount(less),
      otherwise: coarseCount(otherwise),
    },
    agencies: agencies.map((agency) => ({ ...agency, ...coarseTotals(agency) })),
  }
}

function coarseTotals({ rows, closings, fields }: Pick<DiffAgency, keyof CoarseTotals>): CoarseTotals {
  return {
    rows: coarseCounts(rows),
    closings: coarseCounts(closings),
    fields: fields.map(({ gained, lost, changed, ...named }) => ({
      ...named,
      ...{ gained: coarseCount(gained), lost: coarseCount(lost), changed: coarseCount(changed) },
    })),
  }
}

function coarseCounts({ from, to, gained, lost }: DiffCounts): CoarseCounts {
  return { from: coarseCount(from), to: coarseCount(to), gained: coarseCount(gained), lost: coarseCount(lost) }
}

export function coarseCount(count: number): CoarseCount {
  return count === 0 ? 0 : coarse(count)
}
