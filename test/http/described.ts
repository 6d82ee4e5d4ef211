/**
 * Holds every answer of a hub under test against its own `/openapi.json`: an answer of a status, a content type, a header of
 * ours or a shape that is not described fails the request that got it, and so does a body that was taken but is not described.
 */
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify'
import { createSchemaChecker, pointerStep, type SchemaChecker } from '../fixtures/json-schemas.js'

interface ResponseObject {
  readonly headers?: Readonly<Record<string, unknown>>
  readonly content?: Readonly<Record<string, unknown>>
}

export interface OperationObject {
  readonly operationId: string
  readonly requestBody?: { readonly content: Readonly<Record<string, unknown>> }
  readonly responses: Readonly<Record<string, ResponseObject>>
}

export interface OpenApiObject {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationObject>>>>
}

/** An answer that was met, and the request that got it. */
export interface Met {
  readonly operation: string
  readonly status: number
  readonly request: unknown
  readonly type: string
  /** Those of ours, `lianhu-…`. */
  readonly headers: readonly string[]
  readonly body: string
}

const DOCUMENT = 'openapi'
const NDJSON = 'application/x-ndjson'

interface Description {
  readonly document: OpenApiObject
  readonly checker: SchemaChecker
}

const descriptions = new Map<string, Promise<Description>>()

/**
 * The same app; whatever is injected from now on is checked.
 *
 * @param alike apps of this name describe themselves alike, as hubs of one role do: the first is asked for them all
 */
export function described(
  app: FastifyInstance,
  meet: (met: Met) => void = () => undefined,
  alike?: string,
): FastifyInstance {
  const inject = app.inject.bind(app) as (options: InjectOptions) => Promise<LightMyRequestResponse>
  let description = alike === undefined ? undefined : descriptions.get(alike)
  const describe = async (): Promise<Description> => {
    const { body } = await inject({ method: 'GET', url: '/openapi.json' })
    const made = { document: JSON.parse(body) as OpenApiObject, checker: createSchemaChecker() }
    made.checker.add(made.document, DOCUMENT)
    return made
  }
  const checked = async (options: InjectOptions | string) => {
    const asked = typeof options === 'string' ? { method: 'GET' as const, url: options } : options
    const reply = await inject(asked)
    // A hub that stops describes nothing any more.
    description ??= describe()
    if (alike !== undefined) descriptions.set(alike, description)
    const { document, checker } = await description
    const faults = faultsOf(document, checker, asked, reply, meet)
    if (faults.length === 0) return reply
    const line = `${asked.method ?? 'GET'} ${String(asked.url).split('?')[0]} answered ${reply.statusCode}`
    throw new Error(`${line}, which is not what /openapi.json says:\n${faults.slice(0, 10).join('\n')}`)
  }
  return Object.assign(app, { inject: checked })
}

function faultsOf(
  document: OpenApiObject,
  checker: SchemaChecker,
  { method = 'GET', url, payload, headers }: InjectOptions,
  reply: LightMyRequestResponse,
  meet: (met: Met) => void,
): readonly string[] {
  const path = pathOf(document, String(url).split('?')[0] ?? '')
  const type = String(reply.headers['content-type'] ?? '').split(';')[0] ?? ''
  if (path === undefined) return reply.statusCode === 404 ? [] : ['no such path']
  const verb = method === 'HEAD' ? 'get' : method.toLowerCase()
  const operation = document.paths[path]?.[verb]
  if (!operation) return reply.statusCode === 405 ? [] : ['no such operation']
  const answer = operation.responses[String(reply.statusCode)]
  if (!answer) return [`status ${reply.statusCode} is not described: ${reply.body.slice(0, 200)}`]
  const place = `${DOCUMENT}#/paths/${pointerStep(path)}/${verb}`
  const own = Object.keys(reply.headers).filter((name) => name.startsWith('lianhu-'))
  const faults = own
    .filter((name) => !(name in (answer.headers ?? {})))
    .map((name) => `header ${name} is not described`)
  if (method === 'HEAD') return faults
  const content = answer.content ?? {}
  meet({
    ...{ operation: operation.operationId, status: reply.statusCode },
    request: Buffer.isBuffer(payload) ? undefined : payload,
    ...{ type, headers: own, body: reply.body },
  })
  if (reply.statusCode < 300) faults.push(...requestFaults(checker, place, operation, payload, headers))
  if (reply.body === '') return Object.keys(content).length === 0 ? faults : [...faults, 'expected a body, got none']
  if (!(type in content)) return [...faults, `content type ${type} is not described`]
  const at = `${place}/responses/${reply.statusCode}/content/${pointerStep(type)}/schema`
  for (const value of valuesOf(type, reply.body)) faults.push(...checker.faults(encodeURI(at), value))
  return faults
}

/** What was taken must be described too; lines of a batch are answered one by one. */
function requestFaults(
  checker: SchemaChecker,
  place: string,
  { requestBody }: OperationObject,
  payload: InjectOptions['payload'],
  headers: InjectOptions['headers'],
): readonly string[] {
  if (payload === undefined || String(headers?.['content-type']).includes('ndjson')) return []
  // The bytes of a file have no members.
  if (!requestBody || Buffer.isBuffer(payload)) return []
  const body = typeof payload === 'string' ? JSON.parse(payload) : payload
  return checker.faults(encodeURI(`${place}/requestBody/content/application~1json/schema`), body)
}

/** What a body holds: each line of a stream, a text as it is. */
export function valuesOf(type: string, body: string): readonly unknown[] {
  if (type === NDJSON) return body.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
  return [type.endsWith('json') ? JSON.parse(body) : body]
}

/** The path of the document that an address belongs to: the one with the most fixed steps. */
function pathOf(document: OpenApiObject, address: string): string | undefined {
  const steps = address.split('/')
  const isMatch = (path: string): boolean => {
    const pattern = path.split('/')
    return (
      pattern.length === steps.length &&
      pattern.every((step, i) => (step.startsWith('{') ? steps[i] !== '' : step === steps[i]))
    )
  }
  const fixed = (path: string): number => path.split('/').filter((step) => !step.startsWith('{')).length
  return Object.keys(document.paths)
    .filter(isMatch)
    .sort((a, b) => fixed(b) - fixed(a))[0]
}
