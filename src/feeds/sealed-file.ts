/**
 * Bytes on disk that nobody reads without the spool's key: AES-256-GCM, `nonce(12) ‖ ciphertext ‖ tag(16)`, bound to a name so
 * that no file can stand in for another. What is written appears whole under its name or not at all.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

const NONCE = 12
const TAG = 16
const ALGORITHM = 'aes-256-gcm'

/** @param plain the parts of what is sealed, one after the other */
export function sealBytes(key: Uint8Array, name: string, ...plain: readonly Uint8Array[]): Buffer {
  const nonce = randomBytes(NONCE)
  const cipher = createCipheriv(ALGORITHM, key, nonce)
  cipher.setAAD(Buffer.from(name, 'utf8'))
  return Buffer.concat([nonce, ...plain.map((part) => cipher.update(part)), cipher.final(), cipher.getAuthTag()])
}

/** Undefined where the bytes are not what was sealed under this name and key: a damaged spool is compiled again. */
export function unsealBytes(key: Uint8Array, name: string, sealed: Buffer): Buffer | undefined {
  if (sealed.length < NONCE + TAG) return undefined
  const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, NONCE))
  decipher.setAAD(Buffer.from(name, 'utf8'))
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(NONCE, sealed.length - TAG)), decipher.final()])
  } catch {
    return undefined
  }
}

/** A crash leaves the old file or the new one, beside at most a `.part` that the next write replaces. */
export function writeWhole(path: string, bytes: Uint8Array): void {
  const part = `${path}.part`
  try {
    writeFileSync(part, bytes, { mode: 0o600 })
  } catch (error) {
    if (!isMissing(error)) throw error
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    writeFileSync(part, bytes, { mode: 0o600 })
  }
  renameSync(part, path)
}

/** Of a file or a folder above it. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
