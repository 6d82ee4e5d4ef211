/** One line of a document as the object that it holds, and whether its bytes are the canonical ones (JCS). Pure. */
import { isUtf8 } from 'node:buffer'
import { canonicalJson } from '../kernel/jcs.js'

export interface ParsedLine {
  readonly value: Readonly<Record<string, unknown>>
  readonly isCanonical: boolean
}

/** Undefined where the bytes are no JSON object. */
export function parseLine(bytes: Buffer): ParsedLine | undefined {
  const text = bytes.toString('utf8')
  const value = parsedJson(text)
  if (!isObject(value)) return undefined
  // Bytes that are no UTF-8 read as the replacement character, which is canonical.
  return { value, isCanonical: text === jcsOf(value) && isUtf8(bytes) }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Undefined where it is no JSON, which is never `undefined`. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Undefined where a value has no canonical form, such as one with half a character, or one too deep to walk. */
export function jcsOf(value: unknown): string | undefined {
  try {
    return canonicalJson(value)
  } catch {
    return undefined
  }
}
