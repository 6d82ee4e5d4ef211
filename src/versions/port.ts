/** What others see of versions: which are in force and known, who proposes one and who approves it. Types only. */
import type { ApprovalState } from '../domain/approvals.js'
import type { ApprovalRefusal } from '../domain/code-lists/hub.js'
import type { Label } from '../domain/define-event.js'
import type { RecordedBy, Role } from '../domain/event.js'
import type { Opening } from '../policy/openings.js'
import type { Principal } from '../recording/port.js'

/** `rules` are those of the alerts. */
export const VERSION_KINDS = ['feed', 'policy', 'rules'] as const
export type VersionKind = (typeof VERSION_KINDS)[number]

/** `UNKNOWN_HERE`: in force, and this node cannot run it: it closes nothing of that name, and raises no alert by such rules. */
export type VersionState = 'IN_FORCE' | 'NOT_IN_FORCE' | 'UNKNOWN_HERE'

export interface VersionInfo {
  readonly kind: VersionKind
  readonly name: string
  readonly version: number
  readonly state: VersionState
  readonly label?: Label
  /** Whom it tells something. */
  readonly audiences: readonly Role[]
  /** By its rules, against what is in force of that name. */
  readonly opened: readonly Opening[]
  readonly closed: readonly Opening[]
}

/** `GIVEN` becomes `CARRIED_OUT` when the version is in force, and `EXPIRED` where another one came first or its days are over. */
export interface Proposal {
  readonly proposal: string
  readonly kind: VersionKind
  readonly name: string
  readonly version: number
  /** What was in force when it was proposed; nothing of that name where absent. */
  readonly from?: number
  /** The event that put `from` in force: the proposal ends with the next one of that name. */
  readonly follows?: string
  /** Of these nobody approves it. */
  readonly gains: readonly Role[]
  readonly state: ApprovalState
  readonly requestedBy: RecordedBy
  readonly requestedAt: string
  readonly expiresAt: string
  readonly decidedBy?: RecordedBy
  readonly decidedAt?: string
  readonly carriedOutAt?: string
  /** With which it ended before its days were over: an activation, or the request of one that another hub took just before. */
  readonly overtakenBy?: string
}

export interface ProposalDraft {
  /** From the client, so that a retry finds it. */
  readonly id?: string
  /** A feed or a policy pack by its name, or `alerts`. */
  readonly name: string
  readonly version: number
  readonly reason: string
}

/** A version that widens nothing and takes no correction away takes effect at once; every other waits for a second person. */
export type Proposed =
  | { readonly outcome: 'IN_FORCE' }
  | {
      readonly outcome: 'WAITS'
      readonly proposal: string
      readonly expiresAt: string
      readonly isKnown: boolean
    }

/**
 * Acts on versions. One of the alerts takes effect with the next event, any other at the next close: what is closed keeps the versions
 * that its closing froze. Named persons of the health authorities and of the leading office propose and approve; a named operator may
 * propose.
 */
export interface Versions {
  /** For those who may act, for operators and the auditor. Throws `HUB_FORBIDDEN`. */
  list(by: Principal): Promise<{ readonly versions: readonly VersionInfo[]; readonly proposals: readonly Proposal[] }>
  /**
   * Whether it widens, or takes corrections away, is computed, not claimed. Throws `HUB_UNKNOWN_VERSION` for what this node does not know, and
   * `HUB_ALREADY_DECIDED` where it is in force, or another proposal of that name is open: of two that two hubs take at the same moment
   * one, which ends.
   */
  propose(by: Principal, draft: ProposalDraft): Promise<Proposed>
  /**
   * Throws `HUB_SECOND_PERSON` for whoever proposed it, for an agency that gains and for operators; `HUB_ALREADY_DECIDED` also where
   * another version has come into force since.
   */
  approve(by: Principal, proposal: string): Promise<void>
  refuse(by: Principal, proposal: string, reason: ApprovalRefusal): Promise<void>
  read(by: Principal, proposal: string): Promise<Proposal & { readonly reason?: string }>
}

export interface VersionKeeper {
  /** Puts in force what was approved and is not yet, ends what cannot be any more, and answers with how many are in force by it. */
  keep(): Promise<number>
}
