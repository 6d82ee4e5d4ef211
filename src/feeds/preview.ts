/**
 * What an agency would receive if its feed were cut now: the same compile, what earlier documents are owed included; nothing appended,
 * nothing kept, nothing sent.
 */
import { agencies as agenciesProjection } from '../../projections/agencies.js'
import type { PatientFeed } from '../../projections/feeds.js'
import { type PatientRecord, patientRecord } from '../../projections/patient-record.js'
import { momentOf, type Period } from '../kernel/dates.js'
import { HubError } from '../kernel/errors.js'
import { compileHere } from './compile.js'
import type { CutPerson } from './compile-people.js'
import type { Edition } from './document.js'
import { compileInputs, versionsToFreeze } from './editions.js'
import type { FeedsDeps } from './feeds-deps.js'
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
  const { readModels, vault } = deps
  const agencies = Array.from(readModels.reader(agenciesProjection).all(), ({ row }) => row)
  const scratch = passingScratch(deps.spoolDirectory)
  const { leafIndex: suppressionsThrough } = readModels.reader(patientRecord).checkpoint()
  const inputs = await compileInputs(deps, { feed, edition }, { agencies, suppressionsThrough, scratch })
  const people = livePeople(readModels.reader(patientRecord).all())
  const compiled = await compileHere(inputs, people, (kids) => vault.keysById(kids))
  try {
    for (const { summary, ndjson } of compiled.documents()) {
      if (summary.agency !== agency) continue
      const { rows, counts } = summary
      return { feed: feed.name, period, agency, rows, counts, bytes: ndjson, unmapped: compiled.unmapped }
    }
  } finally {
    compiled.discard()
  }
  throw new HubError('HUB_NOT_FOUND', `${feed.name} owes this agency no document: wrong role, or no area today`)
}

/** Everybody as they stand now. */
export function* livePeople(
  rows: Iterable<{ readonly key: string; readonly row: PatientRecord }>,
): Generator<CutPerson> {
  for (const { key, row } of rows) yield { key, row, live: row }
}
