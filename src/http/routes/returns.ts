/**
 * `/v1/returns`: what agencies send back about the people of a document. An agency sends its own and sees its own; a health centre
 * sees who of its neighbours owes one, and what came back about its people; the auditor sees who owes one. Nobody sees what another
 * agency said but in the record of a person whom they care for.
 */
import { z } from 'zod'
import { zCount, zDay, zTime, zUuid } from '../../domain/define-event.js'
import { ROLES } from '../../domain/event.js'
import { MOST_LINES } from '../../feeds/return-columns.js'
import type { Hub } from '../../hub-port.js'
import { HubError } from '../../kernel/errors.js'
import { dataSchemaOf, RETURN_ITEMS, RETURN_KINDS, RETURNING_ROLES } from '../../policy/returns.js'
import type { OthersReturn, OwnReturn, ReturnDraft, ReturnedAbout, ReturnOutcome } from '../../returns/port.js'
import { isCalendarPeriod } from '../calendar-period.js'
import { XLSX, zXlsx } from '../media-types.js'
import { defineRoute, type Route } from '../route.js'
import { OPENING, RECORDING } from '../route-problems.js'

type Members<T> = Record<keyof T, z.ZodType>

/** Of each list, newest first. */
const MAX_LISTED = 1000
const zName = { role: z.enum(ROLES), name: z.string() }
const zState = z
  .enum(['AWAITED', 'OVERDUE', 'RETURNED', 'MISSED', 'NOT_OWED'])
  .describe('MISSED: never answered, and a newer one is out; NOT_OWED: it lists nobody')
const standing = { feed: z.string(), period: z.string(), releasedAt: zTime, dueOn: zDay, state: zState }
const zOwn = z.strictObject({
  document: zUuid.describe('The own id of the document'),
  ...standing,
  rows: zCount,
  returns: z.array(z.strictObject({ at: zTime, recorded: zCount, forCentre: zCount })),
} satisfies Members<OwnReturn>)
const zOthers = z.strictObject({
  agency: zUuid,
  ...zName,
  ...standing,
  returnedAt: zTime.optional(),
} satisfies Members<OthersReturn>)
const zAbout = z.strictObject({
  event: zUuid.describe('In the history of the person, where it is read'),
  patientId: zUuid,
  type: z.enum([...new Set(RETURN_ITEMS.map(({ type }) => type))]),
  from: z.strictObject({ agency: zUuid, ...zName }),
  receivedAt: zTime,
  isOpen: z.boolean().describe('true: it waits for a ReturnSettled of this health centre'),
} satisfies Members<ReturnedAbout>)

const zTaken = z.strictObject({
  outcome: z.enum(['taken', 'known']),
  document: zUuid,
  recorded: zCount.describe('Items recorded as of the own agency'),
  forCentre: zCount.describe('Items that the health centre looks into'),
})
const zItem = z.strictObject({
  pseudonym: z.string().max(64).describe('The agency’s own name for the person, as in the document'),
  kind: z.enum(RETURN_KINDS),
  data: z.record(z.string(), z.unknown()),
})
const zReturn = z.strictObject({
  document: zUuid.describe('The own id of the document, as in its first line and on its cover'),
  items: z.array(zItem).max(MOST_LINES).optional(),
  nothingToReport: z.literal(true).optional().describe('In the place of items'),
})
/** The same as a client should send it: what each kind takes. Faults of it are told by item, all at once. */
const zReturnDoc = zReturn.extend({
  items: z
    .array(z.union(RETURN_ITEMS.map((one) => zItem.extend({ kind: z.literal(one.kind), data: dataSchemaOf(one) }))))
    .max(MOST_LINES)
    .optional()
    .describe('Each role sends its own kinds; any other is a fault of its item'),
})
const TAKING = [
  ...OPENING,
  ...RECORDING,
  'HUB_NOT_FOUND',
  'HUB_BAD_RETURN',
  'HUB_RETURN_IN_PART',
  'HUB_NOT_CANONICAL',
  // Only where something changed between the look at all items and the recording, and nothing was recorded.
  ...(['HUB_REVISION_CONFLICT', 'HUB_RULE_VIOLATED', 'HUB_ERASED'] as const),
  'HUB_OVERLOADED',
] as const
const taken = {
  200: { description: 'The same again: nothing was recorded twice', schema: zTaken },
  201: { description: 'Taken', schema: zTaken },
}

