/**
 * From an event of the log to the agencies that must know of it, as the world stood at that event. It keeps the lives and
 * asks who was told what; it appends nothing.
 */
import type { MessageKind, PersonAtCause, Renderer } from '../delivery/port.js'
import type { Agency, Directory, Place } from '../domain/directory.js'
import { DISCHARGE_READY, isToldOf, waitsAfter } from '../domain/discharge-ready.js'
import { ERASURE_TYPE, RECALL_TYPE } from '../domain/erasure-events.js'
import type { Role, StoredEvent } from '../domain/event.js'
import type { PatientState } from '../domain/patient-state.js'
import { streamKeyOf } from '../domain/streams.js'
import { dayOfTime } from '../kernel/dates.js'
import type { LogReader } from '../log/port.js'
import { alertRulesIn, alertSetIn } from '../policy/alert-rules.js'
import { type Belief, beliefsOf, isRemembered, stateKnownAt, type Told, type ToldByDocument } from './beliefs.js'
import { decide, isManaged, type PushScope } from './decide.js'
import type { Cut } from './dispatch-state-sqlite.js'
import { matchEscalated, returnedFieldSet } from './escalated.js'
import { type Change, createLives, type FoldedState, type Life, prefixOf } from './lives.js'
import type { Match, Unmapped, Waits, World } from './match.js'
import type { Unclimbed } from './port.js'
import { isRecalled, recalledFrom } from './recalled.js'

/** What was said before, as of the cursor, with what is under way. */
export interface Memory {
  toldOf(patientId: string): readonly Told[]
  wasTold(patientId: string, kind: MessageKind): boolean
  latestCuts(perFeed: number): readonly Cut[]
  isReleased(cutId: string, agency: string): boolean
}

export interface MatchingDeps {
  readonly log: LogReader
  readonly directory: Directory
  readonly memory: Memory
  readonly renderer: Pick<Renderer, 'open' | 'personAt'>
  readonly pushScope: PushScope
  readonly cachedLives: number
  readonly folded?: FoldedState
}

export interface Matched {
  readonly matches: readonly Match[]
  /** Roles that ought to know and of which there is nobody. */
  readonly unmapped: readonly Unmapped[]
  readonly person: PersonAtCause
  /** Revision of the cause in the patient's stream. */
  readonly revision: number
  /** Where the cause lies elsewhere: the event of the person's stream that it speaks of. */
  readonly about?: PersonAtCause['asOf']
  /**
   * The person's keys are gone, and with them where they lived. Keys go only when a dispatcher has passed the erasure, so whatever
   * was owed for this event stands in the outboxes: it is taken as it stands, and nobody else is told.
   */
  readonly isGone?: true
  /** Of an alarm that climbs: why nobody on that rung is told. */
  readonly unclimbed?: Unclimbed
}

export interface Matching {
  /** Takes the next event of a patient stream. */
  ofPatient(event: StoredEvent): Promise<Matched | undefined>
  /** An alert that its recipient sent back, to the responsible health centre. */
  ofReturned(outcome: StoredEvent): Promise<Matched | undefined>
  /** An alarm that nobody attended to, to whoever stands on the rung that it climbed. */
  ofEscalated(escalated: StoredEvent): Promise<Matched | undefined>
}

/** Whether something that was to be opened for a question could not be: its key is destroyed. */
interface Opening {
  isGone: boolean
}

const NOBODY_TOLD: Pick<Memory, 'toldOf'> = { toldOf: () => [] }
/** Types that may make somebody know something, whatever stands in the life. */
const TELLING = new Set([
  'RiskAssessed',
  'LevelWentStale',
  'LossOfContactDeclared',
  'ContactRegained',
  'DangerousBehaviorReported',
  DISCHARGE_READY,
  'PatientRelocated',
  'PatientDied',
  'ProgrammeOpened',
  'ProgrammeClosed',
  'DiagnosisConfirmed',
  'DiagnosisExcluded',
  'ProcessingRestricted',
  'ProcessingRestrictionLifted',
  'RecordRetracted',
  ERASURE_TYPE,
  RECALL_TYPE,
])
/** Types that may end what somebody was told of a person who waits to leave a hospital. */
const STAYING = new Set(['HospitalAdmitted', 'HospitalDischarged'])
/** Kinds whose message says by whom the person waits, or leaves that standing while it ends the rest. */
const MINDFUL_OF_WAITING: ReadonlySet<MessageKind> = new Set(['discharge-ready', 'withdrawn', 'died', 'reinstated'])
/** A belief from a document is as old as its cut; what lies further back was answered by a later document. */
const CUTS_PER_FEED = 2

