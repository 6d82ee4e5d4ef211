/**
 * What is answered about feeds: definitions, periods, accounts, explanations, comparisons. Closed, and by the members of the
 * feeds' port: one more of these fails to compile. No answer here holds a value of a person.
 */
import { z } from 'zod'
import { FEEDS } from '../../projections/feeds.js'
import { zCount, zDay, zDigest, zTime, zUuid } from '../domain/define-event.js'
import { ROLES } from '../domain/event.js'
import { ACCOUNTING_FORMAT } from '../feeds/document.js'
import {
  type CloseOutcome,
  type DocumentInfo,
  type Explanation,
  type FeedInfo,
  type PeriodInfo,
  type Preview,
  type Recomputation,
  type RecomputedDocument,
  WHY_OUTCOMES,
} from '../feeds/port.js'
import { STANDINGS } from '../feeds/why-words.js'
import { SCOPE_RULES } from '../policy/define-feed.js'
import { zCut } from './document-json-schema.js'

type Members<T> = Record<keyof T, z.ZodType>

const zInt = z.number().int()
const zGroup = z.enum([...new Set(FEEDS.flatMap(({ groups }) => groups))])
const zScope = z.enum(SCOPE_RULES)
const zCounts = z.record(z.string(), zInt).describe('Exact, for those who may see them')

export const zFeedInfo = z.strictObject({
  name: z.string(),
  version: zInt.min(1),
  label: z.strictObject({ zh: z.string(), en: z.string() }),
  audience: z.enum(ROLES),
  cadence: z.enum(['QUARTER', 'HALF_YEAR']),
  clauses: z.array(z.string()),
  fieldSets: z.array(z.string()).describe('See /schemas/facts.<field set>'),
} satisfies Members<FeedInfo>)

const zDocument = z.strictObject({
  agency: zUuid,
  document: zUuid.describe('The id in the log'),
  rows: zCount,
  counts: zCounts,
  root: zDigest,
  documentDigest: zDigest,
  accountingDigest: zDigest,
  releasedAt: zTime,
} satisfies Members<DocumentInfo>)

export const zPeriodInfo = z.strictObject({
  feed: z.string(),
  period: z.string(),
  state: z
    .enum(['OPEN', 'CLOSED', 'RELEASED'])
    .describe('CLOSED: being compiled or released; RELEASED: every document is out'),
  closesOn: zDay.describe('The day on which the calendar closes it'),
  cut: zCut.extend({ by: z.enum(['CALENDAR', 'HAND']) }).optional(),
  documents: z.array(zDocument).describe('The own ones; all of them for operator and auditor'),
  unmapped: zCount.optional().describe('People whom no agency answers for; for operator and auditor'),
} satisfies Members<PeriodInfo>)

export const zPreview = z.strictObject({
  feed: z.string(),
  period: z.string(),
  agency: zUuid,
  rows: zCount,
  counts: z.record(z.string(), z.unknown()).describe('As the document would say'),
  unmapped: zCount,
} satisfies Members<Omit<Preview, 'bytes'>>)

export const zCloseOutcome = z.strictObject({
  outcome: z.enum(['closed', 'known']),
  cutId: zUuid,
  closedAt: zTime,
} satisfies Members<CloseOutcome>)

const zWords = z.strictObject({ zh: z.string(), en: z.string() })
const rule = { clauses: z.array(z.string()) }
export const zExplanation = z.strictObject({
  feed: z.string(),
  period: z.string(),
  scope: zScope.optional().describe('Why the person is out of scope'),
  group: zGroup.optional(),
  outcome: z
    .enum(WHY_OUTCOMES)
    .describe('CLOSED: an agency is told that it lists the person no longer; ERASED: nothing else is said'),
  rule: z.string().optional().describe('As in the accounting; of a closing its reason'),
  words: zWords,
  clauses: z.array(z.string()),
  decidedBy: z
    .strictObject({ id: zUuid, type: z.string() })
    .optional()
    .describe('The event that decided, where one of the person’s own did'),
  asked: z
    .strictObject({ agency: zUuid, standing: z.enum(Object.keys(STANDINGS)), words: zWords })
    .optional()
    .describe('How the agency that was asked about stands to it'),
  documents: z.array(
    z.strictObject({
      agency: zUuid,
      document: zUuid,
      outcome: z.enum(['ROW', 'CLOSED', 'COUNTED']),
      rule: z.string().optional(),
      row: zUuid.optional(),
      fieldSet: z.string().optional(),
      disclosed: z
        .array(z.strictObject({ field: z.string(), action: z.string(), ...rule }))
        .describe('What left, by field, with the rule that let it out; never the values'),
      withheld: z.array(
        z.strictObject({
          field: z.string(),
          label: z.strictObject({ zh: z.string(), en: z.string() }),
          basis: z.string(),
          ...rule,
        }),
      ),
    }),
  ),
} satisfies Members<Explanation>)

const zSums = z.strictObject({ root: zDigest, documentDigest: zDigest, accountingDigest: zDigest })
const zRecomputed = z.strictObject({
  agency: zUuid,
  document: zUuid,
  isEqual: z.boolean().describe('With erased rows: of root and accounting'),
  erased: zInt.optional().describe('Rows of people who were erased since, by the commitments that stay in their place'),
  released: zSums,
  recomputed: zSums
    .partial({ documentDigest: true })
    .optional()
    .describe('Absent where a recompute yields no such document; without documentDigest where bytes were erased'),
} satisfies Members<RecomputedDocument>)

export const zRecomputation = z.strictObject({
  feed: z.string(),
  period: z.string(),
  isEqual: z.boolean(),
  documents: z.array(zRecomputed),
} satisfies Members<Recomputation>)

/** A line of an accounting manifest: its head, or what became of one person. */
export const zAccountingLine = z.union([
  z.strictObject({
    format: z.literal(ACCOUNTING_FORMAT),
    feed: z.string(),
    period: z.string(),
    cut: zCut,
    versions: z.record(z.string(), zInt),
    document: zUuid.optional(),
    agency: zUuid.optional(),
    salt: z.string().optional(),
    suppressionsThrough: zInt,
    counts: zCounts,
    outcome: z.literal('NOTHING_TO_REPORT').optional(),
  }),
  z.strictObject({
    patient: zUuid,
    outcome: z.enum(['ROW', 'COUNTED', 'EXCLUDED']),
    rule: z.string().optional(),
    group: zGroup.optional(),
    unit: zUuid.optional(),
    row: zUuid.optional(),
    fieldSet: z.string().optional(),
  }),
])
