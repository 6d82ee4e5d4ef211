/** What every adapter of the log refuses, and in which words. Stream names hold ids of people: messages name the kind alone. */
import type { OpenEvent } from '../domain/event.js'
import { HubError } from '../kernel/errors.js'
import { isUuid } from '../kernel/ids.js'
import type { Expected } from './port.js'

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

/** The refusal of sentence 2 of the port: these ids are in the stream already. */
export function idKnown(
  stream: string,
  asked: number,
  known: readonly { readonly id: string; readonly revision: number }[],
): HubError {
  const message = `${known.length} of ${asked} ids are in ${streamKind(stream)} already`
  return new HubError('HUB_ID_KNOWN', message, { data: { known } })
}

/** The refusal of sentence 3; null where there is no stream. */
export function wrongExpectation(expected: Expected, actualRevision: number | null): HubError {
  const message = `expected ${JSON.stringify(expected)}, the stream is at ${actualRevision}`
  return new HubError('HUB_WRONG_EXPECTATION', message, { data: { actualRevision } })
}
