/** What others see of the alerts: the dispatcher that fills the outboxes, and what agencies do with an alert. Types only. */
import type { AlertClass, AlertEnd, AlertRung } from '../domain/alert-events.js'
import type { Receipt, Role } from '../domain/event.js'
import type { Position } from '../log/port.js'
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
  /** The last event for which, and for all before it, every message stands in the log; `START` before the first. */
  settled(): Position
  /**
   * Who was told of a person by message, and from which revision of their stream, by everything that lies in the log when it is
   * asked. Rejects where the dispatcher is faulted or stops.
   */
  told(patientId: string): Promise<readonly ToldAgency[]>
  health(): DispatcherHealth
}

export interface ToldAgency {
  readonly agency: string
  /** Of the cause in the patient's stream. */
  readonly revision: number
}

/** Somebody of this role ought to have been told something of this kind, and was not. */
export interface Unreached {
  readonly role: Role
  readonly kind: string
}

/** An alarm that nobody attended to climbed to a rung on which nobody is told. */
export interface Unclimbed extends Unreached {
  /** `NO_RUNG`: no duty subscription, no superior, or none of its subscriptions. `NO_FIELD_SET`: its role sees nothing of it. */
  readonly reason: 'NO_RUNG' | 'NO_FIELD_SET'
}

/** Counters for the metrics page; each is called as it happens and must not throw. */
export interface DispatchMetrics {
  readonly queued?: (count: { readonly class: AlertClass; readonly kind: string }) => void
  readonly raised?: (count: { readonly class: AlertClass; readonly kind: string }) => void
  /** No agency of the role is in charge where the person lives: once for each cause and role. */
  readonly unmapped?: (count: Unreached) => void
  /** A notice for an agency that takes no alerts: it rings nobody, stands on no desk, and nobody saw it. */
  readonly unseen?: (count: Unreached) => void
  /** Once for each rung on which nobody is told. */
  readonly unclimbed?: (count: Unclimbed) => void
}

export const RELAY_TARGETS = ['DUTY_OFFICER', 'GUARDIAN', 'CARE_GROUP', 'GRID_WORKER', 'COMMUNITY', 'OTHER'] as const
export const RELAY_MEANS = ['TELEPHONE', 'PAPER', 'IN_PERSON'] as const
export const ALERT_OUTCOMES = ['HANDLED', 'NO_ACTION_NEEDED', 'NOT_OURS', 'NOT_FOUND'] as const
export type RelayTarget = (typeof RELAY_TARGETS)[number]
export type RelayMeans = (typeof RELAY_MEANS)[number]
export type AlertOutcome = (typeof ALERT_OUTCOMES)[number]

/** Called for what this hub itself appended; must not throw. */
export interface KeeperMetrics {
  readonly climbed?: (step: AlertRung) => void
  readonly ended?: (end: AlertEnd) => void
}

export interface AlertQuery {
  /** Leaves out those that have ended. */
  readonly open?: boolean
  /** Only alarms that nobody has attended to, those that wait longest first. */
  readonly waiting?: boolean
  /** Only those in this state. */
  readonly state?: string
  readonly limit?: number
  readonly patientId?: string
}

/** Acts of named persons on alerts; every one needs `principal.person`. An alert is named as its stream is: `<cause id>-<agency>`. */
export interface Alerts<Row> {
  /** The agency's alerts, newest first, as they stand now. */
  list(principal: Principal, options?: AlertQuery): readonly Row[]
  /** Alarms of agencies below that nobody attended to and that climbed to this one, newest first. */
  climbed(principal: Principal, options?: Pick<AlertQuery, 'open' | 'limit'>): readonly Row[]
  /**
   * Other agencies' alerts about a person that came from the health centre's own facts, newest first: what it may relay, and
   * who has not seen it. Empty for every other role, and for a person whose facts are somebody else's.
   */
  caused(principal: Principal, patientId: string): Promise<readonly Row[]>
  /** By the agency that was told, or the one that its alarm climbed to. */
  acknowledge(principal: Principal, alert: string): Promise<Receipt>
  relay(
    principal: Principal,
    alert: string,
    call: { readonly to: RelayTarget; readonly means: RelayMeans },
  ): Promise<Receipt>
  /** `NOT_OURS` returns the alert to the responsible health centre, as an alert of its own. */
  outcome(principal: Principal, alert: string, outcome: AlertOutcome): Promise<Receipt>
}
