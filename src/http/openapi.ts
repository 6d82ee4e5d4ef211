/** OpenAPI 3.1, generated from the very routes that are registered and the very schemas that parse. */
import { z } from 'zod'
import { CATALOGUE } from '../domain/catalogue.js'
import { ERRORS, type ErrorCode } from '../kernel/errors.js'
import { eventSchemaOf, jsonSchemaOf } from './event-json-schema.js'
import { zProblem } from './event-schemas.js'
import type { Route } from './route.js'

type Json = Readonly<Record<string, unknown>>

/** Every route may answer these. */
const EVERYWHERE: readonly ErrorCode[] = ['HUB_INTERNAL', 'HUB_STOPPING']
const WITH_KEY: readonly ErrorCode[] = ['HUB_UNAUTHENTICATED']
const WITH_BODY: readonly ErrorCode[] = ['HUB_MALFORMED_JSON', 'HUB_BODY_TOO_LARGE', 'HUB_UNSUPPORTED_MEDIA']

export function openApiOf(routes: readonly Route[], version: string): Json {
  const paths: Record<string, Record<string, Json>> = {}
  for (const route of routes) {
    const path = openApiPath(route.path)
    paths[path] ??= {}
    const operations = paths[path]
    operations[route.method.toLowerCase()] = operationOf(route)
  }
  const events = [...CATALOGUE.values()].filter(({ recorders }) => recorders.length > 0)
  return {
    openapi: '3.1.0',
    info: {
      title: 'Lianhu 联护',
      version,
      description: 'The hub through which agencies share what they must about people with severe mental disorders.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer', bearerFormat: 'lh_…' } },
      schemas: {
        Problem: plain(zProblem),
        ...Object.fromEntries(
          events.map((definition) => [`${definition.type}.v${definition.version}`, plainOf(eventSchemaOf(definition))]),
        ),
      },
    },
  }
}

/** `/v1/patients/:id` → `/v1/patients/{id}` */
export function openApiPath(path: string): string {
  return path.replace(/:(\w+)/g, '{$1}')
}

function operationOf(route: Route): Json {
  return {
    operationId: route.operation,
    tags: [route.tag],
    summary: `${route.label.zh} · ${route.label.en}`,
    ...(route.note === undefined ? {} : { description: route.note }),
    ...(route.access === 'public' ? { security: [] } : { security: [{ key: [] }] }),
    'x-access': route.access,
    ...(route.roles ? { 'x-roles': route.roles } : {}),
    parameters: [...parametersOf(route.params, 'path'), ...parametersOf(route.query, 'query')],
    ...bodyOf(route),
    responses: { ...answersOf(route), ...problemsOf(route) },
  }
}

function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query'): readonly Json[] {
  if (!(schema instanceof z.ZodObject)) return []
  const json = jsonSchemaOf(schema)
  const required = new Set(Array.isArray(json.required) ? json.required : [])
  return Object.entries((json.properties ?? {}) as Record<string, Json>).map(([name, property]) => {
    const { description, ...rest } = property
    return {
      name,
      in: place,
      required: place === 'path' || required.has(name),
      ...(description === undefined ? {} : { description }),
      schema: rest,
    }
  })
}

function bodyOf({ body, bodyDoc }: Route): Json {
  const doc = bodyDoc ?? (body ? { type: 'application/json', schema: body } : undefined)
  return doc ? { requestBody: { required: true, content: { [doc.type]: { schema: plain(doc.schema) } } } } : {}
}

function answersOf(route: Route): Json {
  return Object.fromEntries(
    Object.entries(route.responses).map(([status, { description, schema, type = 'application/json' }]) => [
      status,
      { description, ...(schema ? { content: { [type]: { schema: plain(schema) } } } : {}) },
    ]),
  )
}

function problemsOf(route: Route): Json {
  const codes = new Set<ErrorCode>([
    ...(route.access === 'public' ? [] : WITH_KEY),
    ...(route.access === 'operator' || route.roles ? (['HUB_FORBIDDEN'] as const) : []),
    ...(route.access === 'person' ? (['HUB_PERSON_REQUIRED'] as const) : []),
    ...(route.body || route.bodyDoc ? WITH_BODY : []),
    ...(route.body || route.query ? (['HUB_BAD_QUERY'] as const) : []),
    ...(route.problems ?? []),
    ...EVERYWHERE,
  ])
  const byStatus = new Map<number, ErrorCode[]>()
  for (const code of codes) {
    const { status } = ERRORS[code]
    if (status in route.responses) continue
    byStatus.set(status, [...(byStatus.get(status) ?? []), code])
  }
  return Object.fromEntries(
    [...byStatus].map(([status, listed]) => [
      status,
      {
        description: listed.map((code) => `${code}: ${ERRORS[code].title}`).join('; '),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  )
}

function plain(schema: z.ZodType): Json {
  return plainOf(jsonSchemaOf(schema))
}

/** Without the members that say it is a document of its own. */
function plainOf(json: Record<string, unknown>): Json {
  const { $schema: _, $id: __, ...rest } = json
  return rest
}
