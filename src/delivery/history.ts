/**
 * What became of each message of an outbox, from the log alone, page by page: queued, handed over, collected, opened,
 * acknowledged, parked, asked for again. It names no person but the staff who acted, by pseudonym, and no ordering key.
 */
import type { StoredEvent } from '../domain/event.js'
import { readNumber, readText } from '../domain/read-data.js'
import { outboxStream, subscriptionStream } from '../domain/streams.js'
import { HubError } from '../kernel/errors.js'
import type { LogReader } from '../log/port.js'
import { messageIdOf } from './envelope.js'
import type { DeliveryHistory, DeliveryRecord } from './port.js'

export interface HistoryQuery {
  /** The last sequence that the reader has; -1 for none. */
  readonly after: number
  readonly limit: number
}

type Draft = { -readonly [K in keyof DeliveryRecord]: DeliveryRecord[K] }

export async function readHistory(
  log: LogReader,
  { subscription, agencyKey }: { readonly subscription: string; readonly agencyKey: Uint8Array },
  { after, limit }: HistoryQuery,
): Promise<DeliveryHistory> {
  if (!Number.isInteger(after) || after < -1) {
    throw new HubError('HUB_BAD_QUERY', `expected after to be -1 or a sequence, got ${after}`)
  }
  const records = new Map<number, Draft>()
  for await (const { revision, data, recordedAt } of log.readStream(outboxStream(subscription), after + 1)) {
    records.set(revision, {
      sequence: revision,
      id: messageIdOf(agencyKey, subscription, revision),
      kind: readText(data, 'kind'),
      class: readText(data, 'class'),
      state: 'QUEUED',
      queuedAt: recordedAt,
    })
    if (records.size >= limit) break
  }
  const range = { from: after + 1, through: after + records.size }
  if (records.size > 0) {
    for await (const event of log.readStream(subscriptionStream(subscription))) take(records, range, event)
  }
  const tail = await log.readTail(outboxStream(subscription))
  return { deliveries: [...records.values()], next: range.through, length: (tail?.revision ?? -1) + 1 }
}

interface Range {
  readonly from: number
  readonly through: number
}

function take(
  records: ReadonlyMap<number, Draft>,
  page: Range,
  { type, data, occurredAt, recordedAt }: StoredEvent,
): void {
  const at = occurredAt ?? recordedAt
  const by = typeof data.by === 'string' ? { by: data.by } : {}
  const each = ({ from, through }: Range, change: (record: Draft) => void): void => {
    for (let sequence = Math.max(from, page.from); sequence <= Math.min(through, page.through); sequence++) {
      const record = records.get(sequence)
      if (record) change(record)
    }
  }
  const one = (sequence: number, change: (record: Draft) => void): void =>
    each({ from: sequence, through: sequence }, change)
  switch (type) {
    case 'MessageHandedOver':
      each({ from: readNumber(data, 'from'), through: readNumber(data, 'through') }, (record) => {
        record.handedOverAt = at
        delete record.parked
        if (record.state === 'ACKNOWLEDGED') return
        if (record.opened) record.state = 'OPENED'
        else record.state = record.collectedAt === undefined ? 'HANDED_OVER' : 'COLLECTED'
      })
      break
    case 'MessageCollected':
      each({ from: 0, through: readNumber(data, 'through') }, (record) => {
        record.collectedAt ??= at
        if (record.state === 'QUEUED' || record.state === 'HANDED_OVER') record.state = 'COLLECTED'
      })
      break
    case 'MessageOpened':
      for (const sequence of readNumbers(data.sequences)) {
        one(sequence, (record) => {
          record.opened ??= { at, ...by }
          if (record.state !== 'ACKNOWLEDGED' && record.state !== 'PARKED' && record.state !== 'REDRIVEN')
            record.state = 'OPENED'
        })
      }
      break
    case 'MessageAcknowledged':
      each({ from: 0, through: readNumber(data, 'through') }, (record) => {
        record.acknowledged ??= { at, ...by }
        if (record.state !== 'PARKED' && record.state !== 'REDRIVEN') record.state = 'ACKNOWLEDGED'
      })
      break
    case 'MessageParked':
      one(readNumber(data, 'sequence'), (record) => {
        record.parked = { at, reason: readText(data, 'reason') }
        record.state = 'PARKED'
      })
      break
    case 'MessageRedriven':
      for (const sequence of readNumbers(data.sequences)) {
        one(sequence, (record) => {
          record.redriven = { at, ...by }
          record.state = 'REDRIVEN'
        })
      }
      break
    default:
      break
  }
}

function readNumbers(value: unknown): readonly number[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'number') : []
}
