/** What a compile makes: a document with its two manifests, and what a release says of it. Types only. */
import type { PatientFeed } from '../../projections/feeds.js'
import type { Recipient } from './areas.js'
import type { Edition } from './document.js'
import type { ErasedRows } from './erased-rows.js'
import type { Signer } from './signing.js'

/** What `FeedReleased` says, and a recompute must find again. */
export interface DocumentSummary {
  readonly agency: string
  /** The id in the log. */
  readonly document: string
  /** The recipient's own id. */
  readonly documentId: string
  readonly rows: number
  /** Exact and internal: inScope, rows, closings where there are any, each group of the feed, excluded, stopped, unmapped. */
  readonly counts: Readonly<Record<string, number>>
  readonly root: string
  readonly documentDigest: string
  readonly accountingDigest: string
  readonly suppressionsThrough: number
  /**
   * Rows of people who were erased since the release, where there are any: `ndjson` holds their commitments, and `documentDigest`
   * is the released one, since the bytes that it was made of are gone.
   */
  readonly erased?: number
  /** Bytes of the document as it was released, where `ndjson` lacks rows that were taken out after it was spooled. */
  readonly wholeBytes?: number
}

export interface FinishedDocument {
  readonly summary: DocumentSummary
  readonly ndjson: Buffer
  readonly manifest: Buffer
  readonly accounting: Buffer
}

export interface FinishSetup {
  readonly feed: PatientFeed
  readonly edition: Edition
  readonly logId: string
  /** By id. */
  readonly recipients: readonly Recipient[]
  readonly idKeys: ReadonlyMap<string, Uint8Array>
  readonly unitName: (id: string) => string
  readonly signer: Signer
  readonly suppressionsThrough: number
  /** People in scope whom no recipient answers for. */
  readonly unmapped: number
  readonly erased?: Pick<ErasedRows, 'releasedDigestOf'>
}
