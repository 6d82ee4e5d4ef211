/** What a compile says: rows, and of everybody what became of them. Whoever takes it is a sink. */
import type { Group } from '../policy/define-feed.js'
import type { CommittedLine } from './committed-line.js'
import type { AccountRule } from './suppressed.js'

export interface Account {
  readonly patient: string
  /** `CLOSED`: a row that says that the agency is in charge no longer. */
  readonly outcome: 'ROW' | 'COUNTED' | 'EXCLUDED' | 'CLOSED'
  readonly rule?: AccountRule
  readonly group?: Group
  readonly unit?: string | undefined
  readonly row?: string
  readonly fieldSet?: string
}

/** Takes what is compiled. `UNMAPPED` stands where no agency of the audience answers for the residence. */
export interface CompileSink {
  row(agency: string, rowId: string, committed: CommittedLine): void
  account(agency: string, account: Account): void
}

export const UNMAPPED = '~unmapped'
