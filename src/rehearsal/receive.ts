/**
 * How a receiver makes sure of a message before it believes it: the signature after Standard Webhooks, the envelope, and,
 * of a document, the digest of its bytes. Written from the published formats alone, as a stranger would.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

export interface ReceivedDocument {
  readonly id: string
  readonly feed: string
  readonly period: string
  readonly rows: number
  readonly digest: string
  readonly href: string
  readonly content?: string
}

/** What a receiver reads of an envelope. */
export interface ReceivedMessage {
  readonly id: string
  readonly sequence: number
  readonly kind: string
  readonly class: string
  readonly subject: string
  readonly time: string
  readonly text: string
  readonly fieldSet: string
  readonly facts: Readonly<Record<string, unknown>>
  readonly document?: ReceivedDocument
}

/** So far a receiver's clock may differ from the sender's, in seconds. */
const TOLERANCE_SECONDS = 300

/**
 * Checks `webhook-id`, `webhook-timestamp` and `webhook-signature` (any of several `v1,` signatures may fit).
 * @returns what is wrong, or undefined
 */
export function signatureFault(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: Buffer,
  secret: string,
  nowMs: number,
): string | undefined {
  const id = headers['webhook-id']
  const timestamp = headers['webhook-timestamp']
  const signatures = headers['webhook-signature']
  if (typeof id !== 'string' || typeof timestamp !== 'string' || typeof signatures !== 'string') {
    return 'expected webhook-id, webhook-timestamp and webhook-signature'
  }
  if (!(Math.abs(nowMs / 1000 - Number(timestamp)) <= TOLERANCE_SECONDS)) return 'the timestamp is too far from now'
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest()
  const isSigned = signatures.split(' ').some((signature) => {
    const [version, text = ''] = signature.split(',')
    const given = Buffer.from(text, 'base64')
    return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected)
  })
  return isSigned ? undefined : 'no signature fits'
}

/** The envelope, read strictly where a receiver relies on it. Throws where a member is missing or of another kind. */
export function parseEnvelope(body: Buffer, webhookId: string): ReceivedMessage {
  const envelope = recordOf(JSON.parse(body.toString('utf8')))
  const data = recordOf(envelope.data)
  if (envelope.specversion !== '1.0') throw new Error('expected CloudEvents 1.0')
  if (envelope.id !== webhookId) throw new Error('expected the id of the header')
  if (envelope.type !== `lianhu.message.${textOf(envelope.kind)}`) throw new Error('expected type and kind to agree')
  return {
    id: textOf(envelope.id),
    sequence: countOf(envelope.sequence),
    kind: textOf(envelope.kind),
    class: textOf(envelope.class),
    subject: textOf(envelope.subject),
    time: textOf(envelope.time),
    text: textOf(data.text),
    fieldSet: textOf(data.fieldSet),
    facts: recordOf(data.facts),
    ...(data.document === undefined ? {} : { document: documentOf(recordOf(data.document)) }),
  }
}

/** @returns what is wrong with the bytes of a document, or undefined */
export function documentFault(document: ReceivedDocument, bytes: Buffer): string | undefined {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('base64url')}`
  if (digest !== document.digest) return 'the digest of the bytes is another'
  const rows = bytes.toString('utf8').split('\n').length - 2
  return rows === document.rows ? undefined : `expected ${document.rows} rows, got ${rows}`
}

function documentOf(document: Record<string, unknown>): ReceivedDocument {
  return {
    id: textOf(document.id),
    feed: textOf(document.feed),
    period: textOf(document.period),
    rows: countOf(document.rows),
    digest: textOf(document.digest),
    href: textOf(document.href),
    ...(document.content === undefined ? {} : { content: textOf(document.content) }),
  }
}

function recordOf(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('expected an object')
  return value as Record<string, unknown>
}

function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new Error('expected text')
  return value
}

function countOf(value: unknown): number {
  if (!Number.isSafeInteger(value) || Number(value) < 0) throw new Error('expected a whole number')
  return Number(value)
}
