/**
 * One row per alert and recipient: raised, acknowledged, relayed, answered. Keys begin with the recipient, so that
 * `withPrefix(alertsOf(agency))` is a duty desk. It says nothing of the level.
 */
import { defineFlowProjection } from '../src/domain/define-projection.js'
import type { Causation, StoredEvent } from '../src/domain/event.js'
import type { AlertClass } from '../src/domain/hub-events.js'
import type { Time } from '../src/domain/patient-state.js'
import { readNumber, readObject, readText, readTexts } from '../src/domain/read-data.js'
import { streamKeyOf } from '../src/domain/streams.js'
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
  readonly raisedAt: Moment
  /** The first acknowledgement; later ones change nothing. */
  readonly acknowledged?: { readonly by: string; readonly at: Time }
  readonly relayed: readonly { readonly by: string; readonly to: string; readonly means: string; readonly at: Time }[]
  /** The last outcome reported. */
  readonly outcome?: { readonly by: string; readonly outcome: string; readonly at: Time }
  readonly state: 'OPEN' | 'ACKNOWLEDGED' | 'ANSWERED'
}

const UUID_LENGTH = 36

export const alerts = defineFlowProjection<AlertRow>({
  name: 'alerts',
  version: 1,
  handles: new Set(['AlertRaised', 'AlertAcknowledged', 'AlertRelayed', 'AlertOutcomeReported']),
  initial: {
    alert: '',
    agency: '',
    cause: { stream: '', id: '' },
    kind: '',
    class: 'ROUTINE',
    tasks: [],
    raisedAt: '',
    relayed: [],
    state: 'OPEN',
  },
  keys: (event) => [alertKey(streamKeyOf(event.stream))],
  evolve(row, event) {
    const { data } = event
    const at = event.occurredAt ?? event.recordedAt
    switch (event.type) {
      case 'AlertRaised':
        return raised(row, event)
      case 'AlertAcknowledged': {
        const acknowledged = row.acknowledged ?? { by: readText(data, 'by'), at }
        return { ...row, acknowledged, state: row.outcome ? 'ANSWERED' : 'ACKNOWLEDGED' }
      }
      case 'AlertRelayed': {
        const call = { by: readText(data, 'by'), to: readText(data, 'to'), means: readText(data, 'means'), at }
        return { ...row, relayed: [...row.relayed, call] }
      }
      case 'AlertOutcomeReported':
        return {
          ...row,
          outcome: { by: readText(data, 'by'), outcome: readText(data, 'outcome'), at },
          state: 'ANSWERED',
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

/** The row key of an alert named as in its stream: `<cause id>-<agency>` → `<agency>/<cause id>`. */
export function alertKey(alert: string): string {
  return `${alert.slice(UUID_LENGTH + 1)}/${alert.slice(0, UUID_LENGTH)}`
}

function raised(row: AlertRow, event: StoredEvent): AlertRow {
  const { data } = event
  const cause = readObject(data, 'cause')
  const message = readObject(data, 'message')
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
    tasks: readTexts(data, 'tasks'),
    raisedAt: event.recordedAt,
  }
}
