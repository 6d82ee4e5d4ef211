/**
 * Checks a document against the notice that announced it. Whole, it has the digest of the notice. Where rows were taken back
 * since, a line such as `{"commitment":"sha256:…","id":"2d7f27ce-…","recalled":true}` stands for each: then every row is hashed,
 * and all of them together must still give the root (RFC 6962) that was released.
 */
import { createHash } from 'node:crypto'
import type { DocumentNotice } from './envelope.js'
import { KitError } from './kit-error.js'

const COMMITMENT = /^sha256:([A-Za-z0-9_-]{43})$/
/** The salt of a row, which its commitment leaves out: the member and one comma beside it. */
const SALT = /,"salt":"([A-Za-z0-9_-]{22})"|"salt":"([A-Za-z0-9_-]{22})",/

/** Throws `DOCUMENT_MISMATCH` where the bytes are not those that were announced, less what was taken back. */
export function checkDocument(notice: DocumentNotice, bytes: Uint8Array): void {
  const { digest, rows, root } = notice
  const found = `sha256:${createHash('sha256').update(bytes).digest('base64url')}`
  // A head, a line for each row, and a line break after the last.
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8').split('\n')
  const count = lines.length - 2
  if (count !== rows) throw new KitError('DOCUMENT_MISMATCH', `expected ${rows} rows in the document, got ${count}`)
  if (found === digest) return
  const commitments = lines.slice(1, -1).map(commitmentOf)
  const recalled = commitments.filter(({ isRecalled }) => isRecalled).length
  const isWhole =
    rootOf(commitments.map(({ hash }) => hash)) === root && lines.at(-1) === '' && isHeadOf(notice, lines[0])
  if (recalled === 0 || (notice.recalled ?? recalled) !== recalled || !isWhole) {
    throw new KitError('DOCUMENT_MISMATCH', 'the bytes of the document have another digest')
  }
}

/** What the rows do not prove of the head (recipient, counts, the day by which copies go) only the digest of the whole did. */
function isHeadOf({ id, feed, period, rows }: DocumentNotice, line = ''): boolean {
  const head = parsed(line)
  return head.document === id && head.feed === feed && head.period === period && head.rows === rows
}

function commitmentOf(line: string): { readonly hash: Buffer; readonly isRecalled: boolean } {
  const row = parsed(line)
  if (row.recalled === true) {
    const [, commitment] = COMMITMENT.exec(String(row.commitment)) ?? []
    // Nothing else stands in it.
    if (
      commitment === undefined ||
      line !== JSON.stringify({ commitment: row.commitment, id: row.id, recalled: true })
    ) {
      throw new KitError('DOCUMENT_MISMATCH', 'a recalled row with more or less than its commitment')
    }
    return { hash: Buffer.from(commitment, 'base64url'), isRecalled: true }
  }
  const [member = '', before, after] = SALT.exec(line) ?? []
  const salt = Buffer.from(before ?? after ?? '', 'base64url')
  // The lines are canonical: without the member they are what the commitment is over.
  return { hash: sha256(salt, Buffer.from(line.replace(member, ''), 'utf8')), isRecalled: false }
}

function parsed(line: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>
  } catch (cause) {
    throw new KitError('DOCUMENT_MISMATCH', 'a row of the document is no JSON', { cause })
  }
}

/** RFC 6962 §2.1, over the commitments as entries. */
function rootOf(entries: readonly Buffer[]): string {
  const root = treeOf(entries.map((entry) => sha256(Buffer.of(0), entry)))
  return `sha256:${root.toString('base64url')}`
}

function treeOf(leaves: readonly Buffer[]): Buffer {
  const [first] = leaves
  if (!first) return sha256()
  let level = leaves
  while (level.length > 1) {
    const above: Buffer[] = []
    for (let i = 0; i < level.length; i += 2) {
      const [left, right] = [level[i], level[i + 1]]
      if (left) above.push(right ? sha256(Buffer.of(1), left, right) : left)
    }
    level = above
  }
  return level[0] ?? first
}

function sha256(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
