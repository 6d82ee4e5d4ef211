/**
 * `/v1/feeds`: definitions, periods, documents. An agency sees its own documents and nothing of anybody else's; the operator
 * closes periods and sees counts, never rows; the auditor sees the accounts.
 */
import { z } from 'zod'
import { FEEDS } from '../../../projections/feeds.js'
import { zUuid } from '../../domain/define-event.js'
import type { PeriodInfo } from '../../feeds/port.js'
import type { Hub } from '../../hub-port.js'
import { HubError } from '../../kernel/errors.js'
import type { Principal } from '../../recording/port.js'
import { isCalendarPeriod } from '../calendar-period.js'
import { rowName, zEd25519 } from '../document-json-schema.js'
import {
  zAccountingLine,
  zCloseOutcome,
  zExplanation,
  zFeedInfo,
  zPeriodInfo,
  zPreview,
  zRecomputation,
} from '../feed-answers.js'
import { zServed } from '../json-schema.js'
import { XLSX, zXlsx } from '../media-types.js'
import { defineRoute, type Route } from '../route.js'
import { OPENING, READING, RECORDING } from '../route-problems.js'

const zFeed = z.string().regex(/^[a-z][a-z-]{0,60}$/)
const zPeriod = z.string().refine(isCalendarPeriod).describe('2026Q1 or 2026H1')
const feedParams = z.strictObject({ feed: zFeed })
const periodParams = z.strictObject({ feed: zFeed, period: zPeriod })
const documentParams = z.strictObject({ feed: zFeed, period: zPeriod, agency: zUuid })
const NDJSON = 'application/x-ndjson'
/** A line of a document: what it is, then its rows. */
const zLine = z.union([zServed('document@1'), ...FEEDS.map((feed) => zServed(rowName(feed)))])
/** Of what reads what was released: it is compiled anew where the spool has lost it. */
const RELEASED = [
  ...OPENING,
  'HUB_DISK_FULL',
  'HUB_NOT_FOUND',
  'HUB_LOG_CORRUPT',
  'HUB_UNKNOWN_VERSION',
  'HUB_OVERLOADED',
] as const

