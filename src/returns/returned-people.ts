/**
 * The items of a return by person: looked at together, and recorded together, all of one person or none. What an earlier sending
 * recorded is left out, in whatever order and with whatever else it comes again. It does not know of documents.
 */
import type { CalendarDate } from '../kernel/dates.js'
import { type Fault, HubError, isHubError } from '../kernel/errors.js'
import { isForCentre, type ReturnItemKind } from '../policy/returns.js'
import type { Principal, ProposedWrite, Recorder } from '../recording/port.js'
import type { ItemPlace } from './port.js'
import { MOST_FAULTS, memberPlace, notRecorded, tooMuch, unknownPerson } from './return-faults.js'
import { isReturnable, type ReturnableDeps } from './returnable.js'

/** An item with what it becomes. */
export interface ReadyItem {
  readonly pseudonym: string
  readonly itemKind: ReturnItemKind
  readonly place: ItemPlace
  readonly event: { readonly id: string }
}

/** All that a return says about one person, in its order. */
export interface ReturnedPerson {
  readonly pseudonym: string
  /** Id of the document in the log. */
  readonly document: string
  readonly items: readonly ReadyItem[]
}

/** How many of the items are recorded as of the agency, and how many wait for the health centre. */
export interface ReturnedCounts {
  readonly recorded: number
  readonly forCentre: number
}

export interface CheckDeps extends ReturnableDeps {
  /** Throws what recording would refuse a write with. */
  readonly check: (principal: Principal, write: ProposedWrite) => Promise<void>
  /** Events that recording takes of one person in one write. */
  readonly maxGroup: number
}

/** People who are looked at or recorded at the same time. */
const AT_ONCE = 32

export function byPerson(document: string, ready: readonly ReadyItem[]): readonly ReturnedPerson[] {
  const people = new Map<string, ReadyItem[]>()
  for (const one of ready) {
    const items = people.get(one.pseudonym)
    if (items) items.push(one)
    else people.set(one.pseudonym, [one])
  }
  return Array.from(people, ([pseudonym, items]) => ({ pseudonym, document, items }))
}

export function countsOf(items: readonly ReadyItem[]): ReturnedCounts {
  const forCentre = items.filter(({ itemKind }) => isForCentre(itemKind)).length
  return { recorded: items.length - forCentre, forCentre }
}

/** What keeps the people's items from being recorded; nothing where all of them can be. */
export async function faultsOfPeople(
  principal: Principal,
  people: readonly ReturnedPerson[],
  today: CalendarDate,
  deps: CheckDeps,
): Promise<readonly Fault[]> {
  const resolve = ({ pseudonym }: ReturnedPerson) => deps.resolvePseudonym(principal.agency, pseudonym)
  // All at once, before anybody is looked at: however many are unknown, they are looked for in one table.
  const patientIds = await Promise.all(people.map(resolve))
  const known = people.map((person, i) => ({ person, patientId: patientIds[i] }))
  const faults: Fault[] = []
  for (const turn of inTurns(known)) {
    const found = await Promise.all(
      turn.map(async ({ person, patientId }) => {
        if (await isReturnable(principal, patientId, today, deps)) return faultsOfPerson(principal, person, deps)
        return person.items.map(({ place }) => unknownPerson(place))
      }),
    )
    faults.push(...found.flat())
    if (faults.length >= MOST_FAULTS) break
  }
  return faults
}

async function faultsOfPerson(
  principal: Principal,
  person: ReturnedPerson,
  { check, maxGroup }: CheckDeps,
): Promise<readonly Fault[]> {
  if (person.items.length > maxGroup) {
    return person.items.slice(maxGroup).map(({ place }) => tooMuch(place, maxGroup))
  }
  let faults: readonly Fault[] = []
  await withoutKnown(person, async (left) => {
    try {
      await check(principal, writeOf(left))
    } catch (error) {
      if (!isHubError(error) || error.status >= 500 || isHubError(error, 'HUB_MIXED_GROUP')) throw error
      faults = faultsIn(left.items, error)
    }
  })
  return faults
}

