/**
 * `defineFeed`: a feed as pure functions over the record of one person at the cut. It says who is in scope, how a person
 * appears, and which facts a row may draw on; what of them leaves is the field set's to say, never the feed's.
 */
import type { ClosingReason } from '../domain/code-lists/rights.js'
import type { Label } from '../domain/define-event.js'
import type { Role } from '../domain/event.js'
import type { SealedRef } from '../domain/patient-state.js'
import type { CalendarDate, Period } from '../kernel/dates.js'
import type { Cadence } from './calendars.js'
import type { Facts, FieldSet } from './disclosure.js'

/** Why a person whom the feed concerns has no row. The first that holds is named. */
export const SCOPE_RULES = [
  'NOT_REGISTERED',
  'ERASED',
  'RESTRICTED',
  'PROGRAMME_NOT_OPEN',
  'DIED',
  'DIAGNOSIS_EXCLUDED',
] as const
export type ScopeRule = (typeof SCOPE_RULES)[number]

/** By what a feed counts people, e.g. `high`; which there are is the feed's `groups`. */
export type Group = string

/** Opens a sealed member; undefined where there is none or its key was destroyed. */
export type Open = (ref: SealedRef | undefined) => unknown

export type Appearance =
  | {
      readonly kind: 'row'
      readonly group: Group
      readonly fieldSet: FieldSet
      /** The sealed members that `facts` opens; empty where none is needed. */
      readonly refs: readonly SealedRef[]
      /** All facts that the row may draw on; `patientId` is added by the compiler. */
      readonly facts: (open: Open) => Facts
    }
  /** In the counts only; `rule` says why there is no row. */
  | { readonly kind: 'counted'; readonly group: Group; readonly rule: string }

/** What a row may ask about the world around the person, all as at the cut. */
export interface RowContext {
  readonly period: Period
  readonly firstDay: CalendarDate
  readonly unit: (id: string | undefined) => { readonly name: string; readonly phone: string } | undefined
  /** The first day whose assessments are current at the cut (policy §5.4); without it none is. */
  readonly currentSince?: CalendarDate
  /** The community committees in whose area the person lives, by name. */
  readonly community: (open: Open) => { readonly code?: string; readonly name?: string }
}

/** What can be asked where only the head of a record is read. */
export type GlanceContext = Omit<RowContext, 'community'>

export type GroupCounts = Readonly<Record<Group, number>>

/** Everyone in scope of one document, by group, and by the unit that answers for them. */
export interface Tally {
  readonly rows: number
  /** Rows that close: of whom the recipient is in charge no longer. Not among `rows`. */
  readonly closings: number
  readonly groups: GroupCounts
  readonly units: readonly { readonly name: string; readonly groups: GroupCounts }[]
}

/** What a feed says of what earlier documents said (design §8). */
export interface Follows<Record_> {
  /** How it is said that a person is not listed any more. */
  readonly closing: FieldSet
  /** The reasons that this audience is given; every other is `NOT_LISTED`. */
  readonly reasons: readonly ClosingReason[]
  /** The facts that are counted by the period in which they happened: what is recorded late changes what was said of an older one. */
  readonly periodFacts?: (record: Record_, period: Period) => Facts
}

/** `Head`: what of a record is read first, of everybody; a record is a head too. */
export interface FeedDefinition<Record_, Head = Record_> {
  /** Part of stream names and ids: lower case and dashes, and no diagnosis in it. */
  readonly name: string
  readonly version: number
  readonly label: Label
  readonly audience: Role
  readonly cadence: Cadence
  readonly clauses: readonly string[]
  /** Every field set that a row of this feed may be disclosed by. */
  readonly fields: readonly FieldSet[]
  /** Everyone is counted in one of these; at most 15 letters each. */
  readonly groups: readonly Group[]
  /** False of those of whom not even the account speaks: who was never in a programme that the feed is about. */
  readonly concerns: (head: Head) => boolean
  /** Undefined where the person is in scope. */
  readonly scope: (head: Head) => ScopeRule | undefined
  /** False where what a row rests on is gone: between cut and release it becomes a number then. Absent where rows rest on scope alone. */
  readonly isRowStillBased?: (head: Head) => boolean
  /**
   * How somebody in scope appears, where the head alone tells: what `row` says of the record, and nothing in it is opened.
   * Undefined where the record has to be read.
   */
  readonly glance: (head: Head, context: GlanceContext) => Appearance | undefined
  readonly row: (record: Record_, context: RowContext) => Appearance
  /** Absent in versions that look back at nothing. */
  readonly follows?: Follows<Record_>
  /** What the document says of its numbers. */
  readonly counts: (tally: Tally) => Readonly<Record<string, unknown>>
}

/** Throws where a field set is meant for another audience than the feed. */
export function defineFeed<Record_, Head = Record_>(
  definition: FeedDefinition<Record_, Head>,
): FeedDefinition<Record_, Head> {
  for (const set of definition.fields) {
    if (!set.audience.includes(definition.audience)) {
      throw new Error(`feed ${definition.name}: ${set.id} is not meant for ${definition.audience}`)
    }
  }
  return Object.freeze(definition)
}

/** How one text names the field sets of a document: `police.high@1 police.token@1`. */
export function namedSets(sets: readonly FieldSet[]): string {
  return sets
    .map(({ id }) => id)
    .sort()
    .join(' ')
}

/** A number about people that says nothing about one: below 5 withheld, else the nearest multiple of 5 (design §8). */
export function coarse(count: number): number | '<5' {
  return count < 5 ? '<5' : Math.round(count / 5) * 5
}
