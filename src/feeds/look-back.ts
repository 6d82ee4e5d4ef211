/**
 * What a document owes to earlier ones of its feed (design §8): a closing row to whoever was given a row and has the person no
 * longer, and amendments of what was counted in older periods. It compares a person as they stood at earlier cuts with how they
 * stand at this one; it reads nothing by itself and opens nothing but areas.
 */
import type { AgencyRow } from '../../projections/agencies.js'
import type { PatientFeed } from '../../projections/feeds.js'
import type { PatientHead } from '../../projections/patient-head.js'
import { CLOCKS_APART_MS, type PatientRecord } from '../../projections/patient-record.js'
import type { Place } from '../domain/area-index.js'
import type { ClosingReason } from '../domain/code-lists/rights.js'
import type { SealedRef } from '../domain/patient-state.js'
import { type CalendarDate, dayOfTime, epochMsOf, type Moment, momentOf, type Period } from '../kernel/dates.js'
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

interface AtCut {
  readonly cut: EarlierCut
  readonly record: PatientRecord
}

interface LastSeen extends AtCut {
  /** Why no document of the cut could speak of the person. */
  readonly rule: AccountRule | undefined
}

interface ToldThen extends AtCut {
  /** What an older period said and says now; absent where only the closing is asked for. */
  readonly facts: { readonly was: Facts; readonly now: Facts } | undefined
  /** True of the last cut, and of those before it as long as nothing was said of the person in between. */
  readonly isLast: boolean
}

export interface Owed {
  /** Agencies that were given a row, and told of no closing since: with the person as they stood then. */
  readonly listedBefore: ReadonlyMap<string, PatientRecord>
  readonly amendments: ReadonlyMap<string, readonly Amendment[]>
}

/** What whoever asks of many people has found out already. */
export interface KnownOf {
  /** As `standingAs` tells it of the feed that is compiled. */
  readonly standing: string
  /** That `isUnchangedAt` holds of the place. */
  readonly isUnchanged: boolean
}

export interface LookBack {
  /** Whoever was touched since may be owed anything; empty where that is everybody. */
  readonly touchedSince: Moment | ''
  /** True where the head alone tells that nothing is owed of the person. */
  owesNothing(head: PatientHead, context: GlanceContext, known?: KnownOf): boolean
  /** True where the same agencies answer for everybody of a place as did at the last cut, and whoever did before was told. */
  isUnchangedAt(place: Place, hasArea: boolean): boolean
  look(patientId: string, record: PatientRecord): Looked | undefined
  owed(patientId: string, looked: Looked, openOf: (record: PatientRecord) => Open): Owed
}

