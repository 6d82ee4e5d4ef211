/** Wrapping under the master key: nonce (12) ‖ ciphertext ‖ tag (16), AES-256-GCM, bound to the name of what is wrapped. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { HubError } from '../kernel/errors.js'

const NONCE_BYTES = 12
/** Told to the decipher, which would take a tag of 4 bytes for as good. */
const TAG = { authTagLength: 16 }

export function wrap(master: Uint8Array, name: string, secret: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', master, nonce).setAAD(Buffer.from(name, 'utf8'))
  return Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()])
}

/**
 * Throws `HUB_VAULT_AWAY` where the master key is another, or the bytes belong to another name. Answers with bytes of their
 * own: a slice of a pool would take the pool along to the other thread, 8 KiB for each key that is kept there.
 */
export function unwrap(master: Uint8Array, name: string, wrapped: Uint8Array): Uint8Array {
  try {
    const body = wrapped.subarray(NONCE_BYTES, wrapped.length - TAG.authTagLength)
    const decipher = createDecipheriv('aes-256-gcm', master, wrapped.subarray(0, NONCE_BYTES), TAG)
    decipher.setAAD(Buffer.from(name, 'utf8')).setAuthTag(wrapped.subarray(wrapped.length - TAG.authTagLength))
    return Uint8Array.from(Buffer.concat([decipher.update(body), decipher.final()]))
  } catch (cause) {
    throw new HubError('HUB_VAULT_AWAY', 'a wrapped secret does not open under this master key', { cause })
  }
}
