/** Documents and manifests made up for the checks of a recipient: any rows, sound as a hub's, signed by a key of the tests. */
import * as fc from 'fast-check'
import { type CommittedRow, commitmentOf, sealedRowsRoot } from '../../src/feeds/commitments.js'
import { digestOf, type Edition, headerLine, linesToBytes, recipientManifestBytes } from '../../src/feeds/document.js'
import { createSigner } from '../../src/feeds/signing.js'
import { type DocumentVerdict, documentCheck } from '../../src/feeds/verify-document.js'
import { toBase64url } from '../../src/kernel/hash.js'
import { canonicalJson } from '../../src/kernel/jcs.js'

export const SIGNER = createSigner(Buffer.alloc(32, 7))

/** In every row: no finding may repeat it. */
export const SECRET = '王示例'

const EDITION: Edition = {
  feed: 'police-quarterly',
  period: '2026Q1',
  fieldSets: [],
  cut: { id: '1dbbee7e-72d2-85f6-aa19-75b85ee9df25', at: '2026-04-08T00:00:00.000+08:00' },
  versions: { 'feed:police-quarterly': 1 },
  isSimulated: true,
}

export interface MadeDocument {
  readonly rows: readonly CommittedRow[]
  /** The header and a line for each row, without line feeds. */
  readonly lines: readonly string[]
  readonly bytes: Buffer
  readonly manifest: Buffer
}

/** @param rows in the order of ids */
export function madeDocument(rows: readonly CommittedRow[]): MadeDocument {
  const head = {
    documentId: '38983b3e-e3c9-88cf-8bcd-1c1cfc94ee1b',
    agency: '0199bbbb-0000-7000-8000-000000000002',
    agencyName: '示例第一派出所',
    rows: rows.length,
    counts: { rows: rows.length },
  }
  const lines = [headerLine(EDITION, head), ...rows.map((row) => canonicalJson(row))]
  const bytes = bytesOf(lines)
  const commitments = rows.map((row) => ({ id: row.id, commitment: commitmentOf(row) }))
  const digests = {
    root: `sha256:${toBase64url(sealedRowsRoot(commitments.map(({ commitment }) => commitment)))}`,
    documentDigest: digestOf(bytes),
    accountingDigest: digestOf(Buffer.from('')),
  }
  return { rows, lines, bytes, manifest: recipientManifestBytes(EDITION, { ...head, commitments, ...digests }, SIGNER) }
}

export function bytesOf([header = '', ...rows]: readonly string[]): Buffer {
  return linesToBytes(header, rows)
}

/** The manifest with other members, signed again. */
export function resigned(manifest: Buffer, changes: Readonly<Record<string, unknown>>): Buffer {
  const { signature: _, ...members } = JSON.parse(manifest.toString('utf8'))
  return Buffer.from(canonicalJson(SIGNER.signed({ ...members, ...changes })), 'utf8')
}

export function recalledLine(row: CommittedRow): string {
  return canonicalJson({ id: row.id, commitment: commitmentOf(row), recalled: true })
}

export function verdictOn(
  document: Uint8Array | readonly string[],
  manifest: Buffer,
  knownKey?: string,
): DocumentVerdict {
  const check = documentCheck(manifest, knownKey)
  check.add(document instanceof Uint8Array ? document : bytesOf(document))
  return check.end()
}

/** `['ROW_ALTERED', 3, '2d7f…']`, `['DIGEST_DIFFERS']` */
export function toldBy({ findings }: DocumentVerdict): readonly (readonly unknown[])[] {
  return findings.map(({ kind, line, row }) => [kind, line, row].filter((part) => part !== undefined))
}

const text = fc.string({ unit: 'grapheme', maxLength: 8 })
const salt = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(toBase64url)
const fields = fc.record(
  {
    name: fc.constant(SECRET),
    level: fc.integer(),
    guardian: fc.record({ name: text, phones: fc.array(text, { minLength: 1, maxLength: 3 }) }),
    zz: fc.array(fc.integer(), { maxLength: 3 }),
  },
  { requiredKeys: ['name', 'level', 'guardian'] },
)

/** From `minLength` to nine rows, in the order of ids. */
export function someRows(minLength: number): fc.Arbitrary<readonly CommittedRow[]> {
  const row = fc.tuple(fc.uuid(), salt, fields).map(([id, salted, rest]) => ({ ...rest, id, salt: salted }))
  return fc
    .uniqueArray(row, { minLength, maxLength: 9, selector: ({ id }) => id })
    .map((rows) => rows.toSorted((a, b) => (a.id < b.id ? -1 : 1)))
}
