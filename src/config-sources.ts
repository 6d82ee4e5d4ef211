/** Where options come from: their names in a file, in the environment and on the command line, and how text becomes a value. */
import { z } from 'zod'
import type { Fault } from './kernel/errors.js'

export interface Sources {
  /** The parsed JSON configuration file: weakest. */
  readonly file?: unknown
  /** `LIANHU_*`; everything else is ignored. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Flags by option name, e.g. `{ 'http.bodyLimitBytes': '4096' }`: strongest. */
  readonly flags?: Readonly<Record<string, unknown>>
}

export interface Option {
  readonly name: string
  readonly path: readonly string[]
  readonly schema: z.ZodType
  readonly env: string
  readonly flag: string
}

export interface Merged {
  readonly values: Record<string, unknown>
  readonly faults: readonly Fault[]
  /** Option name → what to call it in a message: where its value came from. */
  readonly origins: ReadonlyMap<string, string>
}

/** `LIANHU_*` variables that are no options: the file itself, and what the CLI needs to speak with a running hub. */
export const OTHER_VARIABLES: readonly string[] = ['LIANHU_CONFIG', 'LIANHU_KEY', 'LIANHU_URL']

/** The options of a schema in reading order; groups are one level deep. */
export function optionsOf(shape: z.ZodObject, path: readonly string[] = []): readonly Option[] {
  return Object.entries(shape.shape).flatMap(([key, schema]) => {
    const at = [...path, key]
    const group = unwrapped(schema as z.ZodType)
    if (group instanceof z.ZodObject) return optionsOf(group, at)
    const name = at.join('.')
    const words = at.flatMap((part) => part.split(/(?=[A-Z])/)).map((word) => word.toLowerCase())
    return [
      {
        name,
        path: at,
        schema: schema as z.ZodType,
        env: `LIANHU_${words.join('_').toUpperCase()}`,
        flag: `--${words.join('-')}`,
      },
    ]
  })
}

export function mergeSources(shape: z.ZodObject, sources: Sources): Merged {
  const options = optionsOf(shape)
  const values = copyOf(sources.file)
  const faults: Fault[] = []
  const origins = new Map<string, string>()
  if (sources.file !== undefined && !isRecord(sources.file)) {
    faults.push(faultAt('', 'configuration file', 'a JSON object', JSON.stringify(sources.file)))
  }

  for (const [variable, text] of Object.entries(sources.env ?? {})) {
    if (!variable.startsWith('LIANHU_') || text === undefined || OTHER_VARIABLES.includes(variable)) continue
    const option = options.find(({ env }) => env === variable)
    if (!option)
      faults.push(
        faultAt('', variable, 'a variable that is an option (lianhu doctor --options lists them)', 'an unknown one'),
      )
    else {
      place(values, option.path, valueOfText(option.schema, text))
      origins.set(option.name, variable)
    }
  }
  for (const [name, value] of Object.entries(sources.flags ?? {})) {
    if (value === undefined) continue
    const option = options.find((candidate) => candidate.name === name)
    if (!option) faults.push(faultAt('', name, 'a flag that is an option', 'an unknown one'))
    else {
      place(values, option.path, typeof value === 'string' ? valueOfText(option.schema, value) : value)
      origins.set(option.name, option.flag)
    }
  }
  return { values, faults, origins }
}

export function faultAt(pointer: string, subject: string, expected: string, got: string): Fault {
  return { pointer, rule: 'config', message: `${subject}: expected ${expected}, got ${got}`, expected, got }
}

/** Text as the type that the option wants; text that does not fit stays text, so that the schema tells what is wrong. */
function valueOfText(schema: z.ZodType, text: string): unknown {
  const type = unwrapped(schema)
  if (type instanceof z.ZodNumber) return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text
  if (type instanceof z.ZodBoolean) return text === 'true' ? true : text === 'false' ? false : text
  if (type instanceof z.ZodArray)
    return text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '')
  return text
}

function unwrapped(schema: z.ZodType): z.ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional) {
    return unwrapped(schema.unwrap() as z.ZodType)
  }
  return schema
}

function place(values: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [head, ...rest] = path
  if (head === undefined) return
  if (rest.length === 0) values[head] = value
  else {
    const group = copyOf(values[head])
    values[head] = group
    place(group, rest, value)
  }
}

function copyOf(value: unknown): Record<string, unknown> {
  return isRecord(value) ? { ...value } : {}
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
