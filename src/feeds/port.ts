/**
 * Feeds: periods close, documents are compiled from the cut, disclosed, released and kept for collection. Nothing leaves
 * before its `FeedReleased` is in the log, and everything can be compiled again from the log to the byte.
 */
import type { RowBasis } from '../domain/code-lists/rights.js'
import type { Label } from '../domain/define-event.js'
import type { Receipt, Role } from '../domain/event.js'
import type { CalendarDate, Moment, Period } from '../kernel/dates.js'
import type { Cadence } from '../policy/calendars.js'
import type { Group, ScopeRule } from '../policy/define-feed.js'
import type { Purpose, Withheld } from '../policy/disclosure.js'
import type { FactPath } from '../policy/facts.js'
import type { Opening } from '../policy/openings.js'
import type { Principal } from '../recording/port.js'
import type { ReturnDraft } from '../returns/port.js'
import type { AskedStanding } from './why-words.js'

export interface FeedInfo {
  readonly name: string
  readonly version: number
  readonly label: { readonly zh: string; readonly en: string }
  readonly audience: string
  readonly cadence: Cadence
  readonly clauses: readonly string[]
  readonly fieldSets: readonly string[]
}

/** `OPEN`: not closed. `CLOSED`: being compiled or released. `RELEASED`: every document is out. */
export type PeriodState = 'OPEN' | 'CLOSED' | 'RELEASED'

export interface PeriodInfo {
  readonly feed: string
  readonly period: string
  readonly state: PeriodState
  /** The day on which the calendar closes it. */
  readonly closesOn: string
  readonly cut?: { readonly id: string; readonly at: string; readonly by: 'CALENDAR' | 'HAND' }
  readonly documents: readonly DocumentInfo[]
  /** People in scope whose residence no agency of the audience answers for; known once a document is released. */
  readonly unmapped?: number
}

export interface DocumentInfo {
  readonly agency: string
  /** The id in the log: `document-<document>`. */
  readonly document: string
  readonly rows: number
  readonly counts: Readonly<Record<string, number>>
  readonly root: string
  readonly documentDigest: string
  readonly accountingDigest: string
  readonly releasedAt: string
}

/** `ndjson` is what is hashed and signed; `csv` and `xlsx` are renderings of it for people. */
export type DocumentFormat = 'ndjson' | 'csv' | 'xlsx'

export interface DocumentFile {
  /** The recipient's own id of the document. */
  readonly documentId: string
  readonly format: DocumentFormat
  readonly mediaType: string
  /** Neutral: says neither a person nor a diagnosis. */
  readonly fileName: string
  readonly bytes: Buffer
  /** Of the canonical document, whatever the format: `sha256:…`. */
  readonly documentDigest: string
  readonly rows: number
  /** Rows that were taken back since the release: the bytes hold their commitments instead, and have another digest. */
  readonly recalled: number
  /** Bytes of the canonical document as it was released. */
  readonly wholeBytes: number
}

export interface Preview {
  readonly feed: string
  readonly period: string
  readonly agency: string
  readonly rows: number
  readonly counts: Readonly<Record<string, unknown>>
  readonly bytes: Buffer
  /** People in scope whom no agency of the audience answers for. */
  readonly unmapped: number
}

export const WHY_OUTCOMES = [
  'ROW',
  /** A row that says to an agency that it lists the person no longer, and no other. */
  'CLOSED',
  'COUNTED',
  'EXCLUDED',
  'UNMAPPED',
  'UNKNOWN_PERSON',
  /** Nothing else is said of who is erased. */
  'ERASED',
  /** No version of the feed is: it tells nobody anything. */
  'NOT_IN_FORCE',
] as const

