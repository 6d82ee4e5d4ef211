/** What others see of the alerts: the dispatcher that fills the outboxes, and what agencies do with an alert. Types only. */
import type { Receipt, Role } from '../domain/event.js'
import type { AlertClass } from '../domain/hub-events.js'
import type { Principal } from '../recording/port.js'

export interface DispatcherHealth {
  /** `stalled`: the log or the vault refuses for now and it tries again; `faulted`: it stopped and needs a person. */
  readonly state: 'stopped' | 'running' | 'stalled' | 'faulted'
  /** Why, where it is stalled or faulted. */
  readonly error?: unknown
}

export interface Dispatcher {
  /** Resolves when the directory as of the checkpoint is loaded; following goes on behind. */
  start(): Promise<void>
  /** Resolves when what was under way is settled and the checkpoint is written. */
  stop(): Promise<void>
  /** Resolves when everything in the log, its own appends included, has been dispatched; rejects where it is faulted. */
  idle(): Promise<void>
  health(): DispatcherHealth
}

/** Somebody of this role ought to have been told something of this kind, and was not. */
export interface Unreached {
  readonly role: Role
  readonly kind: string
}

/** Counters for the metrics page; each is called as it happens and must not throw. */
export interface DispatchMetrics {
  readonly queued?: (count: { readonly class: AlertClass; readonly kind: string }) => void
  readonly raised?: (count: { readonly class: AlertClass; readonly kind: string }) => void
  /** No agency of the role is in charge where the person lives: once for each cause and role. */
  readonly unmapped?: (count: Unreached) => void
  /** A notice for an agency that takes no alerts: it rings nobody, stands on no desk, and nobody saw it. */
  readonly unseen?: (count: Unreached) => void
}

export const RELAY_TARGETS = ['DUTY_OFFICER', 'GUARDIAN', 'CARE_GROUP', 'GRID_WORKER', 'COMMUNITY', 'OTHER'] as const
export const RELAY_MEANS = ['TELEPHONE', 'PAPER', 'IN_PERSON'] as const
export const ALERT_OUTCOMES = ['HANDLED', 'NO_ACTION_NEEDED', 'NOT_OURS', 'NOT_FOUND'] as const
export type RelayTarget = (typeof RELAY_TARGETS)[number]
export type RelayMeans = (typeof RELAY_MEANS)[number]
export type AlertOutcome = (typeof ALERT_OUTCOMES)[number]

/** Acts of named persons on alerts; every one needs `principal.person`. An alert is named as its stream is: `<cause id>-<agency>`. */
export interface Alerts<Row> {
  /** The agency's alerts, newest first; `open` leaves out those that are answered. */
  list(
    principal: Principal,
    options?: { readonly open?: boolean; readonly limit?: number; readonly patientId?: string },
  ): readonly Row[]
  /**
   * Other agencies' alerts about a person that came from the health centre's own facts, newest first: what it may relay, and
   * who has not seen it. Empty for every other role, and for a person whose facts are somebody else's.
   */
  caused(principal: Principal, patientId: string): Promise<readonly Row[]>
  acknowledge(principal: Principal, alert: string): Promise<Receipt>
  relay(
    principal: Principal,
    alert: string,
    call: { readonly to: RelayTarget; readonly means: RelayMeans },
  ): Promise<Receipt>
  /** `NOT_OURS` returns the alert to the responsible health centre, as an alert of its own. */
  outcome(principal: Principal, alert: string, outcome: AlertOutcome): Promise<Receipt>
}
