/**
 * Sequences of deliveries, with what a receiver must answer, apply and ask for after each. What is expected is written here
 * by hand, not computed by the kit; the messages are made and signed as the hub does it.
 */
import { createHash } from 'node:crypto'
import { envelopeBytes, envelopeOf, messageIdOf } from '../../src/delivery/envelope.js'
import { heartbeatOf } from '../../src/delivery/heartbeat.js'
import type { MessageKind } from '../../src/delivery/port.js'
import { webhookSecretText, webhookSignature } from '../../src/delivery/webhook.js'
import { SECOND } from '../../src/kernel/dates.js'
import { DELIVERY_CASES, type DeliveryCase, type Step, type Written } from './delivery-cases.js'
import { LOG_ID } from './sample-messages.js'
import { SECRET, SIGNED_AT } from './signature-vectors.js'

export interface DeliveryVectors {
  readonly secret: string
  /** What the receiver's clock says, in seconds. */
  readonly now: number
  readonly subscription: string
  readonly cases: readonly DeliveryVector[]
}

export interface DeliveryVector extends Omit<DeliveryCase, 'messages' | 'steps'> {
  readonly messages: Readonly<Record<string, SignedMessage>>
  /** What is found at the `href` of a document. */
  readonly documents: Readonly<Record<string, string>>
  readonly steps: readonly Step[]
}

export interface SignedMessage {
  readonly id: string
  readonly sequence: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const SUBSCRIPTION = '0198f0aa-0000-7000-8000-0000000000a1'
const AGENCY_KEY = Buffer.alloc(32, 0x11)
const SUBJECTS: Readonly<Record<string, string>> = {
  A: '5166b806-c92f-8766-879b-077f506cf391',
  B: '8a0f6c1e-5b7d-8c3a-9e21-4d5f6a7b8c9d',
  document: '2c4e6f80-1a3b-8d5c-8f90-a1b2c3d4e5f6',
}
const CONTENT = '{"format":"lianhu.document/1","rows":1}\n{"id":"row-1"}\n'

export function deliveryVectors(): DeliveryVectors {
  const cases = DELIVERY_CASES.map(({ messages, ...one }) => ({
    ...one,
    messages: Object.fromEntries(Object.entries(messages).map(([name, written]) => [name, signedMessage(written)])),
    documents: Object.fromEntries(
      Object.values(messages).flatMap(({ document, sequence }) =>
        document === undefined
          ? []
          : [[hrefOf(sequence), document === 'TAMPERED' ? CONTENT.replace('row-1', 'row-2') : CONTENT]],
      ),
    ),
  }))
  return { secret: webhookSecretText(SECRET), now: SIGNED_AT, subscription: SUBSCRIPTION, cases }
}

function signedMessage(written: Written): SignedMessage {
  const {
    sequence,
    of,
    kind = of === 'document' ? 'document' : 'risk-assessed',
    isTombstone,
    recalls,
    log = LOG_ID,
  } = written
  if (of === 'heartbeat') return signedHeartbeat(sequence)
  const id = messageIdOf(AGENCY_KEY, SUBSCRIPTION, sequence)
  const isDocument = written.document !== undefined
  const body = envelopeBytes(
    envelopeOf({
      logId: log,
      id,
      subject: SUBJECTS[of] ?? of,
      time: '2026-03-02T09:31:07.214+08:00',
      sequence,
      kind: kind as MessageKind,
      class: 'NOTICE',
      data: {
        text: isTombstone ? '该消息所涉人员的身份信息已依法删除。' : `【通知】示例消息${sequence}。`,
        expiresAt: '2026-06-02T09:31:07.214+08:00',
        fieldSet: recalls ? 'alert.recalled@1' : isDocument ? 'police.high@1 police.token@1' : 'alert.police.token@1',
        versions: { envelope: 1 },
        facts: isTombstone || isDocument || recalls ? {} : { level: 3 },
        ...(isTombstone ? { tombstone: true } : {}),
        ...(recalls
          ? {
              recall: { deleteBy: '2026-04-15' },
              supersedes: recalls.map((earlier) => messageIdOf(AGENCY_KEY, SUBSCRIPTION, earlier)),
            }
          : {}),
        ...(isDocument ? { document: noticeOf(sequence) } : {}),
      },
    }),
  )
  return { id, sequence, headers: headersOf(id, body), body }
}

function signedHeartbeat(tail: number): SignedMessage {
  const id = `019cadf4-e1ee-7000-8000-${String(tail + 1).padStart(12, '0')}`
  const { body } = heartbeatOf({ id, logId: LOG_ID, tail, atMs: SIGNED_AT * SECOND })
  return { id, sequence: tail, headers: headersOf(id, body), body }
}

function headersOf(id: string, body: string): SignedMessage['headers'] {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(SIGNED_AT),
    'webhook-signature': webhookSignature(SECRET, id, SIGNED_AT, body),
  }
}

function noticeOf(sequence: number) {
  const digest = `sha256:${createHash('sha256').update(CONTENT).digest('base64url')}`
  return {
    id: SUBJECTS.document ?? '',
    feed: 'police-quarterly',
    period: '2026Q1',
    rows: 1,
    digest,
    root: digest,
    href: hrefOf(sequence),
  }
}

function hrefOf(sequence: number): string {
  return `/v1/feeds/police-quarterly/periods/2026Q1/documents/${sequence}`
}
