/**
 * Hands out what is released: from the spool, or, where that is lost or another's, compiled again from the log. It gives out
 * nothing whose release is not in the log, and nothing whose digest is not the released one.
 */
import { recalledOf, recalledRows } from '../../projections/recalled-rows.js'
import type { Period } from '../kernel/dates.js'
import { HubError } from '../kernel/errors.js'
import { type Closing, knownFeed } from './editions.js'
import type { FeedsDeps } from './feeds-deps.js'
import type { FinishedDocument } from './finished-document.js'
import type { DocumentFile, DocumentFormat, Feeds } from './port.js'
import { type PartialDocument, withoutRecalled } from './recalled-lines.js'
import { internalDocumentId } from './recipient-ids.js'
import { closingFor, recomputeDocuments } from './recompute.js'
import { type Released, releaseOf } from './release.js'
import { renderCsv } from './render-csv.js'
import { commitmentsOfRestricted } from './restricted-rows.js'
import type { Spool } from './spool.js'
import { createXlsxRenderer } from './xlsx-thread.js'

export interface ReleasedFiles {
  spool(): Promise<Spool>
  /**
   * Writes every file of the spool that holds a row which was taken back anew, without it; cheap where nothing was since the last
   * time. What the read model has not seen is left for the next time.
   */
  purge(): Promise<void>
  document(feed: string, period: Period, agency: string, format: DocumentFormat): Promise<DocumentFile>
  readonly returnSheet: Feeds['returnSheet']
  readonly readReturnSheet: Feeds['readReturnSheet']
  manifest(feed: string, period: Period, agency: string): Promise<Buffer>
  accounting(feed: string, period: Period, agency: string): Promise<Buffer>
  close(): Promise<void>
}

const MEDIA_TYPES = {
  ndjson: 'application/x-ndjson',
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
} as const satisfies Record<DocumentFormat, string>

export function releasedFiles(deps: FeedsDeps, open: () => Promise<Spool>): ReleasedFiles {
  const workbooks = createXlsxRenderer()
  let opened: Promise<Spool> | undefined
  const spool = (): Promise<Spool> => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined
      throw error
    })
    return opened
  }

  async function fetch(feed: string, period: Period, agency: string): Promise<FinishedDocument> {
    knownFeed(deps.definitions, feed)
    const document = internalDocumentId(deps.logId, feed, period, agency)
    const released = await releaseOf(deps.log, document)
    if (!released) throw new HubError('HUB_NOT_FOUND', `no document of ${feed} ${period} was released to this agency`)
    const kept = (await spool()).get(feed, period, document)
    return kept && isReleased(kept, released) ? kept : again(feed, period, released)
  }

  /** Fills the spool anew with every document of the release, while it is at it. */
  async function again(feed: string, period: Period, released: Released): Promise<FinishedDocument> {
    const closing = await closingFor(deps, feed, period)
    const kept = await spool()
    let found: FinishedDocument | undefined
    await recomputeDocuments(deps, closing, released.suppressionsThrough, (finished) => {
      if (finished.summary.document === released.document) found = finished
      if (!kept.get(feed, period, finished.summary.document)) keep(kept, feed, period, finished)
    })
    if (found && isReleased(found, released)) {
      keep(kept, feed, period, found)
      return found
    }
    throw new HubError('HUB_LOG_CORRUPT', `${feed} ${period}: the log does not yield the released document`)
  }

  /** A document as it goes out now, whatever the read model had seen: without what was taken back, and whom a restriction keeps. */
  async function shown(
    agency: string,
    { feed: { audience: role } }: Pick<Closing, 'feed'>,
    { summary: { document }, ndjson }: FinishedDocument,
  ): Promise<PartialDocument> {
    await deps.readModels.through()
    const restricted = await commitmentsOfRestricted(deps, { document, agency, role, ndjson })
    return withoutRecalled(ndjson, new Map([...restricted, ...commitmentsSeen(document)]))
  }

  function commitmentsSeen(document: string): ReadonlyMap<string, string> {
    const rows = deps.readModels.reader(recalledRows).withPrefix(recalledOf(document))
    return new Map([...rows].map(({ row: { row, commitment } }) => [row, commitment]))
  }

  /** Puts a document into the spool without what was taken back. */
  function keep(into: Spool, feed: string, period: Period, finished: FinishedDocument): void {
    const { summary, ndjson } = finished
    const { bytes } = withoutRecalled(ndjson, commitmentsSeen(summary.document))
    const wholeBytes = summary.wholeBytes ?? ndjson.length
    into.put(
      feed,
      period,
      bytes === ndjson ? finished : { ...finished, ndjson: bytes, summary: { ...summary, wholeBytes } },
    )
  }

  /** How many rows had been taken back when the spool was last looked through. */
  let purged = 0
  async function purge(): Promise<void> {
    const rows = deps.readModels.reader(recalledRows)
    const count = rows.count()
    if (count === purged) return
    const documents = new Set<string>()
    for (const { row } of rows.all()) documents.add(row.document)
    const kept = await spool()
    for (const { feed, period } of kept.list()) {
      for (const document of kept.documents(feed, period)) {
        const file = documents.has(document) ? kept.get(feed, period, document) : undefined
        if (file) keep(kept, feed, period, file)
      }
    }
    purged = count
  }

  return {
    spool,
    purge,
    async document(feed, period, agency, format) {
      const finished = await fetch(feed, period, agency)
      const { summary, ndjson: whole } = finished
      const { documentId, documentDigest, rows } = summary
      const closing = await closingFor(deps, feed, period)
      const { bytes: ndjson, recalled } = await shown(agency, closing, finished)
      const rendered = async (): Promise<Buffer> => {
        if (format === 'ndjson') return ndjson
        const { label, fields: fieldSets } = closing.feed
        if (format === 'csv') return renderCsv(ndjson, fieldSets)
        return workbooks.render({ ndjson, fieldSets, label: label.zh, documentDigest, recalled })
      }
      return {
        ...{ documentId, format, documentDigest, rows, recalled, wholeBytes: summary.wholeBytes ?? whole.length },
        mediaType: MEDIA_TYPES[format],
        fileName: `${period}-${documentId}.${format}`,
        bytes: await rendered(),
      }
    },
    async returnSheet(feed, period, agency) {
      const finished = await fetch(feed, period, agency)
      const closing = await closingFor(deps, feed, period)
      const { bytes: ndjson } = await shown(agency, closing, finished)
      const { label, audience: role } = closing.feed
      return {
        mediaType: MEDIA_TYPES.xlsx,
        fileName: `return-${period}-${finished.summary.documentId}.xlsx`,
        bytes: await workbooks.returnSheet({ ndjson, role, label: label.zh }),
      }
    },
    readReturnSheet: (bytes, by) => workbooks.read(bytes, by),
    manifest: async (feed, period, agency) => (await fetch(feed, period, agency)).manifest,
    accounting: async (feed, period, agency) => (await fetch(feed, period, agency)).accounting,
    close: () => workbooks.close(),
  }
}

function isReleased({ summary }: FinishedDocument, released: Released): boolean {
  const { root, documentDigest, accountingDigest } = summary
  return (
    root === released.root &&
    documentDigest === released.documentDigest &&
    accountingDigest === released.accountingDigest
  )
}
