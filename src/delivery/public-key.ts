/**
 * The public key that packages for a subscription are encrypted to: X25519, P-256 or RSA, as JWK or PEM, in one form. A private
 * key is refused: whoever sent it must make another.
 */
import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto'
import { HubError } from '../kernel/errors.js'
import { sha256, toBase64url } from '../kernel/hash.js'
import { canonicalJson } from '../kernel/jcs.js'

/** The members that make the key, and no other. */
export type PublicJwk = Readonly<Record<string, string>>

export interface PublicKey {
  readonly jwk: PublicJwk
  /** RFC 7638: base64url of SHA-256 of the members in canonical JSON. */
  readonly thumbprint: string
}

export type PublicKeyDraft = { readonly jwk: Readonly<Record<string, unknown>> } | { readonly pem: string }

const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  OKP: ['kty', 'crv', 'x'],
  EC: ['kty', 'crv', 'x', 'y'],
  RSA: ['kty', 'n', 'e'],
}
const CURVES: ReadonlySet<string | undefined> = new Set(['X25519', 'P-256'])
const [MIN_RSA_BITS, MAX_RSA_BITS] = [2048, 8192]

/** Throws `HUB_RULE_VIOLATED` naming the rule, never the key. */
export function parsePublicKey(draft: PublicKeyDraft): PublicKey {
  if ('pem' in draft ? draft.pem.includes('PRIVATE') : 'd' in draft.jwk) {
    throw refused(
      'subscription.publicKeyPrivate',
      'this is a private key: make another pair',
      '这是私钥：请另行生成密钥对',
    )
  }
  const key = keyOf(draft)
  const exported = key?.export({ format: 'jwk' }) ?? {}
  const { kty = '', crv } = exported
  const bits = key?.asymmetricKeyDetails?.modulusLength ?? 0
  const isFit = kty === 'RSA' ? bits >= MIN_RSA_BITS && bits <= MAX_RSA_BITS : CURVES.has(crv)
  if (!isFit) {
    throw refused(
      'subscription.publicKey',
      `expected a public key on X25519 or P-256, or RSA of ${MIN_RSA_BITS} bits or more`,
      `应为 X25519、P-256 或 ${MIN_RSA_BITS} 位以上 RSA 公钥`,
    )
  }
  const jwk = Object.fromEntries((MEMBERS[kty] ?? []).map((name) => [name, String(exported[name as keyof JsonWebKey])]))
  return { jwk, thumbprint: toBase64url(sha256(canonicalJson(jwk))) }
}

function keyOf(draft: PublicKeyDraft): KeyObject | undefined {
  try {
    return 'pem' in draft ? createPublicKey(draft.pem) : createPublicKey({ key: { ...draft.jwk }, format: 'jwk' })
  } catch {
    return undefined
  }
}

function refused(rule: string, message: string, messageZh: string): HubError {
  return new HubError('HUB_RULE_VIOLATED', message, { faults: [{ pointer: '', rule, message, messageZh }] })
}