export function createMatching(deps: MatchingDeps): Matching {
  const { log, directory, memory, renderer } = deps
  const lives = createLives(log, deps.cachedLives, deps.folded)

  const isNeeded = (event: StoredEvent): boolean => {
    if (isHistoryOfUnit(event, directory)) return false
    if (TELLING.has(event.type) || event.corrects !== undefined) return true
    const wasTold = (kind: MessageKind): boolean => memory.wasTold(streamKeyOf(event.stream), kind)
    if (STAYING.has(event.type)) return wasTold('discharge-ready')
    if (event.type === 'BasicInfoUpdated') {
      return mayMove(event) || (event.data.responsibleUnit !== undefined && wasTold('discharge-ready'))
    }
    return event.type === 'FollowUpCompleted' && wasTold('loss-of-contact')
  }

  const placeOf = async (
    state: PatientState,
    source: Pick<PersonAtCause, 'sealedIn'>,
    opening: Opening,
  ): Promise<Place | undefined> => {
    const { residence, gridCell } = state
    if (!residence) return undefined
    const opened = residence.area && (await renderer.open(source, residence.area))
    if (residence.area && opened === undefined) opening.isGone = true
    const cell = residence.gridCell ?? gridCell
    return {
      township: residence.township,
      ...(typeof opened === 'string' ? { area: opened } : {}),
      ...(cell === undefined ? {} : { gridCell: cell }),
    }
  }

  const worldOf = async (change: Change, person: PersonAtCause, opening: Opening): Promise<World> => {
    const { event } = change
    const day = dayOfTime(event.recordedAt)
    const isSamePlace = change.after.state.residence === change.before.state.residence
    const after = await placeOf(change.after.state, person, opening)
    const before = isSamePlace ? after : await placeOf(change.before.state, sourceOf(change.before), opening)
    let beliefs: Promise<ReadonlyMap<string, Belief>> | undefined
    let waits: Promise<Waits | undefined> | undefined
    return {
      inCharge(role, when) {
        const { state } = when === 'before' ? change.before : change.after
        return inCharge(directory, role, { state, place: when === 'before' ? before : after, day })
      },
      inTownship: (role, township) => directory.agenciesInCharge(role, { township }, day),
      roleOf: (agency) => directory.agency(agency)?.role,
      beliefs() {
        beliefs ??= beliefsBefore(event, opening)
        return beliefs
      },
      waits() {
        waits ??= waitsAround(change)
        return waits
      },
    }
  }

  const waitsAround = async (change: Change): Promise<Waits | undefined> => {
    const { event, factType } = change
    // What was said while nothing was told of the person nobody knows by the state alone, where no stay is recorded.
    const isToldAnew = !isToldOf(change.before.state) && isToldOf(change.after.state)
    const isReady = isReadyToLeave(change.before) || isReadyToLeave(change.after)
    const mayWait = factType === DISCHARGE_READY || isReady || isToldAnew
    if (!mayWait && !memory.wasTold(streamKeyOf(event.stream), 'discharge-ready')) return undefined
    const events = await prefixOf(log, event, event.revision)
    return { before: waitsAfter(events.slice(0, -1)), after: waitsAfter(events) }
  }

  const beliefsBefore = async (event: StoredEvent, opening: Opening): Promise<ReadonlyMap<string, Belief>> => {
    const told = memory.toldOf(streamKeyOf(event.stream))
    if (memory.latestCuts(1).length === 0 && isRemembered(told)) return beliefsOf([], told, [])
    const events = await prefixOf(log, event, event.revision - 1)
    return beliefsOf(events, told, await documentsBefore(events, opening))
  }

  /** Who learned of the person from a document: the latest of each feed that covered where they then lived. */
  const documentsBefore = async (
    events: readonly StoredEvent[],
    opening: Opening,
  ): Promise<readonly ToldByDocument[]> => {
    const documents: ToldByDocument[] = []
    for (const { id, closedAt } of memory.latestCuts(CUTS_PER_FEED)) {
      const state = stateKnownAt(events, closedAt)
      if (!isManaged(state) || !state.residence) continue
      const place = await placeOf(state, { sealedIn: (eventId) => events.find((one) => one.id === eventId) }, opening)
      for (const role of ['POLICE', 'PL'] as const) {
        if (role === 'PL' && (state.risk?.level ?? 0) < 3) continue
        for (const agency of inCharge(directory, role, { state, place, day: dayOfTime(closedAt) })) {
          if (memory.isReleased(id, agency.id)) documents.push({ agency: agency.id, cutAt: closedAt, state })
        }
      }
    }
    return documents
  }

  return {
    async ofPatient(event) {
      const needed = isNeeded(event)
      const change = await lives.advance(event, needed)
      if (!needed || !change || isHistoryOfLife(change, directory)) return undefined
      // Nothing is told of anybody who was erased, but to whom was given a row while the erasure was under way.
      const { erased } = change.before.state
      if (erased && event.type !== ERASURE_TYPE) return undefined
      const person = personOf(change)
      const recalled = await recalledFrom(event, log, erased ? NOBODY_TOLD : memory)
      if (recalled) return { matches: recalled, unmapped: [], person, revision: event.revision }
      const opening: Opening = { isGone: false }
      const rules = { pushScope: deps.pushScope, alerts: alertRulesIn(directory.versions()) }
      const decision = await decide(change, await worldOf(change, person, opening), rules)
      if (opening.isGone) return { matches: [], unmapped: [], person, revision: event.revision, isGone: true }
      if (decision.matches.length === 0 && decision.unmapped.length === 0) return undefined
      const mindsWaiting = decision.matches.some(({ kind }) => MINDFUL_OF_WAITING.has(kind))
      // Whether they wait, and which hospital says so, no state knows.
      const told = mindsWaiting ? ((await renderer.personAt(event)) ?? person) : person
      return { ...decision, person: told, revision: event.revision }
    },
    async ofReturned(outcome) {
      const [raised] = await prefixOf(log, outcome, 0)
      const person = raised && (await renderer.personAt(outcome))
      const unit = person && directory.agency(person.state.responsibleUnit ?? '')
      // What the health centre itself sends back goes nowhere: there is nobody behind it.
      if (!raised || !person || !unit || raised.data.agency === unit.id) return undefined
      const fieldSet = alertSetIn(alertRulesIn(directory.versions()), returnedFieldSet(raised.data.kind, person))
      if (fieldSet === undefined) return undefined
      const match: Match = {
        agency: unit.id,
        kind: 'returned',
        class: raised.data.class === 'ALARM' ? 'ALARM' : 'NOTICE',
        fieldSet,
      }
      if (await isRecalled(person.asOf, match, { log, memory })) return undefined
      return { matches: [match], unmapped: [], person, revision: -1, about: person.asOf }
    },
    ofEscalated: (escalated) =>
      matchEscalated(escalated, {
        ...{ log, renderer, memory, alerts: alertRulesIn(directory.versions()) },
        roleOf: (agency) => directory.agency(agency)?.role,
      }),
  }
}

