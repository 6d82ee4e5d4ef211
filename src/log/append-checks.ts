/** What every adapter of the log refuses before it sends anything. Stream names hold ids of people: messages name the kind alone. */
import type { OpenEvent } from '../domain/event.js'
import { HubError } from '../kernel/errors.js'
import { isUuid } from '../kernel/ids.js'

/** @throws HUB_INVALID_EVENT */
export function refuseUnfit(stream: string, events: readonly OpenEvent['event'][]): void {
  if (events.length === 0)
    throw new HubError('HUB_INVALID_EVENT', `append to ${streamKind(stream)}: expected at least one event, got none`)
  if (stream === '' || stream.includes('\n'))
    throw new HubError('HUB_INVALID_EVENT', 'expected a stream name of one line')
  // Ids travel packed or parsed, and a row's JSON is written by hand: what does not fit would spoil its neighbours for ever.
  for (const { id, corrects } of events) {
    if (!isUuid(id) || (corrects !== undefined && !isUuid(corrects)))
      throw new HubError(
        'HUB_INVALID_EVENT',
        `append to ${streamKind(stream)}: expected ids that are UUIDs in lower case`,
      )
  }
  if (events.length > 1 && new Set(events.map(({ id }) => id)).size !== events.length) {
    throw new HubError('HUB_INVALID_EVENT', `append to ${streamKind(stream)}: the same id stands twice in one group`)
  }
}

/** `patient-7c0e…` → `a patient stream`. */
export function streamKind(stream: string): string {
  return `a ${stream.split('-', 1)[0]} stream`
}
