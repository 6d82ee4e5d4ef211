/**
 * Compiles a released period again from the log alone: to compare, to answer a question years later, or because the spool
 * was lost. Each released document is compiled with the suppressions that its own release counted. In the place of the row of a
 * person who was erased since stands its commitment: root and accounting come out as they were released, the bytes do not.
 */

import { periodStream } from '../domain/streams.js'
import { dayOfTime, type Period } from '../kernel/dates.js'
import { HubError } from '../kernel/errors.js'
import { jurisdictions } from './areas.js'
import { compileHere } from './compile.js'
import { type Closing, closingOf, compileInputs } from './editions.js'
import { erasedRowsOf } from './erased-rows.js'
import type { FeedsDeps } from './feeds-deps.js'
import type { DocumentSummary, FinishedDocument } from './finished-document.js'
import { replayedPast } from './past.js'
import type { Recomputation, RecomputedDocument } from './port.js'
import { internalDocumentId } from './recipient-ids.js'
import { type Released, releaseOf } from './release.js'
import { type CutReplay, replayCut } from './replay.js'
import { passingScratch } from './spool.js'

/** The closing of a period. Throws `HUB_NOT_FOUND` where it is not closed. */
export async function closingFor(deps: FeedsDeps, feed: string, period: Period): Promise<Closing> {
  const event = await deps.log.readTail(periodStream(feed, period))
  if (!event) throw new HubError('HUB_NOT_FOUND', `${feed} ${period} is not closed`)
  return closingOf(deps, event)
}

/** Every document of the period as its release would have it, one at a time. */
export async function recomputeDocuments(
  deps: FeedsDeps,
  closing: Closing,
  suppressionsThrough: number,
  take: (finished: FinishedDocument) => void,
  signal?: AbortSignal,
): Promise<void> {
  await withReplay(deps, closing, suppressionsThrough, async (replay) => {
    const scratch = passingScratch(deps.spoolDirectory)
    const at = { agencies: replay.agencies, suppressionsThrough, scratch }
    const inputs = await compileInputs(deps, closing, at, replayedPast(replay.log))
    const erased = erasedRowsOf(deps.log, { logId: deps.logId, feed: closing.feed.name, period: closing.period })
    const compiled = await compileHere(
      { ...inputs, erased },
      replay.people(),
      (kids) => deps.vault.keysById(kids),
      signal,
    )
    try {
      for (const finished of compiled.documents()) take(finished)
    } finally {
      compiled.discard()
    }
  })
}

/** Replays the cut from a reading of the log that is closed afterwards. */
export async function withReplay<T>(
  deps: FeedsDeps,
  { event }: Closing,
  suppressionsThrough: number,
  use: (replay: CutReplay) => T | Promise<T>,
): Promise<T> {
  const log = deps.openLog()
  try {
    return await use(await replayCut(log, { stream: event.stream, id: event.id }, suppressionsThrough))
  } finally {
    log.close()
  }
}

/** Throws `HUB_NOT_FOUND` where the period is not closed. */
export async function recomputePeriod(deps: FeedsDeps, feed: string, period: Period): Promise<Recomputation> {
  const closing = await closingFor(deps, feed, period)
  const releases = await releasesOf(deps, closing)
  const again = new Map<string, DocumentSummary>()
  // One pass per leaf index: a crash between two releases may have left documents with different ones.
  for (const through of new Set([...releases.values()].map(({ suppressionsThrough }) => suppressionsThrough))) {
    await recomputeDocuments(deps, closing, through, ({ summary }) => {
      if (releases.get(summary.document)?.suppressionsThrough === through) again.set(summary.document, summary)
    })
  }
  const documents = [...releases.values()].map((released) => compared(released, again.get(released.document)))
  return { feed, period, isEqual: documents.every(({ isEqual }) => isEqual), documents }
}

function compared(released: Released, again: DocumentSummary | undefined): RecomputedDocument {
  const { agency, document } = released
  const before = digestsOf(released)
  if (!again) return { agency, document, isEqual: false, released: before }
  const after = digestsOf(again)
  const isEqual =
    before.root === after.root &&
    before.documentDigest === after.documentDigest &&
    before.accountingDigest === after.accountingDigest
  if (again.erased === undefined) return { agency, document, isEqual, released: before, recomputed: after }
  const { documentDigest: _, ...recomputed } = after
  return { agency, document, isEqual, erased: again.erased, released: before, recomputed }
}

function digestsOf({
  root,
  documentDigest,
  accountingDigest,
}: Released | DocumentSummary): RecomputedDocument['released'] {
  return { root, documentDigest, accountingDigest }
}

/** What was released of a period, by document. */
async function releasesOf(deps: FeedsDeps, closing: Closing): Promise<ReadonlyMap<string, Released>> {
  const { feed, period, edition } = closing
  const agencies = await withReplay(deps, closing, -1, (replay) => replay.agencies)
  const found = new Map<string, Released>()
  for (const { agency } of jurisdictions(agencies, feed.audience, dayOfTime(edition.cut.at)).recipients) {
    const released = await releaseOf(deps.log, internalDocumentId(deps.logId, feed.name, period, agency))
    if (released) found.set(released.document, released)
  }
  return found
}
