/**
 * Who puts a version in force. One that tells anybody more, or takes corrections away, needs two named persons: one proposes it, and
 * a second one approves it who is of no agency that gains, and no operator (design §8). Any other takes effect as it is proposed. Either
 * ends in `VersionActivated`, which the next close freezes; nothing that is closed changes.
 */
import type { ApprovalRow } from '../../projections/approvals.js'
import type { Approval } from '../domain/approvals.js'
import type { Directory } from '../domain/directory.js'
import type { Causation, Role, StoredEvent } from '../domain/event.js'
import { findNumber, findText, readText, readTexts } from '../domain/read-data.js'
import { approvalStream, HUB_STREAM } from '../domain/streams.js'
import type { DiffQuery, Feeds } from '../feeds/port.js'
import type { Clock } from '../kernel/clock.js'
import { collect } from '../kernel/collect.js'
import { epochMsOf } from '../kernel/dates.js'
import { HubError, isHubError } from '../kernel/errors.js'
import { createTurns } from '../kernel/turns.js'
import type { LogReader, PlacedEvent, PlacedReads } from '../log/port.js'
import { isCorrection } from '../policy/openings.js'
import type { ReadModel } from '../readmodel/port.js'
import type { Approvals, HubRecorder, Principal } from '../recording/port.js'
import { ACTIVATED, lastActivation, overtakerOf, versionIn } from './activations.js'
import { type Candidate, candidateOf, type KnownVersions, versionsOf } from './known-versions.js'
import { type Proposal, VERSION_KINDS, type VersionKeeper, type Versions } from './port.js'

const ACT = 'ACTIVATE_VERSION'
/** Those who answer for the exchange as a whole. */
const DECIDERS: readonly Role[] = ['HEALTH_COMMISSION', 'MHPC', 'LEADING_OFFICE']
/** Periods in which nobody may be gained, and no correction lost, by a version that is to take effect without a second person. */
export const PERIODS_COMPARED = 4

export interface VersionsDeps extends KnownVersions {
  readonly log: LogReader
  /** Which of two proposals the log holds first, on whatever node. */
  readonly placed: Pick<PlacedReads, 'placedStream'>
  readonly recorder: Pick<HubRecorder, 'appendNext'>
  readonly approvals: Approvals
  readonly directory: () => Directory
  /** The agency of operators that are nobody else's. */
  readonly operatorAgency: string
  readonly feeds: Pick<Feeds, 'diff'>
  /** Resolves when rows and directory hold what was appended before. */
  readonly through: () => Promise<void>
  readonly rows: () => ReadModel<ApprovalRow>
  readonly calendar: Clock
  /** Then no proposal ends by its days. */
  readonly isClockInDoubt: () => boolean
}

