/**
 * The directory: agencies with their areas and keys, subscriptions, versions in force, the log's own id. A pure fold of
 * the agency, subscription and hub streams, held in memory; it ignores all other streams. It holds no name of staff.
 */
import type { CalendarDate } from '../kernel/dates.js'
import {
  type AreaAssignment,
  type AssignedDays,
  areasOfPlace,
  daysIntersect,
  isHeldOn,
  type Place,
} from './area-index.js'
import { foldAgencyEvent, foldHubEvent, foldSubscriptionEvent } from './directory-fold.js'
import {
  type Agency,
  type AgencyKey,
  createDirectoryState,
  type DirectoryState,
  type Enrolment,
  parseDirectorySnapshot,
  type Subscription,
  snapshotOf,
} from './directory-state.js'
import type { Role, StoredEvent } from './event.js'
import { streamKindOf } from './streams.js'

export type { AreaAssignment, AssignedDays, Place } from './area-index.js'
export type { Agency, AgencyKey, Enrolment, Subscription } from './directory-state.js'

/** A key with its agency's role as of now. */
export interface KeyHolder extends AgencyKey {
  readonly role: Role
}

/** `{ alerts: true }`: those that take alerts. `{ feed }`: those that take that feed. `agency` narrows both. */
export interface SubscriptionQuery {
  readonly alerts?: true
  readonly feed?: string
  readonly agency?: string
}

export interface Directory {
  /** Takes the next event of the log; each once, in log order. */
  apply(event: StoredEvent): void
  agency(id: string): Agency | undefined
  agencies(): readonly Agency[]
  /** The key of this hash; revoked keys are found too, and say so. */
  keyByHash(hash: string): KeyHolder | undefined
  /** The key of this id; a revoked one too. */
  key(keyId: string): AgencyKey | undefined
  /** Keys of an agency, revoked ones included. */
  keysOf(agencyId: string): readonly AgencyKey[]
  /** The enrolment that a code's hash opened. */
  enrolmentByHash(codeHash: string): Enrolment | undefined
  /** True where the first agency is the second's superior, or its superior's superior, and so on. */
  isSuperior(superior: string, of: string): boolean
  subscription(id: string): Subscription | undefined
  /** Open and closed, in the order of opening. */
  subscriptionsOf(agencyId: string): readonly Subscription[]
  openSubscriptions(): readonly Subscription[]
  /** Open subscriptions that take alerts, or this feed; paused ones too: their outboxes grow all the same. */
  subscriptionsFor(query: SubscriptionQuery): readonly Subscription[]
  /**
   * The agencies of a role in whose area a place lies on a day: those of the longest matching area only (grid cell,
   * community, township, county). Empty where the place is unmapped. Costs a few look-ups, however many agencies.
   */
  agenciesInCharge(role: Role, place: Place, day: CalendarDate): readonly Agency[]
  /** The same at every level that covers the place, the longest area first: a grid worker and the committees above. */
  agenciesCovering(role: Role, place: Place, day: CalendarDate): readonly Agency[]
  /** Assignments within the role that hold one of these areas on one of these days: what recording refuses. */
  areaOverlaps(role: Role, areas: readonly string[], days: AssignedDays): readonly AreaAssignment[]
  /** True from the day on which the unit went live. */
  isLive(unit: string, day: CalendarDate): boolean
  /** `feed:police-quarterly` → 1: the version of each feed, policy and rule set in force. */
  versions(): ReadonlyMap<string, number>
  /** Undefined until `LogCreated` is seen. */
  logId(): string | undefined
  isSimulated(): boolean
  /** True between `ClockDoubted` and `ClockConfirmed`. */
  isClockDoubted(): boolean
  /** Plain JSON that `restoreDirectory` takes back; equal folds give equal snapshots. */
  snapshot(): unknown
}

export function createDirectory(): Directory {
  return directoryOver(createDirectoryState())
}

/** A directory from `snapshot()` of another; later events may be applied to it. */
export function restoreDirectory(snapshot: unknown): Directory {
  return directoryOver(parseDirectorySnapshot(snapshot))
}

