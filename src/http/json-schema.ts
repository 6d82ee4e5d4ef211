/**
 * JSON Schema 2020-12 out of zod, references between the schemas that the hub serves, and how a schema moves into the
 * components of a larger document. What a schema cannot say (a check in code) is said by its description at most.
 */
import { z } from 'zod'

export type Json = Readonly<Record<string, unknown>>

export const DIALECT = 'https://json-schema.org/draft/2020-12/schema'
const SERVED = '/schemas/'
const LOCAL = '#/$defs/'

/** `input`: what is sent to the hub. `output`: what it answers. */
export function jsonSchemaOf(schema: z.ZodType, io: 'input' | 'output' = 'input'): Record<string, unknown> {
  return { ...z.toJSONSchema(schema, { io, unrepresentable: 'any', override: ({ jsonSchema }) => trim(jsonSchema) }) }
}

/** Bounds that are the engine's, not ours. */
function trim(json: { minimum?: number; maximum?: number }): void {
  if (json.minimum === Number.MIN_SAFE_INTEGER) delete json.minimum
  if (json.maximum === Number.MAX_SAFE_INTEGER) delete json.maximum
}

/** Stands for the schema of this name, as it is served under `/schemas`: `RiskAssessed@1`. Parses nothing. */
export function zServed(name: string): z.ZodType {
  return z.unknown().meta(served(name))
}

/** `{"$ref": "/schemas/RiskAssessed@1"}` */
export function served(name: string): { readonly $ref: string } {
  return { $ref: `${SERVED}${name}` }
}

/** `RiskAssessed@1` → `RiskAssessed.v1`: names of components take no `@`. */
export function componentName(name: string): string {
  return name.replace('@', '.v')
}

export interface Components {
  /** The schema as it stands in the document: without `$id`, its references pointing into the components. */
  readonly place: (schema: Json) => Json
  /** Everything that was pointed at so far, and what that points at. */
  readonly schemas: () => Json
}

/** @param schemaOf the served schema of a name; an unknown name is a programming error */
export function createComponents(schemaOf: (name: string) => Json | undefined): Components {
  const components = new Map<string, Json>()

  const moved = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(moved)
    if (typeof value !== 'object' || value === null) return value
    const members = Object.entries(value).map(([name, member]) => [
      name,
      name === '$ref' && typeof member === 'string' ? target(member) : moved(member),
    ])
    return Object.fromEntries(members)
  }
  const target = (reference: string): string => {
    if (reference.startsWith(LOCAL)) return `#/components/schemas/${reference.slice(LOCAL.length)}`
    const name = reference.slice(SERVED.length)
    const component = componentName(name)
    if (!components.has(component)) {
      const schema = reference.startsWith(SERVED) ? schemaOf(name) : undefined
      if (!schema) throw new Error(`createComponents: no schema ${reference}`)
      // Held before it is placed: a schema may point at itself.
      components.set(component, {})
      components.set(component, place(schema))
    }
    return `#/components/schemas/${component}`
  }
  const place = (schema: Json): Json => {
    const { $schema: _, $id: __, $defs, ...rest } = schema
    for (const [name, definition] of Object.entries(($defs ?? {}) as Json)) {
      if (!components.has(name)) components.set(name, moved(definition) as Json)
    }
    return moved(rest) as Json
  }
  return {
    place,
    schemas: () => Object.fromEntries([...components].sort(([a], [b]) => (a < b ? -1 : 1))),
  }
}