export function createVersions(deps: VersionsDeps): Versions & { readonly keeper: VersionKeeper } {
  const { approvals, directory, through } = deps
  /** One proposal of a name at a time in this process; of two that two hubs take, that which the log holds first stays. */
  const turns = createTurns()
  const inForce = () => directory().versions()
  const find = async (id: string): Promise<Proposal> => {
    const approval = await approvals.read(id)
    if (approval.act !== ACT) throw new HubError('HUB_NOT_FOUND', 'no such proposal')
    return proposalOf(approval, id)
  }

  return {
    async list(by) {
      refuseReader(by)
      await through()
      const found = [...proposals(deps)].sort((a, b) => (a.requestedAt < b.requestedAt ? 1 : -1))
      return { versions: versionsOf(deps, inForce()), proposals: found }
    },
    async propose(by, { name, version, reason, ...named }) {
      refuseProposer(by)
      await through()
      const candidate = candidateOf(deps, inForce(), name, version)
      if (candidate.from === version) throw new HubError('HUB_ALREADY_DECIDED', 'this version is in force')
      if (!(await takesTwo(deps, candidate))) {
        await append(deps, candidate, { by }, (events) => {
          if (versionIn(lastActivation(events, candidate)) !== candidate.from) throw overtakenError()
        })
        await through()
        return { outcome: 'IN_FORCE' }
      }
      return turns.take(`${candidate.kind}:${name}`, async () => {
        // Comparing may have taken minutes, and whoever asked just before may wait by now.
        await through()
        const subject = await subjectNow(deps, candidate, named.id)
        const { approval, ...asked } = await approvals.request(by, { ...named, ...{ act: ACT, subject, reason } })
        // What is read from here on holds the request, and all that the log holds before it.
        await approvals.read(approval)
        await through()
        const first = await yieldToEarlier(deps, { ...candidate, proposal: approval })
        if (first) throw rivalError(first)
        return { outcome: 'WAITS', proposal: approval, ...asked }
      })
    },
    async approve(by, id) {
      const proposal = await find(id)
      refuseApprover(deps, by, proposal)
      await through()
      candidateOf(deps, inForce(), proposal.name, proposal.version)
      if (proposal.state === 'REQUESTED') {
        if (await isOvertaken(deps, proposal)) throw overtakenError()
        const first = await yieldToEarlier(deps, proposal)
        if (first) throw rivalError(first)
      }
      await approvals.give(by, id)
      await carryOut(deps, id)
      await through()
    },
    async refuse(by, id, reason) {
      refuseProposer(by)
      await find(id)
      await approvals.refuse(by, id, reason)
    },
    async read(by, id) {
      refuseReader(by)
      const proposal = await find(id)
      const reason = await approvals.reasonOf(id)
      return { ...proposal, ...(reason === undefined ? {} : { reason }) }
    },
    keeper: {
      async keep() {
        let done = 0
        for (const one of proposals(deps)) {
          if (one.state === 'REQUESTED' && !(await isOvertaken(deps, one))) await yieldToEarlier(deps, one)
          if (one.state !== 'GIVEN') continue
          try {
            await carryOut(deps, one.proposal)
            done++
          } catch (error) {
            // Another version was first, or its days are over: it has ended.
            if (!isHubError(error, 'HUB_ALREADY_DECIDED')) throw error
          }
        }
        return done
      },
    },
  }
}

function proposals({ rows }: VersionsDeps): readonly Proposal[] {
  return [...rows().all()].flatMap(({ row }) => (row.act === ACT ? [proposalOf(row, row.approval)] : []))
}

/** The subject of a proposal, where nothing stands in its way. @param id its own, where it is a retry */
async function subjectNow(deps: VersionsDeps, candidate: Candidate, id: string | undefined) {
  const events = await hubEvents(deps.log)
  const last = lastActivation(events, candidate)
  if (versionIn(last) !== candidate.from) throw overtakenError()
  const [rival] = rivalsOf(deps, { ...candidate, proposal: id }, events)
  if (rival) throw rivalError(rival)
  return { ...subjectOf(candidate), ...(last && { follows: last.id }) }
}

/** Open proposals of the same name, in the way of one. */
function rivalsOf(
  deps: VersionsDeps,
  { kind, name, proposal }: Pick<Proposal, 'kind' | 'name'> & { readonly proposal: string | undefined },
  events: readonly StoredEvent[],
): readonly Proposal[] {
  return proposals(deps).filter(
    (one) =>
      one.kind === kind &&
      one.name === name &&
      one.proposal !== proposal &&
      isOpen(one) &&
      deps.calendar.now() < epochMsOf(one.expiresAt) &&
      !overtakerOf(events, one),
  )
}

/**
 * Another hub may have taken one of that name at the same moment: of the two the one that the log holds later ends, at whichever hub
 * sees it first. A crash before leaves both open until the keeper looks.
 * @returns the one that was first
 */
async function yieldToEarlier(
  deps: VersionsDeps,
  one: Pick<Proposal, 'kind' | 'name' | 'proposal'>,
): Promise<Proposal | undefined> {
  const asked = requestOf(deps, one.proposal)
  const first = rivalsOf(deps, one, await hubEvents(deps.log)).find(({ proposal }) => {
    const earlier = requestOf(deps, proposal)
    return asked !== undefined && earlier !== undefined && earlier.leafIndex < asked.leafIndex
  })
  const request = first && requestOf(deps, first.proposal)
  if (request) await deps.approvals.overtaken({ approval: one.proposal, state: 'REQUESTED' }, request.event)
  return first
}

