/**
 * Returns: what an agency sends back about the people of a document that it received (W43), and who still owes one. An agency names
 * a person by its own pseudonym alone; whoever is unknown, another's, gone from its area or erased gets one and the same answer.
 * All of a return is valid or nothing of it is recorded; what it says of one person is recorded together; the same return again
 * records nothing twice.
 */
import type { Role } from '../domain/event.js'
import type { CalendarDate, Moment, Period } from '../kernel/dates.js'
import type { ReturnKind } from '../policy/returns.js'
import type { Principal } from '../recording/port.js'

export interface ReturnedItem {
  /** The agency's own name for the person. */
  readonly pseudonym: string
  readonly kind: ReturnKind
  /** As the kind's members say (`src/policy/returns.ts`). */
  readonly data: Readonly<Record<string, unknown>>
}

/** Where an item stands in what was sent, for faults: `/items/3` and `/items/3/data/at`, or `A7` and `C7` of a sheet. */
export interface ItemPlace {
  readonly pseudonym: string
  readonly member: (name: string) => string
}

export interface ReturnDraft {
  /** The agency's own id of the document. */
  readonly document: string
  /** Empty where there is nothing to report. */
  readonly items: readonly ReturnedItem[]
  /** As many as there are items. */
  readonly places: readonly ItemPlace[]
}

export interface ReturnOutcome {
  /** `known`: the same return was taken before. */
  readonly outcome: 'taken' | 'known'
  readonly document: string
  /** Items recorded as of the agency, now or before. */
  readonly recorded: number
  /** Items that wait for the health centre, or did. */
  readonly forCentre: number
}

/**
 * `AWAITED`: the feed's newest document, and its day is not over. `OVERDUE`: it is over. `RETURNED`. `MISSED`: never answered, and
 * a newer one is out. `NOT_OWED`: the document has no row about which anything could be said.
 */
export type ReturnState = 'AWAITED' | 'OVERDUE' | 'RETURNED' | 'MISSED' | 'NOT_OWED'

interface ReturnStanding {
  readonly feed: string
  readonly period: Period
  readonly releasedAt: Moment
  readonly dueOn: CalendarDate
  readonly state: ReturnState
}

export interface OwnReturn extends ReturnStanding {
  /** The agency's own id of the document. */
  readonly document: string
  readonly rows: number
  readonly returns: readonly { readonly at: Moment; readonly recorded: number; readonly forCentre: number }[]
}

/** What another agency owes or has sent, for those who answer for the people of its area: no counts, which would speak of others'. */
export interface OthersReturn extends ReturnStanding {
  readonly agency: string
  readonly role: Role
  readonly name: string
  readonly returnedAt?: Moment
}

/** One thing that came back about a person of the asking health centre. */
export interface ReturnedAbout {
  /** The event in the person's record. */
  readonly event: string
  readonly patientId: string
  readonly type: string
  readonly from: { readonly agency: string; readonly role: Role; readonly name: string }
  readonly receivedAt: Moment
  /** It waits for the health centre to say what became of it. */
  readonly isOpen: boolean
}

export interface ReturnQuery {
  /** Only what is owed, or waits. */
  readonly open?: boolean
  readonly patientId?: string
}

export interface Returns {
  /**
   * Throws `HUB_NOT_FOUND` for whatever is no document of this agency, `HUB_BAD_RETURN` with every fault where an item cannot be
   * taken, and `HUB_RETURN_IN_PART` with what is recorded and what is not where recording failed on the way: the same return again
   * completes it.
   */
  take(principal: Principal, draft: ReturnDraft): Promise<ReturnOutcome>
  /** The agency's own documents, newest first. */
  own(principal: Principal, query?: ReturnQuery): Promise<readonly OwnReturn[]>
  /** Of the agencies in whose areas a health centre has its own; of all for auditor and operator; empty for everybody else. */
  others(principal: Principal, query?: ReturnQuery): readonly OthersReturn[]
  /**
   * Documents whose return is overdue, by the role that owes them; a role that owes none has 0. Counted anew at most every ten
   * minutes, and while it is counted others work.
   */
  overdue(): Promise<ReadonlyMap<Role, number>>
  /** What came back about the health centre's own people, newest first; empty for everybody else. */
  about(principal: Principal, query?: ReturnQuery): readonly ReturnedAbout[]
}
