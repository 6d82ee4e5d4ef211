/**
 * What time makes due of an alert: which rung an unattended alarm climbs next, and when an alert ends (policy §5.4). Pure, and
 * a function of the alert's own events and the options, so that every hub finds the same.
 */
import { QUIET_DAYS } from '../domain/alert-class.js'
import { ALERT_RUNGS, type AlertClass, type AlertEnd, type AlertRung } from '../domain/alert-events.js'
import type { StoredEvent } from '../domain/event.js'
import { readText } from '../domain/read-data.js'
import { DAY, epochMsOf, HOUR, MINUTE } from '../kernel/dates.js'

export interface LadderOptions {
  /** Minutes after which an unattended alarm climbs to the agency's own duty subscriptions; 0 leaves the rung out. */
  readonly dutyAfterMinutes: number
  /** Minutes after which it climbs to the agency's superior; 0 leaves the rung out. */
  readonly superiorAfterMinutes: number
  /** Hours that whoever was told last has, before the alarm ends unanswered. */
  readonly alertHours: number
}

/** When an alert was told to whom, as far as its ladder goes. */
export interface Told {
  readonly class: AlertClass
  readonly raisedAt: string
  readonly climbed: readonly { readonly step: AlertRung; readonly at: string }[]
}

export type Due =
  | { readonly kind: 'climb'; readonly step: AlertRung; readonly atMs: number }
  | { readonly kind: 'end'; readonly end: AlertEnd; readonly atMs: number }

/**
 * The next thing that time makes of an unattended alert. Each rung is counted from when the one before it was told: after an
 * outage the ladder goes on in its own time, and nobody is passed over. E.g. with 15 and 60 minutes and 24 hours an alarm of
 * 09:00 climbs at 09:15 and 10:00, and ends at 10:00 on the next day.
 */
export function nextDue({ class: alertClass, raisedAt, climbed }: Told, options: LadderOptions): Due {
  if (alertClass !== 'ALARM') {
    return { kind: 'end', end: 'EXPIRED', atMs: epochMsOf(raisedAt) + QUIET_DAYS * DAY }
  }
  const after: Readonly<Record<AlertRung, number>> = {
    DUTY: options.dutyAfterMinutes * MINUTE,
    SUPERIOR: options.superiorAfterMinutes * MINUTE,
  }
  const last = climbed.at(-1)
  const toldMs = epochMsOf(last?.at ?? raisedAt)
  const step = ALERT_RUNGS.slice(last ? ALERT_RUNGS.indexOf(last.step) + 1 : 0).find((rung) => after[rung] > 0)
  if (step === undefined) return { kind: 'end', end: 'UNANSWERED', atMs: toldMs + options.alertHours * HOUR }
  return { kind: 'climb', step, atMs: toldMs + Math.max(0, after[step] - (last ? after[last.step] : 0)) }
}

const ATTENDING = new Set(['AlertAcknowledged', 'AlertRelayed', 'AlertOutcomeReported'])

/** What its stream says; undefined where somebody has attended to it, or it has ended. */
export function unattended(events: readonly StoredEvent[]): Told | undefined {
  const [raised] = events
  if (!raised || events.some(({ type }) => ATTENDING.has(type) || type === 'AlertExpired')) return undefined
  return {
    class: readText(raised.data, 'class') as AlertClass,
    raisedAt: raised.recordedAt,
    climbed: events
      .filter(({ type }) => type === 'AlertEscalated')
      .map(({ data, recordedAt }) => ({ step: readText(data, 'step') as AlertRung, at: recordedAt })),
  }
}
