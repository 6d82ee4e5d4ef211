/**
 * A person's account of disclosures (PIPL 44, 45): who was given what of them, when, why, and what became of it. Types only. It
 * names fields, never values, agencies, never their staff, and no reporter. What an authority asked to keep from the person for a
 * time (PIPL 18(1), 35) is not in it until its day: no entry, no count and no gap; from that day on it stands in its place and
 * says that it was kept back.
 */
import type { OneOffRequester } from '../domain/code-lists/one-off.js'
import type { Label } from '../domain/define-event.js'
import type { Role } from '../domain/event.js'
import type { Time } from '../domain/patient-state.js'
import type { Moment } from '../kernel/dates.js'
import type { AccountReader } from '../oneoff/port.js'
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

/** Somebody of an agency read the record, a held write that turned out to be about the person, or a letter about them. */
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

/** An authority, not an agency of the directory, was given facts once, by an official letter. */
export interface OneOffEntry {
  readonly kind: 'ONE_OFF'
  /** `one-off:<disclosure>` */
  readonly id: string
  /** When it was decided. */
  readonly at: Moment
  /** Name, letter and purpose are absent once the person’s identity is erased. */
  readonly requester: { readonly kind: OneOffRequester; readonly name?: string }
  readonly letter?: string
  readonly purpose?: string
  readonly said: Said
  /** When the document was handed out. */
  readonly handedOutAt: readonly Moment[]
  readonly deleteBy: string
  /** The copy was asked back, in writing since nobody else can. */
  readonly takenBack?: TakenBack & {
    readonly by: 'RECALL' | 'ERASURE'
    readonly reason?: string
    /** When the requester was written to, and when they had said that the copy is destroyed. */
    readonly writtenAt?: Time
    readonly destroyedAt?: Time
  }
  /** The account was silent about it before this day. */
  readonly suspendedUntil?: string
}

/** Somebody got what was not for them. */
export interface MisdirectedEntry extends EntryHead {
  readonly kind: 'MISDIRECTED'
  /** `misdirected:<event>`; `to` is who got it. */
  readonly what: string
  readonly fields: readonly { readonly field: string; readonly label: Label }[]
  readonly discoveredOn: string
  readonly containment: string
  /** When the person or their guardian was told. */
  readonly notifiedOn?: string
}

export type AccountEntry = DocumentEntry | MessageEntry | ViewEntry | RecallEntry | OneOffEntry | MisdirectedEntry

export interface Account {
  /** Newest first. */
  readonly entries: readonly AccountEntry[]
  /** When the identity was erased: from then on rows say no fields. */
  readonly erasedAt?: Moment
}

/**
 * Computed on demand from the log; empty for a person whom nobody knows. Only for a reader who is an auditor, or one of the two who
 * decided it, it holds what is kept from the person as yet: what is handed to them is never asked for by a reader.
 */
export type AccountOf = (patientId: string, reader?: AccountReader) => Promise<Account>
