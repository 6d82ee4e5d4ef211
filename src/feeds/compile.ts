/**
 * Compiles one feed for one period: people in, documents out, in memory that does not grow with their number. The same people
 * give the same bytes, in whatever batches and on whatever thread they are worked off.
 */
import type { AgencyRow } from '../../projections/agencies.js'
import type { PatientFeed } from '../../projections/feeds.js'
import type { CalendarDate } from '../kernel/dates.js'
import type { Recipient } from './areas.js'
import { type CutPerson, peopleCompiler } from './compile-people.js'
import { type CompileSink, UNMAPPED } from './compile-sink.js'
import type { Edition } from './document.js'
import type { ErasedRows } from './erased-rows.js'
import {
  accountEntry,
  accountLineOf,
  entriesByAgency,
  finishDocuments,
  rowEntry,
  unmappedAccounting,
} from './finish-documents.js'
import type { FinishedDocument, FinishSetup } from './finished-document.js'
import type { LookBackSetup } from './look-back.js'
import type { Signer } from './signing.js'
import { type Entry, type SortedRuns, sortedRuns } from './sorted-runs.js'

export interface CompileInputs {
  readonly feed: PatientFeed
  readonly edition: Edition
  readonly logId: string
  /** The day of the cut: whose areas count. */
  readonly day: CalendarDate
  /** As they stood at the cut. */
  readonly agencies: readonly AgencyRow[]
  /** Of every recipient. */
  readonly idKeys: ReadonlyMap<string, Uint8Array>
  /** What earlier documents said. */
  readonly earlier: Pick<LookBackSetup, 'earlier' | 'feedOf' | 'past'>
  readonly signer: Signer
  /** Leaf index through which suppressions were looked for. */
  readonly suppressionsThrough: number
  readonly scratch: { readonly directory: string; readonly key: Uint8Array }
  /** Of a compile of what was released before: what is left of people who were erased since. */
  readonly erased?: ErasedRows
}

/** Fetches data keys; those that were destroyed are absent. */
export type KeysById = (kids: readonly string[]) => Promise<ReadonlyMap<string, Uint8Array>>

export interface Compilation {
  readonly recipients: readonly Recipient[]
  readonly unmapped: number
  /** One finished document at a time, by agency. May be asked for once. */
  documents(): Iterable<FinishedDocument>
  /** After the last document: the account of those whom nobody answers for. */
  unmappedAccounting(): Iterable<Buffer>
}

const BATCH = 64

/** Where compiled rows and accounts are collected and sorted. */
export interface Collector {
  readonly sink: CompileSink
  readonly rows: SortedRuns
  readonly accounts: SortedRuns
  unmapped(): number
}

export function collector(scratch: CompileInputs['scratch'], name: string): Collector {
  const rows = sortedRuns({ ...scratch, name: `${name}.rows` })
  const accounts = sortedRuns({ ...scratch, name: `${name}.accounts` })
  let unmapped = 0
  return {
    rows,
    accounts,
    unmapped: () => unmapped,
    sink: {
      row: (agency, rowId, committed) => rows.add(agency, rowId, rowEntry(committed)),
      account(agency, account) {
        if (agency === UNMAPPED && account.outcome === 'COUNTED') unmapped++
        const line = accountLineOf(account)
        accounts.add(agency, line.id, accountEntry(line))
      },
    },
  }
}

/** Compiles on this thread, giving way to others after each batch. */
export async function compileHere(
  inputs: CompileInputs,
  people: Iterable<CutPerson>,
  keysById: KeysById,
  signal?: AbortSignal,
): Promise<Compilation & { discard(): void }> {
  const compiler = peopleCompiler({ ...inputs, period: inputs.edition.period })
  const { sink, rows, accounts, unmapped } = collector(inputs.scratch, 'here')
  try {
    for (const batch of batchesOf(people)) {
      signal?.throwIfAborted()
      const plan = compiler.plan(batch)
      const keys = await keysById(plan.kids)
      compiler.finish(plan, keys, sink, await inputs.erased?.standingsOf(compiler.gone(plan, keys)))
      await new Promise((resolve) => setImmediate(resolve))
    }
  } catch (error) {
    rows.discard()
    accounts.discard()
    throw error
  }
  return {
    ...finished(inputs, compiler.recipients, unmapped(), rows.entries(), accounts.entries()),
    discard() {
      rows.discard()
      accounts.discard()
    },
  }
}

/** The documents of what was collected. */
export function finished(
  inputs: CompileInputs,
  recipients: readonly Recipient[],
  unmapped: number,
  rows: Iterable<Entry>,
  accounts: Iterable<Entry>,
): Compilation {
  const setup = finishSetup(inputs, recipients, unmapped)
  const taken = entriesByAgency(accounts)
  return {
    recipients,
    unmapped,
    documents: () => finishDocuments(setup, entriesByAgency(rows), taken),
    unmappedAccounting: () => unmappedAccounting(inputs.edition, setup, taken(UNMAPPED)),
  }
}

/** @param unmapped people in scope whom no recipient answers for */
export function finishSetup(inputs: CompileInputs, recipients: readonly Recipient[], unmapped: number): FinishSetup {
  const { feed, edition, logId, idKeys, signer, suppressionsThrough, agencies, erased } = inputs
  const names = new Map(agencies.map(({ id, name }) => [id, name ?? '']))
  const unitName = (id: string): string => names.get(id) ?? ''
  return {
    ...{ feed, edition, logId, recipients, idKeys, unitName, signer, suppressionsThrough, unmapped },
    ...(erased && { erased }),
  }
}

/** Small enough that a batch is gone before the garbage collector carries it over. */
export function* batchesOf<T>(items: Iterable<T>): Generator<readonly T[]> {
  let batch: T[] = []
  for (const item of items) {
    batch.push(item)
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
