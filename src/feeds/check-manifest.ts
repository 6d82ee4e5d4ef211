/**
 * Reads a recipient's manifest as a stranger would: its form, its signature, and whether counts, order and root follow from the
 * commitments in it. It knows no document, and no key but the one that it is given. Pure.
 */
import { z } from 'zod'
import { faultsOf } from '../kernel/zod-faults.js'
import { isObject, parsedJson } from './canonical-line.js'
import { commitmentText, MANIFEST_FORMAT, manifestAround } from './document.js'
import type { DocumentFindings } from './document-findings.js'
import { treeRootOf } from './fast-digests.js'
import { isSignatureOf } from './signing.js'

export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** `ed25519:` and the 32 bytes of a public key. */
export const PUBLIC_KEY = /^ed25519:[A-Za-z0-9_-]{43}$/
const DIGEST = /^sha256:[A-Za-z0-9_-]{43}$/
const zId = z.string().regex(UUID)
const zDigest = z.string().regex(DIGEST)

/** What is read of it. Whatever else stands there is signed with it. */
const zManifest = z.object({
  format: z.literal(MANIFEST_FORMAT),
  document: zId,
  feed: z.string().regex(/^[a-z0-9-]+$/),
  period: z.string().regex(/^\d{4}(Q[1-4]|H[12])$/),
  recipient: zId,
  cut: z.record(z.string(), z.unknown()),
  versions: z.record(z.string(), z.unknown()),
  fieldSets: z.array(z.string()),
  rows: z.int().nonnegative(),
  counts: z.record(z.string(), z.unknown()),
  simulated: z.literal(true).optional(),
  root: zDigest,
  documentDigest: zDigest,
  accountingDigest: zDigest,
  commitments: z.array(z.unknown()),
  signedBy: z.string().regex(PUBLIC_KEY),
  signature: z.string(),
})

export interface Commitment {
  readonly id: string
  readonly commitment: string
}

export interface Manifest extends Omit<z.output<typeof zManifest>, 'commitments'> {
  readonly commitments: readonly Commitment[]
}

const SHA256 = 'sha256:'

/** Undefined where it cannot be read: the findings say where not. `knownKey` has the form of `PUBLIC_KEY`. */
export function checkManifest(
  bytes: Uint8Array,
  knownKey: string | undefined,
  findings: DocumentFindings,
): Manifest | undefined {
  const read = readManifest(bytes)
  if ('faults' in read) {
    for (const message of read.faults) findings.add({ kind: 'MANIFEST_UNREADABLE', message })
    return undefined
  }
  const { manifest, whole } = read
  const { commitments, rows, counts, root, signedBy } = manifest
  if (!isSignedBy(signedBy, whole, manifest)) {
    findings.add({ kind: 'MANIFEST_SIGNATURE', message: 'it is not signed by the key that it names' })
  }
  if (knownKey !== undefined && knownKey !== signedBy) {
    findings.add({ kind: 'MANIFEST_SIGNER', message: `expected it to be signed by ${knownKey}, got ${signedBy}` })
  }
  for (const [member, said] of [
    ['rows', rows],
    ['counts.rows', countedIn(counts) ?? rows],
  ] as const) {
    if (said === commitments.length) continue
    const message = `${member} does not say that there are ${commitments.length} commitments`
    findings.add({ kind: 'MANIFEST_COUNT', message })
  }
  checkOrder(commitments, findings)
  if (root !== `${SHA256}${treeRootOf(digestsOf(commitments))}`) {
    findings.add({ kind: 'MANIFEST_ROOT', message: 'its root is not that of its commitments' })
  }
  return manifest
}

/** Rows, and those that close earlier ones, where a feed has them: of both the document has a line. Undefined where it counts no rows. */
function countedIn({ rows, closings = 0 }: Readonly<Record<string, unknown>>): number | undefined {
  return typeof rows === 'number' && typeof closings === 'number' ? rows + closings : undefined
}

/** `whole` is what is signed, with whatever is not read of it. */
type Read =
  | { readonly manifest: Manifest; readonly whole: Readonly<Record<string, unknown>> }
  | { readonly faults: readonly string[] }

function readManifest(bytes: Uint8Array): Read {
  const whole = parsedJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'))
  if (!isObject(whole)) return { faults: ['expected a JSON object'] }
  const parsed = zManifest.safeParse(whole)
  if (!parsed.success) {
    return { faults: faultsOf(parsed.error, whole).map(({ pointer, message }) => `${pointer}: ${message}`) }
  }
  const { commitments } = parsed.data
  const wrong = commitments.findIndex((one) => !isCommitment(one))
  if (wrong >= 0) return { faults: [`/commitments/${wrong}: expected the id of a row and its commitment`] }
  return { manifest: { ...parsed.data, commitments: commitments.filter(isCommitment) }, whole }
}

/** How many commitments are written at a time: all at once, those of a million rows are half a gigabyte of strings (measured). */
const AT_ONCE = 10_000

function isSignedBy(
  key: string,
  whole: Readonly<Record<string, unknown>>,
  { signature, commitments }: Manifest,
): boolean {
  try {
    return isSignatureOf(unsignedBytes(whole, commitments), signature, key)
  } catch {
    // What has no canonical form was signed by nobody.
    return false
  }
}

/** JCS of the whole without its signature. */
function unsignedBytes(whole: Readonly<Record<string, unknown>>, commitments: readonly Commitment[]): Buffer {
  const { signature: _, commitments: __, ...members } = whole
  const [before, after] = manifestAround(members)
  const parts = [Buffer.from(before, 'utf8')]
  for (let from = 0; from < commitments.length; from += AT_ONCE) {
    const text = commitments
      .slice(from, from + AT_ONCE)
      .map(commitmentText)
      .join(',')
    parts.push(Buffer.from(from === 0 ? text : `,${text}`, 'latin1'))
  }
  return Buffer.concat([...parts, Buffer.from(after, 'utf8')])
}

/** Nothing else stands in it: what is signed is written from these two. */
function isCommitment(one: unknown): one is Commitment {
  const { id, commitment, ...rest } = (one ?? {}) as Partial<Commitment>
  if (typeof id !== 'string' || typeof commitment !== 'string' || Object.keys(rest).length > 0) return false
  return UUID.test(id) && DIGEST.test(commitment)
}

function checkOrder(commitments: readonly Commitment[], findings: DocumentFindings): void {
  const seen = new Set<string>()
  let before = ''
  for (const { id } of commitments) {
    if (seen.has(id)) findings.add({ kind: 'MANIFEST_DOUBLED', row: id, message: 'it has two commitments' })
    else if (id < before) {
      findings.add({ kind: 'MANIFEST_ORDER', row: id, message: 'its commitment stands behind that of a later id' })
    }
    seen.add(id)
    before = id
  }
}

function* digestsOf(commitments: readonly Commitment[]): Iterable<string> {
  for (const { commitment } of commitments) yield commitment.slice(SHA256.length)
}
