/** `/v1/subscriptions/{id}/secret`: what the webhooks of a subscription are signed with, and how one secret follows another. */
import { z } from 'zod'
import { zTime, zUuid } from '../../domain/define-event.js'
import type { Hub } from '../../hub-port.js'
import { zReceipt } from '../event-schemas.js'
import { defineRoute, type Route } from '../route.js'
import { OPENING, RECORDING } from '../route-problems.js'

const params = z.strictObject({ id: zUuid })
const zSecrets = z.strictObject({
  secret: z.string().describe('The one in force, whsec_…'),
  previous: z
    .strictObject({ secret: z.string(), until: zTime })
    .optional()
    .describe('The one before it, which signs too until then'),
})
const OVERLAP_HOURS = 24
const MAX_OVERLAP_HOURS = 24 * 30
const NO_STORE = { 'cache-control': 'no-store' }

export function subscriptionSecretRoutes({ subscriptions, through }: Hub): readonly Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/subscriptions/:id/secret',
      operation: 'readSecret',
      tag: 'delivery',
      label: { zh: '签名密钥', en: 'The secrets that its webhooks are signed with (Standard Webhooks)' },
      access: 'key',
      params,
      responses: { 200: { description: 'One, or two during a rotation', schema: zSecrets } },
      problems: [...OPENING, 'HUB_NOT_FOUND'],
      answer: async ({ principal, params: { id } }) => ({
        body: await subscriptions.secrets(principal, id),
        headers: NO_STORE,
      }),
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/subscriptions/:id/secret/rotate',
      operation: 'rotateSecret',
      tag: 'delivery',
      label: { zh: '轮换签名密钥', en: 'Make another secret; for a while each webhook is signed with both' },
      note: 'Give the receiver the new secret beside the old one, and take the old one out when it has ended.',
      access: 'key',
      params,
      body: z.strictObject({
        overlapHours: z
          .number()
          .int()
          .min(1)
          .max(MAX_OVERLAP_HOURS)
          .default(OVERLAP_HOURS)
          .describe('How long the old one signs too'),
      }),
      responses: { 201: { description: 'Both', schema: zSecrets.extend({ receipt: zReceipt }) } },
      problems: [...OPENING, ...RECORDING, 'HUB_NOT_FOUND', 'HUB_ALREADY_DECIDED'],
      async answer({ principal, params: { id }, body: { overlapHours } }) {
        const rotated = await subscriptions.rotateSecret(principal, id, overlapHours)
        await through(rotated.receipt)
        return { status: 201, body: rotated, headers: NO_STORE }
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/subscriptions/:id/secret/retire',
      operation: 'retireSecret',
      tag: 'delivery',
      label: { zh: '停用旧签名密钥', en: 'End the older of two secrets at once' },
      access: 'key',
      params,
      responses: { 201: { description: 'Recorded', schema: zReceipt } },
      problems: [...RECORDING, 'HUB_NOT_FOUND', 'HUB_ALREADY_DECIDED'],
      async answer({ principal, params: { id } }) {
        const receipt = await subscriptions.retireSecret(principal, id)
        await through(receipt)
        return { status: 201, body: receipt }
      },
    }),
  ]
}
