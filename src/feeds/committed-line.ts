/**
 * One row of a document as its canonical line and its commitment. The commitment leaves the salt out and the line holds it,
 * so the row is written once, in two halves around the salt, and encoded once.
 */
import type { RowHalves } from '../policy/disclosed-text.js'
import { sha256Base64url } from './fast-digests.js'

export interface CommittedLine {
  /** JCS of the row with `id` and `salt`, UTF-8, no line break. Stays as it is until the next row is written. */
  readonly line: Buffer
  /** `sha256:…` over salt ‖ JCS of the row with `id`, without `salt`. */
  readonly commitment: string
}

const SALT_BYTES = 16
/** `,"salt":"<22 characters>",` */
const SALT_MEMBER_BYTES = 40
/** salt ‖ row without salt */
let committed = Buffer.alloc(4096)
let written = Buffer.alloc(4096 + SALT_MEMBER_BYTES)

export function committedLine({ before, after }: RowHalves, salt: string): CommittedLine {
  reserve(SALT_BYTES + (before.length + after.length) * 3 + 3)
  committed.write(salt, 0, SALT_BYTES, 'base64url')
  const middle = SALT_BYTES + committed.write(`{${before}`, SALT_BYTES, 'utf8')
  const comma = before !== '' && after !== '' ? 1 : 0
  const end = middle + committed.write(`${comma === 1 ? ',' : ''}${after}}`, middle, 'utf8')
  const commitment = `sha256:${sha256Base64url(committed.subarray(0, end))}`

  let at = committed.copy(written, 0, SALT_BYTES, middle)
  at += written.write(`${before === '' ? '' : ','}"salt":"${salt}"${after === '' ? '' : ','}`, at, 'latin1')
  at += committed.copy(written, at, middle + comma, end)
  return { line: written.subarray(0, at), commitment }
}

function reserve(bytes: number): void {
  if (bytes <= committed.length) return
  committed = Buffer.alloc(bytes)
  written = Buffer.alloc(bytes + SALT_MEMBER_BYTES)
}
