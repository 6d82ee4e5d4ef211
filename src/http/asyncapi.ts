/**
 * AsyncAPI 3.0: what the hub sends by itself, over which channel, how it is signed, and what each kind of message says. From
 * the channels, kinds and schemas that delivery itself knows; what is not delivered is not described.
 */
import { MESSAGE_KINDS, type MessageKind, type SubscriptionDraft } from '../delivery/port.js'
import { createComponents, type Json, served } from './json-schema.js'
import { MESSAGE_EXAMPLES } from './message-examples.js'
import { KIND_LABELS, messageName } from './message-json-schema.js'
import { openApiPath, parametersOf } from './openapi.js'
import type { Route } from './route.js'
import { schemaOf } from './schema-catalogue.js'

/** A folder of encrypted packages is no address that anybody connects to: the kit's README tells of it. */
type Channel = Exclude<SubscriptionDraft['channel'], 'files'>

const CONTENT_TYPE = 'application/cloudevents+json'
const BINDING = '0.3.0'

/** What travels beside an envelope that is sent to a webhook, outside its bytes. */
export const WEBHOOK_HEADERS: Json = {
  type: 'object',
  required: ['webhook-id', 'webhook-timestamp', 'webhook-signature', 'content-type'],
  properties: {
    'content-type': { type: 'string', pattern: '^application/cloudevents\\+json' },
    'webhook-id': { type: 'string', description: 'The id of the message: the same however often it is sent' },
    'webhook-timestamp': { type: 'string', pattern: '^\\d+$', description: 'Unix seconds of this attempt' },
    'webhook-signature': {
      type: 'string',
      pattern: '^v1,[A-Za-z0-9+/]{43}=( v1,[A-Za-z0-9+/]{43}=)*$',
      description:
        'v1, and base64 of HMAC-SHA-256(secret, id.timestamp.body); one of several, while a secret is changed',
    },
    'lianhu-parked': {
      type: 'string',
      pattern: '^\\d+(,\\d+)*$',
      description: 'Sequences that wait for a person, at most 100; the mailbox names them all',
    },
  },
}

interface ChannelDoc {
  readonly channel: Json
  readonly operation: Json
  /** Whether the headers of a webhook travel with its messages. */
  readonly isSigned: boolean
}

export function asyncApiOf(routes: readonly Route[], version: string): Json {
  const channels: Readonly<Record<Channel, ChannelDoc>> = {
    webhook: webhook(),
    mailbox: mailbox(readMessages(routes)),
  }
  const components = createComponents(schemaOf)
  const messages = Object.fromEntries(
    MESSAGE_KINDS.flatMap((kind) =>
      Object.entries(channels).map(([name, { isSigned }]) => [
        messageKey(name, kind),
        messageOf(kind, components.place(served(messageName(kind))), isSigned),
      ]),
    ),
  )
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Lianhu 联护',
      version,
      description:
        'What the hub sends: every message is a CloudEvents 1.0 envelope in canonical JSON. At least once; in order for each ' +
        'subject; numbered from 0 without gaps in each subscription (sequence). How subscriptions are opened and messages ' +
        'acknowledged stands in /openapi.json.',
      license: { name: 'Apache-2.0' },
    },
    defaultContentType: CONTENT_TYPE,
    channels: Object.fromEntries(
      Object.entries(channels).map(([name, { channel }]) => [
        name,
        {
          ...channel,
          messages: Object.fromEntries(
            MESSAGE_KINDS.map((kind) => [kind, { $ref: `#/components/messages/${messageKey(name, kind)}` }]),
          ),
        },
      ]),
    ),
    operations: Object.fromEntries(
      Object.entries(channels).map(([name, { operation }]) => [
        name,
        {
          ...operation,
          channel: { $ref: `#/channels/${name}` },
          messages: MESSAGE_KINDS.map((kind) => ({ $ref: `#/channels/${name}/messages/${kind}` })),
        },
      ]),
    ),
    components: {
      messages,
      securitySchemes: {
        signature: {
          type: 'httpApiKey',
          in: 'header',
          name: 'webhook-signature',
          description: 'Standard Webhooks: the receiver verifies with the secret (whsec_…) of its subscription',
        },
        key: { type: 'http', scheme: 'bearer', bearerFormat: 'lh_…', description: 'A key of the agency' },
      },
      schemas: components.schemas(),
    },
  }
}

/** `webhook.risk-assessed` */
function messageKey(channel: string, kind: MessageKind): string {
  return `${channel}.${kind}`
}

function messageOf(kind: MessageKind, payload: Json, isSigned: boolean): Json {
  const { zh, en } = KIND_LABELS[kind]
  const example = MESSAGE_EXAMPLES[kind]
  return {
    name: `lianhu.message.${kind}`,
    title: `${zh} ${kind}`,
    summary: en,
    contentType: CONTENT_TYPE,
    ...(isSigned ? { headers: WEBHOOK_HEADERS } : {}),
    payload,
    correlationId: { description: 'The same message, however often it comes', location: '$message.payload#/id' },
    ...(example === undefined ? {} : { examples: [{ name: kind, payload: JSON.parse(example) }] }),
  }
}

function webhook(): ChannelDoc {
  return {
    isSigned: true,
    channel: {
      address: null,
      title: '推送 Webhook',
      description: 'The address of a subscription, as its agency gave it: one webhook for each subscription',
    },
    operation: {
      action: 'send',
      title: '推送 Webhook',
      summary: 'Posts one message; 2xx takes it',
      description:
        'Statuses 400, 406, 409, 410, 411, 413, 414, 415, 422, 431 and 451 refuse the message for good: it is parked, with what ' +
        'follows about the same subject. Anything else is tried again, for ever. Redirects are not followed.',
      bindings: { http: { method: 'POST', bindingVersion: BINDING } },
      security: [{ $ref: '#/components/securitySchemes/signature' }],
    },
  }
}

function mailbox({ path, params, query, label, note }: Route): ChannelDoc {
  const described = parametersOf(params, 'path').map(({ name, description }) => [
    String(name),
    { description: description ?? 'Of the subscription' },
  ])
  const properties = parametersOf(query, 'query').map(({ name, description, schema }) => [
    String(name),
    { ...(schema as Json), ...(description === undefined ? {} : { description }) },
  ])
  return {
    isSigned: false,
    channel: {
      address: openApiPath(path),
      title: `${label.zh} Mailbox`,
      description:
        'A page holds messages as {sequence, id, envelope}, and beside them parked, next and length: see /openapi.json',
      parameters: Object.fromEntries(described),
    },
    operation: {
      action: 'send',
      title: `${label.zh} Mailbox`,
      summary: label.en,
      ...(note === undefined ? {} : { description: note }),
      bindings: {
        http: {
          method: 'GET',
          query: { type: 'object', properties: Object.fromEntries(properties) },
          bindingVersion: BINDING,
        },
      },
      security: [{ $ref: '#/components/securitySchemes/key' }],
    },
  }
}

function readMessages(routes: readonly Route[]): Route {
  const route = routes.find(({ operation }) => operation === 'readMessages')
  if (!route) throw new Error('asyncApiOf: no route reads the mailbox')
  return route
}