export function feedRoutes({ feeds }: Hub): readonly Route[] {
  const known = (feed: string): string => {
    if (!feeds.definitions().some(({ name }) => name === feed)) throw new HubError('HUB_NOT_FOUND', 'no such feed')
    return feed
  }
  const periodOf = async (feed: string, period: string): Promise<PeriodInfo> => {
    const found = (await feeds.periods(known(feed))).find((info) => info.period === period)
    if (!found) throw new HubError('HUB_NOT_FOUND', 'no such period')
    return found
  }
  const get = { method: 'GET', tag: 'feeds', access: 'key', problems: RELEASED } as const
  return [
    defineRoute({
      ...get,
      path: '/v1/feeds',
      operation: 'listFeeds',
      label: { zh: '数据交换目录', en: 'The feeds, whom they are for, and the clauses that ask for them' },
      note: '`signingKey` is the public key that every manifest is signed by. Whoever checks one takes it from the operator, not from here alone.',
      responses: {
        200: {
          description: 'Definitions',
          schema: z.strictObject({ signingKey: zEd25519, feeds: z.array(zFeedInfo) }),
        },
      },
      answer: async () => ({ body: { signingKey: await feeds.signingKey(), feeds: feeds.definitions() } }),
    }),
    defineRoute({
      ...get,
      path: '/v1/feeds/:feed/periods',
      operation: 'listPeriods',
      label: { zh: '周期清单', en: 'The periods of a feed, newest first, with the own documents' },
      params: feedParams,
      responses: { 200: { description: 'Periods', schema: z.strictObject({ periods: z.array(zPeriodInfo) }) } },
      answer: async ({ principal, params: { feed } }) => ({
        body: { periods: (await feeds.periods(known(feed))).map((period) => seenBy(period, principal)) },
      }),
    }),
    defineRoute({
      ...get,
      path: '/v1/feeds/:feed/periods/:period',
      operation: 'readPeriod',
      label: { zh: '周期', en: 'One period, with the own documents' },
      params: periodParams,
      responses: { 200: { description: 'The period', schema: zPeriodInfo } },
      answer: async ({ principal, params: { feed, period } }) => ({
        body: seenBy(await periodOf(feed, period), principal),
      }),
    }),
    defineRoute({
      ...get,
      path: '/v1/feeds/:feed/periods/:period/documents/:agency',
      operation: 'readDocument',
      label: { zh: '下载文档', en: 'The own document of a period' },
      note: 'Canonical NDJSON is what is hashed and signed for; CSV (with a byte-order mark) and XLSX (with a cover in Chinese) are renderings of it.',
      params: documentParams,
      problems: [...RELEASED, 'HUB_TOO_MANY_ROWS'],
      query: z.strictObject({ format: z.enum(['ndjson', 'csv', 'xlsx']).optional() }),
      responses: {
        200: {
          description: 'The document: its first line says what it is, every other is a row',
          schema: zLine,
          type: NDJSON,
          renderings: { 'text/csv': z.string(), [XLSX]: zXlsx },
          headers: {
            'content-disposition': 'A neutral file name',
            'lianhu-document': 'The recipient\u2019s own id of the document',
            'lianhu-digest': 'sha256 of the canonical NDJSON as it was released, whatever the format',
            'lianhu-recalled': 'How many rows were taken back since; their commitments stand in their place',
          },
        },
      },
      async answer({ principal, params: { feed, period, agency }, query: { format = 'ndjson' } }) {
        refuseOthers(agency, principal)
        const file = await feeds.document(known(feed), period, agency, format)
        return {
          body: file.bytes,
          type: file.mediaType,
          headers: {
            'content-disposition': `attachment; filename="${file.fileName}"`,
            'lianhu-document': file.documentId,
            'lianhu-digest': file.documentDigest,
            ...(file.recalled === 0 ? {} : { 'lianhu-recalled': String(file.recalled) }),
            'cache-control': 'no-store',
          },
        }
      },
    }),
    defineRoute({
      ...get,
      path: '/v1/feeds/:feed/periods/:period/documents/:agency/manifest',
      operation: 'readManifest',
      label: { zh: '文档清单', en: 'The signed manifest of the own document' },
      params: documentParams,
      responses: { 200: { description: 'Canonical JSON', schema: zServed('manifest@1') } },
      async answer({ principal, params: { feed, period, agency } }) {
        refuseOthers(agency, principal)
        const bytes = await feeds.recipientManifest(known(feed), period, agency)
        return { body: bytes, type: 'application/json; charset=utf-8' }
      },
    }),
    defineRoute({
      ...get,
      path: '/v1/feeds/:feed/periods/:period/documents/:agency/accounting',
      operation: 'readAccounting',
      label: { zh: '核算清单', en: 'Everybody in scope of a document, and what became of them' },
      roles: ['AUDITOR'],
      params: documentParams,
      responses: { 200: { description: 'Canonical NDJSON', schema: zAccountingLine, type: NDJSON } },
      async answer({ params: { feed, period, agency } }) {
        return { body: await feeds.accountingManifest(known(feed), period, agency), type: NDJSON }
      },
    }),
    defineRoute({
      ...get,
      path: '/v1/feeds/:feed/periods/:period/why/:patientId',
      operation: 'explainPerson',
      label: {
        zh: '说明某人为何列入或未列入',
        en: 'Why a person stands in a period as they do, or does not; no values',
      },
      roles: ['AUDITOR'],
      params: periodParams.extend({ patientId: zUuid }),
      query: z.strictObject({
        agency: zUuid.optional().describe('Says also how this agency stands to the feed and to the person'),
      }),
      responses: { 200: { description: 'The rules that decided', schema: zExplanation } },
      answer: async ({ params: { feed, period, patientId }, query: { agency } }) => ({
        body: await feeds.why(known(feed), period, patientId, agency),
      }),
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/feeds/:feed/periods/:period/preview',
      operation: 'previewFeed',
      tag: 'feeds',
      label: { zh: '预览', en: 'What an agency would receive if the open period were cut now, in counts' },
      note: 'Compiles all of it, appends and sends nothing. Rows are never previewed: they would be a disclosure that no manifest knows.',
      access: 'operator',
      params: periodParams,
      body: z.strictObject({ agency: zUuid }),
      responses: { 200: { description: 'Counts', schema: zPreview } },
      problems: [...RELEASED, 'HUB_ALREADY_DECIDED', 'HUB_NOT_READY'],
      async answer({ params: { feed, period }, body: { agency } }) {
        if ((await periodOf(feed, period)).state !== 'OPEN') {
          throw new HubError('HUB_ALREADY_DECIDED', 'this period is closed: read its documents')
        }
        const { bytes: _, ...told } = await feeds.preview(feed, agency)
        return { body: told }
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/feeds/:feed/periods/:period/close',
      operation: 'closePeriod',
      tag: 'feeds',
      label: { zh: '提前关账', en: 'Close a period by hand, before the calendar does' },
      access: 'operator',
      params: periodParams,
      body: z.strictObject({
        confirm: z.string().describe('The period once more, typed by hand: a close is for ever'),
      }),
      responses: {
        200: { description: 'Closed already', schema: zCloseOutcome },
        201: { description: 'Closed: documents follow', schema: zCloseOutcome },
      },
      problems: [...READING, ...RECORDING, 'HUB_NOT_FOUND', 'HUB_BAD_PERIOD', 'HUB_OVERLOADED'],
      async answer({ principal, params: { feed, period }, body: { confirm } }) {
        if (confirm !== period) {
          throw new HubError('HUB_BAD_QUERY', 'confirm: expected the period once more, got something else')
        }
        const closed = await feeds.close(known(feed), period, principal)
        return { status: closed.outcome === 'closed' ? 201 : 200, body: closed }
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/feeds/:feed/periods/:period/verify',
      operation: 'verifyPeriod',
      tag: 'feeds',
      label: { zh: '复算核对', en: 'Compile a released period again from the log alone and compare' },
      access: 'operator',
      params: periodParams,
      responses: { 200: { description: 'What was compared', schema: zRecomputation } },
      problems: RELEASED,
      answer: async ({ params: { feed, period } }) => ({ body: await feeds.recompute(known(feed), period) }),
    }),
  ]
}

/** The own documents only; operator and auditor see all of them, and how many people no agency answers for. */
function seenBy(period: PeriodInfo, { agency, role, isOperator }: Principal): unknown {
  if (isOperator || role === 'AUDITOR') return period
  const { unmapped: _, documents, ...told } = period
  return { ...told, documents: documents.filter((document) => document.agency === agency) }
}

/** Whether another agency has a document is nobody's business. */
function refuseOthers(agency: string, principal: Principal): void {
  if (agency !== principal.agency) throw new HubError('HUB_NOT_FOUND', 'no such document')
}
