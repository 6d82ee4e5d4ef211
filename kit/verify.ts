/**
 * The signature of a webhook, after Standard Webhooks. Signed are the bytes `<webhook-id>.<webhook-timestamp>.<body>`; the
 * header `webhook-signature` holds one or several of `v1,<base64 of HMAC-SHA-256>`, apart by spaces. It believes nothing else:
 * the header `lianhu-parked` is not signed.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { KitError } from './kit-error.js'

/** As `node:http` gives them: names in lower case. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

export interface Verification {
  /** `whsec_` + base64. During a rotation both the old and the new one: any that fits will do. */
  readonly secrets: readonly string[]
  /** What the clock says now, in milliseconds. */
  readonly nowMs: number
  /** So far the sender's clock may differ from ours. Defaults to 300. */
  readonly toleranceSeconds?: number
}

export const TOLERANCE_SECONDS = 300
const MIN_SECRET_BYTES = 16

/**
 * Throws `BAD_HEADERS`, `OLD_TIMESTAMP` or `BAD_SIGNATURE`; all of them mean 401. The body is the bytes as they came.
 * @returns the id that was signed: the same message has the same id, however often it comes
 */
export function verifyWebhook(headers: Headers, body: Uint8Array, verification: Verification): { readonly id: string } {
  const { secrets, nowMs, toleranceSeconds = TOLERANCE_SECONDS } = verification
  const keys = secrets.map(secretBytes)
  // A dot in an id would let it be read as part of the timestamp.
  const id = headerOf(headers, 'webhook-id', /^[^.\s]{1,256}$/)
  const timestamp = headerOf(headers, 'webhook-timestamp', /^\d{1,12}$/)
  const signatures = headerOf(headers, 'webhook-signature', /^\S+( \S+)*$/)
  if (Math.abs(nowMs / 1000 - Number(timestamp)) > toleranceSeconds) {
    throw new KitError('OLD_TIMESTAMP', `expected a timestamp within ${toleranceSeconds} s of now`)
  }
  const given = signatures.split(' ').flatMap((signature) => {
    const [, text] = /^v1,([A-Za-z0-9+/]{43}=)$/.exec(signature) ?? []
    return text === undefined ? [] : [Buffer.from(text, 'base64')]
  })
  // Every pair is compared, so that the time taken says nothing of which of them fits.
  let fits = false
  for (const key of keys) {
    const expected = macOf(key, { id, timestamp, body })
    for (const mac of given) if (timingSafeEqual(mac, expected)) fits = true
  }
  if (!fits) throw new KitError('BAD_SIGNATURE', `expected a v1 signature that fits one of ${keys.length} secrets`)
  return { id }
}

/** What a sender puts into `webhook-signature`: for tests of a receiver. */
export function signWebhook(secret: string, id: string, timestampSeconds: number, body: Uint8Array): string {
  return `v1,${macOf(secretBytes(secret), { id, timestamp: String(timestampSeconds), body }).toString('base64')}`
}

/** The key in `whsec_…`. Throws `BAD_SECRET`. */
export function secretBytes(secret: string): Buffer {
  const [, text = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret) ?? []
  const key = Buffer.from(text, 'base64')
  if (key.length < MIN_SECRET_BYTES) {
    throw new KitError('BAD_SECRET', `expected whsec_ and base64 of at least ${MIN_SECRET_BYTES} bytes`)
  }
  return key
}

interface Signed {
  readonly id: string
  readonly timestamp: string
  readonly body: Uint8Array
}

function macOf(key: Uint8Array, { id, timestamp, body }: Signed): Buffer {
  return createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest()
}

function headerOf(headers: Headers, name: string, shape: RegExp): string {
  const value = headers[name]
  if (typeof value !== 'string' || !shape.test(value)) throw new KitError('BAD_HEADERS', `expected one header ${name}`)
  return value
}
