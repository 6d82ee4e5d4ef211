/**
 * Drives the two quarters: whatever alerts depend on goes over real HTTP with the agencies' own keys, the rest is recorded in
 * process. Each day is dispatched before the next, and each quarter closes on its day by the calendar alone.
 */
import { dayOf, type Period, periodDays } from '../kernel/dates.js'
import { calendarOf, closesOn, WEIHAI_CALENDARS } from '../policy/calendars.js'
import type { CareAct, NameAct, RecordAct } from './care-act.js'
import type { DemoClient } from './demo-http.js'
import type { DemoHub } from './demo-port.js'

/** What alerts come from: recorded over HTTP, so that their way through the hub is the real one. */
const OVER_HTTP = new Set([
  'RiskAssessed',
  'LossOfContactDeclared',
  'ContactRegained',
  'DangerousBehaviorReported',
  'DischargeConditionsMet',
  'HospitalDischarged',
  'PublicSafetyIncidentRecorded',
  'PatientRelocated',
  'PatientDied',
  'ProgrammeClosed',
  'DiagnosisExcluded',
  'RecordRetracted',
])

export function goesOverHttp(act: RecordAct | NameAct): boolean {
  if (act.isBackfill) return false
  return act.kind === 'name' || act.events.some(({ type, corrects }) => corrects !== undefined || OVER_HTTP.has(type))
}

export interface Driver {
  /** For the play: sends over HTTP what goes there. */
  readonly send: (
    act: RecordAct | NameAct,
    ids: { readonly patientId: string; readonly pseudonym?: string },
  ) => ReturnType<DemoClient['record']> | undefined
  /** For the play: a day is over. */
  readonly onDay: (dayEndMs: number) => Promise<void>
  readonly counts: () => { readonly overHttp: number; readonly inProcess: number }
  readonly noteAct: (act: CareAct) => void
}

export function createDriver(
  hub: DemoHub,
  client: DemoClient,
  keyOf: (agency: string) => string,
  periods: readonly Period[],
): Driver {
  const calendar = calendarOf(WEIHAI_CALENDARS, 'QUARTER')
  const closingDays = new Map(periods.map((period) => [closesOn(calendar, period), period]))
  let overHttp = 0
  let inProcess = 0
  return {
    send(act, ids) {
      if (!goesOverHttp(act)) return undefined
      overHttp += 1
      return client.record(act, ids, keyOf(act.agency))
    },
    noteAct(act) {
      const isByHttp = (act.kind === 'record' || act.kind === 'name') && goesOverHttp(act)
      const isHistory = (act.kind === 'record' || act.kind === 'name') && act.isBackfill
      if (!isByHttp && !isHistory) inProcess += 1
    },
    async onDay(dayEndMs) {
      await hub.dispatched()
      const period = closingDays.get(dayOf(dayEndMs))
      if (period !== undefined) await closed(hub, period)
    },
    counts: () => ({ overHttp, inProcess }),
  }
}

/** The calendar stands on the closing day of the period: resolves when every feed of it is released. */
async function closed(hub: DemoHub, period: Period): Promise<void> {
  for (;;) {
    hub.feeds.tick()
    await hub.feeds.idle()
    const states = await Promise.all(
      ['police-quarterly', 'political-legal-quarterly'].map(async (feed) => {
        const found = (await hub.feeds.periods(feed)).find((info) => info.period === period)
        return found?.state
      }),
    )
    if (states.every((state) => state === 'RELEASED')) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** The first moment after the last quarter's closing day has begun to be worked on. */
export function lastClosingDay(periods: readonly Period[]): string {
  const last = periods.at(-1)
  if (last === undefined) throw new Error('lastClosingDay: expected a period')
  return closesOn(calendarOf(WEIHAI_CALENDARS, 'QUARTER'), last)
}

/** Days from the first of the first quarter to the closing of the last. */
export function firstDay(periods: readonly Period[]): string {
  const first = periods[0]
  if (first === undefined) throw new Error('firstDay: expected a period')
  return periodDays(first).first
}
