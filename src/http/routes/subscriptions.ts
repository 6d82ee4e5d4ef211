/** `/v1/subscriptions`: agencies open, change, pause and close their own; what they do not own does not exist for them. */
import { z } from 'zod'
import { zCode } from '../../domain/code-lists/code-list.js'
import { SUBSCRIPTION_ENDS } from '../../domain/code-lists/hub.js'
import { zText, zTime, zUuid } from '../../domain/define-event.js'
import type { Receipt } from '../../domain/event.js'
import { present } from '../../domain/fold-state.js'
import { CHANNELS } from '../../domain/subscription-events.js'
import type { Hub } from '../../hub-port.js'
import { HubError } from '../../kernel/errors.js'
import { zReceipt } from '../event-schemas.js'
import { defineRoute, type Route } from '../route.js'
import { RECORDING } from '../route-problems.js'

const params = z.strictObject({ id: zUuid })
const zChannel = z.enum(CHANNELS)
const zFeeds = z.array(zText).max(50)
const zSubscription = z.strictObject({
  id: zUuid,
  agency: zUuid,
  alerts: z.boolean(),
  feeds: z.array(z.string()),
  channel: zChannel,
  url: z.string().optional(),
  duty: z.boolean(),
  ping: z.string().optional(),
  heartbeats: z.boolean().optional(),
  paused: z.boolean(),
  isOpen: z.boolean(),
  secretNumber: z.number().int().describe('The secret in force, counted from 1'),
  retiringSecret: z
    .strictObject({ number: z.number().int(), until: zTime })
    .optional()
    .describe('The one before it, which signs too until then'),
  publicKey: z
    .strictObject({ thumbprint: z.string(), jwk: z.record(z.string(), z.string()) })
    .optional()
    .describe('What packages are encrypted to'),
})
const zStatus = z.strictObject({
  length: z.number().int().describe('Messages in the outbox'),
  cursor: z.number().int().describe('The lowest sequence that is neither handed over nor parked'),
  parked: z
    .array(z.strictObject({ sequence: z.number().int(), key: z.string().describe('The subject of the message') }))
    .describe('Refused for good, and what follows about the same person: they wait for a person'),
  redriving: z.array(z.number().int()),
  collectedThrough: z.number().int().describe('Given out by the mailbox; -1 for none'),
  acknowledgedThrough: z.number().int().describe('-1 for none'),
  pause: z
    .strictObject({ until: z.string(), reason: z.string() })
    .optional()
    .describe('Where the receiver takes nothing: until when it is left alone, and why'),
})

