/** Answers a known address that is asked with another method: 405, and which methods it takes. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { HubError } from '../kernel/errors.js'
import type { Route } from './route.js'

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const
const EVERY_BODY = '*'

export function refuseOtherMethods(
  app: FastifyInstance,
  routes: readonly Route[],
  fail: (request: FastifyRequest, reply: FastifyReply, error: unknown) => void,
): void {
  const taken = new Map<string, string[]>()
  for (const { path, method } of routes)
    taken.set(path, [...(taken.get(path) ?? []), ...(method === 'GET' ? ['GET', 'HEAD'] : [method])])
  // One scope for them all: one for each address cost a starting hub a third of its routing.
  app.register((scope, _options, done) => {
    // Whatever body comes with it is not looked at.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(EVERY_BODY, (_request, _payload, parsedBody) => parsedBody(null))
    for (const [path, methods] of taken) {
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
    }
    done()
  })
}
