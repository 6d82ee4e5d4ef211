/**
 * What people do with an alert: acknowledge it, say whom they told, say what came of it. Every act is a named person's and is
 * recorded in the alert's own stream; none of them changes a level or ends a message.
 */
import { type AlertRow, alertKey, alertsAbout, alertsOf } from '../../projections/alerts.js'
import type { StoredEvent } from '../domain/event.js'
import { findText, readObject } from '../domain/read-data.js'
import type { Clock } from '../kernel/clock.js'
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
}

const UUID_LENGTH = 36
const DEFAULT_LISTED = 200

export function createAlerts({ log, recorder, calendar, rows }: AlertsDeps): Alerts<AlertRow> {
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

  /** The agency that was told, or the health centre that recorded the cause and telephones for it. */
  const mayRelay = async (principal: Principal, alert: string): Promise<boolean> => {
    if (agencyOf(alert) === principal.agency) return true
    if (principal.role !== 'CHC') return false
    for await (const raised of log.readStream(`alert-${alert}`)) {
      const cause = readObject(raised.data, 'cause')
      const stream = findText(cause, 'stream')
      if (stream === undefined) return false
      for await (const event of log.readStream(stream)) {
        if (event.id === cause.id) return event.recordedBy.agency === principal.agency
      }
      return false
    }
    return false
  }

  const own = (principal: Principal, alert: string): void => {
    if (agencyOf(alert) !== principal.agency) throw unknownAlert()
  }

  return {
    list({ agency }, { open = false, limit = DEFAULT_LISTED, patientId } = {}) {
      const desks = rows()
      const own =
        patientId === undefined
          ? [...desks.withPrefix(alertsOf(agency))].map(({ row }) => row)
          : [...desks.withPrefix(alertsAbout(patientId))].flatMap(({ row }) =>
              row.agency === agency ? [desks.get(alertKey(row.alert)) ?? row] : [],
            )
      return newestFirst(own.filter(({ state }) => !open || state !== 'ANSWERED')).slice(0, limit)
    },
    async caused(principal, patientId) {
      if (principal.role !== 'CHC') return []
      const desks = rows()
      const found = [...desks.withPrefix(alertsAbout(patientId))]
        .map(({ row }) => desks.get(alertKey(row.alert)) ?? row)
        .filter(({ agency }) => agency !== principal.agency)
      if (found.length === 0) return []
      const own = new Set<string>()
      for await (const event of log.readStream(`patient-${patientId}`)) {
        if (event.recordedBy.agency === principal.agency) own.add(event.id)
      }
      return newestFirst(found.filter(({ cause }) => own.has(cause.id)))
    },
    async acknowledge(principal, alert) {
      own(principal, alert)
      return act(principal, alert, {
        type: 'AlertAcknowledged',
        data: {},
        check: (events) => refuseAnswered(events, 'AlertAcknowledged'),
      })
    },
    async relay(principal, alert, { to, means }) {
      if (!(await mayRelay(principal, alert))) throw unknownAlert()
      return act(principal, alert, { type: 'AlertRelayed', data: { to, means } })
    },
    async outcome(principal, alert, outcome) {
      own(principal, alert)
      return act(principal, alert, {
        type: 'AlertOutcomeReported',
        data: { outcome },
        check: (events) => refuseAnswered(events, 'AlertOutcomeReported'),
      })
    },
  }
}

function newestFirst(rows: readonly AlertRow[]): readonly AlertRow[] {
  return [...rows].sort((a, b) => (a.raisedAt < b.raisedAt ? 1 : a.raisedAt > b.raisedAt ? -1 : 0))
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
