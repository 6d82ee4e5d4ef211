/** Holds the first line of a document against its manifest. What only the digest proves of it is not judged here. Pure. */
import { jcsOf, parseLine } from './canonical-line.js'
import type { Manifest } from './check-manifest.js'
import { DOCUMENT_FORMAT } from './document.js'
import type { DocumentFindings } from './document-findings.js'
import type { DocumentLine } from './document-lines.js'

/** Members that the header has and the manifest has not: only the digest of the whole document proves them. */
const PROVEN_BY_DIGEST: readonly string[] = ['deleteBy', 'purposes']

/** @returns how many rows the header promises; undefined where it does not say */
export function checkHeader(line: DocumentLine, manifest: Manifest, findings: DocumentFindings): number | undefined {
  const at = { line: line.number }
  const parsed = line.bytes && parseLine(line.bytes)
  if (!parsed) {
    findings.add({ kind: 'HEADER_UNREADABLE', ...at, message: 'the first line holds no JSON object' })
    return undefined
  }
  const { value: header, isCanonical } = parsed
  if (!isCanonical) findings.add({ kind: 'NOT_CANONICAL', ...at, message: 'the line is not in canonical form' })
  const { recipient, ...members } = header
  const expected = expectedOf(manifest)
  const differs = (message: string): void => findings.add({ kind: 'HEADER_DIFFERS', ...at, message })
  for (const [member, value] of Object.entries(expected)) {
    if (jcsOf(members[member]) !== jcsOf(value)) differs(`${member} is not that of the manifest`)
  }
  if (!isRecipient(recipient, manifest.recipient)) differs('recipient is not that of the manifest')
  for (const member of PROVEN_BY_DIGEST) if (!Object.hasOwn(members, member)) differs(`${member} is missing`)
  const others = Object.keys(members).filter(
    (name) => !Object.hasOwn(expected, name) && !PROVEN_BY_DIGEST.includes(name),
  )
  if (others.length > 0) differs(`${others.length} members are none of a released document’s`)
  return typeof header.rows === 'number' ? header.rows : undefined
}

function expectedOf({ document, feed, period, cut, versions, fieldSets, rows, counts, simulated }: Manifest) {
  const format = DOCUMENT_FORMAT
  return { format, document, feed, period, cut, versions, fieldSets, rows, counts, simulated }
}

function isRecipient(given: unknown, id: string): boolean {
  const { id: found, name, ...rest } = (given ?? {}) as Readonly<Record<string, unknown>>
  return found === id && typeof name === 'string' && Object.keys(rest).length === 0
}
