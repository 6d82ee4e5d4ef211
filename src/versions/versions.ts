/**
 * Who puts a version in force. One that tells anybody more takes two named persons: one proposes it, and a second one approves it
 * who is of no agency that gains, and no operator (design §8). One that tells nobody more takes effect as it is proposed. Either
 * ends in `VersionActivated`, which the next close freezes; nothing that is closed changes.
 */
import type { ApprovalRow } from '../../projections/approvals.js'
import type { Approval } from '../domain/approvals.js'
import type { Directory } from '../domain/directory.js'
import type { Causation, Role, StoredEvent } from '../domain/event.js'
import { findNumber, readText, readTexts } from '../domain/read-data.js'
import { approvalStream, HUB_STREAM } from '../domain/streams.js'
import type { Feeds } from '../feeds/port.js'
import { HubError, isHubError } from '../kernel/errors.js'
import type { LogReader } from '../log/port.js'
import type { ReadModel } from '../readmodel/port.js'
import type { Approvals, HubRecorder, Principal } from '../recording/port.js'
import { type Candidate, candidateOf, type KnownVersions, versionsOf } from './known-versions.js'
import { type Proposal, VERSION_KINDS, type VersionKeeper, type Versions } from './port.js'

const ACT = 'ACTIVATE_VERSION'
const TYPE = 'VersionActivated'
/** Those who answer for the exchange as a whole. */
const DECIDERS: readonly Role[] = ['HEALTH_COMMISSION', 'MHPC', 'LEADING_OFFICE']
/** Periods in which nobody may be gained by a version that is to take effect without a second person. */
export const PERIODS_COMPARED = 4

export interface VersionsDeps extends KnownVersions {
  readonly log: LogReader
  readonly recorder: Pick<HubRecorder, 'appendNext'>
  readonly approvals: Approvals
  readonly directory: () => Directory
  /** The agency of operators that are nobody else's. */
  readonly operatorAgency: string
  readonly feeds: Pick<Feeds, 'diff'>
  /** Resolves when rows and directory hold what was appended before. */
  readonly through: () => Promise<void>
  readonly rows: () => ReadModel<ApprovalRow>
}

export function createVersions(deps: VersionsDeps): Versions & { readonly keeper: VersionKeeper } {
  const { approvals, directory, rows, through } = deps
  const inForce = () => directory().versions()
  const standing = ({ kind, name }: Pick<Proposal, 'kind' | 'name'>) => inForce().get(`${kind}:${name}`)
  const proposals = (): readonly Proposal[] =>
    [...rows().all()].flatMap(({ row }) => (row.act === ACT ? [proposalOf(row, row.approval)] : []))
  const find = async (id: string): Promise<Proposal> => {
    const approval = await approvals.read(id)
    if (approval.act !== ACT) throw new HubError('HUB_NOT_FOUND', 'no such proposal')
    return proposalOf(approval, id)
  }

  return {
    async list(by) {
      refuseReader(by)
      await through()
      const found = [...proposals()].sort((a, b) => (a.requestedAt < b.requestedAt ? 1 : -1))
      return { versions: versionsOf(deps, inForce()), proposals: found }
    },
    async propose(by, { name, version, reason, ...named }) {
      refuseProposer(by)
      await through()
      const candidate = candidateOf(deps, inForce(), name, version)
      if (candidate.from === version) throw new HubError('HUB_ALREADY_DECIDED', 'this version is in force')
      if (!(await isWider(deps, candidate))) {
        await append(deps, candidate, { by })
        await through()
        return { outcome: 'IN_FORCE' }
      }
      for (const one of proposals()) {
        const isOpen = one.state === 'REQUESTED' || one.state === 'GIVEN'
        if (!isOpen || one.name !== name || one.from !== standing(one) || one.proposal === named.id) continue
        throw new HubError('HUB_ALREADY_DECIDED', 'another proposal of that name is open or approved', {
          data: { proposal: one.proposal },
        })
      }
      const { approval, ...asked } = await approvals.request(by, {
        ...named,
        ...{ act: ACT, subject: subjectOf(candidate), reason },
      })
      return { outcome: 'WAITS', proposal: approval, ...asked }
    },
    async approve(by, id) {
      const proposal = await find(id)
      refuseApprover(deps, by, proposal)
      await through()
      const { from, version } = candidateOf(deps, inForce(), proposal.name, proposal.version)
      if (proposal.state === 'REQUESTED' && (from !== proposal.from || from === version)) {
        throw new HubError('HUB_ALREADY_DECIDED', 'another version has come into force since: propose it again')
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
        for (const { proposal, state, ...one } of proposals()) {
          // One that another version has overtaken is left as it is: what was agreed to is gone.
          if (state !== 'GIVEN' || (standing(one) !== one.from && standing(one) !== one.version)) continue
          try {
            await carryOut(deps, proposal)
            done++
          } catch (error) {
            // Another node was first.
            if (!isHubError(error, 'HUB_ALREADY_DECIDED')) throw error
          }
        }
        return done
      },
    },
  }
}

