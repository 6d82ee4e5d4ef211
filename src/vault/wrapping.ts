/** Wrapping under the master key: nonce (12) ‖ ciphertext ‖ tag (16), AES-256-GCM, bound to the name of what is wrapped. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { HubError } from '../kernel/errors.js'

export function wrap(master: Uint8Array, name: string, secret: Uint8Array): Buffer {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', master, nonce).setAAD(Buffer.from(name, 'utf8'))
  return Buffer.concat([nonce, cipher.update(secret), cipher.final(), cipher.getAuthTag()])
}

/** Throws `HUB_VAULT_AWAY` where the master key is another, or the bytes belong to another name. */
export function unwrap(master: Uint8Array, name: string, wrapped: Uint8Array): Buffer {
  try {
    const decipher = createDecipheriv('aes-256-gcm', master, wrapped.subarray(0, 12)).setAAD(Buffer.from(name, 'utf8'))
    decipher.setAuthTag(wrapped.subarray(wrapped.length - 16))
    return Buffer.concat([decipher.update(wrapped.subarray(12, wrapped.length - 16)), decipher.final()])
  } catch (cause) {
    throw new HubError('HUB_VAULT_AWAY', 'a wrapped secret does not open under this master key', { cause })
  }
}
