/**
 * What others see of delivery: messages as the dispatcher drafts them, envelopes as they are rendered, and the outlet that
 * takes what was queued. Types only.
 */
import type { AlertClass } from '../domain/alert-events.js'
import type { SubscriptionEnd } from '../domain/code-lists/hub.js'
import type { Subscription } from '../domain/directory.js'
import type { Receipt, StoredEvent } from '../domain/event.js'
import type { PatientState, SealedRef } from '../domain/patient-state.js'
import type { Channel } from '../domain/subscription-events.js'
import type { Principal } from '../recording/port.js'
import type { PublicKeyDraft } from './public-key.js'

export const MESSAGE_KINDS = [
  'risk-assessed',
  'loss-of-contact',
  'contact-regained',
  'danger',
  'discharge-ready',
  'moved',
  'died',
  'withdrawn',
  'reinstated',
  'recalled',
  'returned',
  'document',
  'test',
] as const
export type MessageKind = (typeof MESSAGE_KINDS)[number]

/** What opening a sealed value needs of the event that holds it. */
export type SealedSource = Pick<StoredEvent, 'stream' | 'id' | 'type' | 'version' | 'sealed'>

/** The person of a message, as the log stood at its cause. */
export interface PersonAtCause {
  readonly patientId: string
  /** The event of the person's stream through which their life was read. */
  readonly asOf: Pick<StoredEvent, 'stream' | 'id' | 'revision'>
  readonly state: PatientState
  /** The event of this id with its sealed entries, for every event that `state` points at. */
  readonly sealedIn: (eventId: string) => SealedSource | undefined
  /** The report of dangerous behaviour that the cause is about, in the version that stood after it. */
  readonly danger?: Pick<StoredEvent, 'id' | 'occurredAt' | 'recordedAt' | 'data'>
  /** The hospital's statement by which the person waits to be discharged. */
  readonly discharge?: Pick<StoredEvent, 'id' | 'occurredAt' | 'recordedAt' | 'recordedBy'>
  /** Where the cause lies in an alert's stream: the event that it speaks of. */
  readonly origin?: StoredEvent
}

/** Everything that the bytes of a message depend on. */
export interface MessageDraft {
  readonly subscription: string
  /** Its revision in the outbox. */
  readonly sequence: number
  readonly agency: string
  readonly cause: StoredEvent
  readonly kind: MessageKind
  readonly class: AlertClass
  readonly fieldSet: string
  /** Frozen with the message: format versions, options, and how far an agency's stream had come. */
  readonly versions: Readonly<Record<string, number>>
  /** Earlier sequences of the same outbox that this message takes the place of. */
  readonly supersedes: readonly number[]
  readonly person?: PersonAtCause
  /** True where the message stands in its outbox: then nothing about it is decided any more. */
  readonly isQueued?: boolean
  /** True where a later recall or erasure covers it: it is a tombstone. */
  readonly isTakenBack?: boolean
}

export interface RenderedMessage {
  readonly subscription: string
  readonly sequence: number
  readonly id: string
  /** Messages of one key are handed over in order. */
  readonly key: string
  readonly class: AlertClass
  /** Those of the draft, and what rendering added to them. */
  readonly versions: Readonly<Record<string, number>>
  /** Canonical JSON: the bytes that are hashed, signed and sent. */
  readonly body: string
  readonly digest: string
  /** True where something of it was taken back: same id and sequence, nothing of that person, and other bytes. */
  readonly isTombstone: boolean
}

/** An earlier message of an outbox about the same person. */
export interface EarlierMessage {
  readonly sequence: number
  readonly kind: string
  readonly fieldSet: string
}

export interface Renderer {
  /** What the dispatcher queues. */
  draft(draft: MessageDraft): Promise<RenderedMessage>
  /** Keeps a message at hand, so that the next `render` of it need not read the log. */
  keep(message: RenderedMessage): void
  /** Something was taken back: what was rendered before is not sent as it was. */
  forget(): void
  /** False where it was rendered before something was taken back. */
  isFresh(message: RenderedMessage): boolean
  /** True where the log holds a recall or an erasure of it by now, wherever the dispatcher has come. */
  isTakenBack(
    person: PersonAtCause,
    told: { readonly kind: string; readonly agency: string; readonly fieldSet: string },
  ): Promise<boolean>
  /**
   * The versions to freeze for a message under this field set.
   * @param seen how many events of the health centre's stream, and of the hospital's, stood in the log before the cause, where it
   * has one
   */
  versionsFor(
    fieldSet: string,
    seen: { readonly centre: number | undefined; readonly hospital: number | undefined },
  ): Readonly<Record<string, number>>
  /** The sequences that a message of this kind, about this cause and its person, takes the place of. */
  supersededBy(
    message: {
      readonly kind: string
      readonly cause: StoredEvent
      readonly person: Pick<PersonAtCause, 'discharge'> | undefined
    },
    earlier: readonly EarlierMessage[],
    before: number,
  ): readonly number[]
  /** The same bytes again, from memory or from the log as of the cause. */
  render(subscription: string, sequence: number): Promise<RenderedMessage>
  /** A sealed value of the person; undefined where its key was destroyed. */
  open(person: Pick<PersonAtCause, 'sealedIn'>, ref: SealedRef): Promise<unknown>
  /** The person of a cause in a patient or alert stream, as of that cause; undefined where it has none. */
  personAt(cause: StoredEvent): Promise<PersonAtCause | undefined>
}