export function subscriptionRoutes({ subscriptions, delivery, through }: Hub): readonly Route[] {
  /** Whoever has changed something sees it with the next request. */
  const settled = async (acting: Promise<Receipt>) => {
    const receipt = await acting
    await through(receipt)
    return { status: 201, body: receipt }
  }
  const act = {
    method: 'POST',
    tag: 'delivery',
    access: 'key',
    params,
    responses: { 201: { description: 'Recorded', schema: zReceipt } },
    problems: [...RECORDING, 'HUB_NOT_FOUND', 'HUB_ALREADY_DECIDED'],
  } as const
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/subscriptions',
      operation: 'listSubscriptions',
      tag: 'delivery',
      label: { zh: '本单位订阅', en: 'The own subscriptions, open and closed' },
      access: 'key',
      responses: {
        200: {
          description: 'In the order of opening',
          schema: z.strictObject({ subscriptions: z.array(zSubscription) }),
        },
      },
      problems: [],
      answer: ({ principal }) => ({ body: { subscriptions: subscriptions.list(principal) } }),
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/subscriptions',
      operation: 'openSubscription',
      tag: 'delivery',
      label: { zh: '开通订阅', en: 'Open a subscription' },
      note: 'A role that no field set names gets no alerts; a feed goes to its audience only; a webhook to where the hub may send.',
      access: 'key',
      body: z.strictObject({
        alerts: z.boolean(),
        feeds: zFeeds,
        channel: zChannel,
        url: z.url().max(2000).optional().describe('Where a webhook goes'),
        duty: z.boolean().optional().describe('An unacknowledged alarm climbs here first'),
        ping: z
          .url()
          .max(2000)
          .optional()
          .describe('The bell of a mailbox: gets an empty POST when something waits, once a minute at most'),
        heartbeats: z.boolean().optional().describe('Of a webhook: false gets none. Defaults to true'),
        agency: zUuid.optional().describe('Another than the own, for operators'),
      }),
      responses: {
        201: {
          description: 'Opened; the secret signs its webhooks or packages',
          schema: z.strictObject({ subscription: zUuid, receipt: zReceipt, secret: z.string().optional() }),
        },
      },
      problems: [...RECORDING, 'HUB_FORBIDDEN', 'HUB_RULE_VIOLATED', 'HUB_INVALID_EVENT', 'HUB_NOT_FOUND'],
      async answer({ principal, body: { agency, ...wanted } }) {
        const { alerts, feeds, channel, ...others } = wanted
        const draft = { alerts, feeds, channel, ...present(others) }
        const opened = await subscriptions.open(principal, draft, agency ?? principal.agency)
        await through(opened.receipt)
        return { status: 201, body: opened }
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/subscriptions/:id',
      operation: 'readSubscription',
      tag: 'delivery',
      label: { zh: '订阅与投递状态', en: 'One subscription and how far its messages are' },
      access: 'key',
      params,
      responses: { 200: { description: 'State of delivery', schema: zSubscription.extend({ delivery: zStatus }) } },
      problems: ['HUB_NOT_FOUND'],
      async answer({ principal, params: { id } }) {
        const subscription = subscriptions.list(principal).find((own) => own.id === id)
        if (!subscription) throw new HubError('HUB_NOT_FOUND', 'no such subscription')
        const { subscription: _, ...told } = await delivery.status(principal, id)
        return { body: { ...subscription, delivery: told } }
      },
    }),
    defineRoute({
      ...act,
      path: '/v1/subscriptions/:id',
      operation: 'changeSubscription',
      problems: [...act.problems, 'HUB_FORBIDDEN', 'HUB_RULE_VIOLATED', 'HUB_INVALID_EVENT'],
      label: { zh: '变更订阅', en: 'Change what is subscribed and where it goes' },
      body: z.strictObject({
        alerts: z.boolean().optional(),
        feeds: zFeeds.optional(),
        channel: zChannel.optional(),
        url: z.url().max(2000).optional(),
        duty: z.boolean().optional(),
        ping: z
          .union([z.url().max(2000), z.literal('')])
          .optional()
          .describe('Empty ends it'),
        heartbeats: z.boolean().optional(),
      }),
      answer: ({ principal, params: { id }, body }) => settled(subscriptions.change(principal, id, present(body))),
    }),
    defineRoute({
      ...act,
      path: '/v1/subscriptions/:id/public-key',
      operation: 'registerPublicKey',
      label: { zh: '登记加密公钥', en: 'Register the key that packages are encrypted to; another takes its place' },
      note: 'X25519 or P-256 (ECDH-ES+A256KW), or RSA of 2048 bits or more (RSA-OAEP-256). Keep the private key; never send it.',
      body: z.union([
        z.strictObject({ jwk: z.record(z.string().max(20), z.unknown()) }),
        z.strictObject({ pem: z.string().max(4000) }),
      ]),
      responses: {
        201: {
          description: 'Registered; compare the thumbprint (RFC 7638) with your own',
          schema: z.strictObject({ thumbprint: z.string(), receipt: zReceipt }),
        },
      },
      problems: [...act.problems, 'HUB_RULE_VIOLATED'],
      async answer({ principal, params: { id }, body }) {
        const registered = await subscriptions.registerKey(principal, id, body)
        await through(registered.receipt)
        return { status: 201, body: registered }
      },
    }),
    defineRoute({
      ...act,
      path: '/v1/subscriptions/:id/pause',
      operation: 'pauseSubscription',
      label: { zh: '暂停', en: 'Send nothing for now; the outbox grows all the same' },
      answer: ({ principal, params: { id } }) => settled(subscriptions.change(principal, id, { paused: true })),
    }),
    defineRoute({
      ...act,
      path: '/v1/subscriptions/:id/resume',
      operation: 'resumeSubscription',
      label: { zh: '恢复', en: 'Send again, in order, from where it was paused' },
      answer: ({ principal, params: { id } }) => settled(subscriptions.change(principal, id, { paused: false })),
    }),
    defineRoute({
      ...act,
      path: '/v1/subscriptions/:id/close',
      operation: 'closeSubscription',
      label: { zh: '终止订阅', en: 'Close it for good' },
      body: z.strictObject({ reason: zCode(SUBSCRIPTION_ENDS).optional() }),
      answer: ({ principal, params: { id }, body: { reason } }) => settled(subscriptions.close(principal, id, reason)),
    }),
    defineRoute({
      ...act,
      path: '/v1/subscriptions/:id/test',
      operation: 'testSubscription',
      label: { zh: '测试', en: 'Queue a message that says it is a test' },
      answer: async ({ principal, params: { id } }) => ({
        status: 201,
        body: await subscriptions.requestTest(principal, id),
      }),
    }),
  ]
}
