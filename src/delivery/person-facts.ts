/**
 * The facts about a person that a message may speak of, as of its cause. Everything that could be said is gathered here;
 * the field set decides what leaves. Sealed values are opened only where the field set lets them out.
 */
import { disputedFacts } from '../../projections/feed-scope.js'
import type { StoredEvent } from '../domain/event.js'
import type { PatientState, SealedRef } from '../domain/patient-state.js'
import { addDays, type CalendarDate, dayOfTime } from '../kernel/dates.js'
import { type Facts, type FieldSet, objectOf } from '../policy/disclosure.js'
import type { Vault } from '../vault/port.js'
import { openSeal } from '../vault/sealing.js'
import type { PersonAtCause } from './port.js'

export interface FactSources {
  readonly person: PersonAtCause
  readonly cause: StoredEvent
  readonly fieldSet: FieldSet
  readonly staleAfterDays: number
  readonly centre?: Card
  /** The one that says that the person may leave. */
  readonly hospital?: Card
}

interface Card {
  readonly name: string
  readonly phone: string
}

export interface GatheredFacts {
  readonly facts: Facts
  /** The day after which the level is no longer current; absent where there is none. */
  readonly staleAfter?: CalendarDate
  /** True where a value that the field set lets out can no longer be opened. */
  readonly isErased: boolean
}

/** Which sealed value each fact comes from. */
const SEALED_FACTS: Readonly<Record<string, (state: PatientState) => SealedRef | undefined>> = {
  identity: (state) => state.identity,
  presentAddress: (state) => state.residence?.address,
  householdAddress: (state) => state.householdAddress,
  communityCode: (state) => state.residence?.area,
  guardian: (state) => state.guardian?.ref,
}
const IDENTITY_FACTS = ['name', 'alias', 'idType', 'idNumber', 'sex', 'birthDate', 'phones'] as const

export async function gatherFacts(sources: FactSources, vault: Pick<Vault, 'keyById'>): Promise<GatheredFacts> {
  const { person, fieldSet, centre, hospital } = sources
  // An alarm that climbs says what it said before.
  const cause = sources.cause.type === 'AlertEscalated' ? (person.origin ?? sources.cause) : sources.cause
  const { state } = person
  const opened: Record<string, unknown> = {}
  let isErased = false
  for (const head of sealedHeads(fieldSet)) {
    const ref = SEALED_FACTS[head]?.(state)
    if (!ref) continue
    const value = await openRef(person, ref, vault)
    if (value === undefined) isErased = true
    else opened[head] = value
  }
  const identity = objectOf(opened.identity)
  const guardian = objectOf(opened.guardian)
  const staleAfter = state.risk && addDays(dayOfTime(state.risk.assessedAt), sources.staleAfterDays)
  const isCurrent =
    staleAfter !== undefined && (cause.type === 'RiskAssessed' || dayOfTime(cause.recordedAt) <= staleAfter)
  const facts: Record<string, unknown> = {
    patientId: person.patientId,
    ...Object.fromEntries(IDENTITY_FACTS.map((name) => [name, identity[name]])),
    presentAddress: objectOf(opened.presentAddress).text,
    householdAddress: objectOf(opened.householdAddress).text,
    presentTownship: state.residence?.township,
    communityCode: opened.communityCode,
    householdTownship: state.householdTownship,
    gridCell: state.gridCell,
    guardian: {
      name: guardian.name,
      phones: guardian.phones,
      idNumber: guardian.idNumber,
      relation: state.guardian?.relation,
      kind: state.guardian?.kind,
    },
    ...(isCurrent && state.risk ? riskFacts(state, state.risk.level) : {}),
    conditionClass: state.conditionClass?.value,
    lossOfContact: state.lossOfContact && {
      reason: state.lossOfContact.reason,
      lastSeenOn: state.lossOfContact.lastSeenOn,
      declaredOn: dayOfTime(state.lossOfContact.declaredAt),
    },
    died: state.died && { on: state.died.on },
    healthCentre: centre && { name: centre.name, phone: centre.phone },
    ...causeFacts(cause),
    danger: person.danger && dangerFacts(person.danger),
    discharge: person.discharge && dischargeFacts(person.discharge, hospital),
    stay: { dischargedOn: state.stay?.dischargedOn },
    ...disputedFacts(person, leavingOf(fieldSet, disputable(person, isCurrent))),
  }
  return { facts, isErased, ...(isCurrent && staleAfter !== undefined ? { staleAfter } : {}) }
}

