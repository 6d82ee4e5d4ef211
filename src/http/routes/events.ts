/** `POST /v1/events`: one event, or the events of one visit. The hot path: nothing is parsed, logged or allocated twice. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Hub } from '../../hub-port.js'
import { zHeldAnswer, zKnownAnswer, zRecordedAnswer } from '../event-schemas.js'
import { zServed } from '../json-schema.js'
import type { HttpMetrics } from '../metrics.js'
import { toHubError } from '../problem-reply.js'
import { inGroup, parseProposedWrite } from '../proposed-write.js'
import { membersOf, statusOf } from '../record-answer.js'
import { defineRawRoute, type Route } from '../route.js'
import { RECORDING } from '../route-problems.js'

const JSON_TYPE = 'application/json; charset=utf-8'

export function eventRoutes(
  { recorder }: Hub,
  metrics: HttpMetrics,
  fail: (request: FastifyRequest, reply: FastifyReply, error: unknown) => void,
): readonly Route[] {
  return [
    defineRawRoute({
      method: 'POST',
      path: '/v1/events',
      operation: 'recordEvents',
      tag: 'recording',
      label: { zh: '记录事件', en: 'Record one event, or the events of one visit, all or none' },
      note:
        'Health roles address a person by patientId or by person.idNumber; other agencies by the pseudonym that the hub gave them, ' +
        'or by naming the person, which always answers 202. The same events with the same ids answer 200 with the first receipts.',
      access: 'key',
      bodyDoc: { type: 'application/json', schema: zServed('write@1') },
      responses: {
        200: { description: 'The same again: the first receipts', schema: zKnownAnswer },
        201: { description: 'Recorded', schema: zRecordedAnswer },
        202: { description: 'Held until a health centre has matched the person', schema: zHeldAnswer },
      },
      problems: [
        ...RECORDING,
        'HUB_INVALID_EVENT',
        'HUB_UNKNOWN_TYPE',
        'HUB_BAD_TIME',
        'HUB_NOT_CANONICAL',
        'HUB_FORBIDDEN',
        'HUB_NOT_FOUND',
        'HUB_DIFFERENT_CONTENT',
        'HUB_MIXED_GROUP',
        'HUB_REVISION_CONFLICT',
        'HUB_BAD_CORRECTION',
        'HUB_IDENTITY_CLAIMED',
        'HUB_ERASED',
        'HUB_RULE_VIOLATED',
      ],
      handle(request, reply, principal) {
        const write = parseProposedWrite(request.body, false)
        recorder.record(principal, write).then(
          (outcome) => {
            metrics.ingest(outcome.kind, write.events.length, outcome.kind === 'recorded' ? outcome.warnings.length : 0)
            reply
              .code(statusOf(outcome))
              .header('content-type', JSON_TYPE)
              .send(`{${membersOf(outcome, principal, write)}}`)
          },
          (error: unknown) => {
            metrics.ingest('refused', write.events.length, 0)
            fail(request, reply, inGroup(toHubError(error), request.body))
          },
        )
      },
    }),
  ]
}
