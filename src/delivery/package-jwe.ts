/**
 * Encrypts a package to its recipient's public key and opens one with the private key: JWE in compact form (RFC 7516),
 * A256GCM, its key wrapped by ECDH-ES+A256KW or RSA-OAEP-256. The only file that knows the library, and it loads late.
 */
import { createPrivateKey, type KeyObject } from 'node:crypto'
import type { PublicKey } from './public-key.js'

const CONTENT = 'A256GCM'
const AGREEMENT = 'ECDH-ES+A256KW'
const TRANSPORT = 'RSA-OAEP-256'

export async function sealPackage(text: string, { jwk, thumbprint }: PublicKey): Promise<string> {
  const { CompactEncrypt, importJWK } = await import('jose')
  const alg = jwk.kty === 'RSA' ? TRANSPORT : AGREEMENT
  const header = { alg, enc: CONTENT, typ: 'lianhu-package', cty: 'application/x-ndjson', kid: thumbprint }
  const key = await importJWK({ ...jwk }, alg)
  return new CompactEncrypt(Buffer.from(text, 'utf8')).setProtectedHeader(header).encrypt(key)
}

/** A private key from PEM (PKCS #8) or JWK, as text. Throws where it is none. */
export function privateKeyOf(text: string): KeyObject {
  return text.trimStart().startsWith('{')
    ? createPrivateKey({ key: JSON.parse(text), format: 'jwk' })
    : createPrivateKey(text)
}

/** Throws where it was encrypted to another key, or is damaged. */
export async function unsealPackage(jwe: string, key: KeyObject): Promise<string> {
  const { compactDecrypt } = await import('jose')
  const { plaintext } = await compactDecrypt(jwe.trim(), key, {
    keyManagementAlgorithms: [AGREEMENT, TRANSPORT],
    contentEncryptionAlgorithms: [CONTENT],
  })
  return new TextDecoder('utf-8', { fatal: true }).decode(plaintext)
}