/**
 * Records everybody, each by themself: whom recording refuses now holds up nobody; where the hub fails, it ends with whoever is under
 * way.
 * @throws HUB_RETURN_IN_PART where some of it is recorded and some is not; what recording threw where nothing is
 */
export async function recordPeople(
  principal: Principal,
  people: readonly ReturnedPerson[],
  recorder: Pick<Recorder, 'record'>,
): Promise<void> {
  const recorded: ReadyItem[] = []
  const failures = new Map<ReturnedPerson, unknown>()
  for (const turn of inTurns(people)) {
    const record = (person: ReturnedPerson) =>
      withoutKnown(person, async (left) => void (await recorder.record(principal, writeOf(left))))
    const ends = await Promise.allSettled(turn.map(record))
    for (const [i, person] of turn.entries()) {
      const end = ends[i]
      if (end?.status === 'rejected') failures.set(person, end.reason)
      else recorded.push(...person.items)
    }
    if ([...failures.values()].some(isOfHub)) break
  }
  if (failures.size === 0) return
  const reasons = [...failures.values()]
  const cause = reasons.find(isOfHub) ?? reasons[0]
  if (recorded.length === 0) throw cause
  throw inPart(people, recorded, failures, cause)
}

function inPart(
  people: readonly ReturnedPerson[],
  recorded: readonly ReadyItem[],
  failures: ReadonlyMap<ReturnedPerson, unknown>,
  cause: unknown,
): HubError {
  const isRecorded = new Set(recorded)
  const faults = people.flatMap((person) => {
    const isUnknown = isHubError(failures.get(person), 'HUB_OUTCOME_UNKNOWN')
    return person.items.filter((item) => !isRecorded.has(item)).map(({ place }) => notRecorded(place, isUnknown))
  })
  const all = recorded.length + faults.length
  return new HubError('HUB_RETURN_IN_PART', `${recorded.length} of ${all} items are recorded, the others are listed`, {
    faults: faults.slice(0, MOST_FAULTS),
    data: { ...countsOf(recorded), notRecorded: faults.length },
    cause,
  })
}

/**
 * Runs `work` with the items of which recording does not say that it has them. Ids come from what an item says, so a known one is
 * the same one.
 */
async function withoutKnown(person: ReturnedPerson, work: (left: ReturnedPerson) => Promise<void>): Promise<void> {
  for (let left = person; left.items.length > 0; ) {
    try {
      return await work(left)
    } catch (error) {
      if (!isHubError(error, 'HUB_MIXED_GROUP')) throw error
      const known = new Set((error.data.known as readonly { readonly id: string }[]).map(({ id }) => id))
      left = { ...left, items: left.items.filter(({ event }) => !known.has(event.id)) }
    }
  }
}

function writeOf({ pseudonym, document, items }: ReturnedPerson): ProposedWrite {
  const events = items.map(({ event }) => event)
  return { patientId: pseudonym, events, source: { kind: 'return', ref: document }, isBatch: true }
}

/** `/events/3/data/at` → that member of the fourth item; `/data/at` where there is but one. */
function faultsIn(items: readonly ReadyItem[], { faults }: HubError): readonly Fault[] {
  if (faults.length === 0) return items.map(({ place }) => unknownPerson(place))
  return faults.map((one) => {
    const item = items[Number(/^\/events\/(\d+)/.exec(one.pointer)?.[1] ?? 0)]
    if (!item) throw new Error('faultsIn: a fault of no item')
    return { ...one, pointer: memberPlace(item.place, one.pointer) }
  })
}

/** True where it is not the return that was refused. */
function isOfHub(error: unknown): boolean {
  return !isHubError(error) || error.status >= 500
}

function* inTurns<T>(all: readonly T[]): Iterable<readonly T[]> {
  for (let from = 0; from < all.length; from += AT_ONCE) yield all.slice(from, from + AT_ONCE)
}
