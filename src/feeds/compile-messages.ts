/** What the compiling threads and their coordinator say to each other: plain data only, and the split of the work. */
import type { AgencyRow } from '../../projections/agencies.js'
import type { CalendarDate } from '../kernel/dates.js'
import type { ErrorCode } from '../kernel/errors.js'
import type { Edition } from './document.js'
import type { DocumentSummary } from './finish-documents.js'
import type { EarlierCut } from './look-back.js'
import type { PaceCell } from './pace.js'
import { buffersOf, type Runs } from './sorted-runs.js'

/** A compile as plain data: any thread of any node makes the same documents of it. */
export interface CompileOrder {
  readonly feed: { readonly name: string; readonly version: number }
  readonly edition: Omit<Edition, 'fieldSets'>
  readonly logId: string
  readonly day: CalendarDate
  readonly agencies: readonly AgencyRow[]
  readonly idKeys: ReadonlyMap<string, Uint8Array>
  readonly signingSeed: Uint8Array
  readonly spoolKey: Uint8Array
  readonly scratch: string
  readonly suppressionsThrough: number
  /** Cuts of the same feed before this one, newest first. */
  readonly earlier: readonly EarlierCut[]
}

/** What a compiling thread is started with. */
export interface CompilerStart {
  /** What the entry file wants: the threads' `data`. */
  readonly data: unknown
  readonly pace: PaceCell
}

/** What threads collected for one part of the recipients; its buffers are transferred, never copied. */
export interface PartRuns {
  readonly rows: Runs
  readonly accounts: Runs
}

export function transferOf({ rows, accounts }: PartRuns): readonly ArrayBuffer[] {
  return [...buffersOf(rows), ...buffersOf(accounts)]
}

export type ToCompiler =
  | {
      readonly kind: 'open'
      readonly order: CompileOrder
      readonly cutId: string
      readonly spoolDirectory: string
      /** First characters of the patient ids that are this thread's. */
      readonly prefixes: readonly string[]
      readonly parts: number
      readonly name: string
    }
  /** Look again: another thread saw another state. */
  | { readonly kind: 'reopen' }
  | { readonly kind: 'collect' }
  | { readonly kind: 'keys'; readonly id: number; readonly keys: ReadonlyMap<string, Uint8Array> }
  | {
      readonly kind: 'finish'
      readonly part: number
      readonly runs: PartRuns
      readonly unmapped: number
      readonly suppressionsThrough: number
      /** Documents to keep: the others are out already. */
      readonly missing: readonly string[]
    }

export type FromCompiler =
  | { readonly kind: 'opened'; readonly leafIndex: number }
  | { readonly kind: 'needs'; readonly id: number; readonly kids: readonly string[] }
  | { readonly kind: 'collected'; readonly parts: readonly PartRuns[]; readonly unmapped: number }
  | { readonly kind: 'finished'; readonly summaries: readonly DocumentSummary[] }
  | { readonly kind: 'failed'; readonly error: { readonly code: ErrorCode; readonly message: string } }

const HEX = '0123456789abcdef'

/** Patient ids are evenly spread UUIDs: each thread takes the ids that begin with its digits. */
export function prefixesOf(thread: number, threads: number): readonly string[] {
  return [...HEX].filter((_, digit) => digit % threads === thread)
}

/** The part of the recipients to which one belongs: `position` of `count`, in `parts` runs of equal length. */
export function partOf(position: number, count: number, parts: number): number {
  return Math.min(parts - 1, Math.floor((position * parts) / Math.max(count, 1)))
}
