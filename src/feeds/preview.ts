/**
 * What an agency would receive if its feed were cut now: the same compile, what earlier documents are owed included; nothing appended,
 * nothing kept, nothing sent. It reads the heads of whoever lives where the agency answers, or where the place alone does not tell who
 * does, and whole records of whoever may be owed something; of everybody else nothing.
 */
import { agencies as agenciesProjection } from '../../projections/agencies.js'
import type { PatientFeed } from '../../projections/feeds.js'
import { momentOf, type Period } from '../kernel/dates.js'
import { HubError } from '../kernel/errors.js'
import { batchesOf, type CompileInputs, collector, finished } from './compile.js'
import { type CutPerson, type PeopleCompiler, peopleCompiler } from './compile-people.js'
import { type CompileSink, UNMAPPED } from './compile-sink.js'
import type { Edition } from './document.js'
import { compileInputs, versionsToFreeze } from './editions.js'
import type { FeedsDeps, PatientSnapshot } from './feeds-deps.js'
import { parseGlimpse, parseRecord } from './parse-record.js'
import { placePlan } from './place-plan.js'
import type { Preview } from './port.js'
import { passingScratch } from './spool.js'

/**
 * Throws `HUB_NOT_FOUND` for an agency that this feed owes no document today.
 * @param period the next that closes: in the days of grace it is the one that is over
 */
export async function previewFeed(
  deps: FeedsDeps,
  feed: PatientFeed,
  period: Period,
  agency: string,
): Promise<Preview> {
  const now = deps.calendar.now()
  const edition: Edition = {
    feed: feed.name,
    period,
    fieldSets: feed.fields,
    cut: { id: 'preview', at: momentOf(now) },
    versions: versionsToFreeze(deps, feed.name),
    isSimulated: deps.isSimulated,
    isPreview: true,
  }
  const agencies = Array.from(deps.readModels.reader(agenciesProjection).all(), ({ row }) => row)
  const scratch = passingScratch(deps.spoolDirectory)
  const patients = deps.openPatients()
  try {
    const { leafIndex: suppressionsThrough } = patients.checkpoint()
    const inputs = await compileInputs(deps, { feed, edition }, { agencies, suppressionsThrough, scratch })
    return await previewOf(deps, inputs, patients, agency)
  } finally {
    patients.close()
  }
}

async function previewOf(
  { vault }: FeedsDeps,
  inputs: CompileInputs,
  patients: PatientSnapshot,
  agency: string,
): Promise<Preview> {
  const { feed, edition } = inputs
  const compiler = peopleCompiler({ ...inputs, period: edition.period })
  const own = compiler.recipients.filter((recipient) => recipient.agency === agency)
  const { sink, rows, accounts, unmapped } = collector(inputs.scratch, 'preview')
  try {
    const told = sinkOf(agency, sink)
    for (const batch of batchesOf(own.length === 0 ? [] : peopleOf(agency, compiler, patients, told))) {
      const plan = compiler.plan(batch)
      compiler.finish(plan, await vault.keysById(plan.kids), told)
      await new Promise((resolve) => setImmediate(resolve))
    }
    const compiled = finished(inputs, own, unmapped(), rows.entries(), accounts.entries())
    for (const { summary, ndjson } of compiled.documents()) {
      const { rows: count, counts } = summary
      return {
        ...{ feed: feed.name, period: edition.period, agency },
        ...{ rows: count, counts, bytes: ndjson, unmapped: unmapped() },
      }
    }
  } finally {
    rows.discard()
    accounts.discard()
  }
  throw new HubError('HUB_NOT_FOUND', `${feed.name} owes this agency no document: wrong role, or no area today`)
}

/**
 * Whoever lives where the agency answers, or nobody does, or where the shelf alone does not tell; and whoever may be owed something:
 * they may have left it. Finishes by its head whoever can be, and yields the others with their records.
 */
function* peopleOf(
  agency: string,
  compiler: PeopleCompiler,
  patients: PatientSnapshot,
  sink: CompileSink,
): Generator<CutPerson> {
  const { touchedSince } = compiler
  const plan = placePlan(patients.shelves(), compiler.onShelf)
  for (const { shelf, recipients } of [
    ...plan.apart.map((shelf) => ({ shelf, recipients: undefined })),
    ...plan.shelvesOf(agency),
  ]) {
    for (const { key, head } of patients.headsOn(shelf, { touchedSince })) {
      const glimpse = parseGlimpse(key, head)
      const isAnothers = recipients === undefined && !compiler.mayConcern(glimpse, agency)
      const isDone = isAnothers || compiler.finishByHead(glimpse, sink, recipients)
      if (!isDone) yield* personNow(patients, key)
    }
  }
  for (const key of patients.unsettled({ touchedSince })) yield* personNow(patients, key)
}

function* personNow(patients: PatientSnapshot, key: string): Generator<CutPerson> {
  const text = patients.textNow(key)
  if (text === undefined) return
  const row = parseRecord(text)
  yield { key, row, live: row }
}

/** Keeps what is said to the agency, and how many nobody answers for. */
function sinkOf(agency: string, sink: CompileSink): CompileSink {
  return {
    row: (recipient, rowId, committed) => {
      if (recipient === agency) sink.row(recipient, rowId, committed)
    },
    account: (recipient, account) => {
      if (recipient === agency || recipient === UNMAPPED) sink.account(recipient, account)
    },
  }
}