/** The events that state what may be disputed. */
function disputable(
  { state, danger, discharge }: PersonAtCause,
  isCurrent: boolean,
): Readonly<Record<string, string | undefined>> {
  return {
    name: state.identity?.eventId,
    presentAddress: state.residence?.address?.eventId,
    householdAddress: state.householdAddress?.eventId,
    communityCode: state.residence?.area?.eventId,
    guardian: state.guardian?.ref.eventId,
    ...(isCurrent ? { level: state.risk?.eventId, previousLevel: state.previousRisk?.eventId } : {}),
    lossOfContact: state.lossOfContact?.id,
    danger: danger?.id,
    discharge: discharge?.id,
  }
}

/** Of these what the field set lets out: a mark tells of nothing that the message does not. */
function leavingOf<V>({ rules }: FieldSet, facts: Readonly<Record<string, V>>): Readonly<Record<string, V>> {
  const heads = new Set(rules.flatMap(({ field, action }) => (action === 'withhold' ? [] : [field.split('.', 1)[0]])))
  return Object.fromEntries(Object.entries(facts).filter(([fact]) => heads.has(fact)))
}

const headsOf = new WeakMap<FieldSet, ReadonlySet<string>>()

/** The facts that this field set takes from sealed values. */
export function sealedHeads(fieldSet: FieldSet): ReadonlySet<string> {
  let heads = headsOf.get(fieldSet)
  if (!heads) {
    heads = findSealedHeads(fieldSet)
    headsOf.set(fieldSet, heads)
  }
  return heads
}

function findSealedHeads(fieldSet: FieldSet): ReadonlySet<string> {
  const heads = new Set<string>()
  for (const { field, action } of fieldSet.rules) {
    if (action === 'withhold') continue
    const head = field.split('.', 1)[0] ?? field
    // The relation and kind of a guardian lie in the clear.
    if (field === 'guardian.relation' || field === 'guardian.kind') continue
    if ((IDENTITY_FACTS as readonly string[]).includes(head)) heads.add('identity')
    else if (head in SEALED_FACTS) heads.add(head)
  }
  return heads
}

type Sealed = Pick<PersonAtCause, 'sealedIn'>
type Opened = Promise<Readonly<Record<string, unknown>> | undefined>

/** One person's blobs are opened once for all recipients of a cause, and forgotten with it. */
const openedOf = new WeakMap<Sealed, Map<string, Opened>>()

/** The value behind a reference; undefined where its key was destroyed. */
export async function openRef(person: Sealed, ref: SealedRef, vault: Pick<Vault, 'keyById'>): Promise<unknown> {
  let known = openedOf.get(person)
  if (!known) {
    known = new Map()
    openedOf.set(person, known)
  }
  const name = `${ref.eventId} ${ref.subject}`
  let opened = known.get(name)
  if (!opened) {
    opened = openEntry(person, ref, vault)
    known.set(name, opened)
    // A vault that is away for now is asked again.
    opened.catch(() => known.delete(name))
  }
  return (await opened)?.[ref.pointer]
}

async function openEntry(
  person: Sealed,
  ref: SealedRef,
  vault: Pick<Vault, 'keyById'>,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const event = person.sealedIn(ref.eventId)
  const entry = event?.sealed.find(({ subject }) => subject === ref.subject)
  if (!event || !entry) throw new Error('openRef: the event that the state points at is not at hand')
  const key = await vault.keyById(entry.kid)
  return key && openSeal(event, key, entry).fields
}

function riskFacts(state: PatientState, level: number): Record<string, unknown> {
  return {
    level,
    assessedOn: state.risk?.assessedAt,
    targets: state.risk?.targets,
    previousLevel: state.previousRisk?.level,
    assessment: 'ASSESSED',
  }
}

/** What only the cause itself says. */
function causeFacts(cause: StoredEvent): Record<string, unknown> {
  const { type, data } = cause
  const at = cause.occurredAt ?? cause.recordedAt
  switch (type) {
    case 'ContactRegained':
      return { contactRegained: { on: at, outcome: data.outcome } }
    case 'FollowUpCompleted':
      return { contactRegained: { on: at } }
    case 'PatientRelocated':
      return { relocation: { on: at, from: data.from, to: data.to, kind: data.kind } }
    default:
      return {}
  }
}

function dischargeFacts(
  { occurredAt, recordedAt }: NonNullable<PersonAtCause['discharge']>,
  hospital: Card | undefined,
): Record<string, unknown> {
  return { assessedOn: occurredAt ?? recordedAt, hospital: hospital?.name, phone: hospital?.phone }
}

/** Of the version that stands: a retraction may have put back another than it names. */
function dangerFacts({ occurredAt, recordedAt, data }: NonNullable<PersonAtCause['danger']>): Record<string, unknown> {
  return { kind: data.kind, at: occurredAt ?? recordedAt, injured: data.injured }
}
