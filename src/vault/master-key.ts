/**
 * The operator's master key: 32 random bytes in a file, wrapped under a passphrase with scrypt and AES-256-GCM. Whoever has
 * file and passphrase can open the vault; whoever loses either has lost every sealed value.
 *
 * Sample: `{"alg":"scrypt+A256GCM","n":32768,"r":8,"p":1,"salt":"…","nonce":"…","ct":"…"}`
 */
import { createCipheriv, createDecipheriv, randomBytes, scryptSync } from 'node:crypto'
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import { HubError } from '../kernel/errors.js'
import { fromBase64url, toBase64url } from '../kernel/hash.js'

const COST = { N: 32_768, r: 8, p: 1, maxmem: 64 * 1024 * 1024 }
const zFile = z.strictObject({
  alg: z.literal('scrypt+A256GCM'),
  n: z.literal(COST.N),
  r: z.literal(COST.r),
  p: z.literal(COST.p),
  salt: z.string(),
  nonce: z.string(),
  ct: z.string(),
})

/** Makes a new master key file; refuses to overwrite one. Mode 0600, flushed to disk before it returns. */
export function createMasterKeyFile(file: string, passphrase: string): Uint8Array {
  const master = randomBytes(32)
  const salt = randomBytes(16)
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', scryptSync(passphrase, salt, 32, COST), nonce)
  const ct = Buffer.concat([cipher.update(master), cipher.final(), cipher.getAuthTag()])
  const content = {
    alg: 'scrypt+A256GCM',
    n: COST.N,
    r: COST.r,
    p: COST.p,
    salt: toBase64url(salt),
    nonce: toBase64url(nonce),
    ct: toBase64url(ct),
  }
  flushed(openSync(file, 'wx', 0o600), (handle) => writeSync(handle, `${JSON.stringify(content)}\n`))
  // The name as well: a file that a power cut takes out of its directory is as lost as one without bytes.
  flushed(openSync(dirname(file), 'r'), () => {})
  return master
}

function flushed(handle: number, write: (handle: number) => void): void {
  try {
    write(handle)
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

/** Opens the master key. Throws `HUB_VAULT_AWAY` where the file is missing or damaged or the passphrase is another. */
export function openMasterKeyFile(file: string, passphrase: string): Uint8Array {
  try {
    const content = zFile.parse(JSON.parse(readFileSync(file, 'utf8')))
    const ct = fromBase64url(content.ct)
    const key = scryptSync(passphrase, fromBase64url(content.salt), 32, COST)
    const decipher = createDecipheriv('aes-256-gcm', key, fromBase64url(content.nonce), { authTagLength: 16 })
    decipher.setAuthTag(ct.subarray(ct.length - 16))
    return Buffer.concat([decipher.update(ct.subarray(0, ct.length - 16)), decipher.final()])
  } catch (cause) {
    throw new HubError('HUB_VAULT_AWAY', 'the master key does not open', {
      hint: 'Check that the master key file is in the data directory and that the passphrase is the one it was made with.',
      cause,
    })
  }
}
