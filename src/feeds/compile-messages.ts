/** What the compiling threads and their coordinator say to each other: plain data only, and the split of the work. */
import type { AgencyRow } from '../../projections/agencies.js'
import type { CalendarDate } from '../kernel/dates.js'
import type { ErrorCode } from '../kernel/errors.js'
import type { Edition } from './document.js'
import type { DocumentSummary } from './finished-document.js'
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

/** Of several sorters as of one. */
export function together(runs: readonly PartRuns[]): PartRuns {
  const all = (of: (part: PartRuns) => Runs): Runs => ({
    files: runs.flatMap((part) => of(part).files),
    memory: runs.flatMap((part) => of(part).memory),
  })
  return { rows: all(({ rows }) => rows), accounts: all(({ accounts }) => accounts) }
}

export function isNothing({ rows, accounts }: PartRuns): boolean {
  return [rows, accounts].every(({ files, memory }) => files.length + memory.length === 0)
}

export interface Finishing {
  /** What the first step of all threads said to this thread's recipients. */
  readonly runs: PartRuns
  readonly unmapped: number
  readonly suppressionsThrough: number
  /** Documents to keep: the others are out already. */
  readonly missing: readonly string[]
}

export type ToCompiler =
  | {
      readonly kind: 'open'
      readonly order: CompileOrder
      readonly cutId: string
      readonly spoolDirectory: string
      /** First characters of the patient ids that are this thread's. */
      readonly prefixes: readonly string[]
      readonly part: number
      readonly parts: number
    }
  /** Look again: another thread saw another state. */
  | { readonly kind: 'reopen' }
  | { readonly kind: 'collect' }
  | { readonly kind: 'keys'; readonly id: number; readonly keys: ReadonlyMap<string, Uint8Array> }
  | ({ readonly kind: 'finish' } & Finishing)
  | { readonly kind: 'amend'; readonly astray: PartRuns }
  /** Nothing more is asked of this order. */
  | { readonly kind: 'close' }

export type FromCompiler =
  | { readonly kind: 'opened'; readonly leafIndex: number }
  | { readonly kind: 'needs'; readonly id: number; readonly kids: readonly string[] }
  | { readonly kind: 'collected'; readonly parts: readonly PartRuns[]; readonly unmapped: number }
  | {
      readonly kind: 'finished'
      readonly summaries: readonly DocumentSummary[]
      readonly astray: readonly PartRuns[]
    }
  | { readonly kind: 'amended'; readonly summaries: readonly DocumentSummary[] }
  | { readonly kind: 'failed'; readonly error: { readonly code: ErrorCode; readonly message: string } }

/** The buffers of the runs in a message. */
export function transferOf(message: ToCompiler | FromCompiler): ArrayBuffer[] {
  return runsIn(message).flatMap(({ rows, accounts }) => [...buffersOf(rows), ...buffersOf(accounts)])
}

function runsIn(message: ToCompiler | FromCompiler): readonly PartRuns[] {
  switch (message.kind) {
    case 'collected':
      return message.parts
    case 'finish':
      return [message.runs]
    case 'finished':
      return message.astray
    case 'amend':
      return [message.astray]
    default:
      return []
  }
}

const HEX = '0123456789abcdef'

/** Patient ids are evenly spread UUIDs: each thread takes the ids that begin with its digits. */
export function prefixesOf(thread: number, threads: number): readonly string[] {
  return [...HEX].filter((_, digit) => digit % threads === thread)
}

/** The part of the recipients to which one belongs: `position` of `count`, in `parts` runs of equal length. */
export function partOf(position: number, count: number, parts: number): number {
  return Math.min(parts - 1, Math.floor((position * parts) / Math.max(count, 1)))
}
