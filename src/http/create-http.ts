/**
 * The HTTP edge: registers every route, authenticates, parses, answers, and turns every refusal into a problem document.
 * It logs no address, no header and no body, and holds no rule of the domain.
 */
import { Readable } from 'node:stream'
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { z } from 'zod'
import type { Hub } from '../hub-port.js'
import { HubError } from '../kernel/errors.js'
import { faultsOf } from '../kernel/zod-faults.js'
import type { Principal } from '../recording/port.js'
import { type Authenticator, createAuthenticator } from './authenticate.js'
import { refuseSocket } from './client-error.js'
import { parseJson } from './json-body.js'
import { createHttpMetrics, type HttpMetrics } from './metrics.js'
import { sendProblem } from './problem-reply.js'
import { type Access, type Answer, NOBODY, type Route } from './route.js'
import { NDJSON } from './routes/events-batch.js'
import { routesOf } from './routes.js'

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal
  }
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const
const JSON_TYPE = 'application/json; charset=utf-8'
const EVERY_BODY = '*'
const SWEEP_MS = 50

export interface HttpOptions {
  /** A key of this process only, for the CLI on a store that no hub serves: `Authorization: Bearer <token>`. */
  readonly localKey?: { readonly token: string; readonly principal: Principal }
}

export function createHttp(hub: Hub, { localKey }: HttpOptions = {}): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: hub.config.http.bodyLimitBytes,
    requestIdHeader: false,
    exposeHeadRoutes: false,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    clientErrorHandler: refuseSocket,
    frameworkErrors: (error, request, reply) => sendProblem(request, reply, error, hub.logger),
  })
  const fail = (request: FastifyRequest, reply: FastifyReply, error: unknown): void =>
    sendProblem(request, reply, error, hub.logger)
  const metrics = createHttpMetrics(hub.status)
  const keys = createAuthenticator(hub.directory, hub.config.http.keyCacheSize)
  const authenticator: Authenticator = localKey
    ? {
        authenticate: (header) =>
          header === `Bearer ${localKey.token}` ? localKey.principal : keys.authenticate(header),
      }
    : keys
  const stopping = new AbortController()

  app.decorateRequest('principal', null as unknown as Principal)
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body: Buffer, done) => {
    try {
      done(null, parseJson(body))
    } catch (error) {
      done(error as HubError)
    }
  })
  app.setErrorHandler((error, request, reply) => fail(request, reply, error))
  app.setNotFoundHandler((request, reply) => fail(request, reply, new HubError('HUB_NOT_FOUND', 'no such address')))
  app.addHook('preClose', (done) => {
    // Whoever waits for a message is answered now; whoever streams lines is told to come again.
    stopping.abort()
    // A connection that is busy now falls idle later and would be kept alive for more than a minute.
    const sweep = setInterval(() => app.server.closeIdleConnections(), SWEEP_MS).unref()
    app.server.once('close', () => clearInterval(sweep))
    done()
  })
  app.addHook('onRequest', (_request, _reply, done) => {
    done(stopping.signal.aborted ? new HubError('HUB_STOPPING', 'the hub is stopping') : undefined)
  })

  const routes = routesOf(hub, metrics, fail)
  const context: Registration = { hub, metrics, authenticator, fail, stopping: stopping.signal }
  for (const route of routes) {
    if (route.bodyDoc?.type === NDJSON) registerStreaming(app, route, context)
    else registerRoute(app, route, context)
  }
  refuseOtherMethods(app, routes, fail)
  return app
}

interface Registration {
  readonly stopping: AbortSignal
  readonly hub: Hub
  readonly metrics: HttpMetrics
  readonly authenticator: Authenticator
  readonly fail: (request: FastifyRequest, reply: FastifyReply, error: unknown) => void
}

/** In a scope of its own, where nothing but its stream is taken and nothing parses it. */
function registerStreaming(app: FastifyInstance, route: Route, context: Registration): void {
  app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(NDJSON, (_request, payload, parsed) => parsed(null, payload))
    registerRoute(scope, route, context)
    done()
  })
}

function registerRoute(
  app: FastifyInstance,
  route: Route,
  { metrics, authenticator, fail, stopping }: Registration,
): void {
  const { method, path, access, roles, answer, handle } = route
  app.route({
    method,
    url: path,
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
    onResponse(_request, reply, done) {
      metrics.request(path, reply.statusCode, reply.elapsedTime / 1000)
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
  reply.send(isAsItIs(body) ? body : JSON.stringify(body))
}

/** Text, bytes and streams. */
function isAsItIs(body: unknown): boolean {
  return typeof body === 'string' || body instanceof Uint8Array || body instanceof Readable
}

/** A known address with another method is told so, and which it takes. */
function refuseOtherMethods(app: FastifyInstance, routes: readonly Route[], fail: Registration['fail']): void {
  const taken = new Map<string, string[]>()
  for (const { path, method } of routes) taken.set(path, [...(taken.get(path) ?? []), method])
  for (const [path, methods] of taken) {
    app.register((scope, _options, done) => {
      // Whatever body comes with it is not looked at.
      scope.removeAllContentTypeParsers()
      scope.addContentTypeParser(EVERY_BODY, (_request, _payload, parsedBody) => parsedBody(null))
      scope.route({
        method: METHODS.filter((method) => !methods.includes(method)),
        url: path,
        handler(request, reply) {
          reply.header('allow', methods.join(', '))
          fail(
            request,
            reply,
            new HubError('HUB_METHOD_NOT_ALLOWED', `expected ${methods.join(' or ')}, got ${request.method}`),
          )
        },
      })
      done()
    })
  }
}
