/**
 * One row of a document as its canonical line and its commitment. The commitment leaves the salt out and the line holds it: both are
 * written from the row's two halves around the salt.
 */
import type { RowHalves } from '../policy/disclosed-text.js'
import { sha256Base64url } from './fast-digests.js'

export interface CommittedLine {
  /** JCS of the row with `id` and `salt`, no line break. */
  readonly line: string
  /** `sha256:…` over salt ‖ JCS of the row with `id`, without `salt`. */
  readonly commitment: string
}

const SALT_BYTES = 16
/** Of one UTF-16 code unit in UTF-8. */
export const MOST_BYTES = 3
/** salt ‖ row without salt */
let committed = Buffer.alloc(4096)

export function committedLine({ before, after }: RowHalves, salt: string): CommittedLine {
  const opening = before === '' ? '{' : `{${before},`
  const closing = after === '' ? '}' : `,${after}}`
  const line = `${opening}"salt":"${salt}"${closing}`
  const bytes = SALT_BYTES + line.length * MOST_BYTES
  if (bytes > committed.length) committed = Buffer.alloc(bytes)
  committed.write(salt, 0, SALT_BYTES, 'base64url')
  const unsalted = before === '' || after === '' ? `{${before}${after}}` : `{${before}${closing}`
  const end = SALT_BYTES + committed.write(unsalted, SALT_BYTES, 'utf8')
  return { line, commitment: `sha256:${sha256Base64url(committed.subarray(0, end))}` }
}
