/**
 * Reads JSON bodies: valid UTF-8, no `__proto__` member, and an error that does not repeat what was sent (the engine's own
 * message quotes it).
 */
import { isUtf8 } from 'node:buffer'
import { HubError } from '../kernel/errors.js'

/** Throws `HUB_MALFORMED_JSON`. */
export function parseJson(bytes: Buffer): unknown {
  if (bytes.length === 0) throw malformed('expected a JSON value, got nothing')
  if (!isUtf8(bytes)) throw malformed('expected UTF-8')
  const text = bytes.toString('utf8')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw malformed('the body is not JSON')
  }
  // Such a member would change the prototype of whatever it is copied into; no event has one.
  if (text.includes('__proto__')) throw malformed('expected no member called __proto__')
  return value
}

function malformed(message: string): HubError {
  return new HubError('HUB_MALFORMED_JSON', message)
}
