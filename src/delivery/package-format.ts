/**
 * What stands in a package of the file drop before it is encrypted: an index on the first line, then one envelope a line, the
 * very bytes that a webhook would carry. Pure. Sample:
 * `{"format":1,"from":12,"messages":2,"parked":[],"signatures":["v1,K7gN…"],"subscription":"0198…","through":14}`
 * `{"class":"ALARM","data":{…},…,"sequence":12,…}`
 * `{"class":"NOTICE","data":{…},…,"sequence":14,…}`
 */
import { hmacSha256 } from '../kernel/hash.js'
import { canonicalJson } from '../kernel/jcs.js'

export interface PackageIndex {
  readonly format: 1
  readonly subscription: string
  /** The first sequence inside. */
  readonly from: number
  /** The last sequence inside. What lies between and is absent was handed over before, comes later, or is parked. */
  readonly through: number
  readonly messages: number
  /** Sequences that wait for a person. */
  readonly parked: readonly number[]
}

export interface OpenedPackage {
  readonly index: PackageIndex
  readonly bodies: readonly { readonly sequence: number; readonly body: string }[]
}

const DIGITS = 10
const NAME = /^(\d{10,16})-(\d{10,16})(-again-[\da-f]{8})?\.jwe$/

/** `0000000012-0000000014.jwe`; the digest tells what is sent again from what stands there under the same numbers. */
export function packageName(from: number, through: number, digest?: string): string {
  return `${padded(from)}-${padded(through)}${digest === undefined ? '' : `-again-${digest}`}.jwe`
}

/** Undefined for a file that is no package. */
export function parsePackageName(
  name: string,
): { readonly from: number; readonly through: number; readonly isAgain: boolean } | undefined {
  const match = NAME.exec(name)
  return match ? { from: Number(match[1]), through: Number(match[2]), isAgain: match[3] !== undefined } : undefined
}

/** Anybody can encrypt for a recipient: the signatures say that it was the hub. */
export function packageText(index: PackageIndex, bodies: readonly string[], secrets: readonly Uint8Array[]): string {
  const lines = bodies.map((body) => `${body}\n`).join('')
  const signatures = secrets.map((secret) => packageSignature(secret, index, lines))
  return `${canonicalJson({ ...index, signatures })}\n${lines}`
}

/**
 * The package that this text is. Throws an `Error` that says what is wrong; with a secret, also where no signature fits it.
 * A package that was cut short, or has a line too many, is none.
 */
export function parsePackage(text: string, secret?: Uint8Array): OpenedPackage {
  const end = text.indexOf('\n')
  const { signatures, ...index } = indexOf(text.slice(0, end))
  const lines = text.slice(end + 1)
  if (secret && !signatures.includes(packageSignature(secret, index, lines))) {
    throw new Error('no signature fits the secret: it was not written by the hub')
  }
  const bodies = lines.split('\n').slice(0, -1).map(sequenced)
  const isWhole =
    lines.endsWith('\n') &&
    bodies.length === index.messages &&
    bodies[0]?.sequence === index.from &&
    bodies.at(-1)?.sequence === index.through &&
    bodies.every(({ sequence }, i) => i === 0 || (bodies[i - 1]?.sequence ?? sequence) < sequence)
  if (!isWhole) throw new Error('it does not hold what its index says')
  return { index, bodies }
}

function packageSignature(secret: Uint8Array, index: PackageIndex, lines: string): string {
  return `v1,${hmacSha256(secret, `${canonicalJson({ ...index })}\n${lines}`).toString('base64')}`
}

function indexOf(line: string): PackageIndex & { readonly signatures: readonly string[] } {
  const { format, subscription, from, through, messages, parked, signatures } = objectIn(line)
  const counts = [from, through, messages]
  const isIndex =
    format === 1 &&
    typeof subscription === 'string' &&
    counts.every((count) => Number.isSafeInteger(count)) &&
    Array.isArray(parked) &&
    Array.isArray(signatures)
  if (!isIndex) throw new Error('its first line is no index of format 1')
  return {
    ...{ format: 1, subscription, from: Number(from), through: Number(through), messages: Number(messages) },
    parked: parked.map(Number),
    signatures: signatures.map(String),
  }
}

function sequenced(body: string): { readonly sequence: number; readonly body: string } {
  const { sequence } = objectIn(body)
  if (!Number.isSafeInteger(sequence)) throw new Error('a line of it is no envelope')
  return { sequence: Number(sequence), body }
}

function objectIn(text: string): Readonly<Record<string, unknown>> {
  const value: unknown = JSON.parse(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('a line of it is no object')
  return { ...value }
}

function padded(sequence: number): string {
  return String(sequence).padStart(DIGITS, '0')
}
