/** What an agency says of its own subscriptions (design §9): opened, changed, closed, tested. The hub appends them. */
import { z } from 'zod'
import { zCode } from './code-lists/code-list.js'
import { SUBSCRIPTION_ENDS } from './code-lists/hub.js'
import { clear, defineEvent, optional, zText, zUuid } from './define-event.js'

export const CHANNELS = ['mailbox', 'webhook', 'files'] as const
export type Channel = (typeof CHANNELS)[number]

export const SUBSCRIPTION_EVENTS = [
  defineEvent({
    type: 'SubscriptionOpened',
    stream: 'subscription',
    recorders: [],
    clauses: ['design §9'],
    label: { zh: '订阅开通', en: 'Subscription opened' },
    members: {
      agency: clear(zUuid, '单位', 'Agency'),
      alerts: clear(z.boolean(), '接收警示', 'Alerts'),
      feeds: clear(z.array(zText), '接收数据', 'Feeds'),
      channel: clear(z.enum(CHANNELS), '通道', 'Channel'),
      url: optional(clear(z.url(), '地址', 'Address')),
      duty: optional(clear(z.boolean(), '值班', 'Duty')),
      ping: optional(clear(z.url(), '提醒地址', 'Address of the bell')),
      heartbeats: optional(clear(z.boolean(), '心跳', 'Heartbeats')),
    },
  }),
  defineEvent({
    type: 'SubscriptionChanged',
    stream: 'subscription',
    recorders: [],
    clauses: ['design §9'],
    label: { zh: '订阅变更', en: 'Subscription changed' },
    members: {
      alerts: optional(clear(z.boolean(), '接收警示', 'Alerts')),
      feeds: optional(clear(z.array(zText), '接收数据', 'Feeds')),
      channel: optional(clear(z.enum(CHANNELS), '通道', 'Channel')),
      url: optional(clear(z.url(), '地址', 'Address')),
      duty: optional(clear(z.boolean(), '值班', 'Duty')),
      ping: optional(clear(z.union([z.url(), z.literal('')]), '提醒地址', 'Address of the bell; empty ends it')),
      heartbeats: optional(clear(z.boolean(), '心跳', 'Heartbeats')),
      paused: optional(clear(z.boolean(), '暂停', 'Paused')),
    },
  }),
  defineEvent({
    type: 'SubscriptionClosed',
    stream: 'subscription',
    recorders: [],
    clauses: ['design §9'],
    label: { zh: '订阅终止', en: 'Subscription closed' },
    members: { reason: optional(clear(zCode(SUBSCRIPTION_ENDS), '原因', 'Reason')) },
  }),
  defineEvent({
    type: 'TestRequested',
    stream: 'subscription',
    recorders: [],
    clauses: ['design §9'],
    label: { zh: '测试请求', en: 'Test requested' },
    members: {},
  }),
]
