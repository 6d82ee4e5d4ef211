/** `/v1/alerts`: the duty desk. An agency sees its own alerts; acts on them are named persons'. */
import { z } from 'zod'
import type { AlertRow } from '../../../projections/alerts.js'
import { ALERT_OUTCOMES, RELAY_MEANS, RELAY_TARGETS } from '../../alerts/port.js'
import { isHealthRole } from '../../domain/authority.js'
import { ALERT_CLASSES } from '../../domain/hub-events.js'
import { streamKeyOf, streamKindOf } from '../../domain/streams.js'
import type { Hub } from '../../hub-port.js'
import type { Principal } from '../../recording/port.js'
import { zReceipt } from '../event-schemas.js'
import { defineRoute, type Route } from '../route.js'

const UUID = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
const params = z.strictObject({
  id: z
    .string()
    .regex(new RegExp(`^${UUID}-${UUID}$`))
    .describe('As listed: <cause>-<agency>'),
})
const zDone = z.strictObject({ by: z.string(), at: z.string() })
const zAlert = z.strictObject({
  alert: z.string(),
  kind: z.string(),
  class: z.enum(ALERT_CLASSES),
  state: z.enum(['OPEN', 'ACKNOWLEDGED', 'ANSWERED']),
  raisedAt: z.string(),
  patientId: zReceipt.shape.id.optional().describe('For those who treat only'),
  sequence: z.number().int().optional().describe('The message that carried it'),
  tasks: z.array(z.string()).describe('Whom the health centre is to tell itself'),
  acknowledged: zDone.optional(),
  relayed: z.array(zDone.extend({ to: z.string(), means: z.string() })),
  outcome: zDone.extend({ outcome: z.string() }).optional(),
})
const MAX_LISTED = 1000

export function alertRoutes({ alerts }: Hub): readonly Route[] {
  const act = {
    method: 'POST',
    tag: 'alerts',
    access: 'person',
    params,
    responses: { 201: { description: 'Recorded', schema: zReceipt } },
    problems: ['HUB_NOT_FOUND', 'HUB_ALREADY_DECIDED'],
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
        open: z.stringbool().optional().describe('true leaves out those that are answered'),
        limit: z.coerce.number().int().min(1).max(MAX_LISTED).optional(),
      }),
      responses: { 200: { description: 'Alerts', schema: z.strictObject({ alerts: z.array(zAlert) }) } },
      answer: ({ principal, query: { open, limit } }) => ({
        body: {
          alerts: alerts
            .list(principal, { ...(open === undefined ? {} : { open }), limit: limit ?? MAX_LISTED })
            .map((row) => listed(row, principal)),
        },
      }),
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
function listed(row: AlertRow, { role }: Principal): z.output<typeof zAlert> {
  const { agency: _, cause, message, ...told } = row
  const knowsPatient = isHealthRole(role) && streamKindOf(cause.stream) === 'patient'
  return {
    ...told,
    tasks: [...row.tasks],
    relayed: [...row.relayed],
    ...(knowsPatient ? { patientId: streamKeyOf(cause.stream) } : {}),
    ...(message ? { sequence: message.revision } : {}),
  }
}
