/**
 * What a document owes to earlier ones of its feed (design §8): a closing row to whoever was given a row and has the person no
 * longer, and amendments of what was counted in older periods. It compares a person as they stood at earlier cuts with how they
 * stand at this one; it reads nothing by itself and opens nothing but areas.
 */
import type { AgencyRow } from '../../projections/agencies.js'
import type { PatientFeed } from '../../projections/feeds.js'
import type { PatientHead, PatientRecord } from '../../projections/patient-record.js'
import type { ClosingReason } from '../domain/code-lists/rights.js'
import type { SealedRef } from '../domain/patient-state.js'
import { type CalendarDate, dayOfTime, epochMsOf, HOUR, type Moment, momentOf, type Period } from '../kernel/dates.js'
import { canonicalJson } from '../kernel/jcs.js'
import type { Appearance, GlanceContext, Open } from '../policy/define-feed.js'
import { disclose, type Facts, type FieldSet } from '../policy/disclosure.js'
import { type Jurisdictions, jurisdictions, placeOf } from './areas.js'
import { internalDocumentId } from './recipient-ids.js'
import { type AccountRule, stoppedSince, unlessBaseless } from './suppressed.js'

/** An earlier cut of the same feed, as plain data. */
export interface EarlierCut {
  readonly period: Period
  readonly at: Moment
  readonly day: CalendarDate
  readonly leafIndex: number
  readonly feed: string
  /** As the closing froze them. */
  readonly versions: Readonly<Record<string, number>>
  /** Those of the audience as they stood then. */
  readonly agencies: readonly AgencyRow[]
}

/** Where the past is read. Both ways of a compile bring their own. */
export interface Past {
  recordAt(patientId: string, leafIndex: number): PatientRecord | undefined
  /** The leaf index through which suppressions counted in a released document; undefined where none was released. */
  releasedThrough(document: string): number | undefined
  /** True where it is told by the record when it was last touched; else everybody is looked at. */
  readonly trustsTouched: boolean
}

export interface LookBackSetup {
  readonly logId: string
  readonly feed: PatientFeed
  /** Newest first, at least one. */
  readonly earlier: readonly EarlierCut[]
  /** The definition of an earlier cut, as it reads on its day. */
  readonly feedOf: (cut: EarlierCut) => PatientFeed
  readonly past: Past
  /** Who answers now. */
  readonly audience: Jurisdictions
}

/** One thing that an older period said otherwise: `{"field":"policeRecorded.criminalHarm","now":1,"period":"2026Q1","was":0}`. */
export interface Amendment {
  readonly period: Period
  readonly field: string
  readonly was?: unknown
  readonly now?: unknown
}

/** A person with what may be owed of them; found before keys are fetched. */
export interface Looked {
  /** Sealed areas that tell who was in charge, with the record that holds their blobs. */
  readonly areas: readonly { readonly record: PatientRecord; readonly ref: SealedRef }[]
  readonly told: readonly ToldThen[]
  readonly before: PatientRecord
}

interface ToldThen {
  readonly cut: EarlierCut
  readonly record: PatientRecord
  /** What an older period said and says now; absent where only the closing is asked for. */
  readonly facts: { readonly was: Facts; readonly now: Facts } | undefined
}

export interface Owed {
  /** Agencies that were given a row in the last document. */
  readonly listedBefore: ReadonlySet<string>
  readonly amendments: ReadonlyMap<string, readonly Amendment[]>
}

export interface LookBack {
  /** True where the head alone tells that nothing is owed of the person. */
  owesNothing(head: PatientHead, context: GlanceContext): boolean
  look(patientId: string, record: PatientRecord): Looked | undefined
  owed(patientId: string, looked: Looked, openOf: (record: PatientRecord) => Open): Owed
}

/** Clocks of two nodes apart: whoever was touched so long before a cut is looked at too. */
const MARGIN = HOUR
const NOTHING: Owed = { listedBefore: new Set(), amendments: new Map() }

