/**
 * Carries approved erasures out, each step found again in log and vault, so that any node goes on wherever another one stopped:
 *
 * 1. `IdentityErased` goes into the person's stream, with every row that was released of them. From here on nothing more is recorded
 *    of the person, no later cut gives a row, and whoever was told is asked to delete.
 * 2. Cuts from before it are waited for: a compile that read the person a moment earlier may still release a row, and that row is
 *    named by a further `IdentityErased` while the keys can tell its commitment.
 * 3. A dispatcher that has passed all of that has put every message that was ever owed about the person into the outboxes. Only
 *    then the keys go. A node whose own dispatcher is behind, or begins again, needs none: it takes those messages as they stand
 *    (`alerts/matching.ts`), so nobody has to know how many nodes there are.
 * 4. The keys are destroyed, and that none of them opens anything is looked at. Spooled rows go with them.
 * 5. `ApprovalCarriedOut` says so. An approval has one place for it, so it is used once.
 *
 * A letter that was on its way meanwhile is recorded under a key that none of this knew. Whoever recorded it destroys that key, and may be
 * killed before: so letters about whom erasures were carried out are looked after again, each once by every process.
 */
import type { ApprovalRow } from '../../projections/approvals.js'
import { oneOffs, oneOffsOf } from '../../projections/one-offs.js'
import { patientRecord } from '../../projections/patient-record.js'
import { ERASURE_TYPE, MAX_ROWS } from '../domain/erasure-events.js'
import type { StoredEvent } from '../domain/event.js'
import { letterOwner } from '../domain/one-offs.js'
import { readObjects, readText } from '../domain/read-data.js'
import { approvalStream, patientStream } from '../domain/streams.js'
import type { Feeds, ReleasedStandings } from '../feeds/port.js'
import type { Clock } from '../kernel/clock.js'
import { collect } from '../kernel/collect.js'
import { addDays, dayOf } from '../kernel/dates.js'
import { HubError, isHubError } from '../kernel/errors.js'
import type { LogReader, PlacedReads } from '../log/port.js'
import type { ReadModel, ReadModels } from '../readmodel/port.js'
import type { Approvals, HubRecorder } from '../recording/port.js'
import type { Vault } from '../vault/port.js'
import { refuseHeld } from './legal-hold.js'
import type { ErasureKeeper } from './port.js'
import { keyIdsIn, keyOwnersOf, ownKeyIdIn } from './subject-keys.js'

/** Days within which copies of what was told are to be deleted. */
export const ERASURE_DELETE_DAYS = 30

export interface ErasureKeeperDeps {
  readonly log: LogReader
  readonly placed: PlacedReads
  /** Milliseconds by which this node's file is behind the log; 0 where it is the log. */
  readonly behindMs: () => Promise<number>
  readonly vault: Pick<Vault, 'destroy' | 'keysById' | 'keyFor'>
  readonly recorder: Pick<HubRecorder, 'appendNext'>
  readonly approvals: Pick<Approvals, 'carriedOut'>
  readonly readModels: Pick<ReadModels, 'through' | 'reader'>
  readonly rows: () => ReadModel<ApprovalRow>
  readonly feeds: Pick<Feeds, 'releasedStandings' | 'purge'>
  /** Leaf index through which this node's dispatcher has put every message into the outboxes; -1 for none. */
  readonly dispatchedThrough: () => number
  readonly calendar: Clock
  readonly wall: Clock
}