/** Where the dispatcher hands what it has queued. Never throws, never waits. */
export interface Outlet {
  /** A subscription was opened, changed or closed, or is known from before. */
  subscription(subscription: Subscription): void
  /** A message stands in the log; `rendered` is absent where another node or an earlier run put it there. */
  queued(message: {
    readonly subscription: string
    readonly sequence: number
    readonly rendered?: RenderedMessage
  }): void
  /** Some hub wrote down that messages were handed over or parked. */
  progressed(subscription: string): void
  /** Somebody asked for messages to be sent again, at whichever hub: it stands in the subscription's stream. */
  redriven(subscription: string): void
  /** A recall or an erasure stands in the log: what was rendered before it is rendered again before it is sent. */
  takenBack(): void
}

export interface MailboxQuery {
  /** The last sequence that the reader has; -1 for none. */
  readonly after: number
  /** Longest wait for a message where there is none; 0 answers at once. */
  readonly waitMs?: number
  /** Most messages in one answer: 1 to 100. Defaults to 50. */
  readonly limit?: number
  /** Ends the wait when the reader goes away. */
  readonly signal?: AbortSignal
}

export interface MailboxPage {
  readonly messages: readonly { readonly sequence: number; readonly id: string; readonly body: string }[]
  /** Sequences that wait for a person. */
  readonly parked: readonly number[]
  /** What to give as `after` next time. */
  readonly next: number
  /** Messages in the outbox: the tail's sequence plus one. */
  readonly length: number
}

export interface DeliveryStatus {
  readonly subscription: string
  readonly length: number
  /** The lowest sequence that is neither handed over nor parked. */
  readonly cursor: number
  readonly parked: readonly { readonly sequence: number; readonly key: string }[]
  readonly redriving: readonly number[]
  readonly collectedThrough: number
  readonly acknowledgedThrough: number
  /** Where the receiver takes nothing: until when it is left alone, and why. */
  readonly pause?: { readonly until: string; readonly reason: string }
}

/** One message and what became of it. Moments as recorded; what did not happen is absent. */
export interface DeliveryRecord {
  readonly sequence: number
  /** As in its envelope. */
  readonly id: string
  readonly kind: string
  readonly class: string
  /** How it stands now. `REDRIVEN`: asked for again, and not taken since. */
  readonly state: 'QUEUED' | 'HANDED_OVER' | 'COLLECTED' | 'OPENED' | 'ACKNOWLEDGED' | 'PARKED' | 'REDRIVEN'
  readonly queuedAt: string
  /** The last time. */
  readonly handedOverAt?: string
  readonly collectedAt?: string
  /** By the first person who read it. */
  readonly opened?: { readonly at: string; readonly by?: string }
  readonly acknowledged?: { readonly at: string; readonly by?: string }
  readonly parked?: { readonly at: string; readonly reason: string }
  readonly redriven?: { readonly at: string; readonly by?: string }
}

export interface DeliveryHistory {
  readonly deliveries: readonly DeliveryRecord[]
  /** What to give as `after` next time. */
  readonly next: number
  /** Messages in the outbox. */
  readonly length: number
}

export interface ResendPlan {
  /** In the order in which they go. */
  readonly sequences: readonly number[]
  /** How many persons (ordering keys) they speak of. */
  readonly keys: number
  readonly isDryRun: boolean
}

/** What became of a heartbeat or a ping. */
export type SignalOutcome = 'accepted' | 'failed'

export interface DeliveryMetrics {
  readonly attempted?: (attempt: { readonly outcome: 'accepted' | 'refused' | 'failed'; readonly ms: number }) => void
  readonly handedOver?: (message: { readonly channel: Channel }) => void
  readonly parked?: (message: { readonly reason: string }) => void
  readonly signalled?: (sent: { readonly signal: 'heartbeat' | 'ping'; readonly outcome: SignalOutcome }) => void
}

