/**
 * Recording: the one way in. HTTP, batch, import, returns, CLI and rehearsal all record through `Recorder`; nothing else
 * appends what a person or agency says. Order of a recording: authorise → validate → id known? then answer → check →
 * claim → seal → append.
 */
import type { ApprovalAct } from '../domain/approval-events.js'
import type { Approval, ApprovalState } from '../domain/approvals.js'
import type { ApprovalRefusal } from '../domain/code-lists/hub.js'
import type { Causation, EventData, Receipt, Role, Source, StoredEvent } from '../domain/event.js'
import type { Fault } from '../kernel/errors.js'

/** Who asks: an API key bound to an agency and, where a person acts, to a named person. */
export interface Principal {
  readonly agency: string
  readonly role: Role
  readonly person?: string
  /** The API key's id. */
  readonly client: string
  readonly isOperator: boolean
}

/** Events of one person that may go in one write. */
export const MAX_GROUP = 50

/** An event as its recorder sends it, before validation. */
export interface ProposedWrite {
  /** Patient id for health roles; the agency's own pseudonym for the person for other roles. */
  readonly patientId?: string
  /** Names a person instead: health roles are answered, all others say the township and always get 202 (held). */
  readonly person?: {
    readonly idNumber?: string
    readonly name?: string
    readonly township?: string
    readonly description?: string
  }
  /** Refused with `HUB_REVISION_CONFLICT` unless the person's stream is at this revision. */
  readonly expectedRevision?: number
  /** One event, or the events of one visit: all or none. */
  readonly events: readonly unknown[]
  readonly source?: Source
  /** The event of another stream that this write comes from, e.g. the held write it was matched from. */
  readonly causation?: Causation
  /** True in a batch or an import: consents are refused there. */
  readonly isBatch?: boolean
}

export type RecordOutcome =
  | { readonly kind: 'recorded'; readonly receipts: readonly Receipt[]; readonly warnings: readonly Fault[] }
  /** The same again: the first receipts. */
  | { readonly kind: 'known'; readonly receipts: readonly Receipt[] }
  /** Always the same for a non-health role that names a person. */
  | { readonly kind: 'held'; readonly heldId: string }

export interface Recorder {
  /** Throws `HubError`; nothing is stored then, unless the code is `HUB_OUTCOME_UNKNOWN`. */
  record(principal: Principal, write: ProposedWrite): Promise<RecordOutcome>
}

/** A fact of the hub's own (enrolments, closes, deliveries …): appended to a determined slot, so that any node may derive it. */
export interface HubEvent {
  readonly stream: string
  readonly type: string
  readonly data: Readonly<Record<string, unknown>>
  readonly occurredAt?: string
  readonly causation?: Causation
  /** `recordedAt` of the event before it in its stream, where another clock may have written that. */
  readonly floor?: string
  /** The event of the same stream and type whose place it takes. */
  readonly corrects?: string
  /** The acting principal; the hub itself where absent. */
  readonly by?: Principal
  /** Asked where its slot holds other content: true where that does as well. */
  readonly isServedBy?: (standing: StoredEvent) => Promise<boolean>
}

export interface HubRecorder {
  /**
   * Appends at a computed slot (`'new'` or right after a revision): `landed` with its receipt, or `taken` with the event
   * that already stands there when its content is the same; throws `HUB_DIFFERENT_CONTENT` when it is not.
   */
  appendAt(
    slot: 'new' | { readonly after: number },
    event: HubEvent,
  ): Promise<{ readonly outcome: 'landed' | 'taken'; readonly receipt: Receipt }>
  /** Appends after whatever stands in the stream now; `check` sees the stream's events first and may throw. For people's acts on small streams. */
  appendNext(event: HubEvent, check?: (events: readonly StoredEvent[]) => void): Promise<Receipt>
}

export interface ApprovalDraft {
  /** From the client, so that a retry finds it; from the hub where absent. */
  readonly id?: string
  readonly act: ApprovalAct
  readonly subject: EventData
  /** In words: sealed. */
  readonly reason: string
}

/** Acts of two named persons. Every one throws `HUB_PERSON_REQUIRED` for a key that is nobody's, `HUB_NOT_FOUND` for no request. */
export interface Approvals {
  /** The same again by the same person is known; throws `HUB_DIFFERENT_CONTENT` for an id that stands for something else. */
  request(
    by: Principal,
    draft: ApprovalDraft,
  ): Promise<{ readonly approval: string; readonly expiresAt: string; readonly isKnown: boolean }>
  read(approval: string): Promise<Approval>
  /** Undefined once its key is destroyed. */
  reasonOf(approval: string): Promise<string | undefined>
  /** Throws `HUB_SECOND_PERSON`, `HUB_ALREADY_DECIDED`. */
  give(by: Principal, approval: string): Promise<void>
  /** By whoever asked as `WITHDRAWN`, by whoever else for another reason. Throws `HUB_ALREADY_DECIDED`. */
  refuse(by: Principal, approval: string, reason: ApprovalRefusal): Promise<void>
  /** Says that what was approved is done; once, whichever node did it. */
  carriedOut(approval: string, result: Causation): Promise<void>
  /** Ends those of the open ones, approved or not, whose days are over, and answers with how many it ended itself. */
  expireDue(open: Iterable<OpenApproval & { readonly expiresAt: string }>): Promise<number>
  /** Ends an open one that cannot be carried out any more since this event. */
  overtaken(open: OpenApproval, by: StoredEvent): Promise<void>
}

/** Requested, or given and not carried out. */
export interface OpenApproval {
  readonly approval: string
  readonly state: ApprovalState
}
