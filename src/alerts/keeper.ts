/**
 * Keeps every alert to its end. What time makes due is an event of the alert's own stream, right after what stands there: any
 * hub may append it and one lands, and where somebody acknowledges at the same instant the log's revision decides. It tells
 * nobody itself: the dispatcher follows what is appended.
 *
 * E.g. at revision 1 of `alert-…`: `{"type":"AlertEscalated","occurredAt":"2026-03-02T09:15:00.000+08:00","data":{"step":"DUTY",
 * "to":"0198…"}}`.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { type AlertRow, alertKey, alertsAbout, alertsWaiting } from '../../projections/alerts.js'
import type { AlertEnd, AlertRung } from '../domain/alert-events.js'
import type { Directory } from '../domain/directory.js'
import type { StoredEvent } from '../domain/event.js'
import { alertStream, streamKeyOf, streamKindOf } from '../domain/streams.js'
import type { Clock } from '../kernel/clock.js'
import { collect } from '../kernel/collect.js'
import { dayOf, MINUTE, momentOf, SECOND } from '../kernel/dates.js'
import { isHubError } from '../kernel/errors.js'
import type { LogReader } from '../log/port.js'
import type { ReadModel } from '../readmodel/port.js'
import type { HubRecorder } from '../recording/port.js'
import { type LadderOptions, nextDue, unattended } from './ladder.js'
import type { KeeperMetrics } from './port.js'
import { type Later, laterOf } from './replaced.js'
import { agencyOn } from './rungs.js'

export interface KeeperDeps {
  readonly log: LogReader
  readonly recorder: Pick<HubRecorder, 'appendAt'>
  readonly calendar: Clock
  readonly directory: () => Directory
  readonly rows: () => Pick<ReadModel<AlertRow>, 'get' | 'withPrefix'>
  readonly options: LadderOptions
  readonly metrics?: KeeperMetrics
}

export interface AlertKeeper {
  /**
   * Appends what is due by now, one step of each alert at most, and answers with how many it appended itself. A listing that
   * lags behind is harmless: the alert's stream decides. Never call it while the clock is in doubt.
   */
  keep(): Promise<number>
}

type Step =
  | { readonly type: 'AlertEscalated'; readonly data: { readonly step: AlertRung; readonly [member: string]: unknown } }
  | { readonly type: 'AlertExpired'; readonly data: { readonly end: AlertEnd; readonly [member: string]: unknown } }