/** Why this person stands in a document as they do, or does not. */
export interface Explanation {
  readonly feed: string
  readonly period: string
  /** Undefined where the person is in scope. */
  readonly scope?: ScopeRule
  readonly group?: Group
  readonly outcome: (typeof WHY_OUTCOMES)[number]
  /** As in the accounting; of a closing its reason. */
  readonly rule?: string
  readonly words: Label
  readonly clauses: readonly string[]
  /** The event that decided, where one of the person's own did. */
  readonly decidedBy?: { readonly id: string; readonly type: string }
  /** How the agency that was asked about stands to it. */
  readonly asked?: { readonly agency: string; readonly standing: AskedStanding; readonly words: Label }
  readonly documents: readonly {
    readonly agency: string
    readonly document: string
    readonly outcome: 'ROW' | 'CLOSED' | 'COUNTED'
    readonly rule?: string
    readonly row?: string
    readonly fieldSet?: string
    /** What left, by field, with the rule that let it out; never the values. */
    readonly disclosed: readonly {
      readonly field: string
      readonly action: string
      readonly clauses: readonly string[]
    }[]
    readonly withheld: readonly Withheld[]
  }[]
}

/** Two versions of a feed, or the same one under two versions of the policy. Without `from` the feed is new to its audience. */
export interface DiffQuery {
  readonly feed: string
  readonly from?: number
  readonly to: number
  /** `policy:weihai-2019` → 2: in the place of what a cut froze, in what `to` compiles. */
  readonly policy?: Readonly<Record<string, number>>
  /** How many closed periods, newest first, 1 to 8; the one in progress where none is closed. */
  readonly periods: number
}

/** How many there are under either version, how many are new under the second, and how many are gone. */
export interface DiffCounts {
  readonly from: number
  readonly to: number
  readonly gained: number
  readonly lost: number
}

/** Beside those who are gained or lost: of whom a recipient learns more, less, or something else than before. */
export interface DiffPeople extends DiffCounts {
  readonly more: number
  readonly less: number
  readonly otherwise: number
}

/** In how many rows a field is new, gone, or says something else; by what it is let out where it is let out at all. */
export interface DiffField {
  readonly field: string
  readonly label: Label
  readonly fieldSet: string
  readonly purpose: Purpose
  readonly clauses: readonly string[]
  readonly basis: string
  readonly gained: number
  readonly lost: number
  readonly changed: number
}

export interface DiffAgency {
  readonly agency: string
  readonly name: string
  readonly rows: DiffCounts
  /** Rows that say that the agency is in charge no longer. */
  readonly closings: DiffCounts
  readonly fields: readonly DiffField[]
}

export interface DiffPeriod {
  readonly period: Period
  readonly isClosed: boolean
  /** The cut, or now. */
  readonly at: Moment
  /** Each once, in however many documents they stand. */
  readonly people: DiffPeople
  readonly rows: DiffCounts
  readonly closings: DiffCounts
  readonly fields: readonly DiffField[]
  /** Those whose document differs, by id; every other has the same rows. */
  readonly agencies: readonly DiffAgency[]
  readonly agenciesAlike: number
}

/** Nobody is named in it, by whatever id. */
export interface FeedDiff {
  readonly feed: string
  readonly label: Label
  readonly audience: Role
  readonly from?: number
  readonly to: number
  /** Something is opened, or somebody is gained or told more of: then it takes two persons (design §8). */
  readonly isWider: boolean
  /** Corrections that were told are told no longer: that takes two persons as well (design §1). */
  readonly losesCorrections: boolean
  readonly opened: readonly Opening[]
  readonly closed: readonly Opening[]
  /** Newest first. */
  readonly periods: readonly DiffPeriod[]
}

/** A fact that left, by its path (`guardian.name`), and the rule that let it out; never the value. */
export interface DisclosedField {
  readonly field: FactPath
  readonly action: 'allow' | 'generalise' | 'pseudonymise'
  readonly clauses: readonly string[]
  readonly basis: string
}

