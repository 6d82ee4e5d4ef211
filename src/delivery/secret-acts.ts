/**
 * Reading, rotating and retiring the secrets that a subscription's messages are signed with. The log says which numbers are in
 * force, the vault holds the secrets; every hub on the log signs by what it says there.
 */
import type { Subscription } from '../domain/directory.js'
import type { StoredEvent } from '../domain/event.js'
import { subscriptionStream } from '../domain/streams.js'
import type { Clock } from '../kernel/clock.js'
import { HOUR, momentOf } from '../kernel/dates.js'
import { HubError } from '../kernel/errors.js'
import type { HubRecorder, Principal } from '../recording/port.js'
import { type Vault, webhookSecretName } from '../vault/port.js'
import type { Subscriptions } from './port.js'
import { retiringNumber } from './secrets.js'
import { refuseClosed } from './subscription-stream.js'
import { webhookSecretText } from './webhook.js'

export interface SecretActsDeps {
  readonly recorder: Pick<HubRecorder, 'appendNext'>
  readonly vault: Pick<Vault, 'secret'>
  readonly wall: Clock
  /** Throws `HUB_NOT_FOUND` for anything but a webhook or files of the principal's own agency. */
  readonly ownSigned: (principal: Principal, id: string) => Subscription
}

export interface SecretActs {
  readonly read: Subscriptions['secrets']
  readonly rotate: Subscriptions['rotateSecret']
  readonly retire: Subscriptions['retireSecret']
}

export function createSecretActs({ recorder, vault, wall, ownSigned }: SecretActsDeps): SecretActs {
  const textOf = async (id: string, number: number): Promise<string> =>
    webhookSecretText(await vault.secret(webhookSecretName(id, number)))

  return {
    async read(principal, id) {
      const subscription = ownSigned(principal, id)
      const { secretNumber, retiringSecret } = subscription
      const isTwo = retiringSecret !== undefined && retiringNumber(subscription, wall.now()) !== undefined
      return {
        secret: await textOf(id, secretNumber),
        ...(isTwo
          ? { previous: { secret: await textOf(id, retiringSecret.number), until: retiringSecret.until } }
          : {}),
      }
    },
    async rotate(principal, id, overlapHours) {
      const subscription = ownSigned(principal, id)
      if (retiringNumber(subscription, wall.now()) !== undefined) {
        throw new HubError('HUB_ALREADY_DECIDED', 'an older secret of this subscription is still in force', {
          hint: 'Retire it first, or wait until it ends.',
        })
      }
      const number = subscription.secretNumber + 1
      const until = momentOf(wall.now() + overlapHours * HOUR)
      // The secret is durable before the log names it: whatever is sent can be signed.
      const secret = await textOf(id, number)
      const receipt = await recorder.appendNext(
        {
          stream: subscriptionStream(id),
          type: 'SecretRotated',
          data: { number, previousUntil: until },
          by: principal,
        },
        (events) => {
          refuseClosed(events)
          if (countOf(events, 'SecretRotated') !== number - 2) {
            throw new HubError('HUB_ALREADY_DECIDED', 'the secret was rotated by somebody else meanwhile')
          }
        },
      )
      return { secret, previous: { secret: await textOf(id, subscription.secretNumber), until }, receipt }
    },
    async retire(principal, id) {
      const subscription = ownSigned(principal, id)
      const number = retiringNumber(subscription, wall.now())
      if (number === undefined) throw new HubError('HUB_ALREADY_DECIDED', 'one secret is in force, and no older one')
      return recorder.appendNext(
        { stream: subscriptionStream(id), type: 'SecretRetired', data: { number }, by: principal },
        (events) => {
          refuseClosed(events)
          if (countOf(events, 'SecretRetired', number) > 0) {
            throw new HubError('HUB_ALREADY_DECIDED', 'that secret is retired already')
          }
        },
      )
    },
  }
}

function countOf(events: readonly StoredEvent[], type: string, number?: number): number {
  return events.filter((event) => event.type === type && (number === undefined || event.data.number === number)).length
}
