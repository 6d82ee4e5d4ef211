/**
 * The messages about somebody and what became of each, from the read models: those that an event of the person caused, and those
 * of their alerts, however an alert climbed or came back. Reads only.
 */
import { type AlertRow, alertKey, alerts } from '../../projections/alerts.js'
import { type DeliveryRow, deliveries, deliveryOf, farthestOf } from '../../projections/deliveries.js'
import { type DisclosureRow, disclosedUnder, disclosures, type MessageRow } from '../../projections/disclosures.js'
import { subscriptions } from '../../projections/subscriptions.js'
import { streamKeyOf } from '../domain/streams.js'
import type { ReadModels } from '../readmodel/port.js'
import type { DeliveryState, MessageEntry } from './port.js'

export interface ToldMessage {
  readonly message: MessageRow
  /** The event of the person's stream from which it comes. */
  readonly originId: string
}

export interface ToldAlert {
  readonly row: AlertRow
  readonly originId: string
}

export interface Told {
  readonly messages: readonly ToldMessage[]
  readonly alerts: readonly ToldAlert[]
  readonly views: readonly (DisclosureRow & { readonly kind: 'view' })[]
}

export interface ToldReader {
  about(patientId: string): Told
  /** The messages that announced a document. */
  announcing(document: string): readonly MessageRow[]
  /** Whose outbox it lies in. */
  agencyOf(message: Pick<MessageRow, 'subscription'>): string
  deliveryOf(message: Pick<MessageRow, 'subscription' | 'sequence'>): DeliveryState
}

/** For one question: whose a subscription is and how far it has come is looked up once. */
export function createToldReader(readModels: Pick<ReadModels, 'reader'>): ToldReader {
  const farthest = new Map<string, DeliveryRow | undefined>()
  const agencies = new Map<string, string>()
  const under = (streamKey: string): readonly DisclosureRow[] =>
    Array.from(readModels.reader(disclosures).withPrefix(disclosedUnder(streamKey)), ({ row }) => row)

  /** An alert is under what raised it, and never under itself: this ends. */
  function ofAlert(row: AlertRow, originId: string): Omit<Told, 'views'> {
    const found = under(row.alert)
    const inner = found.flatMap((one) => (one.kind === 'alert' ? [ofAlertNamed(one.alert, originId)] : []))
    return {
      messages: [...messagesIn(found, () => originId), ...inner.flatMap(({ messages }) => messages)],
      alerts: [{ row, originId }, ...inner.flatMap((one) => one.alerts)],
    }
  }
  function ofAlertNamed(alert: string, originId: string): Omit<Told, 'views'> {
    const row = readModels.reader(alerts).get(alertKey(alert))
    return row ? ofAlert(row, originId) : { messages: [], alerts: [] }
  }

  return {
    about(patientId) {
      const found = under(patientId)
      const raised = found.flatMap((one) => {
        if (one.kind !== 'alert') return []
        const row = readModels.reader(alerts).get(alertKey(one.alert))
        return row ? [ofAlert(row, row.cause.id)] : []
      })
      const held = found.flatMap((one) => (one.kind === 'held' ? under(one.held) : []))
      return {
        messages: [...messagesIn(found, ({ causeId }) => causeId), ...raised.flatMap(({ messages }) => messages)],
        alerts: raised.flatMap((one) => one.alerts),
        views: [...found, ...held].filter((one) => one.kind === 'view'),
      }
    },
    announcing: (document) => under(document).filter((one) => one.kind === 'message'),
    agencyOf({ subscription }) {
      // Not the directory: that follows the log by itself, and may be behind the messages.
      const agency = agencies.get(subscription) ?? readModels.reader(subscriptions).get(subscription)?.agency
      if (agency === undefined) throw new Error('account: a message without a subscription')
      agencies.set(subscription, agency)
      return agency
    },
    deliveryOf({ subscription, sequence }) {
      const reader = readModels.reader(deliveries)
      if (!farthest.has(subscription)) farthest.set(subscription, reader.get(farthestOf(subscription)))
      return stateOf(sequence, reader.get(deliveryOf(subscription, sequence)), farthest.get(subscription))
    },
  }
}

/** Whom an alert was passed on to by people; not who did. */
export function relayedOf({ relayed }: AlertRow): MessageEntry['relayed'] {
  return relayed.map(({ to, means, at }) => ({ to, means, at }))
}

/** `<subscription>/<sequence>` of the message that an alert names; undefined where it stands on a desk alone. */
export function messageOf({ message }: AlertRow): string | undefined {
  return message && deliveryOf(streamKeyOf(message.stream), message.revision)
}

function messagesIn(rows: readonly DisclosureRow[], originOf: (message: MessageRow) => string): readonly ToldMessage[] {
  return rows.flatMap((row) => (row.kind === 'message' ? [{ message: row, originId: originOf(row) }] : []))
}

function stateOf(
  sequence: number,
  { handedOverAt, openedAt, parkedAt }: DeliveryRow = {},
  { collectedThrough = -1, acknowledgedThrough = -1 }: DeliveryRow = {},
): DeliveryState {
  return {
    ...(handedOverAt === undefined ? {} : { handedOverAt }),
    isCollected: sequence <= collectedThrough,
    ...(openedAt === undefined ? {} : { openedAt }),
    isAcknowledged: sequence <= acknowledgedThrough,
    ...(parkedAt === undefined ? {} : { parkedAt }),
  }
}
