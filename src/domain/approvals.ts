/**
 * What an approval is by its events, and who may decide it: the second of two persons, in time, once. Pure. Who may ask for an act,
 * and who of them may approve it, is the act's own business.
 */
import { DAY, epochMsOf, type Moment, momentOf } from '../kernel/dates.js'
import { HubError } from '../kernel/errors.js'
import { APPROVAL_ACTS, type ApprovalAct } from './approval-events.js'
import type { EventData, RecordedBy, StoredEvent } from './event.js'
import { readObject, readText } from './read-data.js'

/** Days within which the second person decides. */
export const APPROVAL_DAYS = 7

/** `GIVEN`: approved, and not carried out yet. Nothing leads out of the last three. */
export type ApprovalState = 'REQUESTED' | 'GIVEN' | 'CARRIED_OUT' | 'REFUSED' | 'EXPIRED'

export interface Approval {
  readonly act: ApprovalAct
  /** As the act has it: of an erasure the patient and the ground. */
  readonly subject: EventData
  readonly state: ApprovalState
  /** The id of the event that asked. */
  readonly eventId: string
  readonly requestedBy: RecordedBy
  readonly requestedAt: Moment
  readonly expiresAt: Moment
  /** Who approved or refused it, and when. */
  readonly decidedBy?: RecordedBy
  readonly decidedAt?: Moment
  /** The id of the event that approved it. */
  readonly givenId?: string
  readonly carriedOutAt?: Moment
  /** The id of the event after which it could not be carried out any more: it ended before its days were over. */
  readonly overtakenBy?: string
}

/** The moment at which a request ends by itself, e.g. seven days after 2026-04-20T09:30:00.000+08:00. */
export function expiryOf(requestedMs: number): Moment {
  return momentOf(requestedMs + APPROVAL_DAYS * DAY)
}

/** The approval after one more event of its stream. Throws where the first is no request. */
export function evolveApproval(approval: Approval | undefined, event: StoredEvent): Approval {
  const { type, data, recordedBy, recordedAt, id, causation } = event
  if (type === 'ApprovalRequested') {
    return {
      act: actIn(data),
      subject: readObject(data, 'subject'),
      state: 'REQUESTED',
      eventId: id,
      requestedBy: recordedBy,
      requestedAt: recordedAt,
      expiresAt: readText(data, 'expiresAt'),
    }
  }
  if (!approval) throw new Error(`evolveApproval: ${type} without a request`)
  switch (type) {
    case 'ApprovalGiven':
      return { ...approval, state: 'GIVEN', decidedBy: recordedBy, decidedAt: recordedAt, givenId: id }
    case 'ApprovalRefused':
      return { ...approval, state: 'REFUSED', decidedBy: recordedBy, decidedAt: recordedAt }
    case 'ApprovalExpired':
      return { ...approval, state: 'EXPIRED', ...(causation && { overtakenBy: causation.id }) }
    case 'ApprovalCarriedOut':
      return { ...approval, state: 'CARRIED_OUT', carriedOutAt: recordedAt }
    default:
      throw new Error(`evolveApproval: impossible type ${type}`)
  }
}

/** Undefined of an empty stream. */
export function approvalOf(events: Iterable<StoredEvent>): Approval | undefined {
  let approval: Approval | undefined
  for (const event of events) approval = evolveApproval(approval, event)
  return approval
}

/** Throws `HUB_ALREADY_DECIDED` where it is decided, or its days are over, whether or not the hub has written that down. */
export function refuseDecided({ state, expiresAt }: Pick<Approval, 'state' | 'expiresAt'>, nowMs: number): void {
  if (state === 'REQUESTED' && nowMs < epochMsOf(expiresAt)) return
  throw new HubError('HUB_ALREADY_DECIDED', 'this request is approved, refused or expired already')
}

/** Throws `HUB_PERSON_REQUIRED` or `HUB_SECOND_PERSON` unless a named person other than the first approves with another key. */
export function refuseSamePerson(
  { requestedBy }: Pick<Approval, 'requestedBy'>,
  { person, client }: Omit<RecordedBy, 'agency' | 'role'>,
): void {
  if (person === undefined) throw new HubError('HUB_PERSON_REQUIRED', 'an approval is a named person\u2019s act')
  if (person !== requestedBy.person && client !== requestedBy.client) return
  throw new HubError('HUB_SECOND_PERSON', 'whoever asked for an act does not approve it')
}

function actIn(data: EventData): ApprovalAct {
  const act = APPROVAL_ACTS.find((known) => known === data.act)
  if (!act) throw new Error('evolveApproval: an act that the catalogue does not know')
  return act
}
