/** What others see of erasures: who may ask for one and approve it, and how far each has come. Types only. */
import type { ApprovalState } from '../domain/approvals.js'
import type { ApprovalRefusal, ErasureGround } from '../domain/code-lists/hub.js'
import type { RecordedBy } from '../domain/event.js'
import type { Principal } from '../recording/port.js'

/** `GIVEN` becomes `CARRIED_OUT` when the keys are gone; `erasedAt` says that the log has the erasure, and that people are told. */
export interface Erasure {
  readonly erasure: string
  readonly patientId: string
  readonly authority: ErasureGround
  readonly state: ApprovalState
  readonly requestedBy: RecordedBy
  readonly requestedAt: string
  readonly expiresAt: string
  readonly decidedBy?: RecordedBy
  readonly decidedAt?: string
  readonly erasedAt?: string
  readonly carriedOutAt?: string
}

export interface ErasureDraft {
  /** From the client, so that a retry finds it. */
  readonly id?: string
  readonly patientId: string
  readonly authority: ErasureGround
  readonly reason: string
}

/**
 * Acts on erasures. They are for named persons of the health centre that is responsible for the patient, or of one above it, and for
 * operators who are named persons; of the two who agree at least one acts for such a health centre. To everybody else nobody is
 * known (`HUB_NOT_FOUND`).
 */
export interface Erasures {
  /** Throws `HUB_ERASED` for a person who is erased, `HUB_ALREADY_DECIDED` while another request about them is open or approved. */
  request(
    by: Principal,
    draft: ErasureDraft,
  ): Promise<{ readonly erasure: string; readonly expiresAt: string; readonly isKnown: boolean }>
  /**
   * Throws `HUB_SECOND_PERSON` where the two would not be two, or neither acts for the health centre; `HUB_ALREADY_DECIDED`;
   * `HUB_LEGAL_HOLD` while a hold is in force. One that is placed after the approval keeps it waiting.
   */
  approve(by: Principal, erasure: string): Promise<void>
  refuse(by: Principal, erasure: string, reason: ApprovalRefusal): Promise<void>
  /** Those that this principal may act on, newest first. */
  list(by: Principal): Promise<readonly Erasure[]>
  /** One of them. */
  read(by: Principal, erasure: string): Promise<Erasure>
  /** Why it was asked for; undefined once that is erased too. Whoever hands it out has recorded the reading. */
  reasonOf(erasure: string): Promise<string | undefined>
}

export interface ErasureKeeper {
  /** Does what can be done by now of everything that was approved, and answers with how many persons' keys it destroyed. */
  keep(): Promise<number>
}
