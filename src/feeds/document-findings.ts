/**
 * What a check of a document against its manifest may find. A finding names kind, line and row id, never a value of a row: it
 * may be read by whoever is asked for help.
 */

export type FindingKind =
  /** No JSON, or not of the format. Nothing else is checked. */
  | 'MANIFEST_UNREADABLE'
  | 'MANIFEST_SIGNATURE'
  /** Signed, but by another key than the one that was given. */
  | 'MANIFEST_SIGNER'
  /** The root does not follow from the commitments. */
  | 'MANIFEST_ROOT'
  | 'MANIFEST_COUNT'
  | 'MANIFEST_ORDER'
  | 'MANIFEST_DOUBLED'
  | 'HEADER_UNREADABLE'
  /** A member says something else than the manifest's, or is none of the format's. */
  | 'HEADER_DIFFERS'
  /** The same value in other bytes than JCS. */
  | 'NOT_CANONICAL'
  | 'TRUNCATED'
  | 'ROW_COUNT'
  | 'ROW_UNREADABLE'
  | 'ROW_DROPPED'
  | 'ROW_DOUBLED'
  /** It stands where another one belongs. */
  | 'ROW_MISPLACED'
  | 'ROW_ALTERED'
  | 'ROW_FOREIGN'
  | 'DIGEST_DIFFERS'

export interface DocumentFinding {
  readonly kind: FindingKind
  /** Of the document, from 1: the header is the first. */
  readonly line?: number
  /** The id of a row. One that has not the form of an id is not repeated. */
  readonly row?: string
  readonly message: string
}

/** How many are kept: a document of somebody else's has one for each of its rows. */
export const MAX_FINDINGS_TOLD = 1000

export interface DocumentFindings {
  add(finding: DocumentFinding): void
  /** All that were added. */
  count(): number
  /** The first `MAX_FINDINGS_TOLD`. */
  told(): readonly DocumentFinding[]
}

export function collectFindings(): DocumentFindings {
  const told: DocumentFinding[] = []
  let count = 0
  return {
    add(finding) {
      count++
      if (told.length < MAX_FINDINGS_TOLD) told.push(finding)
    },
    count: () => count,
    told: () => told,
  }
}
