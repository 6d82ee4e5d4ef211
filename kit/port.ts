/** What a receiver is given and what it answers. Types, and how an outcome is made; nothing here acts. */
import type { DocumentNotice, ReceivedMessage } from './envelope.js'
import { type KitCode, STATUS_OF } from './kit-error.js'
import type { ParkedList } from './state.js'

/** What `apply` is to do about a message. */
export interface Given {
  /**
   * `MESSAGE`: keep it. `UNKNOWN_KIND`: this kit is older than the hub; keep it and show its text. `DELETE`: what it said was
   * taken back; delete what you hold of this message, and take it as done where you hold nothing. `RECALL`: keep it, and delete
   * every message that `supersedes` names and every row that `recall.rows` names, and all copies of them, by `recall.deleteBy`.
   */
  readonly what: 'MESSAGE' | 'UNKNOWN_KIND' | 'DELETE' | 'RECALL'
  readonly from: 'webhook' | 'mailbox'
  /** The checked bytes of the document that the message announces; absent where there is no `fetchDocument`. */
  readonly document?: Uint8Array
}

/** What `GET /v1/subscriptions/{id}/messages` answers. */
export interface MailboxPage {
  readonly messages: readonly { readonly sequence: number; readonly id: string; readonly envelope: unknown }[]
  readonly parked: readonly number[]
  readonly next: number
  readonly length: number
}

export interface RangeQuery {
  readonly limit?: number
  /** Seconds to wait for a message where there is none. */
  readonly wait?: number
  readonly signal?: AbortSignal
}

export interface ReceiverOptions {
  /** Whose messages the state file counts. The file of another subscription is refused. */
  readonly subscription: string
  /** Kept by the receiver; one process has it at a time. Lost or restored from old, the messages after it are asked for again. */
  readonly stateFile: string
  /** `whsec_…`; two during a rotation. A function is asked for each message. Empty where nothing comes by webhook. */
  readonly secrets: readonly string[] | (() => readonly string[])
  /**
   * Called for one message at a time, in order. Returning means: safely kept. It is called again for the same id where the
   * process ended before the state was written, so keep the id with what you store, in the same transaction, and do nothing
   * where it is there already. Throw where you cannot now (it comes again); throw `new KitError('REFUSED', …)` where you never
   * will (the hub parks it).
   */
  readonly apply: (message: ReceivedMessage, given: Given) => void | Promise<void>
  /** Whether the application has kept this id already; then `apply` is not called. What an old state file forgot, it knows. */
  readonly isKnown?: (id: string) => boolean | Promise<boolean>
  /**
   * The messages after a sequence, from the mailbox. Without it gaps are not asked for, and the order of one person's
   * messages is what the hub promises.
   */
  readonly fetchRange?: (after: number, query?: RangeQuery) => Promise<MailboxPage>
  /** The bytes of an announced document. Without it the application fetches them. */
  readonly fetchDocument?: (notice: DocumentNotice, signal?: AbortSignal) => Promise<Uint8Array>
  /** Told what became of every message, after it is so. */
  readonly onOutcome?: (outcome: Outcome) => void
  /** Told of what was thrown: by `apply`, by fetching, by writing the state. Log it. */
  readonly onProblem?: (error: unknown) => void
  /** So long a missing message may still be under way before it is asked for. Defaults to 50. */
  readonly graceMs?: number
  /** So far the sender's clock may differ from ours. Defaults to 300. */
  readonly toleranceSeconds?: number
  /** The clock, in milliseconds. Defaults to that of the machine. */
  readonly now?: () => number
}

export interface Arrival {
  readonly message: ReceivedMessage
  readonly parked: ParkedList
  readonly from: 'webhook' | 'mailbox'
}

/** Neither applied nor parked: under way, or lost. Read the mailbox. */
export interface Gap {
  /** The lowest sequence that is missing. */
  readonly from: number
  /** The last sequence in the outbox. */
  readonly through: number
}

export interface Outcome {
  readonly code: KitCode
  /** What a webhook is answered. */
  readonly status: number
  /** Absent where none could be read, and for a heartbeat. */
  readonly message?: ReceivedMessage
  /** Of a heartbeat: what is missing between what was applied and the end of the outbox; absent where nothing is. */
  readonly gap?: Gap
  readonly from: 'webhook' | 'mailbox'
}

export function outcomeOf(code: KitCode, { message, from }: Pick<Arrival, 'message' | 'from'>): Outcome {
  return { code, status: STATUS_OF[code], message, from }
}

/** True where the hub may forget about the message. */
export function accepted({ status }: Outcome): boolean {
  return status < 300
}
