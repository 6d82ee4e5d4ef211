/**
 * `/v1/alerts`: the duty desk. An agency sees its own alerts, and a health centre what became of those that its own facts
 * caused elsewhere; acts on them are named persons'.
 */
import { z } from 'zod'
import { ALERT_STATES, type AlertRow, isEnded } from '../../../projections/alerts.js'
import { ALERT_OUTCOMES, RELAY_MEANS, RELAY_TARGETS } from '../../alerts/port.js'
import { ALERT_CLASSES, ALERT_ENDS, ALERT_RUNGS } from '../../domain/alert-events.js'
import { isHealthRole } from '../../domain/authority.js'
import type { Directory } from '../../domain/directory.js'
import { ROLES } from '../../domain/event.js'
import { streamKeyOf, streamKindOf } from '../../domain/streams.js'
import type { Hub } from '../../hub-port.js'
import type { Principal } from '../../recording/port.js'
import { zReceipt } from '../event-schemas.js'
import { defineRoute, type Route } from '../route.js'
import { READING, RECORDING } from '../route-problems.js'

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
const params = z.strictObject({
  id: z
    .string()
    .regex(new RegExp(`^${UUID}-${UUID}$`))
    .describe('As listed: <cause>-<agency>'),
})
const zDone = z.strictObject({ by: z.string(), at: z.string() })
const zRecipient = z.strictObject({ agency: z.string(), role: z.enum(ROLES), name: z.string() })
const zAlert = z.strictObject({
  alert: z.string(),
  kind: z.string(),
  class: z.enum(ALERT_CLASSES),
  state: z.enum(ALERT_STATES).describe('The last four are ends: answered, unanswered, superseded, expired'),
  raisedAt: z.string(),
  patientId: zReceipt.shape.id.optional().describe('For those who treat only'),
  sequence: z.number().int().optional().describe('The message that carried it'),
  tasks: z.array(z.string()).describe('Whom the health centre is to tell itself'),
  openTasks: z.array(z.string()).describe('Those of them whom nobody has told yet; a relay to one closes it'),
  returnedBy: zRecipient.optional().describe('Who answered that it is not theirs'),
  acknowledged: zDone.optional(),
  relayed: z.array(zDone.extend({ to: z.string(), means: z.string() })),
  outcome: zDone.extend({ outcome: z.string() }).optional(),
  climbed: z
    .array(z.strictObject({ step: z.enum(ALERT_RUNGS), at: z.string() }))
    .describe('Rungs that it climbed while nobody attended to it'),
  ended: z
    .strictObject({ end: z.enum(ALERT_ENDS), at: z.string() })
    .optional()
    .describe('How it ended without an answer'),
})
/** Another agency's alert, for who caused it or whom it climbed to: whom to call, never what it says. */
const zCaused = zAlert
  .pick({ alert: true, kind: true, class: true, state: true, raisedAt: true, climbed: true, ended: true })
  .extend({
    recipient: zRecipient,
    acknowledgedAt: z.string().optional(),
    relayed: z.array(z.strictObject({ to: z.string(), means: z.string(), at: z.string() })),
    outcome: z.strictObject({ outcome: z.string(), at: z.string() }).optional(),
  })
const zAlerts = z.strictObject({
  alerts: z.array(zAlert),
  climbed: z
    .array(zCaused)
    .optional()
    .describe('Where no person was asked for: alarms of agencies below that climbed to this one'),
  caused: z.array(zCaused).optional().describe('Where a person was asked for: alerts of others that own facts caused'),
})
const MAX_LISTED = 1000
const UUID_LENGTH = 36