export function createAlertKeeper(deps: KeeperDeps): AlertKeeper {
  const { log, recorder, calendar, options, metrics } = deps
  /** Retractions ring nobody and end after a quarter: they are looked at once a day. */
  let quietDay: string | undefined
  /** The last alarm that was looked at though nothing of it was due. */
  let lookedTo = ''
  /** While a crowd waits: until then nothing falls due. No first rung is nearer to its alarm than a minute. */
  let restsUntil = 0
  let passedAt = Number.POSITIVE_INFINITY

  const laterThan = async (row: AlertRow): Promise<Later | undefined> => {
    if (streamKindOf(row.cause.stream) !== 'patient') return undefined
    const about = [...deps.rows().withPrefix(alertsAbout(streamKeyOf(row.cause.stream)))]
    return laterOf(
      row,
      about.map((one) => one.row),
      log,
    )
  }

  /** What is due, by the alert's stream and what was said later; undefined where nothing is. */
  const stepOf = (row: AlertRow, events: readonly StoredEvent[], later: Later | undefined): Step | undefined => {
    const told = unattended(events)
    if (!told) return undefined
    if (later && (!later.stands || isAttended(deps.rows().get(alertKey(later.row.alert))))) {
      return { type: 'AlertExpired', data: { end: 'SUPERSEDED', by: later.row.cause, at: later.row.raisedAt } }
    }
    const due = nextDue(told, options)
    if (due.atMs > calendar.now()) return undefined
    const at = momentOf(due.atMs)
    if (due.kind === 'end') return { type: 'AlertExpired', data: { end: due.end, at } }
    const to = agencyOn(due.step, row.agency, deps.directory())
    return {
      type: 'AlertEscalated',
      data: { step: due.step, ...(to === undefined ? {} : { to }), ...(later ? { about: later.row.cause } : {}), at },
    }
  }

  const count = (step: Step): void => {
    if (step.type === 'AlertEscalated') metrics?.climbed?.(step.data.step)
    else metrics?.ended?.(step.data.end)
  }

  const keepOne = async (row: AlertRow): Promise<boolean> => {
    const later = await laterThan(row)
    if (!later && nextDue(row, options).atMs > calendar.now()) return false
    const stream = alertStream(row.alert.slice(0, UUID_LENGTH), row.agency)
    const events = await collect(log.readStream(stream))
    const tail = events.at(-1)
    const step = tail && stepOf(row, events, later)
    if (!step) return false
    try {
      const event = { stream, ...step, causation: row.cause, floor: tail.recordedAt }
      const { outcome } = await recorder.appendAt({ after: tail.revision }, event)
      if (outcome === 'landed') count(step)
      return outcome === 'landed'
    } catch (error) {
      // Somebody attended to it first, or a hub that has seen more: what stands there decides, at the next look.
      if (!isHubError(error, 'HUB_DIFFERENT_CONTENT') && !isHubError(error, 'HUB_WRONG_EXPECTATION')) throw error
      return false
    }
  }

  return {
    async keep() {
      const now = calendar.now()
      if (now < restsUntil && restsUntil - now <= MINUTE) return 0
      const today = dayOf(now)
      let appended = 0
      let seen = 0
      let worked = 0
      const failures: unknown[] = []
      const look = async (row: AlertRow): Promise<void> => {
        try {
          if (await keepOne(row)) appended++
        } catch (error) {
          // One that cannot be kept keeps no other from climbing.
          failures.push(error)
        }
      }
      /** Thousands may wait: whoever records meanwhile gets most of the time. */
      const work = async (parts: number): Promise<void> => {
        worked += parts
        if (worked < TURN) return
        worked = 0
        await delay(PAUSE_MS)
      }
      let inTurn = 0
      let last = ''
      let wasDue = false
      let soonest = now + MINUTE
      const share = Math.round(Math.min(MOST_IN_TURN, Math.max(1, (now - passedAt) / EVERY_MS) * IN_TURN))
      passedAt = now
      for (const { key, row } of deps.rows().withPrefix(alertsWaiting('ALARM'))) {
        seen++
        const isInTurn = key > lookedTo && inTurn < share
        if (isInTurn) {
          inTurn++
          last = key
        }
        const { atMs } = nextDue(row, options)
        const isDue = atMs <= calendar.now()
        if (isDue) wasDue = true
        else soonest = Math.min(soonest, atMs)
        if (isInTurn || isDue) await look(row)
        await work(isInTurn || isDue ? LOOK : 1)
      }
      lookedTo = inTurn < share ? '' : last
      restsUntil = seen > CROWD && !wasDue && failures.length === 0 ? soonest : 0
      if (quietDay !== today) {
        for (const { row } of deps.rows().withPrefix(alertsWaiting('RETRACTION'))) {
          await look(row)
          await work(LOOK)
        }
      }
      if (failures.length > 0) throw failures[0]
      quietDay = today
      return appended
    },
  }
}

const UUID_LENGTH = 36
/** Alerts after which other work gets its turn, and for how long at least; one that is looked at counts for four. */
const TURN = 32
const LOOK = 4
const PAUSE_MS = 3
/** Where more alarms wait and none is due, they are passed when the next falls due, and once a minute at least. */
const CROWD = 1000
/**
 * Alarms looked at in so long a time though no time has come for them: whether something later took their place. With 5,000 that
 * wait each is looked at every five minutes, and always before it climbs.
 */
const IN_TURN = 200
const EVERY_MS = 10 * SECOND
const MOST_IN_TURN = 1000

function isAttended(row: AlertRow | undefined): boolean {
  return row !== undefined && row.state !== 'OPEN'
}
