/**
 * Releases what was compiled: `FeedReleased` lies in the log before any byte leaves. A crash between two documents leaves
 * some released; the next attempt releases the others and none twice.
 */
import type { StoredEvent } from '../domain/event.js'
import { readNumber, readNumbers, readText } from '../domain/read-data.js'
import { documentStream, streamKeyOf } from '../domain/streams.js'
import { isHubError } from '../kernel/errors.js'
import type { LogReader } from '../log/port.js'
import { namedSets } from '../policy/define-feed.js'
import type { HubRecorder } from '../recording/port.js'
import type { Closing } from './editions.js'
import type { DocumentSummary } from './finished-document.js'

/** Appends under way at once: they share the log's commits. */
const AT_ONCE = 128

/** What a released document's event says. */
export interface Released extends Omit<DocumentSummary, 'documentId'> {
  readonly releasedAt: string
}

export async function releaseDocuments(
  recorder: HubRecorder,
  closing: Closing,
  summaries: readonly DocumentSummary[],
): Promise<void> {
  for (let i = 0; i < summaries.length; i += AT_ONCE) {
    await Promise.all(summaries.slice(i, i + AT_ONCE).map((summary) => releaseOne(recorder, closing, summary)))
  }
}

async function releaseOne(recorder: HubRecorder, closing: Closing, summary: DocumentSummary): Promise<void> {
  const { feed, period, event, edition } = closing
  const { agency, document, rows, counts, root, accountingDigest, documentDigest, suppressionsThrough } = summary
  const cut = { stream: event.stream, id: event.id }
  try {
    await recorder.appendAt('new', {
      stream: documentStream(document),
      type: 'FeedReleased',
      data: {
        ...{ feed: feed.name, period, agency, cut, rows, counts, root, accountingDigest, documentDigest },
        fieldSet: namedSets(edition.fieldSets),
        versions: edition.versions,
        suppressionsThrough,
      },
      causation: cut,
    })
  } catch (error) {
    // Another node released it with its own suppressions: its document is the one; ours is compiled again when asked for.
    if (!isHubError(error, 'HUB_DIFFERENT_CONTENT')) throw error
  }
}

/** The release of a document, or undefined while there is none. */
export async function releaseOf(log: LogReader, document: string): Promise<Released | undefined> {
  const event = await log.readTail(documentStream(document))
  return event && releasedBy(event)
}

export function releasedBy(event: StoredEvent): Released {
  const { data } = event
  return {
    agency: readText(data, 'agency'),
    document: streamKeyOf(event.stream),
    rows: readNumber(data, 'rows'),
    counts: readNumbers(data, 'counts'),
    root: readText(data, 'root'),
    documentDigest: readText(data, 'documentDigest'),
    accountingDigest: readText(data, 'accountingDigest'),
    suppressionsThrough: readNumber(data, 'suppressionsThrough'),
    releasedAt: event.recordedAt,
  }
}