export function lookBack(setup: LookBackSetup): LookBack {
  const { feed, earlier, past, logId, feedOf } = setup
  const charges = new Map(earlier.map((cut) => [cut, jurisdictions(cut.agencies, feed.audience, cut.day)]))
  const feeds = new Map(earlier.map((cut) => [cut, feedOf(cut)]))
  const [last] = earlier
  const settledBefore = last ? momentOf(epochMsOf(last.at) - MARGIN) : ''
  const lastCharges = last && charges.get(last)
  const areSameAreas = lastCharges !== undefined && setup.audience.isEqualTo(lastCharges)
  const periodFacts = feed.follows?.periodFacts

  /** Who was given a row at a cut, by what set: scope, recipient and suppressions as that document had them. */
  function toldAt(
    cut: EarlierCut,
    patientId: string,
    record: PatientRecord,
    open: Open,
  ): ReadonlyMap<string, FieldSet> {
    const told = new Map<string, FieldSet>()
    const then = feeds.get(cut)
    if (!then?.concerns(record) || then.scope(record) !== undefined) return told
    const appearance = then.row(record, { period: cut.period, firstDay: cut.day, unit: nobody, community: nowhere })
    if (appearance.kind !== 'row') return told
    for (const { agency } of charges.get(cut)?.inCharge(placeOf(record, open(record.state.residence?.area))) ?? []) {
      const through = past.releasedThrough(internalDocumentId(logId, then.name, cut.period, agency))
      if (through === undefined) continue
      const live = past.recordAt(patientId, Math.max(cut.leafIndex, through))
      const isStopped = live !== record && stoppedSince(then, live) !== undefined
      if (isStopped || (live && unlessBaseless(then, appearance, live).kind !== 'row')) continue
      told.set(agency, appearance.fieldSet)
    }
    return told
  }

  return {
    owesNothing(head, context) {
      if (!past.trustsTouched || !areSameAreas) return false
      if ((head.touched ?? '') >= settledBefore) return false
      return hasStayed(feed, last && feeds.get(last), head, context)
    },
    look(patientId, record) {
      if (!last) return undefined
      const before = past.recordAt(patientId, last.leafIndex)
      if (!before) return undefined
      const told: ToldThen[] = []
      for (const cut of earlier) {
        const facts = periodFacts && {
          was: periodFacts(before, cut.period),
          now: periodFacts(record, cut.period),
        }
        const isAmended = facts !== undefined && canonicalJson(facts.was) !== canonicalJson(facts.now)
        if (cut !== last && !isAmended) continue
        const then = cut === last ? before : past.recordAt(patientId, cut.leafIndex)
        if (then) told.push({ cut, record: then, facts: isAmended ? facts : undefined })
      }
      const areas = told.flatMap(({ cut, record: then }) => {
        const { residence } = then.state
        const isAsked = residence?.area && charges.get(cut)?.dependsOnArea(residence.township)
        return isAsked && residence.area ? [{ record: then, ref: residence.area }] : []
      })
      return { areas, told, before }
    },
    owed(patientId, { told }, openOf) {
      let listedBefore = NOTHING.listedBefore
      const amendments = new Map<string, Amendment[]>()
      for (const { cut, record, facts } of told) {
        const agencies = toldAt(cut, patientId, record, openOf(record))
        if (cut === last) listedBefore = new Set(agencies.keys())
        if (!facts) continue
        for (const [agency, fieldSet] of agencies) {
          const changes = changed(cut.period, disclose(fieldSet, facts.was), disclose(fieldSet, facts.now))
          if (changes.length > 0) amendments.set(agency, [...(amendments.get(agency) ?? []), ...changes])
        }
      }
      for (const changes of amendments.values()) changes.sort(byPeriodAndField)
      return { listedBefore, amendments }
    },
  }
}

/**
 * Why an agency that listed the person does so no longer. Undefined where it is told another way: a restriction, an exclusion and an
 * erasure ask for the copy back and say nothing here.
 */
export function closingReason(
  rule: AccountRule | undefined,
  isInCharge: boolean,
  reasons: readonly ClosingReason[],
): ClosingReason | undefined {
  // Whom the person had left before is told that, and nothing of what came after.
  if (rule === 'DIED' && !isInCharge && reasons.includes('LEFT_AREA')) return 'LEFT_AREA'
  if (rule === 'DIED') return reasons.includes('DIED') ? 'DIED' : 'NOT_LISTED'
  if (rule === 'PROGRAMME_NOT_OPEN' || rule === 'NOT_REGISTERED') return 'NOT_LISTED'
  if (rule !== undefined) return undefined
  return !isInCharge && reasons.includes('LEFT_AREA') ? 'LEFT_AREA' : 'NOT_LISTED'
}

/** False where no closing row is ever due, whoever listed the person before. */
export function mayClose(rule: AccountRule | undefined): boolean {
  return closingReason(rule, false, []) !== undefined
}

/** Since when, where a day of the person's own says so: an area that changed hands has none. */
export function closedOn(reason: ClosingReason, record: PatientRecord, before: PatientRecord): Facts {
  const { died, residence } = record.state
  if (reason === 'DIED' && died) return { on: died.on }
  // A move that was taken back, or an area that changed hands, leaves the person where they lived all along.
  const hasMoved = residence !== undefined && residence.since > (before.state.residence?.since ?? '')
  return reason === 'LEFT_AREA' && hasMoved ? { on: dayOfTime(residence.since) } : {}
}

const nobody = (): undefined => undefined
const nowhere = (): Readonly<Record<string, never>> => ({})

/** Without an event a level goes stale: who was listed for it is so no longer. */
function hasStayed(
  feed: PatientFeed,
  then: PatientFeed | undefined,
  head: PatientHead,
  context: GlanceContext,
): boolean {
  if (!then || feed.scope(head) !== undefined) return true
  const kindOf = (appearance: Appearance | undefined): string => appearance?.kind ?? 'row'
  return kindOf(feed.glance(head, context)) === kindOf(then.glance(head, context))
}

function changed(period: Period, was: Facts, now: Facts): readonly Amendment[] {
  const [before, after] = [flat(was), flat(now)]
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((field) => canonicalJson([before.get(field) ?? '']) !== canonicalJson([after.get(field) ?? '']))
    .map((field) => ({
      period,
      field,
      ...(before.has(field) ? { was: before.get(field) } : {}),
      ...(after.has(field) ? { now: after.get(field) } : {}),
    }))
}

function flat(facts: Facts): ReadonlyMap<string, unknown> {
  return new Map(
    Object.entries(facts).flatMap(([head, value]): readonly (readonly [string, unknown])[] =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.entries(value).map(([tail, inner]) => [`${head}.${tail}`, inner] as const)
        : [[head, value] as const],
    ),
  )
}

function byPeriodAndField(a: Amendment, b: Amendment): number {
  if (a.period !== b.period) return a.period < b.period ? -1 : 1
  return a.field < b.field ? -1 : 1
}
