/**
 * What the directory knows, as plain values, and the plain JSON that it is kept in. The JSON is ours, read back by the
 * same release; another shape is refused and the directory is folded again.
 */
import type { CalendarDate } from '../kernel/dates.js'
import { type AreaAssignment, type AreaIndex, areaIndex } from './area-index.js'
import type { Role } from './event.js'
import type { Channel } from './subscription-events.js'

export interface Agency {
  readonly id: string
  readonly role: Role
  readonly name: string
  readonly superior?: string
  readonly phone: string
  readonly dutyPhone?: string
  /** Past, present and future, in the order of their assignment. */
  readonly areas: readonly AreaAssignment[]
  /** The day of `UnitWentLive`; absent while only history is imported. */
  readonly liveFrom?: CalendarDate
}

export interface AgencyKey {
  readonly keyId: string
  readonly keyHash: string
  readonly agency: string
  /** The staff pseudonym of the named person who acts with it. */
  readonly person?: string
  readonly isOperator: boolean
  readonly revoked: boolean
}

export interface Enrolment {
  readonly codeHash: string
  readonly agency: string
  readonly expiresAt: string
  readonly used: boolean
}

export interface Subscription {
  readonly id: string
  readonly agency: string
  readonly alerts: boolean
  readonly feeds: readonly string[]
  readonly channel: Channel
  readonly url?: string
  /** The agency's subscription that an unacknowledged alarm climbs to first. */
  readonly duty: boolean
  /** The bell of a mailbox: where its agency is told to look into it. */
  readonly ping?: string
  /** Of a webhook: false where its agency wants no heartbeats. */
  readonly heartbeats?: boolean
  readonly paused: boolean
  readonly isOpen: boolean
  /** The secret in force, counted from 1; the vault holds it under its number. */
  readonly secretNumber: number
  /** The one before it, which signs too until then: of the time of the wall clock. */
  readonly retiringSecret?: { readonly number: number; readonly until: string }
  /** What packages are encrypted to. */
  readonly publicKey?: { readonly thumbprint: string; readonly jwk: Readonly<Record<string, string>> }
}

/** Owned by one directory, changed only by its folds. */
export interface DirectoryState {
  log: { readonly logId: string; readonly simulated: boolean } | undefined
  isClockDoubted: boolean
  readonly versions: Map<string, number>
  readonly agencies: Map<string, Agency>
  readonly areas: AreaIndex
  readonly liveFrom: Map<string, CalendarDate>
  readonly keys: Map<string, AgencyKey>
  readonly keyIdOfHash: Map<string, string>
  readonly keyIdsOf: Map<string, readonly string[]>
  readonly enrolments: Map<string, Enrolment>
  readonly subscriptions: Map<string, Subscription>
  readonly subscriptionIdsOf: Map<string, readonly string[]>
}

const SNAPSHOT_FORMAT = 'directory-3'

interface DirectorySnapshot {
  readonly format: typeof SNAPSHOT_FORMAT
  readonly log: DirectoryState['log'] | null
  readonly isClockDoubted: boolean
  readonly versions: readonly (readonly [string, number])[]
  readonly agencies: readonly Agency[]
  readonly areas: readonly AreaAssignment[]
  readonly liveFrom: readonly (readonly [string, CalendarDate])[]
  readonly keys: readonly AgencyKey[]
  readonly enrolments: readonly Enrolment[]
  readonly subscriptions: readonly Subscription[]
}

export function createDirectoryState(): DirectoryState {
  return {
    log: undefined,
    isClockDoubted: false,
    versions: new Map(),
    agencies: new Map(),
    areas: areaIndex(),
    liveFrom: new Map(),
    keys: new Map(),
    keyIdOfHash: new Map(),
    keyIdsOf: new Map(),
    enrolments: new Map(),
    subscriptions: new Map(),
    subscriptionIdsOf: new Map(),
  }
}

export function snapshotOf(state: DirectoryState): DirectorySnapshot {
  return {
    format: SNAPSHOT_FORMAT,
    log: state.log ?? null,
    isClockDoubted: state.isClockDoubted,
    versions: [...state.versions],
    agencies: [...state.agencies.values()],
    areas: state.areas.all(),
    liveFrom: [...state.liveFrom],
    keys: [...state.keys.values()],
    enrolments: [...state.enrolments.values()],
    subscriptions: [...state.subscriptions.values()],
  }
}

/** Throws where the value is not a snapshot of this release: the caller folds the log again. */
export function parseDirectorySnapshot(value: unknown): DirectoryState {
  if (typeof value !== 'object' || value === null || !('format' in value) || value.format !== SNAPSHOT_FORMAT) {
    throw new Error(`restoreDirectory: expected a snapshot in format ${SNAPSHOT_FORMAT}`)
  }
  const snapshot = value as DirectorySnapshot
  const state = createDirectoryState()
  state.log = snapshot.log ?? undefined
  state.isClockDoubted = snapshot.isClockDoubted
  for (const [name, version] of snapshot.versions) state.versions.set(name, version)
  for (const agency of snapshot.agencies) state.agencies.set(agency.id, agency)
  const byEvent = new Map<string, AreaAssignment[]>()
  for (const assignment of snapshot.areas) {
    const together = byEvent.get(assignment.eventId)
    if (together) together.push(assignment)
    else byEvent.set(assignment.eventId, [assignment])
  }
  for (const [eventId, assignments] of byEvent) state.areas.assign(eventId, assignments)
  for (const [unit, from] of snapshot.liveFrom) state.liveFrom.set(unit, from)
  for (const key of snapshot.keys) putKey(state, key)
  for (const enrolment of snapshot.enrolments) state.enrolments.set(enrolment.codeHash, enrolment)
  for (const subscription of snapshot.subscriptions) putSubscription(state, subscription)
  return state
}

export function putKey(state: DirectoryState, key: AgencyKey): void {
  if (!state.keys.has(key.keyId)) {
    state.keyIdsOf.set(key.agency, [...(state.keyIdsOf.get(key.agency) ?? []), key.keyId])
  }
  state.keys.set(key.keyId, key)
  state.keyIdOfHash.set(key.keyHash, key.keyId)
}

export function putSubscription(state: DirectoryState, subscription: Subscription): void {
  if (!state.subscriptions.has(subscription.id)) {
    const known = state.subscriptionIdsOf.get(subscription.agency) ?? []
    state.subscriptionIdsOf.set(subscription.agency, [...known, subscription.id])
  }
  state.subscriptions.set(subscription.id, subscription)
}
