/**
 * What takes a row away between cut and release: a suppression counts at once, death and moves wait for the next cut. Pure.
 */
import type { PatientFeed } from '../../projections/feeds.js'
import type { PatientHead } from '../../projections/patient-head.js'
import type { PatientRecord } from '../../projections/patient-record.js'
import type { Appearance, ScopeRule } from '../policy/define-feed.js'

/** Why someone has no row: out of scope at the cut, in the counts only, or stopped between cut and release. */
export type AccountRule = ScopeRule | `STOPPED_${ScopeRule}` | string

/** A suppression between cut and release: it counts at once, and takes the row away. Death and moves wait for the next cut. */
export function stoppedSince(feed: PatientFeed, live: PatientRecord | undefined): AccountRule | undefined {
  if (!live) return 'ERASED'
  const rule = feed.scope(live)
  if (rule === 'ERASED') return rule
  return rule === undefined || rule === 'DIED' ? undefined : `STOPPED_${rule}`
}

/** A basis that went between cut and release takes the row away at once; the person is a number again. */
export function unlessBaseless(feed: PatientFeed, appearance: Appearance, live: PatientHead): Appearance {
  if (appearance.kind !== 'row' || feed.isRowStillBased?.(live) !== false) return appearance
  return { kind: 'counted', group: appearance.group, rule: 'STOPPED_NO_BASIS' }
}