/**
 * By its rules, or, where those open nothing and take no correction away, by the people of the last periods. Alerts have no periods
 * to compare.
 */
async function takesTwo({ feeds, definitions, directory }: VersionsDeps, candidate: Candidate): Promise<boolean> {
  const { kind, name, version, from, opened, closed } = candidate
  if (kind === 'rules' || opened.length > 0 || from === undefined || closed.some(isCorrection)) return true
  const periods = PERIODS_COMPARED
  const differs = async (query: DiffQuery): Promise<boolean> => {
    const { isWider, losesCorrections } = await feeds.diff(query)
    return isWider || losesCorrections
  }
  if (kind === 'feed') return differs({ feed: name, from, to: version, periods })
  const inForce = directory().versions()
  for (const feed of new Set(definitions.map((one) => one.name))) {
    const standing = inForce.get(`feed:${feed}`)
    if (standing === undefined) continue
    const policy = { [`policy:${name}`]: version }
    if (await differs({ feed, from: standing, to: standing, policy, periods })) return true
  }
  return false
}

/**
 * Puts in force what was approved, from wherever another node stopped. Throws `HUB_ALREADY_DECIDED` where another version came first,
 * or its days are over: then it has ended.
 */
async function carryOut(deps: VersionsDeps, id: string): Promise<void> {
  const { approvals, log, calendar } = deps
  const approval = await approvals.read(id)
  if (approval.state !== 'GIVEN') return
  const proposal = proposalOf(approval, id)
  const cause = { stream: approvalStream(id), id: approval.givenId ?? approval.eventId }
  let event = activationBy(await hubEvents(log), cause)
  try {
    event ??= await append(deps, proposal, { cause }, (events) => {
      if (overtakerOf(events, proposal) || calendar.now() >= epochMsOf(proposal.expiresAt)) throw overtakenError()
    })
  } catch (error) {
    if (!isHubError(error, 'HUB_ALREADY_DECIDED')) throw error
    // Another node may have been first with the same one.
    event = activationBy(await hubEvents(log), cause)
    if (event === undefined) {
      await endOpen(deps, proposal)
      throw error
    }
  }
  await approvals.carriedOut(id, { stream: HUB_STREAM, id: event })
}

/** Ends a proposal that another version has overtaken, or whose days are over. */
async function endOpen(deps: VersionsDeps, proposal: Proposal): Promise<void> {
  if ((await isOvertaken(deps, proposal)) || deps.isClockInDoubt()) return
  const { proposal: approval, state, expiresAt } = proposal
  await deps.approvals.expireDue([{ approval, state, expiresAt }])
}

/** True where another version came into force since: then the proposal has ended. */
async function isOvertaken({ approvals, log }: VersionsDeps, proposal: Proposal): Promise<boolean> {
  const overtaker = overtakerOf(await hubEvents(log), proposal)
  if (overtaker) await approvals.overtaken({ approval: proposal.proposal, state: proposal.state }, overtaker)
  return overtaker !== undefined
}

function hubEvents(log: LogReader): Promise<readonly StoredEvent[]> {
  return collect(log.readStream(HUB_STREAM))
}

function activationBy(events: readonly StoredEvent[], cause: Causation): string | undefined {
  return events.find(({ type, causation }) => type === ACTIVATED && causation?.id === cause.id)?.id
}

/** Appends the activation and answers with its id, unless `check` of the hub's stream throws. */
async function append(
  { recorder }: VersionsDeps,
  { kind, name, version }: Pick<Proposal, 'kind' | 'name' | 'version'>,
  { by, cause }: { readonly by?: Principal; readonly cause?: Causation },
  check: (events: readonly StoredEvent[]) => void,
): Promise<string> {
  const data = { kind, name, version }
  const event = { stream: HUB_STREAM, type: ACTIVATED, data, ...(by && { by }), ...(cause && { causation: cause }) }
  return (await recorder.appendNext(event, check)).id
}

