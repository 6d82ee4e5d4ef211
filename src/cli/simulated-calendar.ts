/**
 * The calendar of a simulated store: it runs as the wall clock does, from the start that was given or from the last event,
 * whichever is later. A real store has no such thing, and its calendar is the wall clock.
 */
import { existsSync } from 'node:fs'
import type { Config } from '../config.js'
import { type Clock, wallClock } from '../kernel/clock.js'
import { endOfTime, epochMsOf } from '../kernel/dates.js'
import { START } from '../log/port.js'
import { openSqliteLogReader } from '../log/sqlite-reader.js'
import { logFileOf } from '../store-of.js'

/** What a look at a log beside its writer tells. */
export interface LogPeek {
  readonly logId: string
  readonly isSimulated: boolean
  readonly events: number
  readonly lastRecordedAt: string
}

/** Undefined where there is no log. */
export async function peekLog(config: Pick<Config, 'dataDir' | 'eventStore'>): Promise<LogPeek | undefined> {
  const file = logFileOf(config)
  if (!existsSync(file)) return undefined
  const reader = openSqliteLogReader(file)
  try {
    const [created] = reader.pageAfter(START, 1)
    if (!created) return undefined
    const { logId, simulated } = created.event.data
    const events = Number(await reader.head())
    const [tail] = reader.pageAfter(String(events - 1), 1)
    return {
      logId: String(logId),
      isSimulated: simulated === true,
      events,
      lastRecordedAt: (tail ?? created).event.recordedAt,
    }
  } finally {
    reader.close()
  }
}

/** Undefined: the wall clock. */
export async function calendarOf(
  config: Pick<Config, 'calendarStart' | 'simulated' | 'dataDir' | 'eventStore'>,
): Promise<Clock | undefined> {
  const peek = await peekLog(config)
  if (!(peek?.isSimulated ?? config.simulated)) return undefined
  const startedMs = wallClock.now()
  const asked = config.calendarStart === undefined ? Number.NEGATIVE_INFINITY : startOf(config.calendarStart)
  const reached = peek ? epochMsOf(peek.lastRecordedAt) : Number.NEGATIVE_INFINITY
  const fromMs = Math.max(asked, reached, config.calendarStart === undefined ? startedMs : Number.NEGATIVE_INFINITY)
  return { now: () => fromMs + (wallClock.now() - startedMs) }
}

/** A bare day starts at its midnight. */
function startOf(time: string): number {
  return epochMsOf(time.length === 10 ? `${time}T00:00:00.000+08:00` : endOfTime(time))
}
