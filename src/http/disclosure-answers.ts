/**
 * What the account of disclosures answers: the members are those of the entries, and one more of them fails to compile. Whoever
 * reads it sees names of fields and never their values.
 */
import { z } from 'zod'
import type {
  AmendedPeriod,
  DeliveryState,
  DocumentEntry,
  MessageEntry,
  MisdirectedEntry,
  OneOffEntry,
  RecallEntry,
  Said,
  TakenBack,
  ViewEntry,
} from '../account/port.js'
import { zCode } from '../domain/code-lists/code-list.js'
import { ONE_OFF_REQUESTERS } from '../domain/code-lists/one-off.js'
import { zDay, zTime, zUuid } from '../domain/define-event.js'
import { ROLES } from '../domain/event.js'

const zLabel = z.strictObject({ zh: z.string(), en: z.string() })
const zField = z.strictObject({
  field: z.string().describe('The path of a fact, e.g. guardian.name'),
  label: zLabel,
  clauses: z.array(z.string()),
  basis: z.string(),
})
const zSaid = z.strictObject({
  fieldSet: z.string(),
  purpose: z.string(),
  fields: z.array(zField),
} satisfies Record<keyof Said, z.ZodType>)
const zAmended = z.strictObject({
  period: z.string(),
  fields: z.array(zField),
} satisfies Record<keyof AmendedPeriod, z.ZodType>)
const zDelivery = z
  .strictObject({
    handedOverAt: zTime.optional(),
    isCollected: z.boolean(),
    openedAt: zTime.optional(),
    isAcknowledged: z.boolean(),
    parkedAt: zTime.optional().describe('Set aside as refused, and not handed over since'),
  } satisfies Record<keyof DeliveryState, z.ZodType>)
  .describe('As far as the log knows')
const zTakenBack = z.strictObject({ at: zTime, deleteBy: zDay })

const head = {
  id: z.string().describe('Names the entry for good'),
  at: zTime,
  to: z.strictObject({
    agency: z.string(),
    name: z.string().optional().describe('As the directory has it now'),
    role: z.enum(ROLES).optional(),
  }),
}

const zDocument = z.strictObject({
  ...head,
  kind: z.literal('DOCUMENT'),
  feed: z.string(),
  label: zLabel,
  period: z.string(),
  cutAt: zTime.describe('The row shows the person as they stood then'),
  document: zUuid.describe('The id in the log'),
  row: zUuid.describe('As its recipient names it'),
  commitment: z.string().describe('What the root of the document commits to: its proof'),
  deleteBy: zDay,
  isClosing: z.boolean().describe('True of a row that says that its recipient lists the person no longer'),
  said: zSaid.optional().describe('What the row said; absent once the identity is erased'),
  amendments: z
    .array(zAmended)
    .optional()
    .describe('What the row put right of older periods; absent where nothing, and once the identity is erased'),
  deliveries: z.array(zDelivery).describe('Of the messages that announced it; a download leaves no trace'),
  takenBack: zTakenBack.optional(),
} satisfies Record<keyof DocumentEntry, z.ZodType>)

const zMessage = z.strictObject({
  ...head,
  kind: z.literal('MESSAGE'),
  about: z.string().describe('The kind of the message'),
  class: z.string(),
  said: zSaid.optional().describe('What it said at most; absent where it stood on a desk alone and named nobody'),
  delivery: zDelivery.optional(),
  relayed: z.array(z.strictObject({ to: z.string(), means: z.string(), at: zTime })),
  takenBack: zTakenBack.optional(),
} satisfies Record<keyof MessageEntry, z.ZodType>)

const zView = z.strictObject({
  ...head,
  kind: z.literal('VIEW'),
  purpose: z.string(),
  what: z
    .string()
    .describe(
      'STATE, HISTORY (or this account), HELD: a write that turned out to be about the person, or LETTER: a letter about them',
    ),
} satisfies Record<keyof ViewEntry, z.ZodType>)

const zRecall = z.strictObject({
  ...head,
  kind: z.literal('RECALL'),
  by: z.enum(['RECALL', 'ERASURE']),
  reason: z.string().optional(),
  deleteBy: zDay,
  fieldSets: z.array(z.string()).optional().describe('What was told by these; everything where absent'),
  deliveries: z.array(zDelivery).describe('Of the messages that asked'),
} satisfies Record<keyof RecallEntry, z.ZodType>)

const zOneOff = z.strictObject({
  kind: z.literal('ONE_OFF'),
  ...{ id: head.id, at: head.at },
  requester: z.strictObject({ kind: zCode(ONE_OFF_REQUESTERS), name: z.string().optional() }),
  letter: z.string().optional().describe('The number of the official letter; absent once the identity is erased'),
  purpose: z.string().optional(),
  said: zSaid,
  handedOutAt: z.array(zTime).describe('When the document was handed out'),
  deleteBy: zDay,
  takenBack: zTakenBack
    .extend({
      by: z.enum(['RECALL', 'ERASURE']),
      reason: z.string().optional(),
      writtenAt: zTime.optional().describe('When the requester was written to'),
      destroyedAt: zTime.optional().describe('When they had said that the copy is destroyed'),
    } satisfies Record<Exclude<keyof NonNullable<OneOffEntry['takenBack']>, keyof TakenBack>, z.ZodType>)
    .optional()
    .describe('The copy was asked back, in writing: its holder is no agency of the hub'),
  suspendedUntil: zDay
    .optional()
    .describe(
      'The person’s account was silent about it before this day; until then only who decided it and an auditor see it',
    ),
} satisfies Record<keyof OneOffEntry, z.ZodType>)

const zMisdirected = z.strictObject({
  ...head,
  kind: z.literal('MISDIRECTED'),
  what: z.string(),
  fields: z.array(z.strictObject({ field: z.string(), label: zLabel })),
  discoveredOn: zTime,
  containment: z.string(),
  notifiedOn: zDay.optional().describe('When the person or their guardian was told'),
} satisfies Record<keyof MisdirectedEntry, z.ZodType>)

export const zAccountAnswer = z.strictObject({
  patientId: zUuid.describe('The id by which the reader knows the person'),
  erasedAt: zTime.optional(),
  total: z.number().int(),
  entries: z
    .array(z.discriminatedUnion('kind', [zDocument, zMessage, zView, zRecall, zOneOff, zMisdirected]))
    .describe('Newest first'),
  next: z.string().optional().describe('The last entry of this page, where more follow: ask with after'),
})