export function alertRoutes({ alerts, directory }: Hub): readonly Route[] {
  const act = {
    method: 'POST',
    tag: 'alerts',
    access: 'person',
    params,
    responses: { 201: { description: 'Recorded', schema: zReceipt } },
    problems: [...RECORDING, 'HUB_NOT_FOUND', 'HUB_ALREADY_DECIDED'],
  } as const
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/alerts',
      operation: 'listAlerts',
      tag: 'alerts',
      label: { zh: '本单位警示', en: 'The own agency’s alerts, newest first' },
      access: 'key',
      query: z.strictObject({
        open: z.stringbool().optional().describe('true leaves out those that have ended'),
        waiting: z
          .stringbool()
          .optional()
          .describe('true leaves alarms that nobody has attended to, those that wait longest first'),
        state: z.enum(ALERT_STATES).optional().describe('Only those in this state'),
        limit: z.coerce.number().int().min(1).max(MAX_LISTED).optional(),
        patientId: zReceipt.shape.id
          .optional()
          .describe('For a health centre: the alerts of one person, with those that its own facts caused elsewhere'),
      }),
      responses: { 200: { description: 'Alerts', schema: zAlerts } },
      problems: READING,
      async answer({ principal, query: { open, waiting, state, limit, patientId } }) {
        const most = limit ?? MAX_LISTED
        const isAsked = (row: AlertRow): boolean =>
          (open !== true || !isEnded(row.state)) && (state === undefined || row.state === state)
        // Only who treats knows a person by this id; to everybody else it names nobody.
        const about = patientId !== undefined && isHealthRole(principal.role) ? { patientId } : {}
        const own = alerts.list(principal, {
          ...{ limit: most, open: open === true, waiting: waiting === true },
          ...(state === undefined ? {} : { state }),
          ...about,
        })
        const shown = own.map((row) => listed(row, principal, directory()))
        if (patientId === undefined) {
          const climbed = alerts.climbed(principal, { limit: most, open: open === true }).filter(isAsked)
          return { body: { alerts: shown, climbed: climbed.map((row) => ofAnother(row, directory())) } }
        }
        const caused = (await alerts.caused(principal, patientId)).filter(isAsked)
        return {
          body: {
            alerts: shown.filter((alert) => alert.patientId === patientId).slice(0, most),
            caused: caused.slice(0, most).map((row) => ofAnother(row, directory())),
          },
        }
      },
    }),
    defineRoute({
      ...act,
      path: '/v1/alerts/:id/acknowledge',
      operation: 'acknowledgeAlert',
      label: { zh: '签收', en: 'Say that a person has seen it' },
      answer: async ({ principal, params: { id } }) => ({ status: 201, body: await alerts.acknowledge(principal, id) }),
    }),
    defineRoute({
      ...act,
      path: '/v1/alerts/:id/relay',
      operation: 'relayAlert',
      label: { zh: '转告', en: 'Say that somebody was told by telephone, on paper or in person' },
      body: z.strictObject({ to: z.enum(RELAY_TARGETS), means: z.enum(RELAY_MEANS) }),
      answer: async ({ principal, params: { id }, body }) => ({
        status: 201,
        body: await alerts.relay(principal, id, body),
      }),
    }),
    defineRoute({
      ...act,
      path: '/v1/alerts/:id/outcome',
      operation: 'reportOutcome',
      label: { zh: '反馈处置结果', en: 'Say what came of it' },
      note: 'NOT_OURS returns it to the responsible health centre, never to a third agency.',
      body: z.strictObject({ outcome: z.enum(ALERT_OUTCOMES) }),
      answer: async ({ principal, params: { id }, body: { outcome } }) => ({
        status: 201,
        body: await alerts.outcome(principal, id, outcome),
      }),
    }),
  ]
}

/** Without its cause, whose stream is the hub's own id of the person: only those who treat know that. */
function listed(row: AlertRow, { role }: Principal, directory: Directory): z.output<typeof zAlert> {
  const { agency: _, cause, message, climbed, ended, ...told } = row
  const knowsPatient = isHealthRole(role) && streamKindOf(cause.stream) === 'patient'
  const isReturned = row.kind === 'returned' && streamKindOf(cause.stream) === 'alert'
  return {
    ...told,
    tasks: [...row.tasks],
    openTasks: [...row.openTasks],
    relayed: [...row.relayed],
    ...ladderOf(row),
    ...(isReturned ? { returnedBy: recipientOf(cause.stream.slice(-UUID_LENGTH), directory) } : {}),
    ...(knowsPatient ? { patientId: streamKeyOf(cause.stream) } : {}),
    ...(message ? { sequence: message.revision } : {}),
  }
}

/** Without the staff of the other agency, and without anything that it was told. */
function ofAnother(row: AlertRow, directory: Directory): z.output<typeof zCaused> {
  const { alert, agency, kind, class: alertClass, state, raisedAt, acknowledged, relayed, outcome } = row
  return {
    ...{ alert, kind, class: alertClass, state, raisedAt },
    ...ladderOf(row),
    recipient: recipientOf(agency, directory),
    relayed: relayed.map(({ to, means, at }) => ({ to, means, at })),
    ...(acknowledged ? { acknowledgedAt: acknowledged.at } : {}),
    ...(outcome ? { outcome: { outcome: outcome.outcome, at: outcome.at } } : {}),
  }
}

function ladderOf({ climbed, ended }: AlertRow): Pick<z.output<typeof zAlert>, 'climbed' | 'ended'> {
  return {
    climbed: climbed.map(({ step, at }) => ({ step, at })),
    ...(ended ? { ended: { end: ended.end, at: ended.at } } : {}),
  }
}

function recipientOf(agency: string, directory: Directory): z.output<typeof zRecipient> {
  const { role, name } = directory.agency(agency) ?? { role: 'HUB' as const, name: '' }
  return { agency, role, name }
}
