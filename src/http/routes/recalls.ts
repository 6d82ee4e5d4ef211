/** `/v1/recalls`: what was asked back. An agency sees its own and answers; a health centre and the operator see who has not. */
import { z } from 'zod'
import { ROLES } from '../../domain/event.js'
import type { Hub } from '../../hub-port.js'
import { zReceipt } from '../event-schemas.js'
import { defineRoute, type Route } from '../route.js'
import { OPENING, RECORDING } from '../route-problems.js'

const params = z.strictObject({ id: zReceipt.shape.id.describe('As listed') })
const shared = {
  recall: z.string(),
  sentAt: z.string(),
  deleteBy: z.string().describe('The day by which every copy is deleted'),
  isOverdue: z.boolean().describe('Nobody has answered, and that day is over'),
}
const zOwn = z.strictObject({
  ...shared,
  pseudonym: z.string().describe('The agency’s own name for the person'),
  isPart: z.boolean().describe('false: all that was told of the person; true: the rows that are named'),
  rows: z
    .array(z.strictObject({ document: z.string(), row: z.string() }))
    .describe('Rows of documents, under the agency’s own ids'),
  acknowledged: z.strictObject({ by: z.string(), at: z.string() }).optional(),
})
const zSent = z.strictObject({
  ...shared,
  recipient: z.strictObject({ agency: z.string(), role: z.enum(ROLES), name: z.string() }),
  rows: z.number().int().describe('How many rows of documents are asked for'),
  patientId: z.string().optional().describe('For the responsible health centre only'),
  reason: z.string().optional().describe('For the responsible health centre only'),
  acknowledgedAt: z.string().optional(),
})
const MAX_LISTED = 1000

export function recallRoutes({ recalls }: Hub): readonly Route[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/recalls',
      operation: 'listRecalls',
      tag: 'recalls',
      label: { zh: '撤回', en: 'What the own agency is asked to delete, and who has not answered' },
      note: `Those come first whose day comes first; ${MAX_LISTED} of each at most.`,
      access: 'key',
      query: z.strictObject({ open: z.stringbool().optional().describe('true leaves out what was answered') }),
      responses: {
        200: {
          description: 'Recalls',
          schema: z.strictObject({
            recalls: z.array(zOwn).describe('Of the own agency'),
            sent: z
              .array(zSent)
              .optional()
              .describe(
                'For a health centre: about its people, and those whose registration it took back. For an operator: all, without people',
              ),
          }),
        },
      },
      problems: OPENING,
      async answer({ principal, query: { open } }) {
        const query = { open: open === true }
        const own = (await recalls.own(principal, query)).slice(0, MAX_LISTED)
        const told = own.map((one) => ({ ...one, rows: [...one.rows] }))
        const isAsked = principal.role === 'CHC' || principal.isOperator
        const sent = isAsked ? { sent: (await recalls.sent(principal, query)).slice(0, MAX_LISTED) } : {}
        return { body: { recalls: told, ...sent } }
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/recalls/:id/acknowledge',
      operation: 'acknowledgeRecall',
      tag: 'recalls',
      label: { zh: '签收撤回', en: 'Say that every copy is deleted' },
      note: 'Acknowledging the message says that it was seen; this says that what it asks is done.',
      access: 'person',
      params,
      responses: { 201: { description: 'Recorded', schema: zReceipt } },
      problems: [...RECORDING, 'HUB_NOT_FOUND', 'HUB_ALREADY_DECIDED'],
      answer: async ({ principal, params: { id } }) => ({
        status: 201,
        body: await recalls.acknowledge(principal, id),
      }),
    }),
  ]
}
