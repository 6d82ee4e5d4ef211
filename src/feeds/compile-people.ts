/**
 * From people at the cut to rows and accounts: the pure core of a compile. It decides scope, recipient and appearance,
 * opens what a row needs and discloses it. It reads nothing and keeps nothing; keys are handed in per batch.
 */

import { LRUCache } from 'lru-cache'
import type { AgencyRow } from '../../projections/agencies.js'
import { blobOf, type PatientRecord } from '../../projections/patient-record.js'
import type { SealedRef } from '../domain/patient-state.js'
import { patientStream } from '../domain/streams.js'
import { type CalendarDate, type Period, periodDays } from '../kernel/dates.js'
import type { Appearance, FeedDefinition, Open, RiskGroup, RowContext, ScopeRule } from '../policy/define-feed.js'
import { disclose } from '../policy/disclosure.js'
import { openSeal } from '../vault/sealing.js'
import { type Jurisdictions, jurisdictions, type Recipient } from './areas.js'
import { committedLine } from './committed-line.js'
import { internalDocumentId, type RecipientIds, recipientIds } from './recipient-ids.js'

export interface CompileSetup {
  readonly feed: FeedDefinition<PatientRecord>
  readonly period: Period
  readonly logId: string
  /** The day of the cut: whose areas count. */
  readonly day: CalendarDate
  /** As they stood at the cut. */
  readonly agencies: readonly AgencyRow[]
  readonly idKeys: ReadonlyMap<string, Uint8Array>
}

/** A person as they stood at the cut, and as they stand now: `live` is undefined where nothing of them is left. */
export interface CutPerson {
  readonly key: string
  readonly row: PatientRecord
  readonly live: PatientRecord | undefined
}

/** Why someone has no row: out of scope at the cut, in the counts only, or stopped between cut and release. */
export type AccountRule = ScopeRule | 'ERASED' | `STOPPED_${ScopeRule}` | string

export interface Account {
  readonly patient: string
  readonly outcome: 'ROW' | 'COUNTED' | 'EXCLUDED'
  readonly rule?: AccountRule
  readonly group?: RiskGroup
  readonly unit?: string
  readonly row?: string
  readonly fieldSet?: string
}

/** Takes what is compiled. `UNMAPPED` stands where no agency of the audience answers for the residence. */
export interface CompileSink {
  row(agency: string, rowId: string, line: string, commitment: string): void
  account(agency: string, account: Account): void
}

export const UNMAPPED = '~unmapped'

export interface Plan {
  readonly people: readonly PlannedPerson[]
  /** The data keys that `finish` needs. */
  readonly kids: readonly string[]
}

export interface PlannedPerson {
  readonly key: string
  readonly record: PatientRecord
  readonly rule: AccountRule | undefined
  readonly appearance: Appearance | undefined
  readonly opensArea: boolean
}

export interface PeopleCompiler {
  readonly recipients: readonly Recipient[]
  plan(people: Iterable<CutPerson>): Plan
  finish(plan: Plan, keys: ReadonlyMap<string, Uint8Array>, sink: CompileSink): void
  /** How somebody in scope appears, and who answers for where they live: for who asks why. */
  appearanceOf(record: PatientRecord): { readonly appearance: Appearance; readonly context: RowContext }
  inCharge(record: PatientRecord, open: Open): readonly Recipient[]
  idsOf(agency: string): RecipientIds
}

const CACHED_IDS = 5000

