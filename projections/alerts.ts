/**
 * One row per alert and recipient: raised, acknowledged, relayed, answered. Keys begin with the recipient, so that
 * `withPrefix(alertsOf(agency))` is a duty desk. A second row, as the alert was raised, lies under the person, so that who
 * caused it finds it: `withPrefix(alertsAbout(patientId))`. It says nothing of the level.
 */
import { defineFlowProjection } from '../src/domain/define-projection.js'
import type { Causation, StoredEvent } from '../src/domain/event.js'
import type { AlertClass } from '../src/domain/hub-events.js'
import type { Time } from '../src/domain/patient-state.js'
import { findText, readNumber, readObject, readText, readTexts } from '../src/domain/read-data.js'
import { streamKeyOf, streamKindOf } from '../src/domain/streams.js'
import type { Moment } from '../src/kernel/dates.js'

export interface AlertRow {
  /** The alert's stream without its kind: `<cause id>-<agency>`. */
  readonly alert: string
  readonly agency: string
  readonly cause: Causation
  readonly kind: string
  readonly class: AlertClass
  readonly message?: { readonly stream: string; readonly revision: number }
  /** Whom the health centre is to tell itself. */
  readonly tasks: readonly string[]
  /** Those of them whom nobody has told yet: `AlertRelayed {to}` closes one. */
  readonly openTasks: readonly string[]
  readonly raisedAt: Moment
  /** The first acknowledgement; later ones change nothing. */
  readonly acknowledged?: { readonly by: string; readonly at: Time }
  readonly relayed: readonly { readonly by: string; readonly to: string; readonly means: string; readonly at: Time }[]
  /** The last outcome reported. */
  readonly outcome?: { readonly by: string; readonly outcome: string; readonly at: Time }
  /** `ANSWERED` only when every task is closed too: an outcome does not tell the guardian. */
  readonly state: 'OPEN' | 'ACKNOWLEDGED' | 'ANSWERED'
}

const UUID_LENGTH = 36

export const alerts = defineFlowProjection<AlertRow>({
  name: 'alerts',
  version: 2,
  handles: new Set(['AlertRaised', 'AlertAcknowledged', 'AlertRelayed', 'AlertOutcomeReported']),
  initial: {
    alert: '',
    agency: '',
    cause: { stream: '', id: '' },
    kind: '',
    class: 'ROUTINE',
    tasks: [],
    openTasks: [],
    raisedAt: '',
    relayed: [],
    state: 'OPEN',
  },
  keys(event) {
    const alert = streamKeyOf(event.stream)
    const cause = findText(readObject(event.data, 'cause'), 'stream')
    const isAboutPerson = event.type === 'AlertRaised' && cause !== undefined && streamKindOf(cause) === 'patient'
    return [alertKey(alert), ...(isAboutPerson ? [alertsAbout(streamKeyOf(cause)) + alert] : [])]
  },
  evolve(row, event) {
    const { data } = event
    const at = event.occurredAt ?? event.recordedAt
    switch (event.type) {
      case 'AlertRaised':
        return raised(row, event)
      case 'AlertAcknowledged': {
        const acknowledged = row.acknowledged ?? { by: readText(data, 'by'), at }
        return withState({ ...row, acknowledged })
      }
      case 'AlertRelayed': {
        const call = { by: readText(data, 'by'), to: readText(data, 'to'), means: readText(data, 'means'), at }
        const openTasks = row.openTasks.filter((task) => task !== call.to)
        return withState({ ...row, relayed: [...row.relayed, call], openTasks })
      }
      case 'AlertOutcomeReported': {
        const outcome = { by: readText(data, 'by'), outcome: readText(data, 'outcome'), at }
        return withState({ ...row, outcome })
      }
      default:
        throw new Error(`alerts: impossible type ${event.type}`)
    }
  },
})

/** The prefix of the keys of an agency's alerts. */
export function alertsOf(agency: string): string {
  return `${agency}/`
}

/** The prefix of the keys of the alerts about a person, whoever was told. */
export function alertsAbout(patientId: string): string {
  return `about/${patientId}/`
}

/** The row key of an alert named as in its stream: `<cause id>-<agency>` → `<agency>/<cause id>`. */
export function alertKey(alert: string): string {
  return `${alert.slice(UUID_LENGTH + 1)}/${alert.slice(0, UUID_LENGTH)}`
}

function withState(row: AlertRow): AlertRow {
  const { acknowledged, outcome, openTasks } = row
  if (outcome && openTasks.length === 0) return { ...row, state: 'ANSWERED' }
  return { ...row, state: acknowledged || outcome ? 'ACKNOWLEDGED' : 'OPEN' }
}

function raised(row: AlertRow, event: StoredEvent): AlertRow {
  const { data } = event
  const cause = readObject(data, 'cause')
  const message = readObject(data, 'message')
  const tasks = readTexts(data, 'tasks')
  return {
    ...row,
    alert: streamKeyOf(event.stream),
    agency: readText(data, 'agency'),
    cause: { stream: readText(cause, 'stream'), id: readText(cause, 'id') },
    kind: readText(data, 'kind'),
    class: readText(data, 'class') as AlertClass,
    ...(data.message === undefined
      ? {}
      : { message: { stream: readText(message, 'stream'), revision: readNumber(message, 'revision') } }),
    tasks,
    openTasks: tasks,
    raisedAt: event.recordedAt,
  }
}
