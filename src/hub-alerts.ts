/** What time does to alerts in a hub: ladders, levels that go stale, and how many wait. It starts nothing by itself. */
import { setImmediate as otherWork } from 'node:timers/promises'
import { alerts as alertRows, alertsWaiting } from '../projections/alerts.js'
import { assessmentDays } from '../projections/assessment-days.js'
import { patientRecord } from '../projections/patient-record.js'
import { type AlertKeeper, createAlertKeeper } from './alerts/keeper.js'
import { createStalenessKeeper, type StalenessKeeper } from './alerts/staleness.js'
import type { HubCore } from './hub-core.js'
import type { Counters } from './hub-counters.js'
import type { HubStatus } from './hub-port.js'
import { isClockInDoubt } from './hub-readiness.js'
import { epochMsOf, SECOND } from './kernel/dates.js'
import type { ReadModels } from './readmodel/port.js'

/** Alerts after which other work gets its turn. */
const TURN = 50

/** It looks at nothing before the read models have started, and while the clock is in doubt no alarm climbs or ends. */
export function alertKeeperOf(core: HubCore, readModels: ReadModels, counters: Counters): AlertKeeper {
  const { config, store, directory } = core
  const { dutyAfterMinutes, superiorAfterMinutes, alertHours } = config.policy
  const keeper = createAlertKeeper({
    log: store.log,
    recorder: core.hubRecorder,
    calendar: core.calendar,
    directory: () => directory.current,
    rows: () => readModels.reader(alertRows),
    options: { dutyAfterMinutes, superiorAfterMinutes, alertHours },
    metrics: counters.keeper,
  })
  return { keep: async () => (isClockInDoubt(core) ? 0 : keeper.keep()) }
}

/** Nor does a level go stale by a clock in doubt. */
export function stalenessKeeperOf(core: HubCore, readModels: ReadModels): StalenessKeeper {
  const keeper = createStalenessKeeper({
    log: core.store.log,
    recorder: core.hubRecorder,
    calendar: core.calendar,
    days: () => readModels.reader(assessmentDays),
    riskOf: (patientId) => readModels.reader(patientRecord).get(patientId)?.state.risk,
    staleAfterDays: core.config.policy.staleAfterDays,
  })
  return { keep: async () => (isClockInDoubt(core) ? 0 : keeper.keep()) }
}

/** The subscriptions of the agencies at which an alarm waits, the superior's among them where it has climbed there. */
export async function whereAlarmsWait(
  { directory }: Pick<HubCore, 'directory'>,
  readModels: ReadModels,
): Promise<readonly string[]> {
  const agencies = new Set<string>()
  if (!directory.current.subscriptionsFor({}).some(({ ping }) => ping !== undefined)) return []
  let seen = 0
  for (const { row } of readModels.reader(alertRows).withPrefix(alertsWaiting('ALARM'))) {
    // Thousands may wait: whoever records meanwhile gets their turn.
    if (++seen % TURN === 0) await otherWork()
    agencies.add(row.agency)
    for (const { to } of row.climbed) if (to !== undefined) agencies.add(to)
  }
  return [...agencies].flatMap((agency) => directory.current.subscriptionsOf(agency).map(({ id }) => id))
}

/** Alerts that nobody has attended to. What this costs grows with them, never with the log. */
export function waitingAlerts({ calendar }: Pick<HubCore, 'calendar'>, readModels: ReadModels): HubStatus['alerts'] {
  const rows = readModels.reader(alertRows)
  let alarms = 0
  let oldest: string | undefined
  for (const { row } of rows.withPrefix(alertsWaiting('ALARM'))) {
    alarms++
    if (oldest === undefined || row.raisedAt < oldest) oldest = row.raisedAt
  }
  let retractions = 0
  for (const _ of rows.withPrefix(alertsWaiting('RETRACTION'))) retractions++
  const oldestAlarmSeconds = oldest === undefined ? 0 : Math.max(0, (calendar.now() - epochMsOf(oldest)) / SECOND)
  return { waiting: { ALARM: alarms, RETRACTION: retractions }, oldestAlarmSeconds }
}
