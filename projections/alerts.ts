/**
 * One row per alert and recipient: raised, climbed, attended to, ended. Keys begin with the recipient, so that
 * `withPrefix(alertsOf(agency))` is a duty desk. A second row, as the alert was raised, lies under the person, so that who
 * caused it finds it: `withPrefix(alertsAbout(patientId))`. A third stands while nobody has attended to the alert, so that
 * those that wait are found without looking at the others, and a fourth under the agency that an alarm climbed to. It says
 * nothing of the level.
 */
import { QUIET_DAYS } from '../src/domain/alert-class.js'
import { ALERT_CLASSES, type AlertClass, type AlertEnd, type AlertRung } from '../src/domain/alert-events.js'
import { defineFlowProjection } from '../src/domain/define-projection.js'
import type { Causation, StoredEvent } from '../src/domain/event.js'
import type { Time } from '../src/domain/patient-state.js'
import { findText, readNumber, readObject, readText, readTexts } from '../src/domain/read-data.js'
import { streamKeyOf, streamKindOf } from '../src/domain/streams.js'
import { DAY, epochMsOf, type Moment } from '../src/kernel/dates.js'

/**
 * `OPEN`: nobody has attended to it. `RELAYED`: somebody was told by telephone or on paper. `ACKNOWLEDGED`: a person has seen
 * it. The others are ends: `ANSWERED` by an outcome; `UNANSWERED`, an alarm that nobody attended to; `SUPERSEDED` by what was
 * said later; `EXPIRED`, which rang nobody, or was attended to and never answered.
 */
export const ALERT_STATES = [
  'OPEN',
  'RELAYED',
  'ACKNOWLEDGED',
  'ANSWERED',
  'UNANSWERED',
  'SUPERSEDED',
  'EXPIRED',
] as const
export type AlertState = (typeof ALERT_STATES)[number]

/** A rung that an alarm has climbed. */
export interface Climb {
  readonly step: AlertRung
  /** Absent where nobody stood there. */
  readonly to?: string
  readonly at: Moment
}

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
  /** The rungs of the ladder that it has climbed, in order. */
  readonly climbed: readonly Climb[]
  /** How it ended without an answer; what people do afterwards is kept all the same. */
  readonly ended?: { readonly end: AlertEnd; readonly at: Time; readonly by?: Causation }
  /** By its events alone (`alertStateAt` adds the calendar). `ANSWERED` only when every task is closed too. */
  readonly state: AlertState
}

const UUID_LENGTH = 36
const WAITING = 'waiting/'
const CLIMBED = 'climbed/'
/** Classes that stand on a desk. */
const WAITING_CLASSES = ALERT_CLASSES.filter((alertClass) => alertClass === 'ALARM' || alertClass === 'RETRACTION')

export const alerts = defineFlowProjection<AlertRow>({
  name: 'alerts',
  version: 3,
  handles: new Set([
    'AlertRaised',
    'AlertAcknowledged',
    'AlertRelayed',
    'AlertEscalated',
    'AlertOutcomeReported',
    'AlertExpired',
  ]),
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
    climbed: [],
    state: 'OPEN',
  },
  keys(event) {
    const alert = streamKeyOf(event.stream)
    const cause = findText(readObject(event.data, 'cause'), 'stream')
    const isAboutPerson = event.type === 'AlertRaised' && cause !== undefined && streamKindOf(cause) === 'patient'
    const superior = event.data.step === 'SUPERIOR' ? findText(event.data, 'to') : undefined
    return [
      alertKey(alert),
      ...WAITING_CLASSES.map((alertClass) => alertsWaiting(alertClass) + alert),
      ...(isAboutPerson ? [alertsAbout(streamKeyOf(cause)) + alert] : []),
      ...(superior === undefined ? [] : [alertsClimbedTo(superior) + alert]),
    ]
  },
  evolve(row, event, key) {
    if (key.startsWith(CLIMBED)) return { ...row, alert: streamKeyOf(event.stream), state: 'OPEN' }
    if (!key.startsWith(WAITING)) return afterEvent(row, event)
    // Of the classes' rows only that of the alert's own class ever begins.
    if (event.type !== 'AlertRaised' && row.alert === '') return undefined
    const after = afterEvent(row, event)
    return key.startsWith(alertsWaiting(after.class)) && after.state === 'OPEN' ? after : undefined
  },
})

function afterEvent(row: AlertRow, event: StoredEvent): AlertRow {
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
    case 'AlertEscalated': {
      const to = findText(data, 'to')
      const climb = {
        step: readText(data, 'step') as AlertRung,
        ...(to === undefined ? {} : { to }),
        at: event.recordedAt,
      }
      return { ...row, climbed: [...row.climbed, climb] }
    }
    case 'AlertOutcomeReported': {
      const outcome = { by: readText(data, 'by'), outcome: readText(data, 'outcome'), at }
      return withState({ ...row, outcome })
    }
    case 'AlertExpired': {
      const by = data.by === undefined ? {} : { by: causationOf(readObject(data, 'by')) }
      return withState({ ...row, ended: { end: readText(data, 'end') as AlertEnd, at, ...by } })
    }
    default:
      throw new Error(`alerts: impossible type ${event.type}`)
  }
}

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

/** The prefix of the rows of alerts of a class that nobody has attended to and that have not ended. */
export function alertsWaiting(alertClass: AlertClass): string {
  return `${WAITING}${alertClass}/`
}

/** The prefix of the alarms of other agencies that climbed to this one; their rows name the alert and nothing else. */
export function alertsClimbedTo(agency: string): string {
  return `${CLIMBED}${agency}/`
}

/** True where nothing more is due by anybody. */
export function isEnded(state: AlertState): boolean {
  return state !== 'OPEN' && state !== 'RELAYED' && state !== 'ACKNOWLEDGED'
}

/** The state at a moment: what was attended to and never answered ends with the quarter in which its message meant anything. */
export function alertStateAt({ state, raisedAt }: Pick<AlertRow, 'state' | 'raisedAt'>, nowMs: number): AlertState {
  const isWaitingForOutcome = state === 'RELAYED' || state === 'ACKNOWLEDGED'
  return isWaitingForOutcome && nowMs >= epochMsOf(raisedAt) + QUIET_DAYS * DAY ? 'EXPIRED' : state
}

function withState(row: AlertRow): AlertRow {
  return { ...row, state: stateOf(row) }
}

function stateOf({ acknowledged, relayed, outcome, openTasks, ended }: AlertRow): AlertState {
  if (outcome && openTasks.length === 0) return 'ANSWERED'
  if (ended) return ended.end
  if (acknowledged || outcome) return 'ACKNOWLEDGED'
  return relayed.length > 0 ? 'RELAYED' : 'OPEN'
}

function causationOf(reference: StoredEvent['data']): Causation {
  return { stream: readText(reference, 'stream'), id: readText(reference, 'id') }
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
    cause: causationOf(cause),
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
