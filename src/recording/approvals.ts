/**
 * Acts of two persons: a request is an event with seven days to live, the second person's word the next one in its stream, and so
 * is its end by the hub. Whatever is decided first stands. Who may ask for an act, and who may approve it, its own part says.
 *
 * What the hub appends follows from the request alone, so that any node derives the same, e.g. at revision 1 of `approval-…`:
 * `{"type":"ApprovalExpired","occurredAt":"2026-04-27T09:30:00.000+08:00","data":{}}`.
 */
import { type Approval, approvalOf, expiryOf, refuseDecided, refuseSamePerson } from '../domain/approvals.js'
import type { StoredEvent } from '../domain/event.js'
import { readText } from '../domain/read-data.js'
import { approvalStream } from '../domain/streams.js'
import type { Clock } from '../kernel/clock.js'
import { collect } from '../kernel/collect.js'
import { epochMsOf } from '../kernel/dates.js'
import { HubError, isHubError } from '../kernel/errors.js'
import { uuidv7 } from '../kernel/ids.js'
import { canonicalJson } from '../kernel/jcs.js'
import { createTurns } from '../kernel/turns.js'
import type { EventLog, LogReader } from '../log/port.js'
import type { Vault } from '../vault/port.js'
import type { Approvals, HubEvent, HubRecorder, OpenApproval, Principal } from './port.js'
import { openedData } from './same-content.js'

export interface ApprovalsDeps {
  readonly log: EventLog
  /** The log itself, where `log` reads a replica of it: the second person may be at another hub than the first. */
  readonly authority?: LogReader
  readonly vault: Vault
  readonly hubRecorder: HubRecorder
  readonly calendar: Clock
  readonly wall: Clock
}

export function createApprovals(deps: ApprovalsDeps): Approvals {
  const { log, authority = log, vault, hubRecorder, calendar, wall } = deps
  /** One decision at a time in this process; between processes the log lets one through. */
  const turns = createTurns()

  const eventsOf = async (approval: string): Promise<readonly StoredEvent[]> => {
    // From here on this hub reads the stream at least so far.
    await authority.readTail(approvalStream(approval))
    return collect(log.readStream(approvalStream(approval)))
  }
  const decide = (
    approval: string,
    event: { readonly type: string; readonly data: Readonly<Record<string, unknown>>; readonly by: Principal },
    check: (approval: Approval) => void,
  ): Promise<void> => {
    const stream = approvalStream(approval)
    return turns.take(stream, async () => {
      await hubRecorder.appendNext({ stream, ...event }, (events) => {
        const standing = found(events)
        check(standing)
        refuseDecided(standing, calendar.now())
      })
    })
  }

  /** The hub's last word on an open one: false where somebody else's came first. */
  const end = async (
    { approval, state }: OpenApproval,
    event: Pick<HubEvent, 'data' | 'causation'>,
  ): Promise<boolean> => {
    const stream = approvalStream(approval)
    const after = state === 'GIVEN' ? 1 : 0
    try {
      const { outcome } = await turns.take(stream, () =>
        hubRecorder.appendAt({ after }, { stream, type: 'ApprovalExpired', ...event }),
      )
      return outcome === 'landed'
    } catch (error) {
      // Somebody decided it first.
      if (!isHubError(error, 'HUB_DIFFERENT_CONTENT')) throw error
      return false
    }
  }

  return {
    async request(by, { id = uuidv7(wall.now()), act, subject, reason }) {
      namedPerson(by)
      const stream = approvalStream(id)
      const expiresAt = expiryOf(calendar.now())
      let known: Approval | undefined
      const refuseSecond = (events: readonly StoredEvent[]): void => {
        known = approvalOf(events)
        if (known) throw new HubError('HUB_DIFFERENT_CONTENT', 'the id is known with another request')
      }
      const data = { act, subject, reason, expiresAt }
      try {
        await turns.take(stream, () =>
          hubRecorder.appendNext({ stream, type: 'ApprovalRequested', data, by }, refuseSecond),
        )
      } catch (error) {
        // The same person asks for the same again: the answer was lost.
        if (!known || known.requestedBy.person !== by.person || !isSame(known, { act, subject })) throw error
        return { approval: id, expiresAt: known.expiresAt, isKnown: true }
      }
      return { approval: id, expiresAt, isKnown: false }
    },
    async read(id) {
      return found(await eventsOf(id))
    },
    async reasonOf(id) {
      const [requested] = await eventsOf(id)
      if (!requested) throw noSuch()
      try {
        return readText(await openedData(requested, vault), 'reason')
      } catch (error) {
        if (isHubError(error, 'HUB_ERASED')) return undefined
        throw error
      }
    },
    async give(by, id) {
      const person = namedPerson(by)
      await decide(id, { type: 'ApprovalGiven', data: { by: person }, by }, (approval) =>
        refuseSamePerson(approval, by),
      )
    },
    async refuse(by, id, reason) {
      const person = namedPerson(by)
      await decide(id, { type: 'ApprovalRefused', data: { by: person, reason }, by }, ({ requestedBy }) => {
        if ((reason === 'WITHDRAWN') !== (requestedBy.person === person)) {
          throw new HubError('HUB_FORBIDDEN', 'whoever asked withdraws a request, and whoever else refuses it does not')
        }
      })
    },
    async carriedOut(id, result) {
      const event = { stream: approvalStream(id), type: 'ApprovalCarriedOut', data: { result }, causation: result }
      await hubRecorder.appendAt({ after: 1 }, event)
    },
    async expireDue(open) {
      let ended = 0
      for (const { expiresAt, ...one } of open) {
        if (epochMsOf(expiresAt) > calendar.now()) continue
        if (await end(one, { data: { at: expiresAt } })) ended++
      }
      return ended
    },
    async overtaken(open, { stream, id, recordedAt }) {
      await end(open, { data: { at: recordedAt }, causation: { stream, id } })
    },
  }
}

function found(events: readonly StoredEvent[]): Approval {
  const approval = approvalOf(events)
  if (!approval) throw noSuch()
  return approval
}

function noSuch(): HubError {
  return new HubError('HUB_NOT_FOUND', 'no such request')
}

function isSame(known: Approval, { act, subject }: Pick<Approval, 'act' | 'subject'>): boolean {
  return known.act === act && canonicalJson(known.subject) === canonicalJson(subject)
}

function namedPerson({ person }: Principal): string {
  if (person === undefined) throw new HubError('HUB_PERSON_REQUIRED', 'an act of two persons needs two named persons')
  return person
}
