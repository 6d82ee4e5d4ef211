/**
 * What a recipient can check without anybody's help: a document (canonical NDJSON) against the manifest that came with it. It
 * asks no hub, needs no key and keeps no row; it cannot say whether the hub put into both what it should have. Pure.
 */
import { createHash } from 'node:crypto'
import { toBase64url } from '../kernel/hash.js'
import { checkHeader } from './check-header.js'
import { checkManifest, type Manifest } from './check-manifest.js'
import { rowsCheck } from './check-rows.js'
import { collectFindings, type DocumentFinding, type DocumentFindings } from './document-findings.js'
import { lineSplitter } from './document-lines.js'

/** `WITHOUT_RECALLED`: other bytes than were released, because rows were taken back since, and for no other reason to be seen. */
export type DigestVerdict = 'EQUAL' | 'WITHOUT_RECALLED' | 'DIFFERENT'

export interface DocumentVerdict {
  readonly isSound: boolean
  /** Every finding; `findings` are the first `MAX_FINDINGS_TOLD`. */
  readonly found: number
  readonly findings: readonly DocumentFinding[]
  /** Absent where the manifest cannot be read. */
  readonly checked?: {
    /** The recipient's own id. */
    readonly document: string
    readonly feed: string
    readonly period: string
    /** `isKnown`: it is the one that was given. Otherwise anybody may have signed. */
    readonly signer: { readonly key: string; readonly isKnown: boolean }
    readonly rows: number
    readonly recalled: number
    readonly digest: DigestVerdict
  }
}

export interface DocumentCheck {
  /** The next bytes of the document, of any length. */
  add(chunk: Uint8Array): void
  end(): DocumentVerdict
}

/** Far more than any line of a document. */
const MAX_LINE_BYTES = 16 * 1024 * 1024

/** What the manifest does not repeat of the header. */
const UNEXPLAINED =
  'it is not that of these bytes: purposes, deleteBy or the recipient’s name in the header was changed'

/** @param knownKey `ed25519:…`, the key that the manifest must be signed by; any where absent */
export function documentCheck(manifestBytes: Uint8Array, knownKey?: string): DocumentCheck {
  const findings = collectFindings()
  const manifest = checkManifest(manifestBytes, knownKey, findings)
  if (manifest) return checkAgainst(manifest, knownKey, findings)
  return { add: () => {}, end: () => verdictOf(findings) }
}

function checkAgainst(manifest: Manifest, knownKey: string | undefined, findings: DocumentFindings): DocumentCheck {
  const ofManifest = findings.count()
  const digest = createHash('sha256')
  const rows = rowsCheck(manifest.commitments, findings)
  let promised: number | undefined
  let last = { number: 0, isEnded: false }
  const lines = lineSplitter(MAX_LINE_BYTES, (line) => {
    last = line
    if (line.number === 1) promised = checkHeader(line, manifest, findings)
    else rows.add(line)
  })

  return {
    add(chunk) {
      digest.update(chunk)
      lines.add(chunk)
    },
    end() {
      lines.end()
      const { rows: found, recalled, missingAtEnd } = rows.end()
      const expected = promised ?? manifest.rows
      if (found !== expected) {
        findings.add({ kind: 'ROW_COUNT', message: `expected ${expected} rows, got ${found}` })
      }
      const cut = [
        ...(last.isEnded ? [] : ['it does not end with a line feed']),
        ...(missingAtEnd > 0 ? [`its last ${missingAtEnd} rows are missing`] : []),
      ]
      if (cut.length > 0) findings.add({ kind: 'TRUNCATED', line: last.number, message: cut.join(', ') })
      const isEqual = manifest.documentDigest === `sha256:${toBase64url(digest.digest())}`
      const isExplained = recalled > 0 && findings.count() === ofManifest
      if (!isEqual && !isExplained) {
        const isAlone = findings.count() === ofManifest
        findings.add({ kind: 'DIGEST_DIFFERS', message: isAlone ? UNEXPLAINED : 'it is not that of these bytes' })
      }
      return verdictOf(findings, {
        ...{ document: manifest.document, feed: manifest.feed, period: manifest.period },
        signer: { key: manifest.signedBy, isKnown: manifest.signedBy === knownKey },
        ...{ rows: found, recalled },
        digest: isEqual ? 'EQUAL' : isExplained ? 'WITHOUT_RECALLED' : 'DIFFERENT',
      })
    },
  }
}

function verdictOf(findings: DocumentFindings, checked?: DocumentVerdict['checked']): DocumentVerdict {
  const found = findings.count()
  return { isSound: found === 0, found, findings: findings.told(), ...(checked ? { checked } : {}) }
}
