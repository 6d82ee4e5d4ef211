/**
 * What became of each message, found by its number: a row when it was handed over, opened or parked, and one per subscription for
 * how far its recipient has collected and acknowledged. An outbox that is sent at once is that many rows at once. It names no
 * person.
 */
import { defineFlowProjection } from '../src/domain/define-projection.js'
import type { EventData, StoredEvent } from '../src/domain/event.js'
import type { Time } from '../src/domain/patient-state.js'
import { readNumber } from '../src/domain/read-data.js'
import { streamKeyOf } from '../src/domain/streams.js'

/** Of one message, or of a subscription: then only how far. */
export interface DeliveryRow {
  /** The last time, where it was sent again. */
  readonly handedOverAt?: Time
  readonly openedAt?: Time
  /** Set aside and not handed over since. */
  readonly parkedAt?: Time
  /** Every message through this sequence; absent for none. */
  readonly collectedThrough?: number
  readonly acknowledgedThrough?: number
}

export const deliveries = defineFlowProjection<DeliveryRow>({
  name: 'deliveries',
  version: 1,
  handles: new Set(['MessageHandedOver', 'MessageOpened', 'MessageParked', 'MessageCollected', 'MessageAcknowledged']),
  initial: {},
  keys(event) {
    const subscription = streamKeyOf(event.stream)
    const sequences = sequencesIn(event)
    return sequences.length === 0
      ? [farthestOf(subscription)]
      : sequences.map((sequence) => deliveryOf(subscription, sequence))
  },
  evolve(row, { type, data, occurredAt, recordedAt }) {
    const at = occurredAt ?? recordedAt
    switch (type) {
      case 'MessageHandedOver': {
        const { parkedAt: _, ...rest } = row
        return { ...rest, handedOverAt: at }
      }
      case 'MessageOpened':
        return { ...row, openedAt: row.openedAt ?? at }
      case 'MessageParked':
        return { ...row, parkedAt: at }
      case 'MessageCollected':
        return { ...row, collectedThrough: farther(row.collectedThrough, data) }
      case 'MessageAcknowledged':
        return { ...row, acknowledgedThrough: farther(row.acknowledgedThrough, data) }
      default:
        throw new Error(`deliveries: impossible type ${type}`)
    }
  },
})

export function deliveryOf(subscription: string, sequence: number): string {
  return `${subscription}/${sequence}`
}

/** The key of how far a subscription's recipient has come. */
export function farthestOf(subscription: string): string {
  return `${subscription}/`
}

function sequencesIn({ type, data }: StoredEvent): readonly number[] {
  switch (type) {
    case 'MessageHandedOver': {
      const from = readNumber(data, 'from')
      return Array.from({ length: readNumber(data, 'through') - from + 1 }, (_, i) => from + i)
    }
    case 'MessageOpened':
      return Array.isArray(data.sequences) ? data.sequences.filter((one) => typeof one === 'number') : []
    case 'MessageParked':
      return [readNumber(data, 'sequence')]
    default:
      return []
  }
}

function farther(before: number | undefined, data: EventData): number {
  return Math.max(before ?? -1, readNumber(data, 'through'))
}
