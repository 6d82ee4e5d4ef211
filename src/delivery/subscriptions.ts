/**
 * Opening, changing, pausing and closing subscriptions: acts of agencies on their own subscriptions, recorded as events. A
 * role that no field set names gets no alerts, a feed goes to its audience only, a webhook to where it may go.
 */
import type { Directory, Subscription } from '../domain/directory.js'
import type { Role } from '../domain/event.js'
import { subscriptionStream } from '../domain/streams.js'
import type { Clock } from '../kernel/clock.js'
import { HubError, isHubError } from '../kernel/errors.js'
import { uuidv7 } from '../kernel/ids.js'
import { FIELD_SETS } from '../policy/field-sets.js'
import type { HubRecorder, Principal } from '../recording/port.js'
import { type Vault, webhookSecretName } from '../vault/port.js'
import { type AddressRules, parseWebhookUrl } from './address-guard.js'
import type { SubscriptionChange, SubscriptionDraft, Subscriptions } from './port.js'
import { parsePublicKey } from './public-key.js'
import { createSecretActs } from './secret-acts.js'
import { refuseClosed } from './subscription-stream.js'
import { webhookSecretText } from './webhook.js'

export interface SubscriptionsDeps {
  readonly recorder: Pick<HubRecorder, 'appendNext'>
  readonly vault: Pick<Vault, 'secret'>
  /** As of now. */
  readonly directory: () => Directory
  readonly wall: Clock
  readonly addresses: AddressRules
  /** True where the operator named a directory for packages. */
  readonly hasFiles?: boolean
  /** The role that a feed is made for; undefined for a feed that does not exist. */
  readonly feedAudience: (feed: string) => Role | undefined
}

/** Roles that some alert is made for. */
const ALERTED: ReadonlySet<Role> = new Set(
  FIELD_SETS.filter(({ name }) => name.startsWith('alert.')).flatMap(({ audience }) => audience),
)

