/**
 * Canonical JSON (JCS, RFC 8785): one byte sequence per JSON value. Refuses what has no canonical form
 * (unpaired surrogates, numbers that JSON cannot say, `undefined` inside an array).
 */
import { HubError } from './errors.js'

/**
 * `{"b":1,"a":[true,"é"]}` becomes `{"a":[true,"é"],"b":1}`: members sorted by UTF-16 code unit, no white space.
 * Members whose value is `undefined` are left out. Throws `HUB_NOT_CANONICAL`.
 */
export function canonicalJson(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return canonicalString(value)
    case 'number':
      if (!Number.isFinite(value)) throw notCanonical(`the number ${value}`)
      return JSON.stringify(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'object':
      if (value === null) return 'null'
      return Array.isArray(value) ? canonicalArray(value) : canonicalObject(value)
    default:
      throw notCanonical(`a ${typeof value}`)
  }
}

function canonicalArray(items: readonly unknown[]): string {
  let out = '['
  for (let i = 0; i < items.length; i++) out += i === 0 ? canonicalJson(items[i]) : `,${canonicalJson(items[i])}`
  return `${out}]`
}

function canonicalObject(value: object): string {
  const keys = Object.keys(value).sort()
  let out = '{'
  for (const key of keys) {
    const member: unknown = (value as Record<string, unknown>)[key]
    if (member === undefined) continue
    out += `${out.length === 1 ? '' : ','}${canonicalString(key)}:${canonicalJson(member)}`
  }
  return `${out}}`
}

function canonicalString(text: string): string {
  if (!text.isWellFormed()) throw notCanonical('a string with an unpaired surrogate')
  return JSON.stringify(text)
}

function notCanonical(what: string): HubError {
  return new HubError('HUB_NOT_CANONICAL', `expected a JSON value with a canonical form, got ${what}`)
}
