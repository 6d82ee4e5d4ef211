/**
 * From people at the cut to rows and accounts: the pure core of a compile. It decides scope, recipient and appearance,
 * opens what a row needs and discloses it. It reads nothing and keeps nothing; keys are handed in per batch.
 */
import type { AgencyRow } from '../../projections/agencies.js'
import type { PatientFeed } from '../../projections/feeds.js'
import { type PatientHead, placeOnShelf } from '../../projections/patient-head.js'
import { blobOf, type PatientRecord } from '../../projections/patient-record.js'
import type { SealedRef } from '../domain/patient-state.js'
import { type CalendarDate, type Moment, type Period, periodDays } from '../kernel/dates.js'
import type { Appearance, Open, RowContext } from '../policy/define-feed.js'
import { disclosedText } from '../policy/disclosed-text.js'
import type { Facts, FieldSet } from '../policy/disclosure.js'
import { communityOf, jurisdictions, placeOf, type Recipient } from './areas.js'
import { committedLine } from './committed-line.js'
import { type Account, type CompileSink, UNMAPPED } from './compile-sink.js'
import { lineInPlaceOf, type Standings } from './erased-rows.js'
import {
  closedOn,
  closingReason,
  type LookBackSetup,
  type Looked,
  lookBack,
  mayClose,
  type Owed,
  standingAs,
} from './look-back.js'
import { type OpenerOf, opener } from './openers.js'
import { internalDocumentId, type RecipientIds, recipientIds } from './recipient-ids.js'
import { type AccountRule, stoppedSince, unlessBaseless } from './suppressed.js'

export interface CompileSetup {
  readonly feed: PatientFeed
  readonly period: Period
  readonly logId: string
  /** The day of the cut: whose areas count. */
  readonly day: CalendarDate
  /** As they stood at the cut. */
  readonly agencies: readonly AgencyRow[]
  /** Finds any other agency as it stood at the cut, where `agencies` are only some of them. */
  readonly agencyAt?: (id: string) => AgencyRow | undefined
  readonly idKeys: ReadonlyMap<string, Uint8Array>
  /** Defaults to `opener`, which keeps nothing from one person to the next. */
  readonly openerOf?: OpenerOf
  /** What earlier documents said; absent before a feed's second cut, and of feeds that look back at nothing. */
  readonly earlier?: Pick<LookBackSetup, 'earlier' | 'feedOf' | 'past'>
}

/** A person as they stood at the cut, and as they stand now: `live` is undefined where nothing of them is left. */
export interface CutPerson {
  readonly key: string
  readonly row: PatientRecord
  readonly live: PatientRecord | undefined
}

/** Somebody who stands as they stood at the cut, told by the head of their record. */
export interface Glimpse {
  readonly key: string
  readonly head: PatientHead
}

export interface Plan {
  readonly people: readonly PlannedPerson[]
  /** The data keys that `finish` needs. */
  readonly kids: readonly string[]
}

export interface PlannedPerson {
  readonly key: string
  readonly head: PatientHead
  /** Absent where the head told everything: nothing of this person is opened. */
  readonly record: PatientRecord | undefined
  /** False of whom the feed is not about, or no longer: a closing row may be owed, and no account speaks of them. */
  readonly isConcern: boolean
  readonly rule: AccountRule | undefined
  readonly appearance: Appearance | undefined
  readonly opensArea: boolean
  /** What earlier documents may be owed of this person. */
  readonly looked: Looked | undefined
  /** Who answers, where the shelf alone tells. */
  readonly onShelf: readonly Recipient[] | undefined
}

/** What everybody shares whose head lies on a shelf. */
export interface OnShelf {
  /** Who answers for them. */
  readonly recipients: readonly Recipient[]
  /** True where that is nobody, or is not told by the shelf alone, or may be others than at the last cut. */
  readonly isApart: boolean
}

export interface PeopleCompiler {
  readonly recipients: readonly Recipient[]
  plan(people: Iterable<CutPerson>): Plan
  /** False where the head alone tells that no document of the agency speaks of the person. Whom nobody answers for may be anybody's. */
  mayConcern(person: Glimpse, agency: string): boolean
  /** Who was touched since is owed what only their record tells; undefined where nobody is owed anything. */
  readonly touchedSince: Moment | '' | undefined
  onShelf(shelf: string): OnShelf
  /**
   * Finishes somebody by the head of their record; false where the record has to be read.
   * @param recipients of their shelf, where it tells them
   */
  finishByHead(person: Glimpse, sink: CompileSink, recipients?: readonly Recipient[]): boolean
  /** Those of a plan whose own key is gone, though something of them is to be opened. */
  gone(plan: Plan, keys: ReadonlyMap<string, Uint8Array>): readonly string[]
  /** @param left of those who are gone: where they stand in the documents that were released */
  finish(
    plan: Plan,
    keys: ReadonlyMap<string, Uint8Array>,
    sink: CompileSink,
    left?: ReadonlyMap<string, Standings>,
  ): void
  /** How somebody in scope appears, and who answers for where they live: for who asks why. */
  appearanceOf(record: PatientRecord): { readonly appearance: Appearance; readonly context: RowContext }
  inCharge(record: PatientRecord, open: Open): readonly Recipient[]
  idsOf(agency: string): RecipientIds
}

