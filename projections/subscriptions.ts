/** One row per subscription: who receives what over which channel. Delivery states lie in its stream, not here. */
import { defineFlowProjection } from '../src/domain/define-projection.js'
import type { StoredEvent } from '../src/domain/event.js'
import { findText, readText, readTexts } from '../src/domain/read-data.js'
import { streamKeyOf } from '../src/domain/streams.js'
import type { Moment } from '../src/kernel/dates.js'

export interface SubscriptionRow {
  readonly subscription: string
  readonly agency: string
  readonly alerts: boolean
  readonly feeds: readonly string[]
  readonly channel: 'mailbox' | 'webhook'
  readonly url?: string
  readonly isDuty: boolean
  readonly isPaused: boolean
  readonly openedAt: Moment
  readonly closedAt?: Moment
}

export const subscriptions = defineFlowProjection<SubscriptionRow>({
  name: 'subscriptions',
  version: 1,
  handles: new Set(['SubscriptionOpened', 'SubscriptionChanged', 'SubscriptionClosed']),
  initial: {
    subscription: '',
    agency: '',
    alerts: false,
    feeds: [],
    channel: 'mailbox',
    isDuty: false,
    isPaused: false,
    openedAt: '',
  },
  keys: (event) => [streamKeyOf(event.stream)],
  evolve(row, event, key) {
    switch (event.type) {
      case 'SubscriptionOpened':
        return changed(
          {
            ...row,
            subscription: key,
            agency: readText(event.data, 'agency'),
            isDuty: event.data.duty === true,
            openedAt: event.recordedAt,
          },
          event,
        )
      case 'SubscriptionChanged':
        return changed(row, event)
      case 'SubscriptionClosed':
        return { ...row, closedAt: event.recordedAt }
      default:
        throw new Error(`subscriptions: impossible type ${event.type}`)
    }
  },
})

/** What the event names is new; the rest stays. */
function changed(row: SubscriptionRow, { data }: StoredEvent): SubscriptionRow {
  const url = findText(data, 'url') ?? row.url
  return {
    ...row,
    alerts: typeof data.alerts === 'boolean' ? data.alerts : row.alerts,
    feeds: data.feeds === undefined ? row.feeds : readTexts(data, 'feeds'),
    channel: data.channel === 'webhook' || data.channel === 'mailbox' ? data.channel : row.channel,
    ...(url === undefined ? {} : { url }),
    isPaused: typeof data.paused === 'boolean' ? data.paused : row.isPaused,
  }
}