export function lookBack(setup: LookBackSetup): LookBack {
  const { feed, earlier, past, logId, feedOf } = setup
  // Laid out when they are asked for: of one person most cuts never are.
  const chargesAt = remembered((cut: EarlierCut) => jurisdictions(cut.agencies, feed.audience, cut.day))
  const feedAt = remembered(feedOf)
  const [last] = earlier
  // Who was touched so shortly before a cut may have been so after it, by another clock.
  const settledBefore = last ? momentOf(epochMsOf(last.at) - CLOCKS_APART_MS) : ''
  const areSameAreas = remembered((cut: EarlierCut) => setup.audience.isEqualTo(chargesAt(cut)))
  const periodFacts = feed.follows?.periodFacts

  function isUnchangedAt(place: Place, hasArea: boolean): boolean {
    if (!last || areSameAreas(last)) return true
    const [then, now] = [chargesAt(last), setup.audience]
    if (hasArea && (then.dependsOnArea(place.township) || now.dependsOnArea(place.township))) return false
    const named = (charges: Jurisdictions): string => String(charges.inCharge(place).map(({ agency }) => agency))
    // Where nobody answered, nobody was told: whoever was before, and held no area meanwhile, may be owed a document again.
    return named(then) !== '' && named(then) === named(now)
  }

  /** True where the document that an agency was given at a cut, if any, neither spoke of the person nor asked for anything back. */
  function wasSilentTo(agency: string, { cut, record }: AtCut, patientId: string): boolean {
    const through = past.releasedThrough(internalDocumentId(logId, feed.name, cut.period, agency))
    if (through === undefined) return true
    const then = feedAt(cut)
    const rule = then.scope(record)
    if (rule !== undefined) return isSilent(rule)
    const live = past.recordAt(patientId, Math.max(cut.leafIndex, through))
    return live !== record && isSilent(stoppedSince(then, live))
  }

  /** The person at the last cut, and at those before it as long as documents may have been silent in between; newest first. */
  function lastsOf(patientId: string): readonly LastSeen[] {
    const lasts: LastSeen[] = []
    for (const cut of earlier) {
      const record = past.recordAt(patientId, cut.leafIndex)
      if (!record) break
      const rule = feedAt(cut).scope(record)
      lasts.push({ cut, record, rule })
      if (!(rule === undefined ? mayBeSilentSince({ cut, record }, patientId) : isSilent(rule))) break
    }
    return lasts
  }

  /** No area is opened yet: true as well where it alone tells who was in charge. */
  function mayBeSilentSince(at: AtCut, patientId: string): boolean {
    const inCharge = chargesAt(at.cut).inCharge(placeOf(at.record, undefined))
    return inCharge.length === 0 || inCharge.some(({ agency }) => wasSilentTo(agency, at, patientId))
  }

  /** Who was given a row at a cut, by what set: scope, recipient and suppressions as that document had them. */
  function toldAt(
    cut: EarlierCut,
    patientId: string,
    record: PatientRecord,
    open: Open,
  ): ReadonlyMap<string, FieldSet> {
    const told = new Map<string, FieldSet>()
    const then = feedAt(cut)
    if (!then.concerns(record) || then.scope(record) !== undefined) return told
    const appearance = then.row(record, { period: cut.period, firstDay: cut.day, unit: nobody, community: nowhere })
    if (appearance.kind !== 'row') return told
    for (const { agency } of chargesAt(cut).inCharge(placeOf(record, open(record.state.residence?.area)))) {
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
    touchedSince: past.trustsTouched ? settledBefore : '',
    isUnchangedAt,
    owesNothing(head, context, known) {
      if (!past.trustsTouched || !last || (head.touched ?? '') >= settledBefore) return false
      const hasArea = head.state.residence?.area !== undefined
      if (!known?.isUnchanged && !isUnchangedAt(placeOf(head, undefined), hasArea)) return false
      // Without an event a level goes stale, and another version speaks of others: who was listed may be so no longer.
      return (known?.standing ?? standingOf(feed, head, context)) === standingOf(feedAt(last), head, context)
    },
    look(patientId, record) {
      const lasts = lastsOf(patientId)
      const before = (lasts.find(({ rule }) => !isSilent(rule)) ?? lasts[0])?.record
      if (!before) return undefined
      const told: ToldThen[] = []
      for (const [at, cut] of earlier.entries()) {
        const facts = periodFacts && {
          was: periodFacts(before, cut.period),
          now: periodFacts(record, cut.period),
        }
        const isAmended = facts !== undefined && canonicalJson(facts.was) !== canonicalJson(facts.now)
        const isLast = at < lasts.length
        if (!isLast && !isAmended) continue
        const then = lasts[at]?.record ?? past.recordAt(patientId, cut.leafIndex)
        if (then) told.push({ cut, record: then, facts: isAmended ? facts : undefined, isLast })
      }
      const areas = told.flatMap(({ cut, record: then }) => {
        const { residence } = then.state
        const isAsked = residence?.area && chargesAt(cut).dependsOnArea(residence.township)
        return isAsked && residence.area ? [{ record: then, ref: residence.area }] : []
      })
      return { areas, told, before }
    },
    owed(patientId, { told }, openOf) {
      const listedBefore = new Map<string, PatientRecord>()
      const amendments = new Map<string, Amendment[]>()
      const since: ToldThen[] = []
      for (const one of told) {
        const { cut, record, facts } = one
        const agencies = toldAt(cut, patientId, record, openOf(record))
        for (const agency of one.isLast ? agencies.keys() : []) {
          const isHeld = !listedBefore.has(agency) && since.every((later) => wasSilentTo(agency, later, patientId))
          if (isHeld) listedBefore.set(agency, record)
        }
        since.push(one)
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
 * Why an agency that listed the person does so no longer. Undefined where it is told another way, or not yet: an exclusion, an erasure
 * and a registration that was retracted ask for the copy back; a restriction asks for nothing, and who left meanwhile is closed once it
 * is lifted.
 */
export function closingReason(
  rule: AccountRule | undefined,
  isInCharge: boolean,
  reasons: readonly ClosingReason[],
): ClosingReason | undefined {
  // Whom the person had left before is told that, and nothing of what came after.
  if (rule === 'DIED' && !isInCharge && reasons.includes('LEFT_AREA')) return 'LEFT_AREA'
  if (rule === 'DIED') return reasons.includes('DIED') ? 'DIED' : 'NOT_LISTED'
  if (rule === 'PROGRAMME_NOT_OPEN') return 'NOT_LISTED'
  if (rule !== undefined) return undefined
  return !isInCharge && reasons.includes('LEFT_AREA') ? 'LEFT_AREA' : 'NOT_LISTED'
}

/** False where no closing row is ever due, whoever listed the person before. */
export function mayClose(rule: AccountRule | undefined): boolean {
  return closingReason(rule, false, []) !== undefined
}

/**
 * True of a rule by which a document left somebody out and nobody was told or asked anything: who had a row has it still. Copies past
 * their day are gone, and yet their holder is told that they answer for the person no longer.
 */
function isSilent(rule: AccountRule | undefined): boolean {
  return rule === 'RESTRICTED' || rule === 'STOPPED_RESTRICTED' || rule === 'STOPPED_PROGRAMME_NOT_OPEN'
}

/**
 * Since when, where a day of the person's own says so. An area that changed hands has none; and of whom moved more than once since
 * nothing is said either: the last move was from another place, which is none of the old agency's business.
 */
export function closedOn(reason: ClosingReason, record: PatientRecord, before: PatientRecord): Facts {
  const { died, residence } = record.state
  if (reason === 'DIED' && died) return { on: died.on }
  // A move that was taken back leaves the person where they lived all along.
  const hasLeft = residence !== undefined && residence.since > (before.state.residence?.since ?? '')
  const isOneMove = record.moves === before.moves + 1
  return reason === 'LEFT_AREA' && hasLeft && isOneMove ? { on: dayOfTime(residence.since) } : {}
}

const nobody = (): undefined => undefined
const nowhere = (): Readonly<Record<string, never>> => ({})

/** Asks once for each key. */
function remembered<K, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>()
  return (key) => {
    const known = made.get(key)
    if (known !== undefined) return known
    const value = make(key)
    made.set(key, value)
    return value
  }
}

/** How a document speaks of somebody, as far as the head tells: not at all, by no row and why, by a row or by a number. */
function standingOf(feed: PatientFeed, head: PatientHead, context: GlanceContext): string {
  if (!feed.concerns(head)) return standingAs(false, undefined, undefined)
  const rule = feed.scope(head)
  return standingAs(true, rule, rule === undefined ? feed.glance(head, context) : undefined)
}

/** @param glance undefined where the whole record decides: a row */
export function standingAs(isConcern: boolean, rule: string | undefined, glance: Appearance | undefined): string {
  return isConcern ? (rule ?? glance?.kind ?? 'row') : 'NONE'
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
