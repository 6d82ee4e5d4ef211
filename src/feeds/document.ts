/**
 * A document and its two manifests in their canonical bytes. Sample of a document (NDJSON, each line JCS):
 *
 * `{"counts":{"high":1,"low":0,"notAssessed":0,"rows":1},"cut":{"at":"2026-04-08T00:00:00.000+08:00","id":"…"},"document":"87d6…",…}`
 * `{"assessment":"ASSESSED","fieldSet":"police.high@1","id":"2d7f27ce-…","level":4,…,"salt":"k3J…"}`
 *
 * The first line says what the document is; every other is a row, in the order of row ids. Nothing here knows a person.
 */
import { addDays, nextPeriod, type Period, periodDays } from '../kernel/dates.js'
import { sha256, toBase64url } from '../kernel/hash.js'
import { canonicalJson } from '../kernel/jcs.js'
import type { FieldSet } from '../policy/disclosure.js'
import type { Signer } from './signing.js'

export const DOCUMENT_FORMAT = 'lianhu.document/1'
export const MANIFEST_FORMAT = 'lianhu.manifest/1'
export const ACCOUNTING_FORMAT = 'lianhu.accounting/1'

/** Algorithms of the manifests, by name: the newcomer's way to check one without us. */
export const ALGORITHMS = {
  commitment: 'sha256(salt ‖ JCS(row without salt))',
  root: 'RFC 6962 tree hash (SHA-256) over the 32-byte commitments',
  digest: 'sha256 of the canonical bytes',
  signature: 'Ed25519 over JCS without signature',
} as const

/** What is the same for every document of a feed and period. */
export interface Edition {
  readonly feed: string
  readonly period: Period
  readonly fieldSets: readonly FieldSet[]
  readonly cut: { readonly id: string; readonly at: string }
  /** `feed:police-quarterly` → 1, `policy:weihai-2019` → 1 */
  readonly versions: Readonly<Record<string, number>>
  readonly isSimulated: boolean
  readonly isPreview?: boolean
}

export interface DocumentHead {
  /** The recipient's own id. */
  readonly documentId: string
  readonly agency: string
  readonly agencyName: string
  readonly rows: number
  readonly counts: Readonly<Record<string, unknown>>
}

/** Copies are deleted once the next period is 90 days over (policy §6.4). */
export function deleteBy(period: Period): string {
  return addDays(periodDays(nextPeriod(period)).last, 90)
}

export function headerLine(edition: Edition, head: DocumentHead): string {
  const { feed, period, fieldSets, cut, versions, isSimulated, isPreview } = edition
  return canonicalJson({
    format: DOCUMENT_FORMAT,
    document: head.documentId,
    feed,
    period,
    recipient: { id: head.agency, name: head.agencyName },
    purposes: [...new Set(fieldSets.map(({ purpose }) => purpose))].sort(),
    fieldSets: fieldSets.map(({ id }) => id).sort(),
    cut,
    versions,
    rows: head.rows,
    counts: head.counts,
    deleteBy: deleteBy(period),
    ...(isSimulated ? { simulated: true } : {}),
    ...(isPreview ? { preview: true } : {}),
  })
}

const LINE_FEED = 0x0a
/** Text of a million lines is more than one string may hold. */
const LINES_PER_PART = 10_000

/** A header and the lines after it, each ended by a line feed, UTF-8. */
export function linesToBytes(header: string, lines: readonly string[]): Buffer {
  const parts = [Buffer.from(`${header}\n`, 'utf8')]
  for (let at = 0; at < lines.length; at += LINES_PER_PART) {
    parts.push(Buffer.from(`${lines.slice(at, at + LINES_PER_PART).join('\n')}\n`, 'utf8'))
  }
  return Buffer.concat(parts)
}

/** Where a line lies in bytes that hold many. */
export interface LinePlace {
  readonly start: number
  readonly end: number
}

