/**
 * Refuses what would destroy a person’s keys while a legal hold is in force. Pure: it asks the person’s stream, and the
 * calendar’s day.
 */
import type { StoredEvent } from '../domain/event.js'
import { holdInStream } from '../domain/fold-safeguards.js'
import type { CalendarDate } from '../kernel/dates.js'
import { HubError } from '../kernel/errors.js'

/** Throws `HUB_LEGAL_HOLD`, with the day through which it is in force where it has one. */
export function refuseHeld(events: readonly StoredEvent[], day: CalendarDate): void {
  const hold = holdInStream(events, day)
  if (!hold) return
  const until = hold.until === undefined ? {} : { until: hold.until }
  throw new HubError('HUB_LEGAL_HOLD', 'a legal hold keeps this person\u2019s record', { data: until })
}
