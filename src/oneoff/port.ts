/** What others see of one-off disclosures: who may ask for one and decide it, what is handed out, what the account tells. Types only. */
import type {
  CopyRecallStep,
  OneOffDecision,
  OneOffPaper,
  OneOffReading,
  OneOffRefusal,
  OneOffRequester,
} from '../domain/code-lists/one-off.js'
import type { Role } from '../domain/event.js'
import type { CopyRecall, OneOff, OneOffState } from '../domain/one-offs.js'
import type { CalendarDate, Moment } from '../kernel/dates.js'
import type { FactPath } from '../policy/facts.js'
import type { Principal } from '../recording/port.js'

export interface OneOffDraft {
  /** From the client, so that a retry finds it. */
  readonly id?: string
  /** Absent where the letter means nobody whom the health centre knows: it can only be refused, in the same form. */
  readonly patientId?: string
  /** The number of the official letter, in the words of whoever wrote it. */
  readonly letter: string
  readonly requesterKind: OneOffRequester
  readonly requesterName: string
  readonly purpose: string
  readonly fields: readonly FactPath[]
  readonly until: CalendarDate
  /** Until when the letter asks that the person is not told. */
  readonly accountFrom?: CalendarDate
}

export interface OneOffVerdict {
  readonly decision: OneOffDecision
  /** Of `PARTLY` what is given; absent otherwise. */
  readonly fields?: readonly FactPath[]
  /** Why not, or not all. */
  readonly reason?: OneOffRefusal
  readonly accountFrom?: CalendarDate
}

/** A disclosure with how it stands today. */
export interface OneOffStanding extends OneOff {
  readonly state: OneOffState
  /** True while the person’s account has no trace of it. */
  readonly isSuspended: boolean
  /** Of one whose copy is asked back: the id that stands on the copy, by which whoever holds it finds it. */
  readonly copy?: string
  /** A copy is asked back, nobody has said that it is destroyed, and the day for it is over. */
  readonly isOverdue: boolean
}

/** What was sealed of a request. */
export interface LetterWords {
  readonly requesterName: string
  readonly letter: string
  readonly purpose: string
}

/** A paper that was recorded as handed out before it is answered. */
export interface HandedOut {
  readonly text: string
  /** Of the canonical document that it is, or was made of. */
  readonly digest?: string
}

/**
 * One-off disclosures (design §8). They are for named persons of the health centre that is responsible for the person, or of one
 * above it; an auditor of the area sees how they stand. While the letter asks that the person is not told, of all these only the one who
 * recorded it, the second, and the auditor know of it: the second is who was given its id and opens the letter, or decides, first.
 * To everybody else there is none (`HUB_NOT_FOUND`). A letter that means nobody is for the health centre that got it, one above it, and
 * the auditor of the whole hub.
 */
export interface OneOffs {
  /** Throws `HUB_RULE_VIOLATED` with every broken rule, `HUB_ERASED`, `HUB_DIFFERENT_CONTENT` for an id that stands for another. */
  request(
    by: Principal,
    draft: OneOffDraft,
  ): Promise<{ readonly disclosure: string; readonly expiresAt: string; readonly isKnown: boolean }>
  /**
   * The second person’s word: once, in time. What it lets out is compiled from the log as it stands, and its digest is in the
   * decision before any byte leaves. Throws `HUB_SECOND_PERSON`, `HUB_ALREADY_DECIDED`, `HUB_RULE_VIOLATED`, `HUB_ERASED`.
   */
  decide(by: Principal, disclosure: string, verdict: OneOffVerdict): Promise<void>
  /**
   * Asks that it be kept from the account longer, a year at most, while it still is; the other of the two approves within seven days.
   * Throws `HUB_RULE_VIOLATED`.
   */
  suspend(by: Principal, disclosure: string, accountFrom: CalendarDate): Promise<void>
  /** Throws `HUB_NOT_FOUND` where nothing was asked, `HUB_SECOND_PERSON`, `HUB_ALREADY_DECIDED`, `HUB_RULE_VIOLATED`. */
  approveSuspension(by: Principal, disclosure: string): Promise<void>
  /**
   * Newest first. @param open only those whose copy is asked back and nobody has said is destroyed: those to be answered first come first
   */
  list(by: Principal, query?: { readonly open?: boolean }): Promise<readonly OneOffStanding[]>
  /** How it stands; the reading is recorded first. */
  read(by: Principal, disclosure: string): Promise<OneOffStanding>
  /** What the letter says; recorded as handed out. Throws `HUB_ERASED`. Not for an auditor, who opens nothing. */
  letter(by: Principal, disclosure: string): Promise<LetterWords>
  /**
   * `DOCUMENT`: canonical JSON. `PAGE`: the same to print. `LETTER`: what is refused, to print. Each call is recorded first.
   * Throws `HUB_NOT_FOUND` where there is no such paper, `HUB_NOT_HANDED_OUT` once the copy’s day is over, while the processing is
   * restricted, or where something took back what the document tells, `HUB_ERASED`; a `LETTER` only once its own words are gone.
   */
  paper(by: Principal, disclosure: string, what: Exclude<OneOffPaper, OneOffReading>): Promise<HandedOut>
  /**
   * Takes down what came of a copy that is asked back. Throws `HUB_NOT_FOUND` where none is, `HUB_ALREADY_DECIDED` where that was said.
   */
  passOn(by: Principal, disclosure: string, what: CopyRecallStep): Promise<void>
}

/**
 * Asks back the copies of letters about this person that something has taken back since. Asking twice asks once; whoever looked
 * before the rows held what was handed out by then looks again.
 */
export type RecallCopies = (patientId: string) => Promise<void>

/** What a person’s account tells of a disclosure. */
export interface OneOffTold {
  readonly disclosure: string
  /** What was let out; absent where nothing was. */
  readonly given?: OneOffGivenOut
  /** Who read how it stands, or what the letter says. */
  readonly readings: readonly { readonly at: Moment; readonly agency: string; readonly role: Role }[]
  /** The account is silent about all of it until this day. */
  readonly silentUntil?: CalendarDate
  /** The pseudonyms of the two who asked and decided. */
  readonly between: readonly string[]
}

export interface OneOffGivenOut {
  readonly at: Moment
  readonly kind: OneOffRequester
  readonly fieldSet: string
  readonly fields: readonly string[]
  readonly until: CalendarDate
  /** Absent once the person’s identity is erased. */
  readonly words?: LetterWords
  /** When the document, or its page, was handed out. */
  readonly handedOutAt: readonly Moment[]
  /** The copy was asked back. */
  readonly recalled?: CopyRecall
}

/** Who asks for an account: the two who decided a suspended disclosure, and the auditor, see it marked. */
export interface AccountReader {
  readonly role: Role
  readonly person?: string
}

export type OneOffsTold = (patientId: string) => Promise<readonly OneOffTold[]>
