/**
 * What people do with an alert: acknowledge it, say whom they told, say what came of it. Every act is a named person's and is
 * recorded in the alert's own stream; none of them changes a level or ends a message.
 */
import {
  type AlertRow,
  alertKey,
  alertStateAt,
  alertsAbout,
  alertsClimbedTo,
  alertsOf,
  alertsWaiting,
  isEnded,
} from '../../projections/alerts.js'
import type { Role, StoredEvent } from '../domain/event.js'
import { findText, readObject } from '../domain/read-data.js'
import { isToldAllTheSame } from '../domain/restriction.js'
import { streamKeyOf, streamKindOf } from '../domain/streams.js'
import type { Clock } from '../kernel/clock.js'
import { collect } from '../kernel/collect.js'
import { momentOf } from '../kernel/dates.js'
import { HubError } from '../kernel/errors.js'
import { isUuid } from '../kernel/ids.js'
import type { LogReader } from '../log/port.js'
import type { ReadModel } from '../readmodel/port.js'
import type { HubRecorder, Principal } from '../recording/port.js'
import type { Alerts } from './port.js'

export interface AlertsDeps {
  readonly log: LogReader
  readonly recorder: Pick<HubRecorder, 'appendNext'>
  readonly calendar: Clock
  /** The duty desks; read when somebody looks at one. */
  readonly rows: () => Pick<ReadModel<AlertRow>, 'get' | 'withPrefix'>
  /** The patients whom a restriction keeps from agencies of a role now. Defaults to nobody. */
  readonly keptFrom?: (role: Role) => readonly string[]
}

const UUID_LENGTH = 36
const DEFAULT_LISTED = 200

