/**
 * What a one-off disclosure is by its events. Pure. That nobody decided it in time follows from the calendar and is in no event: what
 * was asked for by letter and not decided is asked for again.
 */
import { type CalendarDate, epochMsOf, type Moment } from '../kernel/dates.js'
import type {
  CopyRecallStep,
  OneOffDecision,
  OneOffPaper,
  OneOffRefusal,
  OneOffRequester,
} from './code-lists/one-off.js'
import type { EventData, RecordedBy, Role, StoredEvent } from './event.js'
import {
  COPY_RECALL_PASSED_ON,
  COPY_RECALLED,
  DISCLOSURE_DECIDED,
  DISCLOSURE_HANDED_OUT,
  DISCLOSURE_REQUESTED,
  SUSPENSION_ASKED,
  SUSPENSION_RENEWED,
} from './one-off-events.js'
import type { Time } from './patient-state.js'
import { findNumber, findText, readNumber, readObject, readText, readTexts } from './read-data.js'
import { disclosureStream, streamKeyOf } from './streams.js'

/** `EXPIRED`: nobody decided it in time. Nothing leads out of any but the first. */
export type OneOffState = 'REQUESTED' | 'EXPIRED' | OneOffDecision

export interface OneOffDecided {
  readonly by: RecordedBy
  readonly at: Moment
  readonly on: CalendarDate
  readonly decision: OneOffDecision
  /** Facts that are given; none where refused. */
  readonly fields: readonly string[]
  readonly reason?: OneOffRefusal
  readonly clauses: readonly string[]
  /** Of a document: what it is a function of, and its digest. */
  readonly document?: {
    /** The last revisions of the person’s stream, and of their health centre’s, that it knows of. */
    readonly asOf: { readonly person: number; readonly centre?: number }
    readonly fieldSet: string
    readonly format: number
    readonly digest: string
  }
  /** The person’s account has it from this day on; at once where absent. */
  readonly accountFrom?: CalendarDate
}

/** That copies are asked back from whoever wrote, and what came of it. */
export interface CopyRecall {
  /** An erasure where absent. */
  readonly reason?: string
  readonly at: Moment
  readonly deleteBy: CalendarDate
  /** When the requester was written to. */
  readonly writtenAt?: Time
  /** When they had said that the copy is destroyed. */
  readonly destroyedAt?: Time
}

export interface OneOff {
  readonly disclosure: string
  /** Absent where the letter means nobody whom the health centre knows. */
  readonly patientId?: string
  /** The id of the event that asked. */
  readonly eventId: string
  readonly kind: OneOffRequester
  /** Facts that are asked for. */
  readonly fields: readonly string[]
  /** The day by which a copy is destroyed. */
  readonly until: CalendarDate
  readonly requestedBy: RecordedBy
  readonly requestedAt: Moment
  readonly expiresAt: Moment
  /** Until when the requester asks that the person is not told. */
  readonly accountFrom?: CalendarDate
  readonly decided?: OneOffDecided
  /** A longer suspension that waits for the second person. */
  readonly renewal?: {
    readonly requestedBy: RecordedBy
    readonly accountFrom: CalendarDate
    readonly expiresAt: Moment
  }
  readonly handedOut: readonly {
    readonly what: OneOffPaper
    readonly at: Moment
    readonly by: string
    readonly agency: string
    readonly role: Role
  }[]
  readonly recalled?: CopyRecall
}

/** The disclosure after one more event of its stream. Throws where the first is no request. */
export function evolveOneOff(before: OneOff | undefined, event: StoredEvent): OneOff {
  const { type, data, recordedAt: at, recordedBy: by } = event
  if (type === DISCLOSURE_REQUESTED) return requestedIn(event)
  if (!before) throw new Error(`evolveOneOff: ${type} without a request`)
  switch (type) {
    case DISCLOSURE_DECIDED:
      return { ...before, decided: decidedIn(event) }
    case DISCLOSURE_HANDED_OUT: {
      // The schema takes no other code.
      const what = readText(data, 'what') as OneOffPaper
      const { agency, role, person = '' } = by
      return { ...before, handedOut: [...before.handedOut, { what, at, by: person, agency, role }] }
    }
    case SUSPENSION_ASKED: {
      const [accountFrom, expiresAt] = [readText(data, 'accountFrom'), readText(data, 'expiresAt')]
      return { ...before, renewal: { requestedBy: by, accountFrom, expiresAt } }
    }
    case SUSPENSION_RENEWED: {
      const { renewal: _, decided, ...rest } = before
      if (!decided) throw new Error('evolveOneOff: a renewal of what was not decided')
      return { ...rest, decided: { ...decided, accountFrom: readText(data, 'accountFrom') } }
    }
    case COPY_RECALLED: {
      const reason = findText(data, 'reason')
      return {
        ...before,
        recalled: { ...(reason === undefined ? {} : { reason }), at, deleteBy: readText(data, 'deleteBy') },
      }
    }
    case COPY_RECALL_PASSED_ON:
      return { ...before, recalled: passedOn(before.recalled, event) }
    default:
      throw new Error(`evolveOneOff: impossible type ${type}`)
  }
}

