/**
 * The end of held writes that nobody matched: 30 days after it was held, a write ends as `HeldRejected` by the hub itself. It
 * reads nothing of whom a write names, and gives way to whatever a person decided before it.
 *
 * What it appends follows from the held write alone, so that any node derives the same, e.g. at revision 1 of
 * `held-…`: `{"type":"HeldRejected","occurredAt":"2026-05-20T09:30:00.000+08:00","data":{"by":"hub","reason":"EXPIRED"}}`.
 */
import { heldStream } from '../domain/streams.js'
import { DAY, epochMsOf, type Moment, momentOf } from '../kernel/dates.js'
import { isHubError } from '../kernel/errors.js'
import type { Turns } from '../kernel/turns.js'
import type { HubRecorder } from './port.js'

/** Days for which a held write waits for a health centre (design §5). */
export const HELD_DAYS = 30
const BY_THE_HUB = { by: 'hub', reason: 'EXPIRED' }

export interface OpenHeldWrite {
  readonly held: string
  readonly heldAt: Moment
}

/** The instant at which a held write ends by itself. */
export function heldUntil(heldAt: Moment): Moment {
  return momentOf(epochMsOf(heldAt) + HELD_DAYS * DAY)
}

/**
 * Ends those of the open held writes whose time has come, and answers with how many it ended itself. A listing that lags
 * behind is harmless: a write that has ended stays as it ended.
 */
export async function expireHeldWrites(
  open: Iterable<OpenHeldWrite>,
  nowMs: number,
  { recorder, turns }: { readonly recorder: Pick<HubRecorder, 'appendAt'>; readonly turns: Turns },
): Promise<number> {
  let ended = 0
  for (const { held, heldAt } of open) {
    const occurredAt = heldUntil(heldAt)
    if (epochMsOf(occurredAt) > nowMs) continue
    const stream = heldStream(held)
    const event = { stream, type: 'HeldRejected', occurredAt, data: BY_THE_HUB }
    try {
      const { outcome } = await turns.take(stream, () => recorder.appendAt({ after: 0 }, event))
      if (outcome === 'landed') ended++
    } catch (error) {
      // A health centre matched or rejected it first.
      if (!isHubError(error, 'HUB_DIFFERENT_CONTENT')) throw error
    }
  }
  return ended
}