export function createAlerts(deps: AlertsDeps): Alerts<AlertRow> {
  const { log, recorder, calendar, rows, keptFrom = () => [] } = deps
  const act = async (
    principal: Principal,
    alert: string,
    {
      type,
      data,
      check,
    }: { type: string; data: Record<string, unknown>; check?: (events: readonly StoredEvent[]) => void },
  ) => {
    const { person } = principal
    if (person === undefined) throw new HubError('HUB_PERSON_REQUIRED', 'acts on alerts are named persons’')
    return recorder.appendNext(
      {
        stream: `alert-${alert}`,
        type,
        data: { by: person, at: momentOf(calendar.now()), ...data },
        by: principal,
      },
      (events) => {
        if (events.length === 0) throw unknownAlert()
        check?.(events)
      },
    )
  }

  /** The agency that was told, the one that its alarm climbed to, or the health centre that telephones for its own fact. */
  const mayRelay = async (principal: Principal, alert: string): Promise<boolean> => {
    if (agencyOf(alert) === principal.agency) return true
    const events = await collect(log.readStream(`alert-${alert}`))
    if (hasClimbedTo(principal.agency, events)) return true
    const cause = readObject(events[0]?.data ?? {}, 'cause')
    const stream = findText(cause, 'stream')
    if (principal.role !== 'CHC' || stream === undefined) return false
    for await (const event of log.readStream(stream)) {
      if (event.id === cause.id) return event.recordedBy.agency === principal.agency
    }
    return false
  }

  /** Refuses an act of this type to whoever was not told, and a second one. */
  const decide = (principal: Principal, alert: string, type: string) => {
    const isOwn = agencyOf(alert) === principal.agency
    return (events: readonly StoredEvent[]): void => {
      if (!isOwn && !hasClimbedTo(principal.agency, events)) throw unknownAlert()
      refuseAnswered(events, type)
    }
  }

  const asOfNow = (row: AlertRow): AlertRow => ({ ...row, state: alertStateAt(row, calendar.now()) })

  /** Whom an alert is about; one that was returned is about the alert that it answers. */
  const personOf = ({ cause: { stream } }: AlertRow): string | undefined => {
    if (streamKindOf(stream) === 'patient') return streamKeyOf(stream)
    const origin = rows().get(alertKey(streamKeyOf(stream)))?.cause.stream
    return origin !== undefined && streamKindOf(origin) === 'patient' ? streamKeyOf(origin) : undefined
  }

  /** Without those of people whom a restriction keeps from the role. */
  const shownTo = (role: Role, found: readonly AlertRow[]): readonly AlertRow[] => {
    const kept = new Set<string | undefined>(keptFrom(role))
    return kept.size === 0 ? found : found.filter((row) => isToldAllTheSame(row.kind) || !kept.has(personOf(row)))
  }

  return {
    list({ agency, role }, { open = false, waiting = false, state, limit = DEFAULT_LISTED, patientId } = {}) {
      const desks = rows()
      const prefix = waiting
        ? alertsWaiting('ALARM')
        : patientId === undefined
          ? alertsOf(agency)
          : alertsAbout(patientId)
      const own = [...desks.withPrefix(prefix)]
        .filter(({ row }) => row.agency === agency)
        .map(({ row }) => asOfNow(desks.get(alertKey(row.alert)) ?? row))
        .filter((row) => (!open || !isEnded(row.state)) && (state === undefined || row.state === state))
      const sorted = newestFirst(shownTo(role, own))
      return (waiting ? sorted.reverse() : sorted).slice(0, limit)
    },
    climbed({ agency, role }, { open = false, limit = DEFAULT_LISTED } = {}) {
      const desks = rows()
      const climbed = [...desks.withPrefix(alertsClimbedTo(agency))]
        .flatMap(({ row }) => desks.get(alertKey(row.alert)) ?? [])
        .map(asOfNow)
      const asked = climbed.filter(({ state }) => !open || !isEnded(state))
      return newestFirst(shownTo(role, asked)).slice(0, limit)
    },
    async caused(principal, patientId) {
      if (principal.role !== 'CHC') return []
      const desks = rows()
      const found = [...desks.withPrefix(alertsAbout(patientId))]
        .map(({ row }) => asOfNow(desks.get(alertKey(row.alert)) ?? row))
        .filter(({ agency }) => agency !== principal.agency)
      if (found.length === 0) return []
      const own = new Set<string>()
      for await (const event of log.readStream(`patient-${patientId}`)) {
        if (event.recordedBy.agency === principal.agency) own.add(event.id)
      }
      return newestFirst(shownTo(principal.role, found).filter(({ cause }) => own.has(cause.id)))
    },
    async acknowledge(principal, alert) {
      const check = decide(principal, alert, 'AlertAcknowledged')
      return act(principal, alert, { type: 'AlertAcknowledged', data: {}, check })
    },
    async relay(principal, alert, { to, means }) {
      if (!(await mayRelay(principal, alert))) throw unknownAlert()
      return act(principal, alert, { type: 'AlertRelayed', data: { to, means } })
    },
    async outcome(principal, alert, outcome) {
      const check = decide(principal, alert, 'AlertOutcomeReported')
      return act(principal, alert, { type: 'AlertOutcomeReported', data: { outcome }, check })
    },
  }
}

function newestFirst(rows: readonly AlertRow[]): AlertRow[] {
  return [...rows].sort((a, b) => (a.raisedAt < b.raisedAt ? 1 : a.raisedAt > b.raisedAt ? -1 : 0))
}

/** True where it climbed there: who was told of it by that may act on it. */
function hasClimbedTo(agency: string, events: readonly StoredEvent[]): boolean {
  return events.some(({ type, data }) => type === 'AlertEscalated' && data.step === 'SUPERIOR' && data.to === agency)
}

/** Acknowledged once and answered once: a second answer would be another alert's. */
function refuseAnswered(events: readonly StoredEvent[], type: string): void {
  if (events.some((event) => event.type === type)) {
    throw new HubError('HUB_ALREADY_DECIDED', 'somebody has already done so', {
      data: { by: findText(events.findLast((event) => event.type === type)?.data ?? {}, 'by') },
    })
  }
}

/** `<cause id>-<agency>`. Throws `HUB_NOT_FOUND` for anything else, as for an alert of somebody else. */
function agencyOf(alert: string): string {
  const agency = alert.slice(UUID_LENGTH + 1)
  if (!isUuid(alert.slice(0, UUID_LENGTH)) || !isUuid(agency)) throw unknownAlert()
  return agency
}

function unknownAlert(): HubError {
  return new HubError('HUB_NOT_FOUND', 'no such alert')
}
