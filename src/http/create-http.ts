/**
 * The HTTP edge: registers every route, authenticates, parses, answers, and turns every refusal into a problem document.
 * It logs no address, no header and no body, and holds no rule of the domain.
 */
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { Hub } from '../hub-port.js'
import { HubError } from '../kernel/errors.js'
import type { Principal } from '../recording/port.js'
import { type Authenticator, createAuthenticator } from './authenticate.js'
import { refuseSocket } from './client-error.js'
import { parseJson } from './json-body.js'
import { createHttpMetrics } from './metrics.js'
import { refuseOtherMethods } from './other-methods.js'
import { sendProblem } from './problem-reply.js'
import { registerRoute } from './register-route.js'
import { routesOf } from './routes.js'

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

  const everything = routesOf(hub, metrics, fail)
  const routes = hub.config.role === 'worker' ? everything.filter(({ tag }) => tag === 'operations') : everything
  const { logger } = hub
  const registration = { logger, metrics, authenticator, fail, stopping: stopping.signal }
  for (const route of routes) registerRoute(app, route, registration)
  refuseOtherMethods(app, routes, fail)
  return app
}