export function returnRoutes({ returns, feeds }: Hub): readonly Route[] {
  const post = { method: 'POST', tag: 'returns', access: 'key', roles: RETURNING_ROLES, problems: TAKING } as const
  return [
    defineRoute({
      method: 'GET',
      path: '/v1/returns',
      operation: 'listReturns',
      tag: 'returns',
      label: { zh: '信息反馈', en: 'What the own agency owes and has sent back, and what came back to it' },
      note: `Newest first, ${MAX_LISTED} of each at most.`,
      access: 'key',
      query: z.strictObject({
        open: z.stringbool().optional().describe('true: only what is owed, or waits'),
        patientId: zUuid.optional().describe('For a health centre: what came back about this person'),
      }),
      responses: {
        200: {
          description: 'Returns',
          schema: z.strictObject({
            own: z.array(zOwn).describe('Documents of the own agency'),
            others: z
              .array(zOthers)
              .optional()
              .describe('For a health centre: agencies of its area. For auditor and operator: all'),
            about: z.array(zAbout).optional().describe('For a health centre: about its people'),
          }),
        },
      },
      problems: OPENING,
      async answer({ principal, query: { open, patientId } }) {
        const query = { open: open === true, ...(patientId === undefined ? {} : { patientId }) }
        const isCentre = principal.role === 'CHC'
        const own = (await returns.own(principal, query)).slice(0, MAX_LISTED)
        const seesOthers = isCentre || principal.role === 'AUDITOR' || principal.isOperator
        return {
          body: {
            own: own.map((one) => ({ ...one, returns: [...one.returns] })),
            ...(seesOthers ? { others: returns.others(principal, query).slice(0, MAX_LISTED) } : {}),
            ...(isCentre ? { about: returns.about(principal, query).slice(0, MAX_LISTED) } : {}),
          },
        }
      },
    }),
    defineRoute({
      ...post,
      path: '/v1/returns',
      operation: 'sendReturn',
      label: { zh: '提交反馈', en: 'Send back what is known of the people of a document' },
      note:
        'One fault, and nothing of it is recorded. The items of one person are recorded together; the same items again record ' +
        'nothing twice. Faults point at the member.',
      body: zReturn,
      bodyDoc: { type: 'application/json', schema: zReturnDoc },
      responses: taken,
      async answer({ principal, body: { document, items = [], nothingToReport } }) {
        if ((items.length === 0) !== (nothingToReport === true)) {
          throw new HubError('HUB_BAD_QUERY', 'expected items, or nothingToReport in their place, got both or neither')
        }
        const places = items.map((_, i) => ({
          pseudonym: `/items/${i}/pseudonym`,
          member: (name: string) => `/items/${i}/data/${name}`,
        }))
        const told = await returns.take(principal, { document, items, places })
        return { status: statusOf(told), body: told }
      },
    }),
    defineRoute({
      ...post,
      path: '/v1/returns/sheets',
      operation: 'sendReturnSheet',
      label: { zh: '上传反馈表', en: 'Send back a filled return sheet' },
      note: 'As POST /v1/returns; faults point at the cell. No formula is computed, no macro run, no link followed.',
      bodyDoc: { type: XLSX, schema: zXlsx },
      responses: taken,
      async answer({ principal, body }) {
        const bytes =
          body instanceof Uint8Array ? Buffer.from(body.buffer, body.byteOffset, body.byteLength) : Buffer.alloc(0)
        const draft: ReturnDraft = await feeds.readReturnSheet(bytes, principal)
        const told = await returns.take(principal, draft)
        return { status: statusOf(told), body: told }
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/feeds/:feed/periods/:period/documents/:agency/return-sheet',
      operation: 'readReturnSheet',
      tag: 'returns',
      label: { zh: '下载反馈表', en: 'The sheet to answer the own document on, a line for each person whom it lists' },
      access: 'key',
      roles: RETURNING_ROLES,
      params: z.strictObject({
        feed: z.string().regex(/^[a-z][a-z-]{0,60}$/),
        period: z.string().refine(isCalendarPeriod).describe('2026Q1 or 2026H1'),
        agency: zUuid,
      }),
      responses: {
        200: {
          description: 'A workbook: how to fill it, and the lines',
          schema: zXlsx,
          type: XLSX,
          headers: { 'content-disposition': 'A neutral file name' },
        },
      },
      problems: [...OPENING, 'HUB_LOG_CORRUPT', 'HUB_UNKNOWN_VERSION', 'HUB_OVERLOADED', 'HUB_TOO_MANY_ROWS'],
      async answer({ principal, params: { feed, period, agency } }) {
        const isOwn = agency === principal.agency && feeds.definitions().some(({ name }) => name === feed)
        if (!isOwn) throw new HubError('HUB_NOT_FOUND', 'no such document')
        const { bytes, mediaType, fileName } = await feeds.returnSheet(feed, period, agency)
        const headers = { 'content-disposition': `attachment; filename="${fileName}"`, 'cache-control': 'no-store' }
        return { body: bytes, type: mediaType, headers }
      },
    }),
  ]
}

function statusOf({ outcome }: ReturnOutcome): 200 | 201 {
  return outcome === 'taken' ? 201 : 200
}
