/** Ed25519 over canonical JSON: who received a manifest can show that it is this hub's (RFC 8032). */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { fromBase64url, toBase64url } from '../kernel/hash.js'
import { canonicalJson } from '../kernel/jcs.js'

const PREFIX = 'ed25519:'
/** DER of a PKCS #8 Ed25519 key up to its 32 bytes of seed, and of a SubjectPublicKeyInfo up to its 32 bytes. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex')
const SPKI = Buffer.from('302a300506032b6570032100', 'hex')

export interface Signer {
  /** `ed25519:` and the public key's 32 bytes, base64url. */
  readonly publicKey: string
  /** The value with `signedBy` and `signature`: Ed25519 over the JCS of everything but `signature`. */
  signed<T extends object>(value: T): T & { readonly signedBy: string; readonly signature: string }
  /** `ed25519:` and the signature of these bytes. */
  signatureOf(bytes: Uint8Array): string
}

/** @param seed the 32 bytes of the vault's `signing` secret */
export function createSigner(seed: Uint8Array): Signer {
  const key = createPrivateKey({ key: Buffer.concat([PKCS8, seed]), format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' })
  const publicKey = `${PREFIX}${toBase64url(spki.subarray(SPKI.length))}`
  const signatureOf = (bytes: Uint8Array): string => `${PREFIX}${toBase64url(sign(null, bytes, key))}`
  return {
    publicKey,
    signatureOf,
    signed(value) {
      const unsigned = { ...value, signedBy: publicKey }
      return { ...unsigned, signature: signatureOf(Buffer.from(canonicalJson(unsigned), 'utf8')) }
    },
  }
}

/** True where the manifest's signature is that of the key it should be signed by. */
export function isSigned(manifest: Readonly<Record<string, unknown>>, publicKey: string): boolean {
  const { signature, ...unsigned } = manifest
  if (typeof signature !== 'string' || unsigned.signedBy !== publicKey) return false
  return isSignatureOf(Buffer.from(canonicalJson(unsigned), 'utf8'), signature, publicKey)
}

/** @param publicKey `ed25519:` and 32 bytes in base64url */
export function isSignatureOf(bytes: Uint8Array, signature: string, publicKey: string): boolean {
  if (!signature.startsWith(PREFIX)) return false
  return verify(null, bytes, publicKeyOf(publicKey), fromBase64url(signature.slice(PREFIX.length)))
}

function publicKeyOf(publicKey: string): KeyObject {
  const raw = fromBase64url(publicKey.slice(PREFIX.length))
  return createPublicKey({ key: Buffer.concat([SPKI, raw]), format: 'der', type: 'spki' })
}