export function peopleCompiler(setup: CompileSetup): PeopleCompiler {
  const { feed, period, logId, day, agencies, idKeys } = setup
  const audience = jurisdictions(agencies, feed.audience, day)
  const communities = jurisdictions(agencies, 'COMMUNITY', day)
  const units = new Map(agencies.map((row) => [row.id, { name: row.name ?? '', phone: row.phone ?? '' }]))
  const ids = new LRUCache<string, RecipientIds>({ max: CACHED_IDS })
  const base = { period, firstDay: periodDays(period).first, unit: unitOf }

  function unitOf(id: string | undefined): { readonly name: string; readonly phone: string } | undefined {
    return id === undefined ? undefined : units.get(id)
  }
  function idsOf(agency: string): RecipientIds {
    const known = ids.get(agency)
    if (known) return known
    const key = idKeys.get(agency)
    if (!key) throw new Error(`compile: no id key of agency ${agency}`)
    const made = recipientIds(key, internalDocumentId(logId, feed.name, period, agency))
    ids.set(agency, made)
    return made
  }
  const contextOf = (record: PatientRecord): RowContext => ({ ...base, community: communityOf(record, communities) })

  function planned({ key, row, live }: CutPerson): PlannedPerson | undefined {
    if (!row.state.registered || !row.state.programmes.COMMUNITY_MANAGEMENT) return undefined
    const rule = feed.scope(row) ?? (live === row ? undefined : stoppedSince(feed, live))
    const appearance = rule === undefined ? feed.row(row, contextOf(row)) : undefined
    const { residence } = row.state
    const opensArea = residence?.area !== undefined && audience.dependsOnArea(residence.township)
    return { key, record: row, rule, appearance, opensArea }
  }

  function finishOne(person: PlannedPerson, keys: ReadonlyMap<string, Uint8Array>, sink: CompileSink): void {
    const { key: patient, record, appearance } = person
    const open = opener(patient, record, keys)
    const recipients = audience.inCharge(placeOf(record, person.opensArea ? open : undefined))
    const about = { patient, ...(record.state.responsibleUnit ? { unit: record.state.responsibleUnit } : {}) }
    const isErased = appearance?.kind === 'row' && appearance.refs.length > 0 && !isReadable(record, keys)
    const rule = isErased ? 'ERASED' : person.rule
    const agenciesOrNone = recipients.length === 0 ? [UNMAPPED] : recipients.map(({ agency }) => agency)
    for (const agency of agenciesOrNone) {
      if (rule !== undefined || !appearance) {
        sink.account(agency, { ...about, outcome: 'EXCLUDED', ...(rule === undefined ? {} : { rule }) })
      } else if (appearance.kind === 'counted' || agency === UNMAPPED) {
        const why = appearance.kind === 'counted' ? appearance.rule : 'UNMAPPED'
        sink.account(agency, { ...about, outcome: 'COUNTED', rule: why, group: appearance.group })
      } else {
        const { group, fieldSet } = appearance
        const scoped = idsOf(agency)
        const row = scoped.rowIdOf(patient)
        const disclosed = disclose(fieldSet, { ...appearance.facts(open), patientId: patient }, scoped.pseudonymOf)
        const { line, commitment } = committedLine({ ...disclosed, id: row, fieldSet: fieldSet.id }, scoped.saltOf(row))
        sink.row(agency, row, line, commitment)
        sink.account(agency, { ...about, outcome: 'ROW', group, row, fieldSet: fieldSet.id })
      }
    }
  }

  return {
    recipients: audience.recipients,
    idsOf,
    appearanceOf(record) {
      const context = contextOf(record)
      return { appearance: feed.row(record, context), context }
    },
    inCharge: (record, open) => audience.inCharge(placeOf(record, open)),
    plan(people) {
      const plans: PlannedPerson[] = []
      const kids = new Set<string>()
      for (const person of people) {
        const plan = planned(person)
        if (!plan) continue
        plans.push(plan)
        for (const ref of refsOf(plan)) {
          const kid = blobOf(plan.record, ref)?.entry.kid
          if (kid !== undefined) kids.add(kid)
        }
      }
      return { people: plans, kids: [...kids] }
    },
    finish(plan, keys, sink) {
      for (const person of plan.people) finishOne(person, keys, sink)
    },
  }
}

/** A suppression between cut and release: it counts at once, and takes the row away. Death and moves wait for the next cut. */
function stoppedSince(feed: FeedDefinition<PatientRecord>, live: PatientRecord | undefined): AccountRule | undefined {
  if (!live) return 'ERASED'
  const rule = feed.scope(live)
  return rule === undefined || rule === 'DIED' ? undefined : `STOPPED_${rule}`
}

function refsOf({ appearance, opensArea, record }: PlannedPerson): readonly SealedRef[] {
  const refs = appearance?.kind === 'row' ? appearance.refs : []
  const area = record.state.residence?.area
  return opensArea && area ? [...refs, area] : refs
}

/** Opens each blob of one person at most once. A blob whose key was destroyed opens to nothing. */
export function opener(patientId: string, record: PatientRecord, keys: ReadonlyMap<string, Uint8Array>): Open {
  const opened = new Map<string, Readonly<Record<string, unknown>> | undefined>()
  return (ref) => {
    if (!ref) return undefined
    const at = `${ref.eventId}/${ref.subject}`
    if (!opened.has(at)) {
      const blob = blobOf(record, ref)
      const key = blob && keys.get(blob.entry.kid)
      const { eventId: id, subject } = ref
      opened.set(
        at,
        key &&
          openSeal(
            { stream: patientStream(patientId), id, type: blob.type, version: blob.version, subject },
            key,
            blob.entry,
          ).fields,
      )
    }
    return opened.get(at)?.[ref.pointer]
  }
}

/** False where the person's own key was destroyed: there is nobody left to speak of. */
function isReadable(record: PatientRecord, keys: ReadonlyMap<string, Uint8Array>): boolean {
  const { identity } = record.state
  const blob = identity && blobOf(record, identity)
  return blob !== undefined && keys.has(blob.entry.kid)
}

function placeOf(
  { state: { residence } }: PatientRecord,
  open: Open | undefined,
): Parameters<Jurisdictions['inCharge']>[0] {
  if (!residence) return { township: '' }
  const { township, gridCell } = residence
  const area = open?.(residence.area)
  return {
    township,
    ...(typeof area === 'string' ? { area } : {}),
    ...(gridCell === undefined ? {} : { gridCell }),
  }
}

function communityOf(record: PatientRecord, communities: Jurisdictions): RowContext['community'] {
  return (open) => {
    const place = placeOf(record, open)
    const committee = communities.inCharge(place)[0]
    return { ...(place.area ? { code: place.area } : {}), ...(committee ? { name: committee.name } : {}) }
  }
}