/** By its rules, or, where those open nothing, by the people of the last periods. */
async function isWider({ feeds, definitions, directory }: VersionsDeps, candidate: Candidate): Promise<boolean> {
  const { kind, name, version, from, opened } = candidate
  if (opened.length > 0 || from === undefined) return true
  const periods = PERIODS_COMPARED
  if (kind === 'feed') return (await feeds.diff({ feed: name, from, to: version, periods })).isWider
  const inForce = directory().versions()
  for (const feed of new Set(definitions.map((one) => one.name))) {
    const standing = inForce.get(`feed:${feed}`)
    if (standing === undefined) continue
    const policy = { [`policy:${name}`]: version }
    if ((await feeds.diff({ feed, from: standing, to: standing, policy, periods })).isWider) return true
  }
  return false
}

/** Puts in force what was approved, from wherever another node stopped. */
async function carryOut(deps: VersionsDeps, id: string): Promise<void> {
  const approval = await deps.approvals.read(id)
  if (approval.state !== 'GIVEN') return
  const cause = { stream: approvalStream(id), id: approval.givenId ?? approval.eventId }
  const done = await activationBy(deps.log, cause)
  const event = done ?? (await append(deps, proposalOf(approval, id), { cause }))
  await deps.approvals.carriedOut(id, { stream: HUB_STREAM, id: event })
}

async function activationBy(log: LogReader, cause: Causation): Promise<string | undefined> {
  for await (const { type, causation, id } of log.readStream(HUB_STREAM)) {
    if (type === TYPE && causation?.id === cause.id) return id
  }
  return undefined
}

/** Appends the activation and answers with its id. Throws `HUB_ALREADY_DECIDED` where what is in force is not what it follows. */
async function append(
  { recorder }: VersionsDeps,
  { kind, name, version, from }: Pick<Proposal, 'kind' | 'name' | 'version'> & { readonly from?: number | undefined },
  { by, cause }: { readonly by?: Principal; readonly cause?: Causation },
): Promise<string> {
  const data = { kind, name, version }
  const event = { stream: HUB_STREAM, type: TYPE, data, ...(by && { by }), ...(cause && { causation: cause }) }
  const { id } = await recorder.appendNext(event, (events) => {
    if (lastIn(events, kind, name) === from) return
    throw new HubError('HUB_ALREADY_DECIDED', 'another version has come into force meanwhile')
  })
  return id
}

function lastIn(events: readonly StoredEvent[], kind: string, name: string): number | undefined {
  const last = events.findLast(({ type, data }) => type === TYPE && data.kind === kind && data.name === name)
  return last && findNumber(last.data, 'version')
}

function subjectOf({ kind, name, version, from, audiences }: Candidate) {
  return { kind, name, version, gains: audiences, ...(from === undefined ? {} : { from }) }
}

function proposalOf(approval: Approval, proposal: string): Proposal {
  const { subject, state, requestedBy, requestedAt, expiresAt, decidedBy, decidedAt, carriedOutAt } = approval
  const from = findNumber(subject, 'from')
  return {
    proposal,
    // What it names was checked when it was proposed.
    kind: VERSION_KINDS.find((kind) => kind === subject.kind) ?? 'feed',
    name: readText(subject, 'name'),
    version: findNumber(subject, 'version') ?? 0,
    ...(from === undefined ? {} : { from }),
    gains: readTexts(subject, 'gains') as readonly Role[],
    ...{ state, requestedBy, requestedAt, expiresAt },
    ...(decidedBy && { decidedBy }),
    ...(decidedAt && { decidedAt }),
    ...(carriedOutAt && { carriedOutAt }),
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
  const isOperators = by.isOperator || by.agency === operatorAgency || holdsOperatorKey(directory(), by, operatorAgency)
  if (isOperators) throw new HubError('HUB_SECOND_PERSON', 'an operator approves no version')
  if (gains.includes(by.role)) throw new HubError('HUB_SECOND_PERSON', 'who gains by a version does not approve it')
  if (!DECIDERS.includes(by.role))
    throw new HubError('HUB_FORBIDDEN', 'a version is approved by a health authority or the leading office')
}

/** One person may hold several keys. */
function holdsOperatorKey(directory: Directory, { person, agency }: Principal, operatorAgency: string): boolean {
  return [operatorAgency, agency]
    .flatMap((id) => directory.keysOf(id))
    .some((key) => key.person === person && key.isOperator && !key.revoked)
}
