/**
 * What the edges need of a hub, and nothing more. HTTP and the CLI are written against this; the composition root makes one.
 */
import type { AlertRow } from '../projections/alerts.js'
import type { AccountOf } from './account/port.js'
import type { Alerts, DispatcherHealth } from './alerts/port.js'
import type { Config } from './config.js'
import type { Delivery, Subscriptions } from './delivery/port.js'
import type { Directory } from './domain/directory.js'
import type { Receipt } from './domain/event.js'
import type { Erasures } from './erasure/port.js'
import type { Feeds, Recalls } from './feeds/port.js'
import type { Counts } from './hub-counters.js'
import type { Clock } from './kernel/clock.js'
import type { Moment } from './kernel/dates.js'
import type { Logger } from './kernel/logger.js'
import type { EventLog } from './log/port.js'
import type { OneOffs } from './oneoff/port.js'
import type { ReadModels } from './readmodel/port.js'
import type { Administration } from './recording/administration.js'
import type { HeldWrites } from './recording/held-writes.js'
import type { HubRecorder, Principal, Recorder } from './recording/port.js'
import type { ResolvePseudonym } from './recording/pseudonyms.js'
import type { Returns } from './returns/port.js'
import type { Vault } from './vault/port.js'
import type { Versions } from './versions/port.js'

/** A write that waits for a health centre, without what it says and of whom. */
export interface HeldListing {
  readonly heldId: string
  readonly type: string
  readonly heldAt: Moment
  readonly agency: string
  readonly township?: string
}

export interface Readiness {
  readonly isReady: boolean
  /** What is checked and how it stands, e.g. `{ name: 'vault', isOk: false, detail: 'away' }`. */
  readonly checks: readonly { readonly name: string; readonly isOk: boolean; readonly detail?: string }[]
}

export interface HubStatus {
  readonly readiness: Readiness
  readonly logEvents: number
  readonly readModels: readonly { readonly name: string; readonly version: number; readonly behind: number }[]
  readonly outbox: {
    readonly waiting: number
    readonly pausedReceivers: number
    readonly parked: number
    /** How long the oldest message has waited that is to be brought somewhere; 0 where none does. */
    readonly oldestUnsentSeconds: number
  }
  /** What was done and met since this process began. */
  readonly counts: Counts
  /** Writes that named a person and wait for a health centre. */
  readonly heldWrites: number
  /** Documents whose return is overdue, by the role that owes them. */
  readonly overdueReturns: Readonly<Record<string, number>>
  /** Alerts that nobody has attended to, by class, and how long the oldest alarm among them has waited. */
  readonly alerts: { readonly waiting: Readonly<Record<string, number>>; readonly oldestAlarmSeconds: number }
  readonly dispatcher: DispatcherHealth['state']
  /** True while this hub cannot reach the queue that the hubs share: it sends nothing, and records all the same. */
  readonly isQueueAway: boolean
  /** How long this hub's replica has lacked what the log held, in seconds; undefined where it has none, or the log is away. */
  readonly replicaBehindSeconds: number | undefined
  /** True while the clock is in doubt: no period closes. */
  readonly isClockInDoubt: boolean
  /** True from an append that the log refused for good until the next one that is stored. */
  readonly isReadOnly: boolean
}

export interface Hub {
  readonly config: Config
  readonly logger: Logger
  readonly logId: string
  readonly calendar: Clock
  readonly wall: Clock
  readonly log: EventLog
  /** Opens what a reader may see; nothing else is done with it here. */
  readonly vault: Pick<Vault, 'keysById'>
  readonly directory: () => Directory
  /** Resolves when the directory has seen this event: read your own writes. */
  readonly through: (receipt: Receipt) => Promise<void>
  readonly recorder: Recorder
  readonly hubRecorder: HubRecorder
  readonly administration: Administration
  /** An operator says that a clock in doubt is right. Throws `HUB_ALREADY_DECIDED` where it is in no doubt. */
  readonly confirmClock: (by: Principal) => Promise<Receipt>
  readonly held: HeldWrites
  /** Open held writes that this health centre may match: its own, and those that no unit could be told for. */
  readonly heldFor: (agency: string) => readonly HeldListing[]
  /** The patient whom an agency's own pseudonym names. */
  readonly resolvePseudonym: ResolvePseudonym
  readonly readModels: Pick<ReadModels, 'status' | 'rebuild' | 'verify'>
  readonly feeds: Feeds
  /** Who was given what of a person: for who may read the record. */
  readonly account: AccountOf
  readonly alerts: Alerts<AlertRow>
  readonly erasures: Erasures
  readonly oneOffs: OneOffs
  readonly recalls: Recalls
  readonly returns: Returns
  readonly versions: Versions
  readonly subscriptions: Subscriptions
  readonly delivery: Pick<Delivery, 'messages' | 'opened' | 'acknowledge' | 'redrive' | 'rewind' | 'status' | 'history'>
  readonly readiness: () => Promise<Readiness>
  readonly status: () => Promise<HubStatus>
}