export interface Delivery {
  readonly renderer: Renderer
  readonly outlet: Outlet
  start(): Promise<void>
  /** Resolves when nothing is under way and what was handed over is written down. */
  stop(): Promise<void>
  /** Resolves when every outbox that we know of is handed over, parked, or waits for its receiver. */
  idle(): Promise<void>
  /** The agency's own messages, rendered from its outbox. Throws `HUB_NOT_FOUND` for anybody else's subscription. */
  messages(principal: Principal, subscription: string, query: MailboxQuery): Promise<MailboxPage>
  /** Notes that the principal's person has read these, at most `MOST_OPENED`. Throws `HUB_PERSON_REQUIRED` without one. */
  opened(principal: Principal, subscription: string, sequences: readonly number[]): Promise<void>
  acknowledge(principal: Principal, subscription: string, through: number): Promise<void>
  /** What parked, again and in order. `dryRun` shows what would go. */
  redrive(principal: Principal, subscription: string, options: { readonly dryRun: boolean }): Promise<ResendPlan>
  /** Everything from a sequence on that was handed over before, again; at most 1000 messages. */
  rewind(
    principal: Principal,
    subscription: string,
    options: { readonly from: number; readonly dryRun: boolean },
  ): Promise<ResendPlan>
  status(principal: Principal, subscription: string): Promise<DeliveryStatus>
  /** What became of each message; for the subscription's own agency only. */
  history(
    principal: Principal,
    subscription: string,
    query: { readonly after: number; readonly limit: number },
  ): Promise<DeliveryHistory>
  /** Rings the bells of these mailboxes: an alarm waits there for a person. Never waits; at most once a minute each. */
  ring(subscriptions: readonly string[]): void
  /** Why this hub cannot send, while it cannot: in a cluster, where the queue of jobs is away. Recording goes on. */
  away(): unknown
  /** When the oldest message was recorded that is to be brought somewhere and was not; undefined where none waits. */
  oldestUnsentAt(): Promise<number | undefined>
  /** For the metrics page: how many lanes wait for their receivers, how many messages wait or are parked. */
  totals(): { readonly lanes: number; readonly paused: number; readonly waiting: number; readonly parked: number }
}

export interface SubscriptionDraft {
  readonly alerts: boolean
  /** Names of feeds, e.g. `police-quarterly`. */
  readonly feeds: readonly string[]
  readonly channel: Channel
  /** Where a webhook goes; absent for a mailbox. */
  readonly url?: string
  /** Marks the subscription that an unacknowledged alarm climbs to first, whether or not it takes alerts otherwise. */
  readonly duty?: boolean
  /** The bell of a mailbox: gets an empty POST when something waits. */
  readonly ping?: string
  /** Of a webhook: whether it gets heartbeats. Defaults to true. */
  readonly heartbeats?: boolean
}

export interface SubscriptionChange {
  readonly alerts?: boolean
  readonly feeds?: readonly string[]
  readonly channel?: Channel
  readonly url?: string
  readonly duty?: boolean
  /** An empty text ends it. */
  readonly ping?: string
  readonly heartbeats?: boolean
  /** Its outbox grows all the same; nothing is sent. */
  readonly paused?: boolean
}

export interface SigningSecrets {
  /** The one in force, `whsec_…`. */
  readonly secret: string
  /** The one before it, which signs too until then. */
  readonly previous?: { readonly secret: string; readonly until: string }
}

/** Agencies serve themselves: each opens, changes and closes its own subscriptions; an operator may do so for any. */
export interface Subscriptions {
  /** @param agency another than the principal's own, for operators only */
  open(
    principal: Principal,
    draft: SubscriptionDraft,
    agency?: string,
  ): Promise<{
    readonly subscription: string
    readonly receipt: Receipt
    /** `whsec_…`, for a webhook or files. */
    readonly secret?: string
  }>
  /** What packages are encrypted to from now on; another key takes its place. For files, and the subscription's own agency. */
  registerKey(
    principal: Principal,
    subscription: string,
    key: PublicKeyDraft,
  ): Promise<{ readonly thumbprint: string; readonly receipt: Receipt }>
  change(principal: Principal, subscription: string, change: SubscriptionChange): Promise<Receipt>
  close(principal: Principal, subscription: string, reason?: SubscriptionEnd): Promise<Receipt>
  /** Queues a message that says it is a test. */
  requestTest(principal: Principal, subscription: string): Promise<Receipt>
  /** Open and closed, in the order of opening. */
  list(principal: Principal): readonly Subscription[]
  /** The secrets that webhooks are signed with, `whsec_…`; for the subscription's own agency only, like the next two. */
  secrets(principal: Principal, subscription: string): Promise<SigningSecrets>
  /**
   * Makes another secret. For so many hours each webhook carries a signature of both, so that a receiver changes over when it
   * likes. Throws `HUB_ALREADY_DECIDED` while one is still being replaced.
   */
  rotateSecret(
    principal: Principal,
    subscription: string,
    overlapHours: number,
  ): Promise<SigningSecrets & { readonly receipt: Receipt }>
  /** Ends the older secret at once. Throws `HUB_ALREADY_DECIDED` where none is being replaced. */
  retireSecret(principal: Principal, subscription: string): Promise<Receipt>
}
