/**
 * API keys and enrolment codes: how they look and what is kept of them. The log holds digests only; the key itself is shown
 * once. Sample key: `lh_` and 43 characters; sample code: `7KQ2M-X4T9A-0RWCE-HN5BD`.
 */
import { randomBytes } from 'node:crypto'
import { sha256, toBase64url } from '../kernel/hash.js'

export const KEY_PREFIX = 'lh_'
const KEY_SHAPE = /^lh_[A-Za-z0-9_-]{43}$/
/** Crockford's alphabet: nothing that is read as something else over the telephone. */
const CODE_ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const CODE_LENGTH = 20

/** 32 random bytes. */
export function newApiKey(): string {
  return KEY_PREFIX + toBase64url(randomBytes(32))
}

export function isApiKeyShaped(text: string): boolean {
  return KEY_SHAPE.test(text)
}

/** 100 random bits in four groups of five characters. */
export function newEnrolmentCode(): string {
  const characters = Array.from(randomBytes(CODE_LENGTH), (byte) => CODE_ALPHABET[byte % 32])
  return [0, 5, 10, 15].map((at) => characters.slice(at, at + 5).join('')).join('-')
}

/** `sha256:` and 43 characters. */
export function digestOfKey(key: string): string {
  return `sha256:${toBase64url(sha256(key))}`
}

/** The same however the code is spelt: small letters, without dashes, O for 0, I or L for 1. */
export function digestOfCode(code: string): string {
  const spelt = code.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1')
  return digestOfKey(spelt)
}
