/** Signed requests, made by the hub's own signing, with what a receiver must answer to each. */
import { webhookSecretText, webhookSignature } from '../../src/delivery/webhook.js'

export interface SignatureVector {
  readonly name: string
  readonly secrets: readonly string[]
  /** What the receiver's clock says, in seconds. */
  readonly now: number
  readonly toleranceSeconds: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly expected: 'OK' | 'BAD_HEADERS' | 'OLD_TIMESTAMP' | 'BAD_SIGNATURE'
}

export const SECRET = Buffer.alloc(32, 5)
const OLD = Buffer.alloc(32, 6)
const OTHER = Buffer.alloc(32, 7)
export const SIGNED_AT = 1_772_500_000
const ID = '9d2e0000-0000-8000-8000-000000000001'
const BODY = '{"text":"【警示】示例"}'

interface Change {
  readonly expected: SignatureVector['expected']
  readonly secrets?: readonly Uint8Array[]
  readonly now?: number
  readonly body?: string
  readonly headers?: Readonly<Record<string, string | undefined>>
}

const signed = (secret: Uint8Array, timestamp: number = SIGNED_AT): string =>
  webhookSignature(secret, ID, timestamp, BODY)
const signature = (text: string) => ({ 'webhook-signature': text })

const CASES: Readonly<Record<string, Change>> = {
  valid: { expected: 'OK' },
  'signed with another secret': { expected: 'BAD_SIGNATURE', headers: signature(signed(OTHER)) },
  'the old secret, while both are known': { expected: 'OK', secrets: [SECRET, OLD], headers: signature(signed(OLD)) },
  'the new secret, while both are known': { expected: 'OK', secrets: [OLD, SECRET] },
  'the old secret, when it is no longer known': { expected: 'BAD_SIGNATURE', headers: signature(signed(OLD)) },
  'two signatures, the second fits': { expected: 'OK', headers: signature(`${signed(OLD)} ${signed(SECRET)}`) },
  'two signatures, none fits': { expected: 'BAD_SIGNATURE', headers: signature(`${signed(OLD)} ${signed(OTHER)}`) },
  'a signature of a version that is not known, then one that fits': {
    expected: 'OK',
    headers: signature(`v2,${'A'.repeat(88)} ${signed(SECRET)}`),
  },
  'a signature without its version': { expected: 'BAD_SIGNATURE', headers: signature(signed(SECRET).slice(3)) },
  'a signature that is cut off': { expected: 'BAD_SIGNATURE', headers: signature(signed(SECRET).slice(0, -4)) },
  'one byte of the body changed': { expected: 'BAD_SIGNATURE', body: BODY.replace('示例', '示范') },
  'a space after the body': { expected: 'BAD_SIGNATURE', body: `${BODY} ` },
  'another id': { expected: 'BAD_SIGNATURE', headers: { 'webhook-id': ID.replace('1', '2') } },
  'another timestamp': { expected: 'BAD_SIGNATURE', headers: { 'webhook-timestamp': String(SIGNED_AT + 1) } },
  'as old as may be': { expected: 'OK', now: SIGNED_AT + 300 },
  'too old': { expected: 'OLD_TIMESTAMP', now: SIGNED_AT + 301 },
  'as far ahead as may be': { expected: 'OK', now: SIGNED_AT - 300 },
  'too far ahead': { expected: 'OLD_TIMESTAMP', now: SIGNED_AT - 301 },
  'no id': { expected: 'BAD_HEADERS', headers: { 'webhook-id': undefined } },
  'no timestamp': { expected: 'BAD_HEADERS', headers: { 'webhook-timestamp': undefined } },
  'no signature': { expected: 'BAD_HEADERS', headers: { 'webhook-signature': undefined } },
  'an id with a dot': { expected: 'BAD_HEADERS', headers: { 'webhook-id': `${ID}.1` } },
  'a timestamp that is no number': { expected: 'BAD_HEADERS', headers: { 'webhook-timestamp': 'soon' } },
  'a timestamp in another notation': { expected: 'BAD_HEADERS', headers: { 'webhook-timestamp': '1.7725e9' } },
  'an empty signature': { expected: 'BAD_HEADERS', headers: signature('') },
}

export function signatureVectors(): readonly SignatureVector[] {
  return Object.entries(CASES).map(
    ([name, { expected, secrets = [SECRET], now = SIGNED_AT, body = BODY, headers = {} }]) => {
      const all = {
        'webhook-id': ID,
        'webhook-timestamp': String(SIGNED_AT),
        'webhook-signature': signed(SECRET),
        ...headers,
      }
      const given = Object.entries(all).flatMap(([header, value]) => (value === undefined ? [] : [[header, value]]))
      return {
        name,
        secrets: secrets.map(webhookSecretText),
        now,
        toleranceSeconds: 300,
        headers: Object.fromEntries(given),
        body,
        expected,
      }
    },
  )
}
