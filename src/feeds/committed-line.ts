/**
 * One row of a document as its canonical line and its commitment. The commitment leaves the salt out and the line holds it,
 * so the row is written once, in two halves around the salt.
 */
import { canonicalJson } from '../kernel/jcs.js'
import { sha256Base64url } from './fast-digests.js'

export interface CommittedLine {
  /** JCS of the row with `id` and `salt`, no line break. */
  readonly line: string
  /** `sha256:…` over salt ‖ JCS of the row with `id`, without `salt`. */
  readonly commitment: string
}

const SALT_BYTES = 16
let buffer = Buffer.alloc(4096)

export function committedLine(row: Readonly<Record<string, unknown>>, salt: string): CommittedLine {
  const before: Record<string, unknown> = {}
  const after: Record<string, unknown> = {}
  for (const member of Object.keys(row)) (member < 'salt' ? before : after)[member] = row[member]
  const head = canonicalJson(before).slice(1, -1)
  const tail = canonicalJson(after).slice(1, -1)
  const unsalted = head && tail ? `{${head},${tail}}` : `{${head}${tail}}`
  const line = `{${head}${head && ','}"salt":"${salt}"${tail && ','}${tail}}`
  return { line, commitment: commitmentTo(salt, unsalted) }
}

function commitmentTo(salt: string, unsalted: string): string {
  if (SALT_BYTES + unsalted.length * 3 > buffer.length) buffer = Buffer.alloc(SALT_BYTES + unsalted.length * 3)
  buffer.write(salt, 0, SALT_BYTES, 'base64url')
  const length = SALT_BYTES + buffer.write(unsalted, SALT_BYTES, 'utf8')
  return `sha256:${sha256Base64url(buffer.subarray(0, length))}`
}
