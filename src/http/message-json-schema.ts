/**
 * The JSON Schema of an envelope, for any message and for each kind. Closed: whatever is added to an envelope is another
 * version of it. No more is used of JSON Schema than draft-07 has too, which is what AsyncAPI reads.
 */
import { z } from 'zod'
import {
  type DocumentNotice,
  ENVELOPE_VERSION,
  type Envelope,
  type EnvelopeData,
  type RecallNotice,
} from '../delivery/envelope.js'
import { KIND_FIELD_SETS } from '../delivery/kind-field-sets.js'
import { MESSAGE_KINDS, type MessageKind } from '../delivery/port.js'
import { ALERT_CLASSES } from '../domain/alert-events.js'
import { type Label, zDay, zDigest, zTime, zUuid } from '../domain/define-event.js'
import { RECALLED } from '../domain/recalls.js'
import { closedObject } from './fact-json-schema.js'
import { type Json, jsonSchemaOf, served } from './json-schema.js'

export const KIND_LABELS: Readonly<Record<MessageKind, Label>> = {
  'risk-assessed': { zh: '危险性评估', en: 'A level was stated, changed or taken back' },
  'loss-of-contact': { zh: '失访', en: 'Nobody can find the person' },
  'contact-regained': { zh: '恢复联系', en: 'The search is over' },
  danger: { zh: '危险行为', en: 'Dangerous behaviour was reported' },
  'discharge-ready': { zh: '具备出院条件', en: 'A hospital says that the person may leave it' },
  moved: { zh: '迁居', en: 'The person lives elsewhere now' },
  died: { zh: '死亡', en: 'The person died, or the report of it was a mistake' },
  withdrawn: { zh: '不再适用', en: 'What was sent about the person no longer stands' },
  reinstated: { zh: '恢复管理', en: 'The person is under management again' },
  recalled: { zh: '撤回已提供信息', en: 'What was told is to be deleted, by a day' },
  returned: { zh: '退回', en: 'A recipient answered that an alert is not theirs' },
  document: { zh: '定期报送', en: 'A document of a feed was released' },
  test: { zh: '测试', en: 'A test, asked for by the subscriber' },
}

const attributes = {
  specversion: z.literal('1.0'),
  id: zUuid.describe('The same for the same message, however often and by whatever way it comes'),
  source: z
    .string()
    .regex(/^urn:lianhu:log:[0-9a-f-]{36}$/)
    .describe('The hub that it comes from'),
  subject: z.string().min(1).describe('The recipient’s own name for the person or the document, or test'),
  time: zTime.describe('When its cause was recorded'),
  datacontenttype: z.literal('application/json'),
  sequence: z.number().int().min(0).describe('Its number in the outbox, from 0 without gaps'),
  class: z
    .enum(ALERT_CLASSES)
    .describe('ALARM rings and is acknowledged; NOTICE does not ring; RETRACTION takes back; ROUTINE is the rest'),
} satisfies Record<Exclude<keyof Envelope, 'type' | 'kind' | 'data'>, z.ZodType>