/** The same of lines that are encoded already. */
export function placesToBytes(header: string, lines: readonly LinePlace[], bytes: Uint8Array): Buffer {
  const first = Buffer.from(`${header}\n`, 'utf8')
  const whole = Buffer.allocUnsafeSlow(lines.reduce((sum, { start, end }) => sum + end - start + 1, first.length))
  whole.set(first)
  let at = first.length
  for (const { start, end } of lines) {
    whole.set(bytes.subarray(start, end), at)
    at += end - start
    whole[at++] = LINE_FEED
  }
  return whole
}

export function digestOf(bytes: Uint8Array): string {
  return `sha256:${toBase64url(sha256(bytes))}`
}

export interface ManifestParts extends DocumentHead {
  readonly commitments: readonly { readonly id: string; readonly commitment: string }[]
  readonly root: string
  readonly documentDigest: string
  readonly accountingDigest: string
}

/** The recipient's manifest: nothing in it about anybody whom the recipient may not see. */
export function recipientManifestBytes(edition: Edition, parts: ManifestParts, signer: Signer): Buffer {
  const { feed, period, fieldSets, cut, versions, isSimulated } = edition
  const { documentId, agency, rows, counts, commitments, root, documentDigest, accountingDigest } = parts
  const manifest = {
    format: MANIFEST_FORMAT,
    algorithms: ALGORITHMS,
    document: documentId,
    feed,
    period,
    recipient: agency,
    cut,
    versions,
    fieldSets: fieldSets.map(({ id }) => id).sort(),
    rows,
    counts,
    root,
    documentDigest,
    accountingDigest,
    ...(isSimulated ? { simulated: true } : {}),
  }
  const [before, after] = manifestAround({ ...manifest, signedBy: signer.publicKey })
  const written = Buffer.from(`${before}${commitments.map(commitmentText).join(',')}${after}`, 'utf8')
  // The member that sorts right before `signedBy`, put in: the text is that of the whole manifest.
  const signature = Buffer.from(`,"signature":${canonicalJson(signer.signatureOf(written))}`, 'utf8')
  const at = written.lastIndexOf(SIGNED_BY)
  return Buffer.concat([written.subarray(0, at), signature, written.subarray(at)])
}

const SIGNED_BY = ',"signedBy":'

/** JCS of a manifest before and after its commitments, which are canonical as they are: ids and digests, most of its text. */
export function manifestAround(members: Readonly<Record<string, unknown>>): readonly [before: string, after: string] {
  const names = Object.keys(members)
  const part = (isIn: (name: string) => boolean): string =>
    canonicalJson(Object.fromEntries(names.filter(isIn).map((name) => [name, members[name]]))).slice(1, -1)
  return [`{${part((name) => name < 'commitments')},"commitments":[`, `],${part((name) => name > 'commitments')}}`]
}

/** `{"commitment":"sha256:…","id":"2d7f27ce-…"}`: the members need no escaping. */
export function commitmentText({ id, commitment }: ManifestParts['commitments'][number]): string {
  return `{"commitment":"${commitment}","id":"${id}"}`
}

export interface AccountingHead {
  /** The id in the log, or undefined for those whom nobody answers for. */
  readonly document?: string
  readonly agency?: string
  /** So that its digest, which the recipient holds, cannot be guessed. */
  readonly salt?: string
  readonly suppressionsThrough: number
  readonly counts: Readonly<Record<string, number>>
}

/** @param accounts everyone in scope and what became of them, one canonical line each, in the order of patient ids. Stays with the hub. */
export function accountingBytes(edition: Edition, head: AccountingHead, accounts: readonly string[]): Buffer {
  const { feed, period, cut, versions } = edition
  const first = { format: ACCOUNTING_FORMAT, feed, period, cut, versions, ...head }
  const outcome = accounts.length === 0 ? { outcome: 'NOTHING_TO_REPORT' } : {}
  return linesToBytes(canonicalJson({ ...first, ...outcome }), accounts)
}