/** A key that is laid out takes a kilobyte, and a nation has 40,000 recipients: mostly one comes after the other. */
const RECIPIENTS_AT_HAND = 1000
const NO_KEYS: ReadonlyMap<string, Uint8Array> = new Map()
const opensNothing: Open = () => undefined
const OWED_NOTHING: Owed = { listedBefore: new Map(), amendments: new Map() }

/** Who answers for a person now, and who of them was given a row. */
interface Placing {
  readonly listed: readonly string[]
  readonly inCharge: readonly string[]
  readonly about: Pick<Account, 'patient' | 'unit'>
  readonly sink: CompileSink
}

export function peopleCompiler(setup: CompileSetup): PeopleCompiler {
  const { feed, period, logId, day, agencies, idKeys } = setup
  const audience = jurisdictions(agencies, feed.audience, day)
  const communities = jurisdictions(agencies, 'COMMUNITY', day)
  const units = new Map(agencies.map((row) => [row.id, unitIn(row)]))
  const ids = new Map<string, RecipientIds>()
  const openerOf = setup.openerOf ?? opener
  const base = { period, firstDay: periodDays(period).first, unit: unitOf }
  const owedDocuments = new Set(audience.recipients.map(({ agency }) => agency))
  const back =
    feed.follows && setup.earlier && setup.earlier.earlier.length > 0
      ? lookBack({ ...setup.earlier, logId, feed, audience })
      : undefined

  function unitOf(id: string | undefined): { readonly name: string; readonly phone: string } | undefined {
    if (id === undefined) return undefined
    const known = units.get(id)
    if (known) return known
    const row = setup.agencyAt?.(id)
    return row && unitIn(row)
  }
  function idsOf(agency: string): RecipientIds {
    const known = ids.get(agency)
    if (known) return known
    const key = idKeys.get(agency)
    if (!key) throw new Error(`compile: no id key of agency ${agency}`)
    const made = recipientIds(key, internalDocumentId(logId, feed.name, period, agency))
    if (ids.size >= RECIPIENTS_AT_HAND) ids.clear()
    ids.set(agency, made)
    return made
  }
  const opensAreaOf = ({ state: { residence } }: PatientHead): boolean =>
    residence?.area !== undefined && audience.dependsOnArea(residence.township)
  const contextOf = (record: PatientRecord): RowContext => ({ ...base, community: communityOf(record, communities) })

  function planned({ key, row, live }: CutPerson): PlannedPerson | undefined {
    const isConcern = feed.concerns(row)
    const rule = feed.scope(row) ?? (live === row ? undefined : stoppedSince(feed, live))
    const stood = isConcern && rule === undefined ? feed.row(row, contextOf(row)) : undefined
    const appearance = stood && live !== undefined && live !== row ? unlessBaseless(feed, stood, live) : stood
    // Of who was erased before the release nothing is opened, whether or not the keys are there still.
    const isOwed = mayClose(rule) && back !== undefined && !back.owesNothing(row, base)
    const looked = isOwed ? back.look(key, row) : undefined
    if (!isConcern && !looked) return undefined
    const opensArea = isConcern && rule !== 'ERASED' && opensAreaOf(row)
    return { key, head: row, record: row, isConcern, rule, appearance, opensArea, looked, onShelf: undefined }
  }

  function rowOf(
    agency: string,
    patientId: string,
    fieldSet: FieldSet,
    facts: Facts,
    owed: Owed,
    sink: CompileSink,
  ): string {
    const { rowIdOf, pseudonymOf, saltOf } = idsOf(agency)
    const rowId = rowIdOf(patientId)
    const amendments = owed.amendments.get(agency)
    const text = disclosedText(fieldSet, facts, { patientId, rowId, pseudonymOf, amendments })
    sink.row(agency, rowId, committedLine(text, saltOf(rowId)))
    return rowId
  }

  /** What an erasure left of a row. */
  function lineInPlace(agency: string, patientId: string, commitment: string, sink: CompileSink): string {
    const row = idsOf(agency).rowIdOf(patientId)
    sink.row(agency, row, { line: lineInPlaceOf(row, commitment), commitment })
    return row
  }

  /** The closing rows of who was erased, as the erasure names them. */
  function closedThen(patient: string, standings: Standings, at: Pick<Placing, 'about' | 'sink'>): void {
    const { follows } = feed
    for (const [agency, { closing }] of standings) {
      if (!follows || !closing) continue
      const row = lineInPlace(agency, patient, closing.commitment, at.sink)
      at.sink.account(agency, {
        ...at.about,
        outcome: 'CLOSED',
        rule: closing.reason,
        row,
        fieldSet: follows.closing.id,
      })
    }
  }

  /** Closing rows to those who listed the person at the last cut, or are owed an amendment, and list them no longer. */
  function closeElsewhere(person: PlannedPerson, rule: AccountRule | undefined, owed: Owed, at: Placing): void {
    const { follows } = feed
    const { record, looked, key: patient } = person
    if (!follows || !record || !looked) return
    // Of older periods nothing more is said of whom nothing is said now: a basis that has gone is gone for them too.
    const { amendments } = person.appearance?.kind === 'row' ? owed : OWED_NOTHING
    for (const agency of [...new Set([...owed.listedBefore.keys(), ...amendments.keys()])].sort()) {
      // Who holds no area any more is owed no document.
      if (!owedDocuments.has(agency)) continue
      const reason = at.listed.includes(agency)
        ? undefined
        : closingReason(rule, at.inCharge.includes(agency), follows.reasons)
      if (reason === undefined) continue
      const before = owed.listedBefore.get(agency) ?? looked.before
      const facts = { closing: { reason, ...closedOn(reason, record, before) } }
      const row = rowOf(agency, patient, follows.closing, facts, { ...owed, amendments }, at.sink)
      at.sink.account(agency, { ...at.about, outcome: 'CLOSED', rule: reason, row, fieldSet: follows.closing.id })
    }
  }

  function recipientsOf(
    { head, record, opensArea, onShelf }: PlannedPerson,
    open: Open,
    standings: Standings | undefined,
  ): readonly Recipient[] {
    if (onShelf) return onShelf
    if (!opensArea) return audience.inCharge(placeOf(head, undefined))
    if (standings) return audience.recipients.filter(({ agency }) => standings.get(agency)?.isInCharge)
    return audience.inCharge(placeOf(head, open(record?.state.residence?.area)))
  }

  function finishOne(
    person: PlannedPerson,
    keys: ReadonlyMap<string, Uint8Array>,
    sink: CompileSink,
    standings?: Standings,
  ): void {
    const { key: patient, head, record, appearance } = person
    const open = record ? openerOf(patient, record, keys) : opensNothing
    const recipients = recipientsOf(person, open, standings)
    const unit = head.state.responsibleUnit
    const about = unit ? { patient, unit } : { patient }
    const isLost = !standings && isGone(person, keys)
    // Whom no document named has nothing in it to take back: they are counted as whom nobody answers for, with keys or without.
    const isErased = isLost && recipients.length > 0 && appearance?.kind === 'row' && appearance.refs.length > 0
    const rule = isErased ? 'ERASED' : person.rule
    const inCharge = recipients.length === 0 ? [UNMAPPED] : recipients.map(({ agency }) => agency)
    const agenciesOrNone = person.isConcern ? inCharge : []
    const owed =
      person.looked && back && !standings && !isLost
        ? back.owed(patient, person.looked, (then) => openerOf(patient, then, keys))
        : OWED_NOTHING
    const listed: string[] = []
    for (const agency of agenciesOrNone) {
      if (rule !== undefined || !appearance) {
        sink.account(agency, { ...about, outcome: 'EXCLUDED', ...(rule === undefined ? {} : { rule }) })
      } else if (appearance.kind === 'counted' || agency === UNMAPPED) {
        const why = appearance.kind === 'counted' ? appearance.rule : 'UNMAPPED'
        sink.account(agency, { ...about, outcome: 'COUNTED', rule: why, group: appearance.group })
      } else {
        const commitment = standings?.get(agency)?.commitment
        const row =
          commitment === undefined
            ? rowOf(agency, patient, appearance.fieldSet, appearance.facts(open), owed, sink)
            : lineInPlace(agency, patient, commitment, sink)
        sink.account(agency, rowAccount(patient, unit, row, appearance))
        listed.push(agency)
      }
    }
    if (standings) closedThen(patient, standings, { about, sink })
    else if (person.looked && !isLost) {
      closeElsewhere(person, rule, owed, { listed, inCharge: agenciesOrNone, about, sink })
    }
  }

  return {
    recipients: audience.recipients,
    idsOf,
    appearanceOf(record) {
      const context = contextOf(record)
      return { appearance: feed.row(record, context), context }
    },
    inCharge: (record, open) => audience.inCharge(placeOf(record, open(record.state.residence?.area))),
    plan(people) {
      const plans: PlannedPerson[] = []
      const kids = new Set<string>()
      for (const person of people) {
        const plan = planned(person)
        if (!plan) continue
        plans.push(plan)
        for (const ref of refsOf(plan)) {
          const kid = blobOf(person.row, ref)?.entry.kid
          if (kid !== undefined) kids.add(kid)
        }
        for (const { record, ref } of plan.looked?.areas ?? []) {
          const kid = blobOf(record, ref)?.entry.kid
          if (kid !== undefined) kids.add(kid)
        }
      }
      return { people: plans, kids: [...kids] }
    },
    mayConcern({ head }, agency) {
      if (back && mayClose(feed.scope(head)) && !back.owesNothing(head, base)) return true
      if (!feed.concerns(head)) return false
      if (opensAreaOf(head)) return true
      const inCharge = audience.inCharge(placeOf(head, undefined))
      return inCharge.length === 0 || inCharge.some((recipient) => recipient.agency === agency)
    },
    touchedSince: back?.touchedSince,
    onShelf(shelf) {
      const { hasArea, ...place } = placeOnShelf(shelf)
      const recipients = audience.inCharge(place)
      const isTold = recipients.length > 0 && !(hasArea && audience.dependsOnArea(place.township))
      return { recipients, isApart: !isTold || back?.isUnchangedAt(place, hasArea) === false }
    },
    finishByHead({ key, head }, sink, onShelf) {
      const isConcern = feed.concerns(head)
      const rule = feed.scope(head)
      const appearance = isConcern && rule === undefined ? feed.glance(head, base) : undefined
      // A shelf that tells who answers has not changed hands: it would be apart.
      const known = { standing: standingAs(isConcern, rule, appearance), isUnchanged: onShelf !== undefined }
      const isOwed = back !== undefined && mayClose(rule) && !back.owesNothing(head, base, known)
      if (!isConcern) return !isOwed
      if (isOwed || (onShelf === undefined && opensAreaOf(head))) return false
      if (rule === undefined && !appearance) return false
      if (onShelf && appearance?.kind === 'row') {
        // What most of a nation's people take, a tenth sooner than by the way for all (measured).
        const facts = appearance.facts(opensNothing)
        for (const { agency } of onShelf) {
          const row = rowOf(agency, key, appearance.fieldSet, facts, OWED_NOTHING, sink)
          sink.account(agency, rowAccount(key, head.state.responsibleUnit, row, appearance))
        }
        return true
      }
      const told = { record: undefined, isConcern, opensArea: false, looked: undefined }
      finishOne({ key, head, rule, appearance, ...told, onShelf }, NO_KEYS, sink)
      return true
    },
    gone: (plan, keys) => plan.people.filter((person) => isGone(person, keys)).map(({ key }) => key),
    finish(plan, keys, sink, left) {
      for (const person of plan.people) finishOne(person, keys, sink, left?.get(person.key))
    },
  }
}

/** Written out: spreading what is known of the person took a seventh of a row's time (measured). */
function rowAccount(
  patient: string,
  unit: string | undefined,
  row: string,
  { group, fieldSet }: Extract<Appearance, { kind: 'row' }>,
): Account {
  return { patient, unit, outcome: 'ROW', group, row, fieldSet: fieldSet.id }
}

function unitIn({ name = '', phone = '' }: AgencyRow): { readonly name: string; readonly phone: string } {
  return { name, phone }
}

function refsOf({ appearance, opensArea, record }: PlannedPerson): readonly SealedRef[] {
  const refs = appearance?.kind === 'row' ? appearance.refs : []
  const area = record?.state.residence?.area
  return opensArea && area ? [...refs, area] : refs
}

/** True where the person's own key was destroyed and something is to be opened with it: there is nobody left to speak of. */
function isGone(person: PlannedPerson, keys: ReadonlyMap<string, Uint8Array>): boolean {
  const { record } = person
  if (!record || refsOf(person).length + (person.looked?.areas.length ?? 0) === 0) return false
  const { identity } = record.state
  const blob = identity && blobOf(record, identity)
  return blob === undefined || !keys.has(blob.entry.kid)
}