/** The row of one person in one document that was released, later recalled or not. */
export interface ReleasedRow {
  readonly feed: string
  readonly period: string
  readonly agency: string
  /** The id in the log: `document-<document>`. */
  readonly document: string
  /** The recipient's own id of the document. */
  readonly documentId: string
  /** The recipient's id of the row. */
  readonly row: string
  /** As in the recipient's manifest: `sha256:…`. */
  readonly commitment: string
  /** The closing event, and its `recordedAt`: the row shows the person right after it. */
  readonly cut: { readonly id: string; readonly at: string }
  readonly releasedAt: string
  /** The day by which the recipient's copies are deleted in any case. */
  readonly deleteBy: string
  /** True of a row that says that the recipient lists the person no longer. */
  readonly isClosing: boolean
  /** Absent once the person's identity is erased: what the row said is gone. */
  readonly said?: {
    readonly fieldSet: string
    readonly fields: readonly DisclosedField[]
    /** What it put right of older periods, by period; absent where nothing. */
    readonly amendments?: readonly { readonly period: string; readonly fields: readonly DisclosedField[] }[]
    /** On what the row said that it rests; absent where its feed rests on a duty of its own. */
    readonly basis?: RowBasisSaid
  }
}

/** `{kind: 'CONSENT', since: '2026-03-11'}`: as the row says it, so `since` is a day. */
export interface RowBasisSaid {
  readonly kind: RowBasis
  readonly since?: CalendarDate
}

export interface RecomputedDocument {
  readonly agency: string
  readonly document: string
  /** Of a document with erased rows: root and accounting are. */
  readonly isEqual: boolean
  /** Rows of people who were erased since the release, by their commitments; absent where there are none. */
  readonly erased?: number
  readonly released: { readonly root: string; readonly documentDigest: string; readonly accountingDigest: string }
  /** Absent where a recompute yields no such document; without the digest of bytes that are gone where rows were erased. */
  readonly recomputed?: { readonly root: string; readonly documentDigest?: string; readonly accountingDigest: string }
}

export interface Recomputation {
  readonly feed: string
  readonly period: string
  readonly isEqual: boolean
  readonly documents: readonly RecomputedDocument[]
}

/** The ids of documents are those in the log, the ids of rows the recipients'. */
export interface ReleasedStandings {
  readonly rows: readonly {
    readonly document: string
    readonly row: string
    readonly commitment: string
    /** Why, of a row that closes an earlier one. */
    readonly closing?: string
  }[]
  /** Documents that count the person without a row, where only a sealed place told which; with the id that a row would have. */
  readonly counted: readonly { readonly document: string; readonly row: string }[]
}

export interface CloseOutcome {
  readonly outcome: 'closed' | 'known'
  readonly cutId: string
  readonly closedAt: string
}

