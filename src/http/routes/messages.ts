/**
 * `/v1/subscriptions/{id}/messages` and what a receiver does about them: say who read them, acknowledge, have them
 * sent again.
 */
import { z } from 'zod'
import { ENVELOPE_VERSION } from '../../delivery/envelope.js'
import { type DeliveryHistory, type DeliveryRecord, type MailboxPage, MESSAGE_KINDS } from '../../delivery/port.js'
import { ALERT_CLASSES } from '../../domain/alert-events.js'
import { zTime, zUuid } from '../../domain/define-event.js'
import { MOST_OPENED } from '../../domain/delivery-events.js'
import type { Hub } from '../../hub-port.js'
import { SECOND } from '../../kernel/dates.js'
import { zServed } from '../json-schema.js'
import { defineRoute, type Route } from '../route.js'
import { OPENING, RECORDING } from '../route-problems.js'

const params = z.strictObject({ id: zUuid })
const MAX_LIMIT = 100
const MAX_HISTORY = 1000
const zPage = z.strictObject({
  messages: z.array(
    z.strictObject({
      sequence: z.number().int(),
      id: zUuid,
      /** The very bytes that were recorded. */
      envelope: zServed(`envelope@${ENVELOPE_VERSION}`),
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

const zActed = z.strictObject({ at: zTime, by: z.string().optional().describe('A pseudonym of staff') })
const zDelivery = z.strictObject({
  sequence: z.number().int(),
  id: zUuid.describe('As in its envelope'),
  kind: z.enum(MESSAGE_KINDS),
  class: z.enum(ALERT_CLASSES),
  state: z
    .enum(['QUEUED', 'HANDED_OVER', 'COLLECTED', 'OPENED', 'ACKNOWLEDGED', 'PARKED', 'REDRIVEN'])
    .describe('OPENED: a person has read it. REDRIVEN: asked for again, and not taken since'),
  queuedAt: zTime,
  handedOverAt: zTime.optional().describe('The last time'),
  collectedAt: zTime.optional(),
  opened: zActed.optional().describe('By the first person who read it'),
  acknowledged: zActed.optional(),
  parked: z.strictObject({ at: zTime, reason: z.string() }).optional(),
  redriven: zActed.optional(),
} satisfies Record<keyof DeliveryRecord, z.ZodType>)
const zHistory = z.strictObject({
  deliveries: z.array(zDelivery),
  next: z.number().int().describe('What to give as after next time'),
  length: z.number().int().describe('Messages in the outbox'),
} satisfies Record<keyof DeliveryHistory, z.ZodType>)

export function messageRoutes({ delivery, config }: Hub): readonly Route[] {
  const { maxWaitSeconds } = config.http
  const resend = {
    method: 'POST',
    tag: 'delivery',
    access: 'key',
    params,
    responses: { 200: { description: 'What would go, or goes', schema: zPlan } },
    problems: [...OPENING, ...RECORDING, 'HUB_NOT_FOUND'],
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
      problems: [...OPENING, 'HUB_NOT_FOUND', 'HUB_NOT_READY', 'HUB_UNKNOWN_VERSION', 'HUB_LOG_CORRUPT'],
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
      problems: [...OPENING, 'HUB_NOT_FOUND'],
      answer: async ({ principal, params: { id }, query }) => ({ body: await delivery.history(principal, id, query) }),
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/subscriptions/:id/opened',
      operation: 'noteOpenedMessages',
      tag: 'delivery',
      label: { zh: '登记查看', en: 'Say that the person of this key has read these messages' },
      note: 'Each reading is noted. That a system has fetched or keeps a message says nothing of who read it.',
      access: 'person',
      params,
      body: z.strictObject({ sequences: z.array(z.number().int().min(0)).min(1).max(MOST_OPENED) }),
      responses: { 204: { description: 'Noted', isEmpty: true } },
      problems: [...RECORDING, 'HUB_NOT_FOUND'],
      async answer({ principal, params: { id }, body: { sequences } }) {
        await delivery.opened(principal, id, sequences)
        return { status: 204 }
      },
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
      responses: { 204: { description: 'Noted; saying it again changes nothing', isEmpty: true } },
      problems: [...RECORDING, 'HUB_NOT_FOUND'],
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
