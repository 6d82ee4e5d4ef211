/**
 * A person's account of disclosures (PIPL 44, 45): who was given what of them, when, why, and what became of it. Types only. It
 * names fields, never values, agencies, never their staff, and no reporter. What is kept secret by law (PIPL 18(1), 35) will be
 * suspended from it until a day; no event says so yet, and nothing is left out.
 */
import type { Label } from '../domain/define-event.js'
import type { Role } from '../domain/event.js'
import type { Time } from '../domain/patient-state.js'
import type { Moment } from '../kernel/dates.js'
import type { Purpose } from '../policy/disclosure.js'
import type { FactPath } from '../policy/facts.js'

/** An agency under the name and role that it has now; neither, where the directory does not know it. */
export interface Party {
  readonly agency: string
  readonly name?: string
  readonly role?: Role
}

export interface ToldField {
  readonly field: FactPath
  readonly label: Label
  readonly clauses: readonly string[]
  readonly basis: string
}

/** What a row said, or a message said at most: a fact that was not known then was not in it. */
export interface Said {
  readonly fieldSet: string
  readonly purpose: Purpose
  readonly fields: readonly ToldField[]
}

/** As far as the log knows: who fetches a document by itself, without a subscription, leaves no trace of it. */
export interface DeliveryState {
  readonly handedOverAt?: Time
  readonly isCollected: boolean
  /** When a named person opened it first. */
  readonly openedAt?: Time
  readonly isAcknowledged: boolean
  /** Set aside as refused, and not handed over since. */
  readonly parkedAt?: Time
}

export interface TakenBack {
  readonly at: Moment
  /** The day by which its recipient was asked to delete it. */
  readonly deleteBy: string
}

interface EntryHead {
  /** Names the entry for good: `document:<document>`, `message:<subscription>:<sequence>` … */
  readonly id: string
  readonly at: Moment
  readonly to: Party
}

/** What a row put right of a period that was told before. */
export interface AmendedPeriod {
  readonly period: string
  readonly fields: readonly ToldField[]
}

/** A row in a document that was released. */
export interface DocumentEntry extends EntryHead {
  readonly kind: 'DOCUMENT'
  readonly feed: string
  readonly label: Label
  readonly period: string
  /** The row shows the person as they stood then. */
  readonly cutAt: Moment
  /** The id in the log, the recipient's id of the row, and what the released root commits to: its proof. */
  readonly document: string
  readonly row: string
  readonly commitment: string
  readonly deleteBy: string
  /** True of a row that says that its recipient lists the person no longer. */
  readonly isClosing: boolean
  /** Absent once the person's identity is erased. */
  readonly said?: Said
  /** Absent where nothing was put right, and once the identity is erased. */
  readonly amendments?: readonly AmendedPeriod[]
  readonly deliveries: readonly DeliveryState[]
  readonly takenBack?: TakenBack
}

/** An alert or notice in an outbox, or one that stood on the desk of an agency that takes none. */
export interface MessageEntry extends EntryHead {
  readonly kind: 'MESSAGE'
  readonly about: string
  readonly class: string
  /** Absent where it stood on a desk alone: there it says what happened, and of whom to those who treat the person alone. */
  readonly said?: Said
  readonly delivery?: DeliveryState
  /** Whom somebody there told by telephone, on paper or in person. */
  readonly relayed: readonly { readonly to: string; readonly means: string; readonly at: Time }[]
  readonly takenBack?: TakenBack
}

/** Somebody of an agency read the record, or a held write that turned out to be about the person. */
export interface ViewEntry extends EntryHead {
  readonly kind: 'VIEW'
  readonly purpose: string
  readonly what: string
}

/** An agency was asked to delete what it was told. */
export interface RecallEntry extends EntryHead {
  readonly kind: 'RECALL'
  readonly by: 'RECALL' | 'ERASURE'
  /** Of a recall; an erasure's ground is in the record. */
  readonly reason?: string
  readonly deleteBy: string
  /** What was told by these; everything where absent. */
  readonly fieldSets?: readonly string[]
  /** Of the messages that asked. */
  readonly deliveries: readonly DeliveryState[]
}

/** One-off disclosures and those that went astray become kinds of their own once events tell of them. */
export type AccountEntry = DocumentEntry | MessageEntry | ViewEntry | RecallEntry

export interface Account {
  /** Newest first. */
  readonly entries: readonly AccountEntry[]
  /** When the identity was erased: from then on rows say no fields. */
  readonly erasedAt?: Moment
}

/** Computed on demand from the log; empty for a person whom nobody knows. */
export type AccountOf = (patientId: string) => Promise<Account>
