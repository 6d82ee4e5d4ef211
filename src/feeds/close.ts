/**
 * Closes periods: by the calendar after their grace, or by hand. A feed closes a period only once the one before it is
 * released whole. The closing event is the cut; the first node that appends it wins.
 */
import type { StoredEvent } from '../domain/event.js'
import { HUB_STREAM, periodStream } from '../domain/streams.js'
import { type CalendarDate, dayOf, dayOfTime, nextPeriod, type Period, periodDays } from '../kernel/dates.js'
import { HubError, isHubError } from '../kernel/errors.js'
import type { LogReader } from '../log/port.js'
import { calendarOf, closesOn, isPeriodOf, periodOf } from '../policy/calendars.js'
import type { Principal } from '../recording/port.js'
import { definitionInForce, isInForce, versionsToFreeze } from './editions.js'
import type { FeedsDeps } from './feeds-deps.js'
import type { CloseOutcome } from './port.js'

export interface Closer {
  /** The period that comes next: the one after the last closed. */
  openPeriod(feed: string): Promise<Period>
  /** The first period that this log can have facts of, or in which the feed was put in force. */
  firstPeriod(feed: string): Promise<Period>
  closing(feed: string, period: Period): Promise<StoredEvent | undefined>
  /** Closes the next period of a feed where its day has come; undefined where nothing is due. */
  closeDue(feed: string): Promise<CloseOutcome | undefined>
  /** @param isReleasing true while a period of the feed is not released whole */
  closeByHand(by: Principal, feed: string, period: Period, isReleasing: () => Promise<boolean>): Promise<CloseOutcome>
}

export function createCloser(deps: FeedsDeps): Closer {
  const { log, recorder, calendar, pack } = deps
  const nextOf = new Map<string, Period>()
  const firstDays = new Map<string, CalendarDate>()

  const today = (): CalendarDate => dayOf(calendar.now())
  const cadenceOf = (feed: string) => definitionInForce(deps, feed).cadence
  const closing = (feed: string, period: Period): Promise<StoredEvent | undefined> =>
    log.readTail(periodStream(feed, period))

  async function firstPeriod(feed: string): Promise<Period> {
    const cadence = cadenceOf(feed)
    const known = firstDays.get(feed) ?? (await firstDayOf(log, feed))
    if (known !== undefined) firstDays.set(feed, known)
    return periodOf(cadence, known ?? today())
  }

  async function openPeriod(feed: string): Promise<Period> {
    let period = nextOf.get(feed) ?? (await firstPeriod(feed))
    while (await closing(feed, period)) period = nextPeriod(period)
    nextOf.set(feed, period)
    return period
  }

  async function append(feed: string, period: Period, by: Principal | undefined): Promise<CloseOutcome> {
    const stream = periodStream(feed, period)
    const data = { feed, period, by: by ? 'HAND' : 'CALENDAR', versions: versionsToFreeze(deps, feed) }
    try {
      const { outcome, receipt } = await recorder.appendAt('new', {
        stream,
        type: 'FeedPeriodClosed',
        data,
        ...(by ? { by } : {}),
      })
      const { id: cutId, recordedAt: closedAt } = receipt
      return { outcome: outcome === 'landed' ? 'closed' : 'known', cutId, closedAt }
    } catch (error) {
      if (!isHubError(error, 'HUB_DIFFERENT_CONTENT')) throw error
      return known(await closing(feed, period), error)
    }
  }

  return {
    openPeriod,
    firstPeriod,
    closing,
    async closeDue(feed) {
      if (deps.isClockDoubted() || !isInForce(deps, feed)) return undefined
      const period = await openPeriod(feed)
      if (closesOn(calendarOf(pack.calendars, cadenceOf(feed)), period) > today()) return undefined
      return append(feed, period, undefined)
    },
    async closeByHand(by, feed, period, isReleasing) {
      const cadence = cadenceOf(feed)
      if (!isPeriodOf(cadence, period)) {
        throw new HubError('HUB_BAD_PERIOD', `expected a ${cadence === 'QUARTER' ? 'quarter' : 'half-year'} of ${feed}`)
      }
      const before = await closing(feed, period)
      if (before) return known(before)
      if (deps.isClockDoubted()) {
        throw new HubError('HUB_CLOCK_BEHIND', 'no period is closed while the clock is in doubt')
      }
      if (await isReleasing()) throw new HubError('HUB_OVERLOADED', 'the period before is still being released')
      const next = await openPeriod(feed)
      if (period !== next || today() <= periodDays(period).last) {
        throw new HubError(
          'HUB_BAD_PERIOD',
          `expected the next period to close, ${next}, once it is over; got ${period}`,
          {
            hint: 'Periods close one after the other, each after its last day.',
          },
        )
      }
      return append(feed, period, by)
    },
  }
}

/**
 * The day on which the log begins, or on which people put the feed in force that it did not begin with: of what was before that
 * nobody is told.
 */
async function firstDayOf(log: LogReader, feed: string): Promise<CalendarDate | undefined> {
  let born: CalendarDate | undefined
  for await (const { type, data, causation, recordedAt } of log.readStream(HUB_STREAM)) {
    born ??= dayOfTime(recordedAt)
    if (type !== 'VersionActivated' || data.kind !== 'feed' || data.name !== feed) continue
    return causation ? dayOfTime(recordedAt) : born
  }
  return born
}

function known(event: StoredEvent | undefined, cause?: unknown): CloseOutcome {
  if (!event) throw cause
  return { outcome: 'known', cutId: event.id, closedAt: event.recordedAt }
}
