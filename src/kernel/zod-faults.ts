/**
 * From a refused zod parse to faults: where, what was expected, what kind of thing came. It never repeats a value that
 * somebody sent, since a value may be personal; it names types, lengths and the allowed codes only.
 */
import type { z } from 'zod'
import type { Fault } from './errors.js'

type Issue = z.core.$ZodIssue

/** Every problem at once. `base` is put before each pointer, e.g. `/events/2`. */
export function faultsOf(error: z.ZodError, input: unknown, base = ''): readonly Fault[] {
  return error.issues.flatMap((issue) => faultsOfIssue(issue, input, base))
}

function faultsOfIssue(issue: Issue, input: unknown, base: string): readonly Fault[] {
  const at = pointerOf(base, issue.path)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => fault(pointerOf(at, [key]), 'no such member', 'a member'))
  }
  if (issue.code === 'invalid_union') {
    const branches = issue.errors.map((issues) => issues[0]).filter((first) => first !== undefined)
    const expected = [...new Set(branches.map((first) => expectedOf(first)))].join(', or ')
    return [fault(at, expected === '' ? 'another form' : expected, kindOf(valueAt(input, issue.path)))]
  }
  return [fault(at, expectedOf(issue), kindOf(valueAt(input, issue.path)))]
}

function fault(pointer: string, expected: string, got: string): Fault {
  return { pointer, rule: 'schema', message: `expected ${expected}, got ${got}`, expected, got }
}

function expectedOf(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return issue.expected === 'int' ? 'a whole number' : withArticle(issue.expected)
    case 'invalid_value':
      return `one of ${issue.values.map((value) => String(value)).join(', ')}`
    case 'too_small':
      return `${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}${unitOf(issue.origin)}`
    case 'too_big':
      return `${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}${unitOf(issue.origin)}`
    case 'invalid_format':
      return issue.format === 'regex' && issue.pattern ? `text like ${issue.pattern}` : `a ${issue.format}`
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`
    default:
      return issue.message.replace(/^expected /, '')
  }
}

function unitOf(origin: string): string {
  if (origin === 'string') return ' characters'
  return origin === 'array' || origin === 'set' ? ' items' : ''
}

/** The kind of a value, never the value: `nothing`, `a string of 12 characters`, `a list of 3`. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (typeof value === 'string') return `a string of ${value.length} characters`
  if (Array.isArray(value)) return `a list of ${value.length}`
  if (typeof value === 'number') return Number.isInteger(value) ? 'a whole number' : 'a number'
  return withArticle(typeof value)
}

function withArticle(kind: string): string {
  return `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined
    value = Reflect.get(value, key)
  }
  return value
}

function pointerOf(base: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (pointer, key) => `${pointer}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`,
    base,
  )
}
