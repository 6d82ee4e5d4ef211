/**
 * The log of the process (not the event log): one JSON object a line, from which whatever the catalogue marks as personal is
 * taken out by name, and what looks like an ID number, a telephone number or an API key is taken out by shape.
 */
import { type DestinationStream, type Logger, pino } from 'pino'
import { z } from 'zod'

export type { Logger } from 'pino'

export const SEALED = '[sealed]'

const MAX_DEPTH = 6
const MAX_MESSAGE = 300
/** These have serializers of their own, which let named members through and nothing else. */
const SERIALIZED = new Set(['err', 'req', 'res'])
const ID_NUMBER = /(?<![0-9A-Za-z])\d{17}[\dXx](?![0-9A-Za-z])/g
const TELEPHONE = /(?<![0-9A-Za-z])1[3-9]\d{9}(?![0-9A-Za-z])/g
const API_KEY = /lh_[A-Za-z0-9_-]{20,}/g

/** What the logger needs of an event definition: its members, their marks and their schemas. */
interface MarkedDefinition {
  readonly members: Readonly<Record<string, { readonly mark: unknown; readonly schema: z.ZodType }>>
}

/** The names of all members marked `personal` or `quasi`, and of whatever lies inside them: `identity`, `idNumber`, … */
export function personalMembers(definitions: Iterable<MarkedDefinition>): ReadonlySet<string> {
  const names = new Set<string>()
  for (const { members } of definitions) {
    for (const [name, { mark, schema }] of Object.entries(members)) {
      if (typeof mark !== 'object') continue
      names.add(name)
      for (const inner of membersInside(schema)) names.add(inner)
    }
  }
  return names
}

export interface LoggerOptions {
  readonly level: string
  /** From `personalMembers(CATALOGUE.values())`. */
  readonly redact: ReadonlySet<string>
  /** Standard output where absent. */
  readonly destination?: DestinationStream
}

export function createLogger({ level, redact, destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    messageKey: 'message',
    formatters: {
      level: (label: string) => ({ level: label }),
      log: (fields: Record<string, unknown>) => cleanRecord(fields, redact, 0),
    },
    serializers: { err: errorForLog, req: requestForLog, res: responseForLog },
    hooks: {
      /** One object and one sentence, nothing to interpolate; pino would take a missing sentence from the error's own text. */
      logMethod(this: Logger, [first, second]: Parameters<pino.LogFn>, method: pino.LogFn) {
        const text: unknown = typeof first === 'string' ? first : second
        const fields = typeof first === 'string' ? {} : first instanceof Error ? { err: first } : first
        method.call(this, fields, typeof text === 'string' ? cleanText(text) : 'no message')
      },
    },
  }
  return destination ? pino(options, destination) : pino(options)
}

/** Text without what looks like an ID number, a telephone number or an API key. */
export function cleanText(text: string): string {
  return text.replace(ID_NUMBER, SEALED).replace(TELEPHONE, SEALED).replace(API_KEY, 'lh_…')
}

/** Name, code, the text of our own errors, and where it happened; never the text of a parser, which quotes its input. */
export function errorForLog(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { name: typeof error }
  const quotesInput = error instanceof SyntaxError || error instanceof z.core.$ZodError
  return {
    name: error.name,
    ...('code' in error ? { code: String(error.code) } : {}),
    ...(quotesInput ? {} : { message: cleanText(error.message).slice(0, MAX_MESSAGE) }),
    at: (error.stack ?? '')
      .split('\n')
      .filter((line) => /^ {4}at /.test(line))
      .slice(0, 12)
      .map((line) => line.trim()),
    ...(error.cause !== undefined && depth < 3 ? { cause: errorForLog(error.cause, depth + 1) } : {}),
  }
}

/** The route's pattern, not its address: an address may name a person. */
function requestForLog(request: unknown): Record<string, unknown> {
  const { id, method, routeOptions } = record(request)
  return { id, method, route: record(routeOptions).url }
}

function responseForLog(response: unknown): Record<string, unknown> {
  return { status: record(response).statusCode }
}

function cleanRecord(fields: object, redact: ReadonlySet<string>, depth: number): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(fields)) {
    if (depth === 0 && SERIALIZED.has(key)) out[key] = value
    else out[key] = redact.has(key) ? SEALED : clean(value, redact, depth + 1)
  }
  return out
}

function clean(value: unknown, redact: ReadonlySet<string>, depth: number): unknown {
  if (typeof value === 'string') return cleanText(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth > MAX_DEPTH) return '[deep]'
  if (value instanceof Error) return errorForLog(value)
  if (value instanceof Uint8Array) return `[${value.length} bytes]`
  if (Array.isArray(value)) return value.map((item) => clean(item, redact, depth + 1))
  return cleanRecord(value, redact, depth)
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}

function membersInside(schema: z.core.$ZodType): readonly string[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    return membersInside(schema.unwrap())
  }
  if (schema instanceof z.ZodArray) return membersInside(schema.element)
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => membersInside(option))
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape).flatMap(([name, inner]) => [name, ...membersInside(inner)])
  }
  return []
}
