/** `/v1/subscriptions/{id}/messages` and what a receiver does about them: acknowledge, have them sent again. */
import { z } from 'zod'
import type { MailboxPage } from '../../delivery/port.js'
import { zUuid } from '../../domain/define-event.js'
import type { Hub } from '../../hub-port.js'
import { SECOND } from '../../kernel/dates.js'
import { defineRoute, type Route } from '../route.js'

const params = z.strictObject({ id: zUuid })
const MAX_LIMIT = 100
const MAX_HISTORY = 1000
const zPage = z.strictObject({
  messages: z.array(
    z.strictObject({
      sequence: z.number().int(),
      id: z.string(),
      envelope: z
        .looseObject({ id: z.string(), type: z.string() })
        .describe('CloudEvents 1.0; the very bytes that were recorded'),
    }),
  ),
  parked: z.array(z.number().int()).describe('Sequences that wait for a person'),
  next: z.number().int().describe('What to give as after next time'),
  length: z.number().int().describe('Messages in the outbox'),
})
const zPlan = z.strictObject({
  sequences: z.array(z.number().int()),
  keys: z.number().int().describe('How many persons they speak of'),
  isDryRun: z.boolean(),
})

const zActed = z.strictObject({ at: z.string(), by: z.string().optional().describe('A pseudonym of staff') })
const zHistory = z.strictObject({
  deliveries: z.array(
    z.strictObject({
      sequence: z.number().int(),
      id: z.string(),
      kind: z.string(),
      class: z.string(),
      state: z
        .enum(['QUEUED', 'HANDED_OVER', 'COLLECTED', 'ACKNOWLEDGED', 'PARKED', 'REDRIVEN'])
        .describe('REDRIVEN: asked for again, and not taken since'),
      queuedAt: z.string(),
      handedOverAt: z.string().optional().describe('The last time'),
      collectedAt: z.string().optional(),
      acknowledged: zActed.optional(),
      parked: z.strictObject({ at: z.string(), reason: z.string() }).optional(),
      redriven: zActed.optional(),
    }),
  ),
  next: z.number().int().describe('What to give as after next time'),
  length: z.number().int().describe('Messages in the outbox'),
})

export function messageRoutes({ delivery, config }: Hub): readonly Route[] {
  const { maxWaitSeconds } = config.http
  const resend = {
    method: 'POST',
    tag: 'delivery',
    access: 'key',
    params,
    responses: { 200: { description: 'What would go, or goes', schema: zPlan } },
    problems: ['HUB_NOT_FOUND', 'HUB_BAD_QUERY'],
  } as const
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/subscriptions/:id/messages',
      operation: 'readMessages',
      tag: 'delivery',
      label: { zh: '取件', en: 'The messages after one that the reader has, in order' },
      note: 'With wait the answer comes with the next message, or empty after that many seconds. Reading acknowledges nothing.',
      access: 'key',
      params,
      query: z.strictObject({
        after: z.coerce
          .number()
          .int()
          .min(-1)
          .default(-1)
          .describe('The last sequence that the reader has; -1 for none'),
        wait: z.coerce.number().min(0).max(maxWaitSeconds).default(0).describe('Seconds'),
        limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(50),
      }),
      responses: { 200: { description: 'One page', schema: zPage } },
      problems: ['HUB_NOT_FOUND', 'HUB_VAULT_AWAY'],
      async answer({ principal, params: { id }, query: { after, wait, limit }, signal }) {
        const page = await delivery.messages(principal, id, { after, waitMs: wait * SECOND, limit, signal })
        return { body: pageJson(page), headers: { 'cache-control': 'no-store' } }
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/subscriptions/:id/deliveries',
      operation: 'readDeliveries',
      tag: 'delivery',
      label: { zh: '投递记录', en: 'What became of each message, from the log' },
      note: 'Without contents and without whom a message is about. What was taken within the last second may not be written down yet.',
      access: 'key',
      params,
      query: z.strictObject({
        after: z.coerce.number().int().min(-1).default(-1),
        limit: z.coerce.number().int().min(1).max(MAX_HISTORY).default(100),
      }),
      responses: { 200: { description: 'One page', schema: zHistory } },
      problems: ['HUB_NOT_FOUND', 'HUB_VAULT_AWAY'],
      answer: async ({ principal, params: { id }, query }) => ({ body: await delivery.history(principal, id, query) }),
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/subscriptions/:id/acknowledge',
      operation: 'acknowledgeMessages',
      tag: 'delivery',
      label: { zh: '确认收到', en: 'Say that everything through a sequence is safely kept' },
      access: 'key',
      params,
      body: z.strictObject({ through: z.number().int().min(0) }),
      responses: { 204: { description: 'Noted; saying it again changes nothing' } },
      problems: ['HUB_NOT_FOUND', 'HUB_BAD_QUERY'],
      async answer({ principal, params: { id }, body: { through } }) {
        await delivery.acknowledge(principal, id, through)
        return { status: 204 }
      },
    }),
    defineRoute({
      ...resend,
      path: '/v1/subscriptions/:id/redrive',
      operation: 'redriveMessages',
      label: { zh: '重发搁置消息', en: 'Send what is parked again; with dryRun only show what would go' },
      body: z.strictObject({ dryRun: z.boolean() }),
      answer: async ({ principal, params: { id }, body }) => ({ body: await delivery.redrive(principal, id, body) }),
    }),
    defineRoute({
      ...resend,
      path: '/v1/subscriptions/:id/rewind',
      operation: 'rewindMessages',
      label: { zh: '回退重发', en: 'Send everything from a sequence on again; with dryRun only show what would go' },
      body: z.strictObject({ from: z.number().int().min(0), dryRun: z.boolean() }),
      answer: async ({ principal, params: { id }, body }) => ({ body: await delivery.rewind(principal, id, body) }),
    }),
  ]
}

/** Put together by hand: an envelope goes out as the bytes that its digest was taken of. */
function pageJson({ messages, parked, next, length }: MailboxPage): string {
  const listed = messages.map(({ sequence, id, body }) => `{"sequence":${sequence},"id":"${id}","envelope":${body}}`)
  return `{"messages":[${listed.join(',')}],"parked":${JSON.stringify(parked)},"next":${next},"length":${length}}`
}
