/**
 * Registers a route as it is defined: who may call it, how its parts are parsed, what becomes of its answer, and how it is
 * counted. The only place that knows both our routes and fastify's.
 */
import { Readable } from 'node:stream'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { HubError } from '../kernel/errors.js'
import type { Logger } from '../kernel/logger.js'
import { faultsOf } from '../kernel/zod-faults.js'
import type { Principal } from '../recording/port.js'
import type { Authenticator } from './authenticate.js'
import { XLSX } from './media-types.js'
import type { HttpMetrics } from './metrics.js'
import { type Access, type Answer, NOBODY, type Route } from './route.js'
import { NDJSON } from './routes/events-batch.js'

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal
  }
}

const JSON_TYPE = 'application/json; charset=utf-8'

export interface Registration {
  readonly stopping: AbortSignal
  readonly logger: Logger
  readonly metrics: HttpMetrics
  readonly authenticator: Authenticator
  readonly fail: (request: FastifyRequest, reply: FastifyReply, error: unknown) => void
}

export function registerRoute(app: FastifyInstance, route: Route, context: Registration): void {
  const type = route.bodyDoc?.type
  if (type !== NDJSON && type !== XLSX) {
    register(app, route, context)
    return
  }
  // In a scope of its own, where nothing but its stream or its bytes are taken and nothing parses them.
  app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers()
    if (type === NDJSON) scope.addContentTypeParser(NDJSON, (_request, payload, parsed) => parsed(null, payload))
    else scope.addContentTypeParser(XLSX, { parseAs: 'buffer' }, (_request, body, parsed) => parsed(null, body))
    register(scope, route, context)
    done()
  })
}

function register(
  app: FastifyInstance,
  route: Route,
  { logger, metrics, authenticator, fail, stopping }: Registration,
): void {
  const { method, path, access, roles, answer, handle } = route
  const isTold = logger.isLevelEnabled('debug')
  app.route({
    method,
    url: path,
    exposeHeadRoute: method === 'GET',
    onRequest(request, _reply, done) {
      try {
        request.principal = access === 'public' ? NOBODY : authenticator.authenticate(request.headers.authorization)
        if (access !== 'key' && access !== 'public') refuseAccess(request.principal, access)
        if (roles && !roles.includes(request.principal.role)) {
          throw new HubError('HUB_FORBIDDEN', `expected a role of ${roles.join(', ')}, got ${request.principal.role}`)
        }
        done()
      } catch (error) {
        done(error as HubError)
      }
    },
    onResponse(request, reply, done) {
      metrics.request(path, reply.statusCode, reply.elapsedTime / 1000)
      if (isTold) tellRequest(logger, request, reply)
      done()
    },
    handler(request, reply) {
      if (handle) handle(request, reply, request.principal)
      else if (answer) {
        callOf(route, request, reply, stopping)
          .then(answer)
          .then((given) => send(reply, given))
          .catch((error: unknown) => fail(request, reply, error))
      }
    },
  })
}

function refuseAccess({ isOperator, person }: Principal, access: Access): void {
  if (access === 'operator' && !isOperator) throw new HubError('HUB_FORBIDDEN', 'this is the operator\u2019s')
  if (access === 'person' && person === undefined)
    throw new HubError('HUB_PERSON_REQUIRED', 'this is a named person\u2019s act')
}

/** One line a request, without its address: the pattern of its route says enough, and an address may name a person. */
function tellRequest(logger: Logger, request: FastifyRequest, reply: FastifyReply): void {
  const { agency, client } = request.principal ?? NOBODY
  logger.debug({ req: request, res: reply, ms: reply.elapsedTime, agency, key: client }, 'answered')
}

async function callOf(route: Route, request: FastifyRequest, reply: FastifyReply, stopping: AbortSignal) {
  const isStream = route.bodyDoc?.type === NDJSON
  return {
    principal: request.principal,
    params: parsed(route.params, request.params, 'HUB_NOT_FOUND'),
    query: parsed(route.query ?? undefined, request.query, 'HUB_BAD_QUERY'),
    body: isStream ? undefined : parsed(route.body, request.body, 'HUB_BAD_QUERY'),
    headers: request.headers,
    stream: isStream ? (request.body as NodeJS.ReadableStream) : undefined,
    get signal() {
      return signalOf(reply, stopping)
    },
  }
}

/** An id that is none cannot exist (404); anything else that does not fit is the caller's mistake (400). */
function parsed(schema: z.ZodType | undefined, value: unknown, code: 'HUB_NOT_FOUND' | 'HUB_BAD_QUERY'): unknown {
  if (!schema) return value
  const result = schema.safeParse(value ?? {})
  if (result.success) return result.data
  if (code === 'HUB_NOT_FOUND') throw new HubError(code, 'no such address')
  const faults = faultsOf(result.error, value)
  throw new HubError(code, `${faults.length} ${faults.length === 1 ? 'member does' : 'members do'} not fit`, { faults })
}

function signalOf(reply: FastifyReply, stopping: AbortSignal): AbortSignal {
  const controller = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort()
  })
  return AbortSignal.any([controller.signal, stopping])
}

function send(reply: FastifyReply, { status = 200, body, type = JSON_TYPE, headers }: Answer): void {
  reply.code(status)
  if (headers) reply.headers(headers)
  if (body === undefined) {
    reply.send()
    return
  }
  reply.header('content-type', type)
  reply.send(isAsItIs(body) ? body : jsonOf(body))
}

/** Text from this length on goes out as bytes: Node would copy it twice on its way to the socket, once to count them. */
const LONG_TEXT = 16 * 1024

function jsonOf(body: unknown): string | Buffer {
  const text = JSON.stringify(body)
  return text.length < LONG_TEXT ? text : Buffer.from(text)
}

/** Text, bytes and streams. */
function isAsItIs(body: unknown): boolean {
  return typeof body === 'string' || body instanceof Uint8Array || body instanceof Readable
}