/** Where a proposal was asked for in the log; undefined where this node does not hold it yet. */
function requestOf({ placed }: VersionsDeps, proposal: string): PlacedEvent | undefined {
  return placed.placedStream(approvalStream(proposal))[0]
}

function rivalError({ proposal }: Proposal): HubError {
  const message = 'another proposal of that name is open or approved'
  return new HubError('HUB_ALREADY_DECIDED', message, { data: { proposal } })
}

function overtakenError(): HubError {
  return new HubError(
    'HUB_ALREADY_DECIDED',
    'another version has come into force since, or its days are over: propose it again',
  )
}

function isOpen({ state }: Proposal): boolean {
  return state === 'REQUESTED' || state === 'GIVEN'
}

function subjectOf({ kind, name, version, from, audiences }: Candidate) {
  return { kind, name, version, gains: audiences, ...(from === undefined ? {} : { from }) }
}

function proposalOf(approval: Approval, proposal: string): Proposal {
  const { subject, state, requestedBy, requestedAt, expiresAt, decidedBy, decidedAt, carriedOutAt, overtakenBy } =
    approval
  const from = findNumber(subject, 'from')
  const follows = findText(subject, 'follows')
  return {
    proposal,
    // What it names was checked when it was proposed.
    kind: VERSION_KINDS.find((kind) => kind === subject.kind) ?? 'feed',
    name: readText(subject, 'name'),
    version: findNumber(subject, 'version') ?? 0,
    ...(from === undefined ? {} : { from }),
    ...(follows === undefined ? {} : { follows }),
    gains: readTexts(subject, 'gains') as readonly Role[],
    ...{ state, requestedBy, requestedAt, expiresAt },
    ...(decidedBy && { decidedBy }),
    ...(decidedAt && { decidedAt }),
    ...(carriedOutAt && { carriedOutAt }),
    ...(overtakenBy && { overtakenBy }),
  }
}

/** Throws `HUB_FORBIDDEN` for whom versions, and what they would change, are no matter. */
export function refuseReader({ role, isOperator }: Principal): void {
  if (isOperator || role === 'AUDITOR' || DECIDERS.includes(role)) return
  throw new HubError('HUB_FORBIDDEN', 'versions are for those who decide on them, operators and the auditor')
}

function refuseProposer({ role, person, isOperator }: Principal): void {
  if (person === undefined) throw new HubError('HUB_PERSON_REQUIRED', 'a version is a named person\u2019s to propose')
  if (isOperator || DECIDERS.includes(role)) return
  throw new HubError('HUB_FORBIDDEN', 'a version is proposed by a health authority, the leading office or an operator')
}

function refuseApprover({ directory, operatorAgency }: VersionsDeps, by: Principal, { gains }: Proposal): void {
  if (by.person === undefined) throw new HubError('HUB_PERSON_REQUIRED', 'an approval is a named person\u2019s act')
  const isOperators = by.isOperator || by.agency === operatorAgency || heldOperatorKey(directory(), by, operatorAgency)
  if (isOperators) throw new HubError('HUB_SECOND_PERSON', 'who is or was an operator approves no version')
  if (gains.includes(by.role)) throw new HubError('HUB_SECOND_PERSON', 'who gains by a version does not approve it')
  if (!DECIDERS.includes(by.role))
    throw new HubError('HUB_FORBIDDEN', 'a version is approved by a health authority or the leading office')
}

/** One person may hold several keys, of several agencies; one that is revoked does not undo what was done with it. */
function heldOperatorKey(directory: Directory, { person }: Principal, operatorAgency: string): boolean {
  return [operatorAgency, ...directory.agencies().map(({ id }) => id)]
    .flatMap((id) => directory.keysOf(id))
    .some((key) => key.person === person && key.isOperator)
}
