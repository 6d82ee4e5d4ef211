/**
 * Works off one open cut: compile, spool, release, drop. Each step may be cut short by a kill at any instant; starting over
 * gives the same bytes, releases nothing twice, and drops the cut only when every document is out.
 */
import { type AgencyRow, agencies as agenciesProjection } from '../../projections/agencies.js'
import { patientRecord } from '../../projections/patient-record.js'
import { dayOfTime } from '../kernel/dates.js'
import { jurisdictions } from './areas.js'
import { compileHere } from './compile.js'
import type { CutPerson } from './compile-people.js'
import type { CompiledToSpool, ThreadedCompiler } from './compile-threads.js'
import { type Closing, closingOf, compileInputs, compileOrder } from './editions.js'
import type { FeedsDeps, PatientSnapshot } from './feeds-deps.js'
import type { DocumentSummary } from './finished-document.js'
import { parsePerson } from './parse-record.js'
import { internalDocumentId } from './recipient-ids.js'
import { releaseDocuments, releaseOf } from './release.js'
import type { Spool } from './spool.js'

/** Fewer people are compiled sooner than threads are started. */
export const THREADS_FROM_PEOPLE = 10_000

interface Task {
  readonly closing: Closing
  readonly agencies: readonly AgencyRow[]
  /** Documents that are not released yet. */
  readonly missing: ReadonlySet<string>
}

/** The agencies as they stood at an open cut. */
export function agenciesAt(deps: FeedsDeps, cutId: string): readonly AgencyRow[] {
  return Array.from(deps.readModels.reader(agenciesProjection).allAt(cutId), ({ row }) => row)
}

/** What works off cuts. */
export interface CutWorkshop {
  readonly deps: FeedsDeps
  readonly spool: Spool
  /** Absent where everything is compiled on this thread. */
  readonly threads: ThreadedCompiler | undefined
}

export async function processCut(workshop: CutWorkshop, cutId: string, signal: AbortSignal): Promise<void> {
  const { deps, spool } = workshop
  const agencies = agenciesAt(deps, cutId)
  const closing = await closingNamed(deps, cutId)
  if (!closing) return
  const { feed, period } = closing
  const missing = await unreleased(deps, closing, agencies)
  if (missing.size > 0 || spool.getUnmapped(feed.name, period) === undefined) {
    const { summaries } = await compileToSpool(workshop, { closing, agencies, missing }, signal)
    await releaseDocuments(deps.recorder, closing, summaries)
  }
  await deps.readModels.dropCut(cutId)
}

async function closingNamed(deps: FeedsDeps, cutId: string): Promise<Closing | undefined> {
  const cut = deps.readModels.reader(agenciesProjection).cut(cutId)
  if (!cut) return undefined
  const event = await deps.log.readTail(`period-${cut.feed}-${cut.period}`)
  return event && closingOf(deps, event)
}

/** The documents of this cut that are not released yet. */
async function unreleased(deps: FeedsDeps, closing: Closing, agencies: readonly AgencyRow[]): Promise<Set<string>> {
  const { feed, period, edition } = closing
  const missing = new Set<string>()
  for (const { agency } of jurisdictions(agencies, feed.audience, dayOfTime(edition.cut.at)).recipients) {
    const document = internalDocumentId(deps.logId, feed.name, period, agency)
    if (!(await releaseOf(deps.log, document))) missing.add(document)
  }
  return missing
}

/** Compiles everybody, keeps the documents that are missing, and leaves those that are out as they are. */
async function compileToSpool(
  { deps, spool, threads }: CutWorkshop,
  task: Task,
  signal: AbortSignal,
): Promise<CompiledToSpool> {
  const { feed, period } = task.closing
  spool.clearScratch(feed.name, period)
  try {
    const isLarge = deps.readModels.reader(patientRecord).count() >= (deps.threadsFrom ?? THREADS_FROM_PEOPLE)
    const compiled =
      threads && isLarge
        ? await compileBeside(deps, threads, spool, task, signal)
        : await compileOnThisThread(deps, spool, task, signal)
    deps.onUnmapped?.(feed.name, period, compiled.unmapped)
    return compiled
  } finally {
    spool.clearScratch(feed.name, period)
  }
}

async function compileBeside(
  deps: FeedsDeps,
  threads: ThreadedCompiler,
  spool: Spool,
  { closing, agencies, missing }: Task,
  signal: AbortSignal,
): Promise<CompiledToSpool> {
  const { feed, period, edition } = closing
  const scratch = spool.scratch(feed.name, period)
  const order = await compileOrder(deps, closing, { agencies, suppressionsThrough: -1, scratch })
  return threads.compile({ order, cutId: edition.cut.id, spoolDirectory: deps.spoolDirectory, missing }, signal)
}

async function compileOnThisThread(
  deps: FeedsDeps,
  spool: Spool,
  { closing, agencies, missing }: Task,
  signal: AbortSignal,
): Promise<CompiledToSpool> {
  const { feed, period, edition } = closing
  const snapshot = deps.openPatients()
  try {
    const suppressionsThrough = snapshot.checkpoint().leafIndex
    const scratch = spool.scratch(feed.name, period)
    const inputs = await compileInputs(deps, closing, { agencies, suppressionsThrough, scratch })
    const keysById = (kids: readonly string[]) => deps.vault.keysById(kids)
    const compiled = await compileHere(inputs, peopleOf(snapshot, edition.cut.id), keysById, signal)
    const summaries: DocumentSummary[] = []
    for (const finished of compiled.documents()) {
      signal.throwIfAborted()
      if (!missing.has(finished.summary.document)) continue
      spool.put(feed.name, period, finished)
      summaries.push(finished.summary)
    }
    spool.putUnmapped(feed.name, period, compiled.unmappedAccounting())
    return { summaries, unmapped: compiled.unmapped }
  } finally {
    snapshot.close()
  }
}

function* peopleOf(snapshot: PatientSnapshot, cutId: string): Generator<CutPerson> {
  for (const text of snapshot.texts(cutId)) yield parsePerson(text)
}