export interface Feeds {
  /** Resumes what a crash left and follows the cuts. */
  start(): Promise<void>
  definitions(): readonly FeedInfo[]
  /** The public key that every manifest is signed by, `ed25519:…`: what recipients need, from somewhere else than the manifest. */
  signingKey(): Promise<string>
  /** Periods of a feed from the log's first on, newest first; the last is the one that is open now. */
  periods(feed: string): Promise<readonly PeriodInfo[]>
  /** Closes a period by hand, after its last day, in order. Closing it again answers `known`. */
  close(feed: string, period: string, by: Principal): Promise<CloseOutcome>
  /** A released document. Throws `HUB_NOT_FOUND` where there is none, `HUB_TOO_MANY_ROWS` where no workbook holds it. */
  document(feed: string, period: string, agency: string, format?: DocumentFormat): Promise<DocumentFile>
  /**
   * The sheet on which this agency answers a released document, a line for each person whom it lists. Throws `HUB_NOT_FOUND` where there
   * is none, `HUB_TOO_MANY_ROWS` where no sheet holds it.
   */
  returnSheet(
    feed: string,
    period: string,
    agency: string,
  ): Promise<Pick<DocumentFile, 'mediaType' | 'fileName' | 'bytes'>>
  /** What a sheet says that this agency filled. Throws `HUB_BAD_RETURN` with every fault, by cell, and `HUB_OVERLOADED`. */
  readReturnSheet(bytes: Buffer, by: Pick<Principal, 'agency' | 'role'>): Promise<ReturnDraft>
  /** The recipient's manifest of a released document, JCS. */
  recipientManifest(feed: string, period: string, agency: string): Promise<Buffer>
  /** Everyone in scope and what became of them, canonical NDJSON: for the operator and the auditor, never for the recipient. */
  accountingManifest(feed: string, period: string, agency: string): Promise<Buffer>
  /** What this agency would receive if the next period to close were cut now. Appends and sends nothing. */
  preview(feed: string, agency: string): Promise<Preview>
  /**
   * What differs between two versions over the last closed periods, at their cuts, or now. Appends and sends nothing. Throws
   * `HUB_UNKNOWN_VERSION` for a version that this node does not know, `HUB_OVERLOADED` where too many wait. One at a time; it may
   * take minutes, and stops when `caller` does.
   */
  diff(query: DiffQuery, caller?: AbortSignal): Promise<FeedDiff>
  /**
   * Of anybody, also of who stands in no document. Of a feed that is not in force it says so; throws `HUB_NOT_FOUND` for a period of
   * one that is, and is not closed. @param agency says how this agency stands to it
   */
  why(feed: string, period: string, patientId: string, agency?: string): Promise<Explanation>
  /**
   * Every row about a person in the documents that are released by now, oldest cut first: computed from the log, and of an erased
   * person as their `IdentityErased` says. Empty for a person whom nobody knows. Throws `HUB_UNKNOWN_VERSION` rather than leave out
   * a document of a version that this node does not know.
   */
  releasedRows(patientId: string): Promise<readonly ReleasedRow[]>
  /** Compiles a released period again from the log alone and compares. */
  recompute(feed: string, period: string): Promise<Recomputation>
  /** Where a person stands in the documents that were released, while the keys are there: what an erasure leaves in the log. */
  releasedStandings(patientId: string): Promise<ReleasedStandings>
  /** Resolves when no file of the spool holds a row that was taken back before this was called. */
  purge(): Promise<void>
  /** Says that the calendar has moved: closes what is due. Cheap; never rejects. */
  tick(): void
  /** Resolves when nothing is being closed, compiled or released. Rejects with what stopped the last attempt, if anything. */
  idle(): Promise<void>
  stop(): Promise<void>
}

/** What an agency is asked to delete, under its own names; nothing of why, which would say something of the person. */
export interface OwnRecall {
  readonly recall: string
  readonly pseudonym: string
  /** True where only the rows are asked for, false where all that was told of the person is. */
  readonly isPart: boolean
  readonly rows: readonly { readonly document: string; readonly row: string }[]
  readonly sentAt: Moment
  readonly deleteBy: CalendarDate
  /** Nobody has answered, and its day is over. */
  readonly isOverdue: boolean
  readonly acknowledged?: { readonly by: string; readonly at: Moment | CalendarDate }
}

/** A recall as those see it who answer for the person or for the hub: whom to call. */
export interface SentRecall {
  readonly recall: string
  readonly recipient: { readonly agency: string; readonly role: Role; readonly name: string }
  /** How many rows are asked for. */
  readonly rows: number
  readonly sentAt: Moment
  readonly deleteBy: CalendarDate
  readonly isOverdue: boolean
  /** For the responsible health centre alone. */
  readonly patientId?: string
  readonly reason?: string
  readonly acknowledgedAt?: Moment | CalendarDate
}

export interface RecallQuery {
  /** Leaves out what was answered. */
  readonly open?: boolean
}

export interface Recalls {
  /** What the agency itself is asked to delete, by the day by which it is to be gone. */
  own(principal: Principal, query?: RecallQuery): Promise<readonly OwnRecall[]>
  /** For a health centre those of its people and of the units below it, for an operator all; empty for everybody else. */
  sent(principal: Principal, query?: RecallQuery): Promise<readonly SentRecall[]>
  /**
   * A named person of the agency says that every copy is deleted. Throws `HUB_NOT_FOUND` for whatever is not asked of it, and
   * `HUB_ALREADY_DECIDED` the second time.
   */
  acknowledge(principal: Principal, recall: string): Promise<Receipt>
}