const notice = {
  id: zUuid,
  feed: z.string(),
  period: z.string(),
  rows: z.number().int().min(0),
  digest: zDigest.describe('Of the bytes of the canonical NDJSON'),
  root: zDigest,
  href: z
    .string()
    .regex(/^\/v1\/feeds\//)
    .describe('Where it is fetched, relative to the hub'),
  content: z.string().optional().describe('The canonical NDJSON itself, where it is small enough'),
  recalled: z.number().int().min(1).optional().describe('Rows of the content whose commitments stand in their place'),
} satisfies Record<keyof DocumentNotice, z.ZodType>

const recall = {
  deleteBy: zDay.describe('Every copy is deleted by then'),
  rows: z
    .array(z.strictObject({ document: zUuid, row: zUuid }))
    .min(1)
    .optional()
    .describe('Rows of documents; supersedes names the messages'),
} satisfies Record<keyof RecallNotice, z.ZodType>

const data = {
  text: z.string().min(1).describe('What a duty officer reads, in Chinese'),
  instruction: z.string().min(1).optional().describe('What the recipient is asked to do'),
  expiresAt: zTime,
  staleAfter: zDay.optional().describe('From this day on the level reads "not currently assessed"'),
  supersedes: z.array(zUuid).min(1).optional().describe('Earlier messages that this one takes the place of'),
  fieldSet: z.string(),
  versions: z.strictObject({ envelope: z.literal(ENVELOPE_VERSION) }),
  facts: z.record(z.string(), z.unknown()).describe('What the field set let out; what is not known is absent'),
  document: z.strictObject(notice).optional(),
  recall: z.strictObject(recall).optional(),
  tombstone: z.literal(true).optional().describe('What it said was taken back: delete what you hold of this message'),
} satisfies Record<keyof EnvelopeData, z.ZodType>

const zEnvelope = z.strictObject({
  ...attributes,
  type: z.enum(MESSAGE_KINDS.map((kind) => `lianhu.message.${kind}` as const)),
  kind: z.enum(MESSAGE_KINDS),
  data: z.strictObject(data),
})

/** The name under which a kind's schema is served: `message.risk-assessed@1`. */
export function messageName(kind: MessageKind): string {
  return `message.${kind}@${ENVELOPE_VERSION}`
}

/** Any message: one of the kinds. */
export function anyMessageSchema(): Json {
  return {
    title: '消息 Message',
    description: 'The envelope of any message: CloudEvents 1.0 in JSON, canonical (RFC 8785)',
    oneOf: MESSAGE_KINDS.map((kind) => served(messageName(kind))),
  }
}

export function messageSchemaOf(kind: MessageKind): Json {
  const { $schema: _, ...envelope } = jsonSchemaOf(zEnvelope, 'output') as Record<string, Json>
  const properties = envelope.properties as Record<string, Json>
  const { zh, en } = KIND_LABELS[kind]
  return {
    ...envelope,
    title: `${zh} ${kind}`,
    description: en,
    properties: {
      ...properties,
      type: { const: `lianhu.message.${kind}` },
      kind: { const: kind },
      data: dataSchemaOf(kind, properties.data ?? {}),
    },
  }
}

/** Each field set with its own facts; or, where what it said was taken back, no facts at all. */
function dataSchemaOf(kind: MessageKind, base: Json): Json {
  const sets = KIND_FIELD_SETS[kind]
  const { document, recall, tombstone, ...members } = base.properties as Record<string, Json>
  const required = base.required as readonly string[]
  if (kind === 'document' || kind === TEST_KIND) {
    const properties = { ...members, fieldSet: { enum: sets }, facts: closedObject({}) }
    if (kind !== 'document') return closedObject(properties, required)
    return closedObject({ ...properties, ...(document ? { document } : {}) }, [...required, 'document'])
  }
  if (kind === RECALLED) {
    const properties = { ...members, fieldSet: { enum: sets }, ...(recall ? { recall } : {}) }
    return { ...closedObject(properties, [...required, 'recall']), oneOf: sets.map((set) => disclosedBy(set)) }
  }
  return {
    ...closedObject({ ...members, fieldSet: { enum: sets }, ...(tombstone ? { tombstone } : {}) }, required),
    oneOf: [
      ...sets.map((set) => disclosedBy(set, { tombstone: false })),
      {
        title: 'tombstone',
        properties: { facts: closedObject({}), instruction: false, staleAfter: false, supersedes: false },
        required: ['tombstone'],
      },
    ],
  }
}

function disclosedBy(set: string, more: Readonly<Record<string, unknown>> = {}): Json {
  return { title: set, properties: { fieldSet: { const: set }, facts: served(`facts.${set}`), ...more } }
}

const TEST_KIND: MessageKind = 'test'