function directoryOver(state: DirectoryState): Directory {
  return {
    apply: (event) => applyEvent(state, event),
    agency: (id) => state.agencies.get(id),
    agencies: () => [...state.agencies.values()],
    keyByHash: (hash) => principalOf(state, hash),
    key: (keyId) => state.keys.get(keyId),
    keysOf: (agencyId) => (state.keyIdsOf.get(agencyId) ?? []).flatMap((keyId) => state.keys.get(keyId) ?? []),
    enrolmentByHash: (codeHash) => state.enrolments.get(codeHash),
    isSuperior: (superior, of) => isAbove(state, superior, of),
    subscription: (id) => state.subscriptions.get(id),
    subscriptionsOf: (agencyId) => subscriptionsOf(state, agencyId),
    openSubscriptions: () => [...state.subscriptions.values()].filter(({ isOpen }) => isOpen),
    subscriptionsFor(query) {
      const all = query.agency === undefined ? [...state.subscriptions.values()] : subscriptionsOf(state, query.agency)
      return all.filter((subscription) => subscription.isOpen && takes(subscription, query))
    },
    agenciesInCharge: (role, place, day) => levelsOf(state, role, { place, day }).next().value ?? [],
    agenciesCovering: (role, place, day) => [...new Set([...levelsOf(state, role, { place, day })].flat())],
    areaOverlaps: (role, areas, days) => areaOverlaps(state, role, { areas, days }),
    isLive(unit, day) {
      const from = state.liveFrom.get(unit)
      return from !== undefined && from <= day
    },
    versions: () => state.versions,
    logId: () => state.log?.logId,
    isSimulated: () => state.log?.simulated ?? false,
    isClockDoubted: () => state.isClockDoubted,
    snapshot: () => snapshotOf(state),
  }
}

function applyEvent(state: DirectoryState, event: StoredEvent): void {
  switch (streamKindOf(event.stream)) {
    case 'agency':
      foldAgencyEvent(state, event)
      break
    case 'subscription':
      foldSubscriptionEvent(state, event)
      break
    case 'hub':
      foldHubEvent(state, event)
      break
    default:
      break
  }
}

/** A key whose agency was never enrolled has the one role that may record nothing. */
function principalOf(state: DirectoryState, hash: string): KeyHolder | undefined {
  const key = state.keys.get(state.keyIdOfHash.get(hash) ?? '')
  return key && { role: state.agencies.get(key.agency)?.role ?? 'HUB', ...key }
}

function isAbove(state: DirectoryState, superior: string, of: string): boolean {
  const seen = new Set<string>()
  for (let at = state.agencies.get(of)?.superior; at !== undefined; at = state.agencies.get(at)?.superior) {
    if (at === superior) return true
    if (seen.has(at)) return false
    seen.add(at)
  }
  return false
}

function subscriptionsOf(state: DirectoryState, agencyId: string): readonly Subscription[] {
  const ids = state.subscriptionIdsOf.get(agencyId) ?? []
  return ids.map((id) => state.subscriptions.get(id)).filter((subscription) => subscription !== undefined)
}

function takes(subscription: Subscription, query: SubscriptionQuery): boolean {
  return (
    (query.alerts === undefined || subscription.alerts) &&
    (query.feed === undefined || subscription.feeds.includes(query.feed))
  )
}

/** The agencies of a role at each level of area that covers a place, the longest first; levels that nobody holds are left out. */
function* levelsOf(
  state: DirectoryState,
  role: Role,
  where: { readonly place: Place; readonly day: CalendarDate },
): Generator<readonly Agency[], undefined> {
  for (const area of areasOfPlace(where.place)) {
    const found = new Set<Agency>()
    for (const assignment of state.areas.holding(area)) {
      const agency = state.agencies.get(assignment.agency)
      if (agency?.role === role && isHeldOn(assignment, where.day)) found.add(agency)
    }
    if (found.size > 0) yield [...found]
  }
  return undefined
}

function areaOverlaps(
  state: DirectoryState,
  role: Role,
  wanted: { readonly areas: readonly string[]; readonly days: AssignedDays },
): readonly AreaAssignment[] {
  return [...new Set(wanted.areas)].flatMap((area) =>
    state.areas
      .holding(area)
      .filter((held) => state.agencies.get(held.agency)?.role === role && daysIntersect(held, wanted.days)),
  )
}
