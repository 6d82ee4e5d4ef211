/**
 * AsyncAPI 3.0: what the hub sends by itself, over which channel, how it is signed, and what each kind of message says. From
 * the channels, kinds and schemas that delivery itself knows; what is not delivered is not described.
 */
import { z } from 'zod'
import { HEARTBEAT_TYPE } from '../delivery/heartbeat.js'
import { MESSAGE_KINDS, type MessageKind, type SubscriptionDraft } from '../delivery/port.js'
import { zTime, zUuid } from '../domain/define-event.js'
import { createComponents, type Json, jsonSchemaOf, served } from './json-schema.js'
import { MESSAGE_EXAMPLES } from './message-examples.js'
import { KIND_LABELS, messageName } from './message-json-schema.js'
import { openApiPath, parametersOf } from './openapi.js'
import type { Route } from './route.js'
import { schemaOf } from './schema-catalogue.js'

/** A folder of encrypted packages is no address that anybody connects to: the kit's README tells of it. */
type Channel = Exclude<SubscriptionDraft['channel'], 'files'> | 'ping'

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
  /** What it carries that is no message of an outbox. */
  readonly signals: Readonly<Record<string, Json>>
  /** Whether the headers of a webhook travel with its messages. */
  readonly isSigned: boolean
  /** Whether it carries the messages of an outbox. */
  readonly carriesMessages: boolean
}

export function asyncApiOf(routes: readonly Route[], version: string): Json {
  const channels: Readonly<Record<Channel, ChannelDoc>> = {
    webhook: webhook(),
    mailbox: mailbox(readMessages(routes)),
    ping: bell(),
  }
  const components = createComponents(schemaOf)
  const carried = ({ isSigned, carriesMessages, signals }: ChannelDoc): Readonly<Record<string, Json>> => ({
    ...(carriesMessages
      ? Object.fromEntries(
          MESSAGE_KINDS.map((kind) => [kind, messageOf(kind, components.place(served(messageName(kind))), isSigned)]),
        )
      : {}),
    ...signals,
  })
  const byChannel = Object.entries(channels).map(([name, doc]) => ({ name, doc, messages: carried(doc) }))
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
      byChannel.map(({ name, doc: { channel }, messages }) => [
        name,
        {
          ...(channel as object),
          messages: Object.fromEntries(
            Object.keys(messages).map((key) => [key, { $ref: `#/components/messages/${name}.${key}` }]),
          ),
        },
      ]),
    ),
    operations: Object.fromEntries(
      byChannel.map(({ name, doc: { operation }, messages }) => [
        name,
        {
          ...(operation as object),
          channel: { $ref: `#/channels/${name}` },
          messages: Object.keys(messages).map((key) => ({ $ref: `#/channels/${name}/messages/${key}` })),
        },
      ]),
    ),
    components: {
      // `webhook.risk-assessed`
      messages: Object.fromEntries(
        byChannel.flatMap(({ name, messages }) =>
          Object.entries(messages).map(([key, message]) => [`${name}.${key}`, message]),
        ),
      ),
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

/** It takes no number and is never sent again. */
const HEARTBEAT: Json = {
  name: HEARTBEAT_TYPE,
  title: '心跳 heartbeat',
  summary: 'Tells silence from nothing to report: the tail of the outbox, once in each interval',
  contentType: CONTENT_TYPE,
  headers: WEBHOOK_HEADERS,
  payload: jsonSchemaOf(
    z.strictObject({
      id: zUuid,
      source: z.string().regex(/^urn:lianhu:log:[0-9a-f-]{36}$/),
      specversion: z.literal('1.0'),
      tail: z.number().int().min(-1).describe('The number of the last message in the outbox; -1 while it is empty'),
      time: zTime,
      type: z.literal(HEARTBEAT_TYPE),
    }),
    'output',
  ),
}

/** No address that is described carries it, and it says nothing. */
function bell(): ChannelDoc {
  return {
    isSigned: false,
    carriesMessages: false,
    channel: {
      address: null,
      title: '提醒 Ping',
      description: 'The address that a mailbox names to be woken at',
    },
    operation: {
      action: 'send',
      title: '提醒 Ping',
      summary: 'An empty POST: look into the mailbox. At most one a minute; whatever is answered, nothing follows',
      bindings: { http: { method: 'POST', bindingVersion: BINDING } },
    },
    signals: { ping: { name: 'ping', title: '提醒 ping', summary: 'No body, no signature, no query' } },
  }
}

function webhook(): ChannelDoc {
  return {
    isSigned: true,
    carriesMessages: true,
    signals: { heartbeat: HEARTBEAT },
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
    carriesMessages: true,
    signals: {},
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
