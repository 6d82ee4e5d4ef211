/**
 * The answers for the hub's own events (see `answers.ts`). They speak of agencies, keys and deliveries, not of a person's
 * life; what an envelope or document says of itself (sequence, period, digests) is no disclosure of anybody's data.
 */
import type { KeptForAll, MemberAnswer } from './answers.js'
import type { FactPath } from './facts.js'

const INTERNAL: KeptForAll = {
  clauses: ['design §8', 'W49'],
  basis: 'the hub’s own record of itself, for operator and auditor',
}
const HELD: KeptForAll = {
  clauses: ['design §5', 'W49'],
  basis: 'listed to the health centre alone until it is matched',
}
const TWO_PERSONS: KeptForAll = {
  clauses: ['design §12', 'PIPL 47'],
  basis: 'for those who may ask for the act, and for operator and auditor',
}
const ONE_OFF: KeptForAll = {
  clauses: ['PIPL 44', 'PIPL 35', 'design §8'],
  basis: 'for those who decide it, the person’s account and the auditor; in no feed and no alert',
}
const VIEWS: KeptForAll = {
  clauses: ['PIPL 44', 'design §6'],
  basis: 'the person’s account of disclosures, for nobody else',
}
const AGENCY: KeptForAll = {
  clauses: ['PIPL 6'],
  basis: 'a duty number is dialled by the hub’s duty desk, not handed out',
}

const MEMBERS: readonly (readonly [type: string, members: readonly string[], kept: KeptForAll])[] = [
  ['LogCreated', ['logId', 'format', 'simulated'], INTERNAL],
  ['VersionActivated', ['kind', 'name', 'version'], INTERNAL],
  ['ClockDoubted', ['behindMs'], INTERNAL],
  ['ClockConfirmed', ['by'], INTERNAL],
  ['AgencyEnrolled', ['role', 'superior'], INTERNAL],
  ['AgencyEnrolled', ['dutyPhone'], AGENCY],
  ['AgencyAreaAssigned', ['areas', 'from', 'to'], INTERNAL],
  ['UnitWentLive', ['unit', 'from'], INTERNAL],
  ['EnrolmentOpened', ['codeHash', 'expiresAt'], INTERNAL],
  ['ApiKeyIssued', ['keyId', 'keyHash', 'person', 'staffName', 'isOperator', 'enrolment'], INTERNAL],
  ['ApiKeyRevoked', ['keyId', 'reason'], INTERNAL],
  ['SubscriptionOpened', ['agency', 'alerts', 'feeds', 'channel', 'url', 'duty', 'ping', 'heartbeats'], INTERNAL],
  ['SubscriptionChanged', ['alerts', 'feeds', 'channel', 'url', 'duty', 'ping', 'heartbeats', 'paused'], INTERNAL],
  ['SubscriptionClosed', ['reason'], INTERNAL],
  ['SecretRotated', ['number', 'previousUntil'], INTERNAL],
  ['SecretRetired', ['number'], INTERNAL],
  ['PublicKeyRegistered', ['thumbprint', 'jwk'], INTERNAL],
  ['MessageQueued', ['key', 'cause', 'kind', 'class', 'fieldSet', 'versions', 'digest'], INTERNAL],
  ['MessageHandedOver', ['from', 'through', 'at'], INTERNAL],
  ['MessageCollected', ['through', 'at'], INTERNAL],
  ['MessageOpened', ['sequences', 'by', 'at'], INTERNAL],
  ['MessageAcknowledged', ['through', 'by', 'at'], INTERNAL],
  ['MessageParked', ['sequence', 'key', 'reason', 'at'], INTERNAL],
  ['MessageRedriven', ['sequences', 'by', 'at'], INTERNAL],
  ['AlertRaised', ['agency', 'cause', 'kind', 'class', 'message', 'tasks'], INTERNAL],
  ['AlertAcknowledged', ['by', 'at'], INTERNAL],
  ['AlertRelayed', ['by', 'to', 'means', 'at'], INTERNAL],
  ['AlertOutcomeReported', ['by', 'outcome', 'at'], INTERNAL],
  ['AlertEscalated', ['step', 'to', 'about', 'at'], INTERNAL],
  ['AlertExpired', ['end', 'by', 'at'], INTERNAL],
  ['LevelWentStale', ['assessment', 'assessedOn', 'at'], INTERNAL],
  ['RecallSent', ['agency', 'reason', 'fieldSets', 'rows', 'deleteBy'], INTERNAL],
  ['RecallAcknowledged', ['by', 'at'], INTERNAL],
  ['IdentityErased', ['keyId', 'authority', 'rows', 'counted', 'deleteBy'], INTERNAL],
  ['ApprovalRequested', ['act', 'subject', 'reason', 'expiresAt'], TWO_PERSONS],
  ['ApprovalGiven', ['by'], TWO_PERSONS],
  ['ApprovalRefused', ['by', 'reason'], TWO_PERSONS],
  ['ApprovalExpired', ['at'], TWO_PERSONS],
  ['ApprovalCarriedOut', ['result'], TWO_PERSONS],
  ['DisclosureRequested', ['patient', 'requesterKind', 'requesterName', 'letter', 'purpose'], ONE_OFF],
  ['DisclosureRequested', ['fields', 'until', 'accountFrom', 'expiresAt'], ONE_OFF],
  ['DisclosureDecided', ['patient', 'by', 'decision', 'fields', 'reason', 'clauses', 'decidedOn'], ONE_OFF],
  ['DisclosureDecided', ['asOf', 'fieldSet', 'format', 'digest', 'accountFrom'], ONE_OFF],
  ['DisclosureHandedOut', ['patient', 'by', 'what'], ONE_OFF],
  ['SuspensionAsked', ['patient', 'by', 'accountFrom', 'expiresAt'], ONE_OFF],
  ['SuspensionRenewed', ['patient', 'by', 'accountFrom'], ONE_OFF],
  ['CopyRecalled', ['patient', 'reason', 'deleteBy'], ONE_OFF],
  ['CopyRecallPassedOn', ['patient', 'by', 'what', 'at'], ONE_OFF],
  ['FeedPeriodClosed', ['feed', 'period', 'by', 'versions'], INTERNAL],
  ['FeedReleased', ['feed', 'period', 'agency', 'cut', 'rows', 'counts', 'root', 'accountingDigest'], INTERNAL],
  ['FeedReleased', ['documentDigest', 'fieldSet', 'versions', 'suppressionsThrough'], INTERNAL],
  ['DocumentReturned', ['agency', 'feed', 'period', 'recorded', 'forCentre', 'digest'], INTERNAL],
  ['WriteHeld', ['heldType', 'unit', 'township', 'body', 'person'], HELD],
  ['HeldMatched', ['patientId', 'event', 'by'], HELD],
  ['HeldRejected', ['by', 'reason'], HELD],
  ['RecordViewed', ['viewer', 'patient', 'held', 'purpose', 'kind'], VIEWS],
]

const FACTS: readonly (readonly [member: string, facts: readonly FactPath[]])[] = [
  ['AgencyEnrolled.name', ['healthCentre.name', 'communityName', 'discharge.hospital']],
  ['AgencyEnrolled.phone', ['healthCentre.phone', 'discharge.phone']],
]

export const HUB_ANSWERS: readonly (readonly [string, MemberAnswer])[] = [
  ...MEMBERS.flatMap(([type, members, kept]) =>
    members.map((member): readonly [string, MemberAnswer] => [`${type}.${member}`, { kept }]),
  ),
  ...FACTS.map(([member, facts]): readonly [string, MemberAnswer] => [member, { facts }]),
]