/**
 * The responsible unit is the health centre of a person; every other role is in charge by area. A grid worker does not put
 * the committees out of charge, nor they the grid worker: W16 names both.
 */
function inCharge(
  directory: Directory,
  role: Role,
  where: { readonly state: PatientState; readonly place: Place | undefined; readonly day: string },
): readonly Agency[] {
  if (role === 'CHC') {
    const unit = directory.agency(where.state.responsibleUnit ?? '')
    if (unit) return [unit]
  }
  if (!where.place) return []
  if (role === 'COMMUNITY') return directory.agenciesCovering(role, where.place, where.day)
  return directory.agenciesInCharge(role, where.place, where.day)
}

/** Imported history from before a unit went live raises nothing (design §5). Cheap, so that an import does not load lives. */
function isHistoryOfUnit(event: StoredEvent, directory: Directory): boolean {
  const { recordedBy } = event
  return event.source.kind === 'backfill' && recordedBy.role === 'CHC' && !isLive(directory, recordedBy.agency, event)
}

function isHistoryOfLife({ event, after }: Change, directory: Directory): boolean {
  if (event.source.kind !== 'backfill') return false
  return !isLive(directory, after.state.responsibleUnit ?? event.recordedBy.agency, event)
}

function isLive(directory: Directory, unit: string, event: StoredEvent): boolean {
  return directory.isLive(unit, dayOfTime(event.occurredAt ?? event.recordedAt))
}

function mayMove({ data, sealed }: StoredEvent): boolean {
  if (data.presentTownship !== undefined || data.gridCell !== undefined) return true
  return sealed.some(({ digests }) => digests['/data/presentArea'] !== undefined)
}

/** By the state alone: of a stay that is known. */
function isReadyToLeave({ state: { stay } }: Life): boolean {
  return stay?.readyOn !== undefined && stay.dischargedOn === undefined
}

function sourceOf(life: Life): Pick<PersonAtCause, 'sealedIn'> {
  return { sealedIn: (id) => life.sealed.get(id) }
}

function personOf({ event, after, factType, standing }: Change): PersonAtCause {
  const danger = factType === 'DangerousBehaviorReported' ? standing : undefined
  const { stream, id, revision } = event
  return {
    patientId: streamKeyOf(stream),
    asOf: { stream, id, revision },
    state: after.state,
    ...sourceOf(after),
    ...(danger ? { danger } : {}),
  }
}
