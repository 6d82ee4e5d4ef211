/** What an act on a subscription may find in its stream. It reads nothing by itself. */
import type { StoredEvent } from '../domain/event.js'
import { HubError } from '../kernel/errors.js'

/** Throws where the subscription was never opened, or is closed. */
export function refuseClosed(events: readonly StoredEvent[]): void {
  if (events.length === 0) throw new HubError('HUB_NOT_FOUND', 'no such subscription')
  if (events.some(({ type }) => type === 'SubscriptionClosed')) {
    throw new HubError('HUB_ALREADY_DECIDED', 'the subscription is closed', { hint: 'Open a new one.' })
  }
}