export function createSubscriptions(deps: SubscriptionsDeps): Subscriptions {
  const { recorder, vault, directory } = deps

  const own = (principal: Principal, id: string): Subscription => {
    const found = directory().subscription(id)
    if (!found || (found.agency !== principal.agency && !principal.isOperator)) {
      throw new HubError('HUB_NOT_FOUND', 'no such subscription')
    }
    return found
  }

  const act = (principal: Principal, id: string, type: string, data: Record<string, unknown>) => {
    const { id: subscription } = own(principal, id)
    return recorder.appendNext({ stream: subscriptionStream(subscription), type, data, by: principal }, refuseClosed)
  }

  const check = (
    role: Role,
    wanted: Pick<SubscriptionDraft, 'alerts' | 'feeds' | 'channel' | 'url' | 'duty' | 'ping'>,
  ): void => {
    if ((wanted.alerts || wanted.duty === true) && !ALERTED.has(role))
      throw notForRole('/alerts', 'no alert is made for this role')
    for (const [i, feed] of wanted.feeds.entries()) {
      if (deps.feedAudience(feed) !== role) throw notForRole(`/feeds/${i}`, 'no such feed is made for this role')
    }
    // Of another channel it would be kept and not used: a change of channel may bring it to life.
    if (wanted.ping !== undefined && wanted.ping !== '') checkBell(wanted.ping, deps.addresses)
    if (wanted.channel === 'mailbox') return
    if (wanted.channel === 'files') {
      if (deps.hasFiles) return
      throw new HubError('HUB_RULE_VIOLATED', 'this hub writes no files', {
        hint: 'The operator names a directory: delivery.filesDirectory.',
        faults: [
          {
            ...{ pointer: '/channel', rule: 'subscription.filesDirectory' },
            ...{ message: 'expected a hub with a directory for files', messageZh: '本系统未开通文件交换' },
          },
        ],
      })
    }
    if (wanted.url === undefined) {
      throw new HubError('HUB_RULE_VIOLATED', 'a webhook needs an address', {
        faults: [{ pointer: '/url', rule: 'subscription.url', message: 'expected an address', messageZh: '缺少地址' }],
      })
    }
    parseWebhookUrl(wanted.url, deps.addresses)
  }

  const secrets = createSecretActs({
    ...deps,
    ownSigned(principal, id) {
      const found = own(principal, id)
      if (found.agency !== principal.agency || found.channel === 'mailbox') {
        throw new HubError('HUB_NOT_FOUND', 'this subscription has no secret for you')
      }
      return found
    },
  })

  return {
    async open(principal, draft, agencyId = principal.agency) {
      if (agencyId !== principal.agency && !principal.isOperator) {
        throw new HubError('HUB_FORBIDDEN', 'an agency opens subscriptions for itself only')
      }
      const agency = directory().agency(agencyId)
      if (!agency) throw new HubError('HUB_NOT_FOUND', 'no such agency')
      check(agency.role, draft)
      const subscription = uuidv7(deps.wall.now())
      const { alerts, feeds, channel, url, duty, ping, heartbeats } = draft
      // The secret is durable before the subscription is: whatever is sent can be signed.
      const secret = channel !== 'mailbox' ? await vault.secret(webhookSecretName(subscription)) : undefined
      const data = {
        agency: agencyId,
        alerts,
        feeds: [...new Set(feeds)],
        channel,
        ...(channel === 'webhook' && url !== undefined ? { url } : {}),
        ...(duty === undefined ? {} : { duty }),
        ...(ping === undefined ? {} : { ping }),
        ...(heartbeats === undefined ? {} : { heartbeats }),
      }
      const receipt = await recorder.appendNext({
        stream: subscriptionStream(subscription),
        type: 'SubscriptionOpened',
        data,
        by: principal,
      })
      return { subscription, receipt, ...(secret ? { secret: webhookSecretText(secret) } : {}) }
    },
    async registerKey(principal, id, draft) {
      const found = own(principal, id)
      if (found.agency !== principal.agency || found.channel !== 'files') {
        throw new HubError('HUB_NOT_FOUND', 'this subscription takes no key of yours')
      }
      const { jwk, thumbprint } = parsePublicKey(draft)
      return { thumbprint, receipt: await act(principal, id, 'PublicKeyRegistered', { thumbprint, jwk }) }
    },
    async change(principal, id, change) {
      const before = own(principal, id)
      const role = directory().agency(before.agency)?.role
      if (role) check(role, { ...before, ...change })
      const data = changedMembers(change)
      if (Object.keys(data).length === 0) throw new HubError('HUB_INVALID_EVENT', 'expected at least one change')
      return act(principal, id, 'SubscriptionChanged', data)
    },
    async close(principal, id, reason) {
      return act(principal, id, 'SubscriptionClosed', reason === undefined ? {} : { reason })
    },
    async requestTest(principal, id) {
      return act(principal, id, 'TestRequested', {})
    },
    list: (principal) => directory().subscriptionsOf(principal.agency),
    secrets: (principal, id) => secrets.read(principal, id),
    rotateSecret: (principal, id, overlapHours) => secrets.rotate(principal, id, overlapHours),
    retireSecret: (principal, id) => secrets.retire(principal, id),
  }
}

/** The same rules as for a webhook, named after its own member. */
function checkBell(ping: string, addresses: AddressRules): void {
  try {
    parseWebhookUrl(ping, addresses)
  } catch (error) {
    if (!isHubError(error, 'HUB_RULE_VIOLATED')) throw error
    const faults = error.faults.map((fault) => ({ ...fault, pointer: '/ping' }))
    throw new HubError('HUB_RULE_VIOLATED', error.message, { faults })
  }
}

function changedMembers({ feeds, ...others }: SubscriptionChange): Record<string, unknown> {
  const { alerts, channel, url, duty, ping, heartbeats, paused } = others
  return {
    ...(alerts === undefined ? {} : { alerts }),
    ...(feeds === undefined ? {} : { feeds: [...new Set(feeds)] }),
    ...(channel === undefined ? {} : { channel }),
    ...(url === undefined ? {} : { url }),
    ...(duty === undefined ? {} : { duty }),
    ...(ping === undefined ? {} : { ping }),
    ...(heartbeats === undefined ? {} : { heartbeats }),
    ...(paused === undefined ? {} : { paused }),
  }
}

function notForRole(pointer: string, message: string): HubError {
  return new HubError('HUB_FORBIDDEN', message, { data: { pointer } })
}
