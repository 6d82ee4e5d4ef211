/**
 * The one place where an error becomes an answer: RFC 9457 problem documents. The text of a 5xx never leaves; what the
 * framework refuses is told in our own codes, without repeating what was sent.
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type ErrorCode, HubError, isHubError, type Problem, problemOf } from '../kernel/errors.js'
import type { Logger } from '../kernel/logger.js'

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8'

/** What fastify refuses by itself, in our words. */
const FRAMEWORK: Readonly<Record<string, { readonly code: ErrorCode; readonly message: string }>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: { code: 'HUB_UNSUPPORTED_MEDIA', message: 'the content type is not taken here' },
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'HUB_BODY_TOO_LARGE', message: 'the body is larger than the limit' },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'HUB_MALFORMED_JSON', message: 'expected a JSON value, got nothing' },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'HUB_MALFORMED_JSON', message: 'the body is not JSON' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'HUB_MALFORMED_JSON',
    message: 'the body is not as long as Content-Length says',
  },
  FST_ERR_BAD_URL: { code: 'HUB_NOT_FOUND', message: 'no such address' },
  FST_ERR_ROUTE_MISSING_CONTENT_TYPE: { code: 'HUB_UNSUPPORTED_MEDIA', message: 'expected a content type' },
}

/** Anything as a `HubError`, with the framework's own refusals translated. */
export function toHubError(error: unknown): HubError {
  if (isHubError(error)) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const known = FRAMEWORK[code]
  if (known) return new HubError(known.code, known.message)
  return new HubError('HUB_INTERNAL', 'unexpected error', { cause: error })
}

/** Sends the problem; logs once what is ours to repair. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, error: unknown, logger: Logger): void {
  const known = toHubError(error)
  if (isOurs(known) && known.code !== 'HUB_STOPPING') {
    logger.error({ req: request, err: known }, 'request failed')
  }
  if (reply.sent) return
  if (known.status === 401) reply.header('www-authenticate', 'Bearer realm="lianhu"')
  if (known.status === 503) reply.header('retry-after', '1')
  const problem: Problem = known.status >= 500 ? { ...problemOf(known), requestId: request.id } : problemOf(known)
  reply.code(known.status).header('content-type', PROBLEM_TYPE).send(JSON.stringify(problem))
}

/** A return that broke off tells its sender what is recorded; what broke it off may be ours. */
function isOurs({ status, code, cause }: HubError): boolean {
  return status >= 500 || (code === 'HUB_RETURN_IN_PART' && toHubError(cause).status >= 500)
}
