/** OpenAPI 3.1, generated from the very routes that are registered and the very schemas that parse. */
import { z } from 'zod'
import type { ErrorCode } from '../kernel/errors.js'
import { ERRORS } from '../kernel/errors.js'
import { ANSWER_EXAMPLES } from './answer-examples.js'
import { type Components, createComponents, type Json, jsonSchemaOf, served } from './json-schema.js'
import type { ResponseDoc, Route } from './route.js'
import { problemsOf } from './route-problems.js'
import { schemaOf } from './schema-catalogue.js'

const JSON_TYPE = 'application/json'
const PROBLEM_TYPE = 'application/problem+json'

/** What a group of routes is for; a route whose tag is missing here has no description. */
export const TAGS: Readonly<Record<string, string>> = {
  recording: '记录 Recording: events come in, one by one, as a visit, or a file of them',
  records: '档案 Records: the state and the history of a person, for those who treat',
  'one-off disclosures':
    '来函提供 One-off disclosures: what an authority asked for by letter, and what two named persons decided',
  erasures: '销毁 Erasures: a person’s keys are destroyed, once two named persons agree',
  alerts: '警示 Alerts: what somebody must know now, and what they did about it',
  recalls: '撤回 Recalls: what was asked back, and who has said that the copies are deleted',
  feeds: '定期报送 Feeds: periods, documents, manifests, accounts',
  versions: '版本 Versions: what is in force, what another version would change, and who puts it in force',
  returns: '信息反馈 Returns: what agencies send back about the people of a document, and who owes it',
  delivery: '投递 Delivery: subscriptions, the mailbox, what is sent again',
  administration: '管理 Administration: agencies, areas, keys',
  operations: '运行 Operations: health, metrics, descriptions, read models',
}

export function openApiOf(routes: readonly Route[], version: string): Json {
  const components = createComponents(schemaOf)
  const paths: Record<string, Record<string, Json>> = {}
  for (const route of routes) {
    const path = openApiPath(route.path)
    paths[path] ??= {}
    paths[path][route.method.toLowerCase()] = operationOf(route, components)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Lianhu 联护',
      version,
      description:
        'The hub through which agencies share what they must about people with severe mental disorders. What it sends by itself ' +
        'stands in /asyncapi.json, every schema under /schemas. Each GET answers HEAD too; another method of a known address ' +
        'is answered 405 (`HUB_METHOD_NOT_ALLOWED`).',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'The hub that serves this description' }],
    tags: [...new Set(routes.map(({ tag }) => tag))].map((name) => ({ name, description: TAGS[name] })),
    paths,
    components: {
      securitySchemes: {
        key: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'lh_…',
          description:
            'A key of an agency, bound to a named person where a person acts; see x-access of each operation',
        },
      },
      schemas: components.schemas(),
    },
  }
}

/** `/v1/patients/:id` → `/v1/patients/{id}` */
export function openApiPath(path: string): string {
  return path.replace(/:(\w+)/g, '{$1}')
}

function operationOf(route: Route, components: Components): Json {
  return {
    operationId: route.operation,
    tags: [route.tag],
    summary: `${route.label.zh} · ${route.label.en}`,
    description: [`${route.label.en}.`, route.note].filter((text) => text !== undefined).join(' '),
    ...(route.access === 'public' ? { security: [] } : { security: [{ key: [] }] }),
    'x-access': route.access,
    ...(route.roles ? { 'x-roles': route.roles } : {}),
    parameters: [...parametersOf(route.params, 'path'), ...parametersOf(route.query, 'query')],
    ...bodyOf(route, components),
    responses: responsesOf(route, components),
  }
}

export function parametersOf(schema: z.ZodType | undefined, place: 'path' | 'query'): readonly Json[] {
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

function bodyOf({ operation, body, bodyDoc }: Route, { place }: Components): Json {
  const doc = bodyDoc ?? (body ? { type: JSON_TYPE, schema: body } : undefined)
  if (!doc) return {}
  const schema = place(jsonSchemaOf(doc.schema))
  return { requestBody: { required: true, content: { [doc.type]: { schema, ...exampleOf(operation, 'request') } } } }
}

function responsesOf(route: Route, components: Components): Json {
  const problems = problemsOf(route)
  const statuses = new Set([...Object.keys(route.responses).map(Number), ...problems.keys()])
  return Object.fromEntries(
    [...statuses].sort().map((status) => {
      const codes = problems.get(status) ?? []
      const answer = route.responses[status]
      const descriptions = [answer?.description, ...codes.map((code) => `${code}: ${ERRORS[code].title}`)]
      const headers = { ...headersOf(answer), ...problemHeaders(status, codes) }
      const content = {
        ...(answer ? contentOf(route.operation, status, answer, components) : {}),
        ...(codes.length > 0 ? problemContent(status, codes, components) : {}),
      }
      return [
        status,
        {
          description: descriptions.filter((text) => text !== undefined).join('; '),
          ...(Object.keys(headers).length > 0 ? { headers } : {}),
          ...(Object.keys(content).length > 0 ? { content } : {}),
        },
      ]
    }),
  )
}

function contentOf(operation: string, status: number, answer: ResponseDoc, { place }: Components): Json {
  if ('isEmpty' in answer) return {}
  const { schema, type = JSON_TYPE, renderings = {} } = answer
  return {
    [type]: { schema: place(jsonSchemaOf(schema, 'output')), ...exampleOf(operation, `${status} ${type}`) },
    ...Object.fromEntries(
      Object.entries(renderings).map(([media, rendering]) => [
        media,
        { schema: place(jsonSchemaOf(rendering, 'output')), ...exampleOf(operation, `${status} ${media}`) },
      ]),
    ),
  }
}

function problemContent(status: number, codes: readonly ErrorCode[], { place }: Components): Json {
  const properties = { status: { const: status }, code: { enum: codes } }
  return { [PROBLEM_TYPE]: { schema: place({ ...served('problem@1'), properties }) } }
}

function headersOf(answer: ResponseDoc | undefined): Json {
  if (!answer || 'isEmpty' in answer) return {}
  return Object.fromEntries(
    Object.entries(answer.headers ?? {}).map(([name, description]) => [
      name,
      { description, schema: { type: 'string' } },
    ]),
  )
}

/** What `problem-reply.ts` sets. */
function problemHeaders(status: number, codes: readonly ErrorCode[]): Json {
  if (codes.length === 0) return {}
  if (status === 401) return { 'www-authenticate': { schema: { type: 'string' } } }
  return status === 503 ? { 'retry-after': { description: 'Seconds', schema: { type: 'string' } } } : {}
}

/** What a hub of the tests answered, or was asked, ids renamed. */
function exampleOf(operation: string, part: string): Json {
  const text = ANSWER_EXAMPLES[`${operation} ${part}`]
  return text === undefined ? {} : { example: JSON.parse(text) }
}