export function createErasureKeeper(deps: ErasureKeeperDeps): ErasureKeeper {
  /** Patient → when this node found every cut from before the erasure worked off. */
  const settledAt = new Map<string, number>()
  /** Letters whose keys this process destroyed after the erasure was over. To destroy one again changes nothing. */
  const closed = new Set<string>()

  const eventsOf = (patientId: string): Promise<readonly StoredEvent[]> =>
    collect(deps.log.readStream(patientStream(patientId)))

  /** Names what no erasure of the stream names yet; true where nothing was left to name. */
  const nameAll = async (row: ApprovalRow, patientId: string): Promise<boolean> => {
    const events = await eventsOf(patientId)
    const erasures = events.filter(({ type }) => type === ERASURE_TYPE)
    const missing = unnamed(await deps.feeds.releasedStandings(patientId), erasures)
    if (erasures.length > 0 && missing.rows.length + missing.counted.length === 0) return true
    const rows = missing.rows.slice(0, MAX_ROWS)
    const counted = missing.counted.slice(0, MAX_ROWS)
    const stream = patientStream(patientId)
    const cause = { stream: approvalStream(row.approval), id: row.givenId ?? row.eventId }
    const data = {
      keyId: ownKeyIdIn(events) ?? (await deps.vault.keyFor(`patient:${patientId}`)).kid,
      authority: readText(row.subject, 'authority'),
      deleteBy: addDays(dayOf(deps.calendar.now()), ERASURE_DELETE_DAYS),
      ...(rows.length === 0 ? {} : { rows }),
      ...(counted.length === 0 ? {} : { counted }),
    }
    await deps.recorder.appendNext({ stream, type: ERASURE_TYPE, data, causation: cause }, (standing) => {
      // Once the first is in the stream nothing is recorded any more, so nothing can be held.
      if (erasures.length === 0) refuseHeld(standing, dayOf(deps.calendar.now()))
      if (standing.filter(({ type }) => type === ERASURE_TYPE).length === erasures.length) return
      throw new HubError('HUB_ALREADY_DECIDED', 'another node erases this person')
    })
    return missing.rows.length <= MAX_ROWS && missing.counted.length <= MAX_ROWS
  }

  /** True once no compile that read the person before the erasure can release anything any more, as far as this node's file says. */
  const areCutsOver = async (patientId: string): Promise<boolean> => {
    const erasures = placedErasures(deps.placed, patientId)
    const [first] = erasures
    if (first === undefined) return false
    await deps.readModels.through(first)
    const people = deps.readModels.reader(patientRecord)
    if (people.openCuts().some((id) => (people.cut(id)?.leafIndex ?? 0) < first)) return false
    const now = deps.wall.now()
    const since = settledAt.get(patientId) ?? now
    settledAt.set(patientId, since)
    // Releases that other nodes made by then are in this node's file.
    return now - (await deps.behindMs()) >= since
  }

  const carryOut = async (row: ApprovalRow): Promise<boolean> => {
    const patientId = readText(row.subject, 'patient')
    // A first look tells everybody at once; what it misses is named when the cuts are over.
    while (placedErasures(deps.placed, patientId).length === 0 && !(await nameAll(row, patientId)));
    if (!(await areCutsOver(patientId))) return false
    while (!(await nameAll(row, patientId)));
    const last = placedErasures(deps.placed, patientId).at(-1)
    const events = await eventsOf(patientId)
    const erasures = events.filter(({ type }) => type === ERASURE_TYPE)
    const isAllHere = placedErasures(deps.placed, patientId).length === erasures.length
    if (last === undefined || !isAllHere || deps.dispatchedThrough() < last) return false
    await destroyKeys(deps, events)
    await deps.feeds.purge()
    await destroyReasons(deps, patientId)
    await destroyLetters(deps, patientId)
    const [first] = erasures
    await deps.approvals.carriedOut(row.approval, { stream: patientStream(patientId), id: first?.id ?? '' })
    settledAt.delete(patientId)
    return true
  }

  return {
    async keep() {
      let done = 0
      let failure: unknown
      for (const { row } of deps.rows().all()) {
        if (row.act !== 'ERASE_IDENTITY' || row.state !== 'GIVEN') continue
        try {
          if (await carryOut(row)) done++
        } catch (error) {
          // Two nodes at it: the other one's step is found the next time. So is the end of a hold.
          if (!isHubError(error, 'HUB_ALREADY_DECIDED') && !isHubError(error, 'HUB_LEGAL_HOLD')) failure ??= error
        }
      }
      await closeLetters(deps, closed).catch((error: unknown) => {
        failure ??= error
      })
      if (failure !== undefined) throw failure
      return done
    },
  }
}

/** Leaf indexes of the person's erasures, as far as this node's file has them. */
function placedErasures(placed: PlacedReads, patientId: string): readonly number[] {
  return placed
    .placedStream(patientStream(patientId))
    .filter(({ event }) => event.type === ERASURE_TYPE)
    .map(({ leafIndex }) => leafIndex)
}

function unnamed(standings: ReleasedStandings, erasures: readonly StoredEvent[]): ReleasedStandings {
  const named = new Set(
    erasures.flatMap(({ data }) =>
      [...readObjects(data, 'rows'), ...readObjects(data, 'counted')].map(({ document }) => document),
    ),
  )
  return {
    rows: standings.rows.filter(({ document }) => !named.has(document)),
    counted: standings.counted.filter(({ document }) => !named.has(document)),
  }
}

/** Throws where something of the person can still be opened: then nothing says that it cannot. */
async function destroyKeys({ vault }: ErasureKeeperDeps, events: readonly StoredEvent[]): Promise<void> {
  for (const owner of keyOwnersOf(events)) await vault.destroy(owner)
  const left = await vault.keysById(keyIdsIn(events))
  if (left.size > 0)
    throw new Error('erasure: a key that seals something of the person is nobody\u2019s that goes with them')
}

/** Why it was asked for speaks of the person too, in every request that was ever made about them. */
async function destroyReasons({ vault, rows }: ErasureKeeperDeps, patientId: string): Promise<void> {
  for (const { row } of rows().all()) {
    if (row.subject.patient !== patientId) continue
    await vault.destroy(`patient:${approvalStream(row.approval)}:${row.eventId}`)
  }
}

/** So does what was asked about them by letter, and by whom. */
async function destroyLetters({ vault, readModels }: ErasureKeeperDeps, patientId: string): Promise<void> {
  for (const { row } of readModels.reader(oneOffs).withPrefix(oneOffsOf(patientId)))
    await vault.destroy(letterOwner(row))
}

/** Destroys the keys of letters about erased persons, but of those that are closed, and adds them there. */
async function closeLetters({ vault, rows, readModels }: ErasureKeeperDeps, closed: Set<string>): Promise<void> {
  const erased = new Set<unknown>()
  for (const { row } of rows().all()) {
    if (row.act === 'ERASE_IDENTITY' && row.state === 'CARRIED_OUT') erased.add(row.subject.patient)
  }
  if (erased.size === 0) return
  for (const { row } of readModels.reader(oneOffs).all()) {
    if (closed.has(row.disclosure) || !erased.has(row.patientId)) continue
    await vault.destroy(letterOwner(row))
    closed.add(row.disclosure)
  }
}
