/**
 * One row per subscription: who receives what over which channel, as the directory knows it but readable at a cut. How far
 * its deliveries are lies in its stream, not here.
 */
import { defineFlowProjection } from '../src/domain/define-projection.js'
import type { Subscription } from '../src/domain/directory.js'
import type { StoredEvent } from '../src/domain/event.js'
import { present } from '../src/domain/fold-state.js'
import { findText, readText, readTexts } from '../src/domain/read-data.js'
import { streamKeyOf } from '../src/domain/streams.js'
import { CHANNELS } from '../src/domain/subscription-events.js'
import type { Moment } from '../src/kernel/dates.js'

export interface SubscriptionRow extends Omit<Subscription, 'secretNumber' | 'retiringSecret' | 'publicKey'> {
  readonly openedAt: Moment
  readonly closedAt?: Moment
}

export const subscriptions = defineFlowProjection<SubscriptionRow>({
  name: 'subscriptions',
  version: 2,
  handles: new Set(['SubscriptionOpened', 'SubscriptionChanged', 'SubscriptionClosed']),
  initial: {
    id: '',
    agency: '',
    alerts: false,
    feeds: [],
    channel: 'mailbox',
    duty: false,
    paused: false,
    isOpen: false,
    openedAt: '',
  },
  keys: (event) => [streamKeyOf(event.stream)],
  evolve(row, event, id) {
    const { data, recordedAt } = event
    switch (event.type) {
      case 'SubscriptionOpened': {
        const opened = { id, agency: readText(data, 'agency'), isOpen: true }
        return { ...changed(row, event), ...opened, openedAt: recordedAt }
      }
      case 'SubscriptionChanged':
        return changed(row, event)
      case 'SubscriptionClosed':
        return { ...row, isOpen: false, closedAt: recordedAt }
      default:
        throw new Error(`subscriptions: impossible type ${event.type}`)
    }
  },
})

/** What the event names is new; the rest stays. */
function changed(row: SubscriptionRow, { data }: StoredEvent): SubscriptionRow {
  const { ping, ...others } = { ...row, ...present({ ping: findText(data, 'ping') }) }
  return {
    ...others,
    // An empty one ends it.
    ...(ping === undefined || ping === '' ? {} : { ping }),
    alerts: typeof data.alerts === 'boolean' ? data.alerts : row.alerts,
    feeds: data.feeds === undefined ? row.feeds : readTexts(data, 'feeds'),
    channel: CHANNELS.find((channel) => channel === data.channel) ?? row.channel,
    ...present({ url: findText(data, 'url') }),
    duty: typeof data.duty === 'boolean' ? data.duty : row.duty,
    ...(typeof data.heartbeats === 'boolean' ? { heartbeats: data.heartbeats } : {}),
    paused: typeof data.paused === 'boolean' ? data.paused : row.paused,
  }
}
