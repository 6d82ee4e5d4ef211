/** The duty desks of a small hub, folded from its log when asked, with what people and time do on them. */
import { type AlertRow, alerts as projection } from '../../projections/alerts.js'
import { createAlerts } from '../../src/alerts/acts.js'
import { type AlertKeeper, createAlertKeeper, type KeeperDeps } from '../../src/alerts/keeper.js'
import type { LadderOptions } from '../../src/alerts/ladder.js'
import type { Alerts } from '../../src/alerts/port.js'
import { MINUTE } from '../../src/kernel/dates.js'
import type { SmallHub } from '../delivery/small-hub.js'

export const LADDER: LadderOptions = { dutyAfterMinutes: 15, superiorAfterMinutes: 60, alertHours: 24 }

export interface Desk {
  readonly alerts: Alerts<AlertRow>
  /** Folds what the log holds once everything is dispatched. */
  refresh(): Promise<void>
  rows(): ReadonlyMap<string, AlertRow>
  /** The alerts of an agency in the order in which they were raised. */
  of(agency: string): readonly AlertRow[]
  keeper(changes?: Partial<KeeperDeps>): AlertKeeper
  /** Lets minutes pass, then does what a hub's tick does until nothing is due, and dispatches it. */
  pass(minutes: number): Promise<void>
}

export function deskOf(hub: SmallHub, options: LadderOptions = LADDER): Desk {
  let rows = new Map<string, AlertRow>()
  const read = () => ({
    get: (key: string) => rows.get(key),
    *withPrefix(prefix: string) {
      for (const key of [...rows.keys()].sort()) {
        const row = key.startsWith(prefix) ? rows.get(key) : undefined
        if (row) yield { key, row }
      }
    },
  })
  const refresh = async (): Promise<void> => {
    await hub.idle()
    const folded = new Map<string, AlertRow>()
    for await (const { event } of hub.log.readAll('')) {
      if (!projection.handles.has(event.type)) continue
      for (const key of projection.keys(event)) {
        const row = projection.evolve(folded.get(key) ?? projection.initial, event, key)
        if (row) folded.set(key, row)
        else folded.delete(key)
      }
    }
    rows = folded
  }
  const keeper: Desk['keeper'] = (changes = {}) =>
    createAlertKeeper({
      log: hub.log,
      recorder: hub.recorder,
      calendar: hub.calendar,
      directory: hub.directory,
      rows: read,
      options,
      ...changes,
    })
  const own = keeper()
  return {
    alerts: createAlerts({ log: hub.log, recorder: hub.recorder, calendar: hub.calendar, rows: read }),
    refresh,
    rows: () => rows,
    of: (agency) =>
      [...rows]
        .filter(([key]) => key.startsWith(`${agency}/`))
        .map(([, row]) => row)
        .sort((a, b) => (a.raisedAt < b.raisedAt ? -1 : 1)),
    keeper,
    async pass(minutes) {
      hub.calendar.advanceTo(hub.calendar.now() + minutes * MINUTE)
      await refresh()
      while ((await own.keep()) > 0) await refresh()
    },
  }
}