const PASSED_ON = { WRITTEN: 'writtenAt', DESTROYED: 'destroyedAt' } as const satisfies Record<CopyRecallStep, string>

function passedOn(recalled: CopyRecall | undefined, { data, occurredAt, recordedAt }: StoredEvent): CopyRecall {
  if (!recalled) throw new Error('evolveOneOff: passed on what was not asked back')
  // The schema takes no other code.
  return { ...recalled, [PASSED_ON[readText(data, 'what') as CopyRecallStep]]: occurredAt ?? recordedAt }
}

/** Undefined of an empty stream. */
export function oneOffOf(events: Iterable<StoredEvent>): OneOff | undefined {
  let oneOff: OneOff | undefined
  for (const event of events) oneOff = evolveOneOff(oneOff, event)
  return oneOff
}

export function stateOf({ decided, expiresAt }: OneOff, nowMs: number): OneOffState {
  if (decided) return decided.decision
  return nowMs < epochMsOf(expiresAt) ? 'REQUESTED' : 'EXPIRED'
}

/** True while the person is not to know of it. What was refused, or is not decided, told nobody anything. */
export function isSuspended({ decided }: OneOff, today: CalendarDate): boolean {
  return decided?.accountFrom !== undefined && today < decided.accountFrom
}

/** The day until which none but the two are to know of it; of what was refused, or is not decided, the one for which the letter asks. */
export function silentUntil({ accountFrom, decided }: OneOff): CalendarDate | undefined {
  return decided && decided.decision !== 'REFUSED' ? decided.accountFrom : accountFrom
}

/** True while none but the two are to know of it. */
export function isConfidential(oneOff: OneOff, today: CalendarDate): boolean {
  const until = silentUntil(oneOff)
  return until !== undefined && today < until
}

/** Whose key the words of a letter lie under, as the vault names owners. */
export function letterOwner({ disclosure, eventId }: Pick<OneOff, 'disclosure' | 'eventId'>): `patient:${string}` {
  return `patient:${disclosureStream(disclosure)}:${eventId}`
}

/** What an event of the disclosure says of whom it is about. */
export function subjectOf({ patientId }: Pick<OneOff, 'patientId'>): { readonly patient?: string } {
  return patientId === undefined ? {} : { patient: patientId }
}

/** True where a copy of what was granted lies with whoever wrote: the document, or its page, was handed out. */
export function isCopyOut({ handedOut }: Pick<OneOff, 'handedOut'>): boolean {
  return handedOut.some(({ what }) => what === 'DOCUMENT' || what === 'PAGE')
}

/** True while a copy is asked back and nobody has said that it is destroyed. */
export function isRecallOpen({ recalled }: Pick<OneOff, 'recalled'>): boolean {
  return recalled !== undefined && recalled.destroyedAt === undefined
}

/** The pseudonyms of the two who ask and decide. Until it is decided the second is whoever opened the letter first. */
export function betweenOf({ requestedBy, decided, handedOut }: OneOff): readonly string[] {
  const reader = handedOut.find(({ what, by }) => what === 'REQUEST' && by !== requestedBy.person)?.by
  return [requestedBy.person, decided ? decided.by.person : reader].filter((one) => one !== undefined)
}

function requestedIn({ id, stream, data, recordedBy, recordedAt }: StoredEvent): OneOff {
  const [patientId, accountFrom] = [findText(data, 'patient'), findText(data, 'accountFrom')]
  return {
    disclosure: streamKeyOf(stream),
    ...(patientId === undefined ? {} : { patientId }),
    eventId: id,
    kind: readText(data, 'requesterKind') as OneOffRequester,
    fields: readTexts(data, 'fields'),
    until: readText(data, 'until'),
    requestedBy: recordedBy,
    requestedAt: recordedAt,
    expiresAt: readText(data, 'expiresAt'),
    ...(accountFrom === undefined ? {} : { accountFrom }),
    handedOut: [],
  }
}

function decidedIn({ data, recordedBy, recordedAt, occurredAt }: StoredEvent): OneOffDecided {
  const [reason, accountFrom] = [findText(data, 'reason'), findText(data, 'accountFrom')]
  const [fieldSet, format, digest] = [findText(data, 'fieldSet'), findNumber(data, 'format'), findText(data, 'digest')]
  const isDocument = fieldSet !== undefined && format !== undefined && digest !== undefined
  return {
    by: recordedBy,
    at: recordedAt,
    on: occurredAt ?? recordedAt,
    decision: readText(data, 'decision') as OneOffDecision,
    fields: readTexts(data, 'fields'),
    ...(reason === undefined ? {} : { reason: reason as OneOffRefusal }),
    clauses: readTexts(data, 'clauses'),
    ...(isDocument ? { document: { asOf: asOfIn(readObject(data, 'asOf')), fieldSet, format, digest } } : {}),
    ...(accountFrom === undefined ? {} : { accountFrom }),
  }
}

function asOfIn(asOf: EventData): NonNullable<OneOffDecided['document']>['asOf'] {
  const centre = findNumber(asOf, 'centre')
  return { person: readNumber(asOf, 'person'), ...(centre === undefined ? {} : { centre }) }
}
