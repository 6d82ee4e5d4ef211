/**
 * `/v1/one-off-disclosures`: what an authority asks for once by an official letter, which two named persons of the health centre answer
 * for. Whatever is handed out is recorded first, in the stream of the disclosure: a reading of the record would show in the account.
 */
import { z } from 'zod'
import { zCode } from '../../domain/code-lists/code-list.js'
import { RECALL_REASONS } from '../../domain/code-lists/hub.js'
import {
  COPY_RECALL_STEPS,
  NOT_LISTED_YET,
  ONE_OFF_DECISIONS,
  ONE_OFF_PAPERS,
  ONE_OFF_REFUSALS,
  ONE_OFF_REQUESTERS,
} from '../../domain/code-lists/one-off.js'
import { zDay, zText, zUuid } from '../../domain/define-event.js'
import { ROLES } from '../../domain/event.js'
import type { CopyRecall } from '../../domain/one-offs.js'
import { zInstitution } from '../../domain/person-members.js'
import type { Hub } from '../../hub-port.js'
import type { OneOffDocument } from '../../oneoff/document.js'
import type { OneOffStanding } from '../../oneoff/port.js'
import { FACT_PATHS } from '../../policy/facts.js'
import { zActingPerson } from '../acting-person.js'
import { HTML, PAGE_HEADERS } from '../media-types.js'
import { defineRoute, type Route } from '../route.js'
import { OPENING, RECORDING } from '../route-problems.js'

const params = z.strictObject({ id: zUuid })
const zFields = z
  .array(z.enum(FACT_PATHS))
  .min(1)
  .max(FACT_PATHS.length)
  .refine((fields) => new Set(fields).size === fields.length, 'expected each fact at most once')
const zAccountFrom = zDay
  .optional()
  .describe(
    'In the person’s account from this day on, at most a year ahead; only where telling would hinder an inquiry',
  )
const zDraft = z.strictObject({
  id: zUuid.optional().describe('A UUID of the client’s own, so that a retry finds the request'),
  patientId: zUuid
    .optional()
    .describe('Left out where the letter means nobody whom you know: it can only be refused, in the same form'),
  letter: zText.describe('The number of the official letter; stored sealed'),
  requesterKind: zCode(ONE_OFF_REQUESTERS),
  requesterName: zInstitution.describe('The authority; stored sealed'),
  purpose: zText.describe('In words; stored sealed'),
  fields: zFields,
  until: zDay.describe('The day by which the copy is destroyed'),
  accountFrom: zAccountFrom,
})
const zVerdict = z.strictObject({
  decision: zCode(ONE_OFF_DECISIONS),
  fields: zFields.optional().describe('Of PARTLY what is given; left out otherwise'),
  reason: zCode(ONE_OFF_REFUSALS).optional().describe('Why not, or not all'),
  accountFrom: zAccountFrom,
})
const zDecided = z.strictObject({
  by: zActingPerson,
  at: z.string(),
  on: z.string(),
  decision: zCode(ONE_OFF_DECISIONS),
  fields: z.array(z.string()).describe('What is given'),
  reason: zCode(ONE_OFF_REFUSALS).optional(),
  clauses: z.array(z.string()),
  document: z
    .strictObject({
      asOf: z.strictObject({ person: z.number().int(), centre: z.number().int().optional() }),
      fieldSet: z.string(),
      format: z.number().int(),
      digest: z.string().describe('SHA-256 of the canonical document: it stands in the log before any byte leaves'),
    })
    .optional(),
  accountFrom: zDay.optional(),
})
const zOneOff = z.strictObject({
  disclosure: zUuid,
  patientId: zUuid.optional(),
  eventId: zUuid,
  kind: zCode(ONE_OFF_REQUESTERS),
  fields: z.array(z.string()).describe('What is asked for'),
  until: zDay,
  requestedBy: zActingPerson,
  requestedAt: z.string(),
  expiresAt: z.string().describe('Until then a second person decides, or it is over'),
  accountFrom: zDay.optional().describe('Until when the letter asks that the person is not told'),
  decided: zDecided.optional(),
  renewal: z
    .strictObject({ requestedBy: zActingPerson, accountFrom: zDay, expiresAt: z.string() })
    .optional()
    .describe('A longer suspension that waits for the second person'),
  handedOut: z.array(
    z.strictObject({
      what: zCode(ONE_OFF_PAPERS),
      at: z.string(),
      by: z.string(),
      agency: z.string(),
      role: z.enum(ROLES),
    }),
  ),
  recalled: z
    .strictObject({
      reason: zCode(RECALL_REASONS).optional().describe('An erasure where absent'),
      at: z.string(),
      deleteBy: zDay.describe('The day by which every copy is destroyed'),
      writtenAt: z.string().optional().describe('When the requester was written to'),
      destroyedAt: z.string().optional().describe('When they had said that the copy is destroyed'),
    } satisfies Record<keyof CopyRecall, z.ZodType>)
    .optional()
    .describe('The copy is asked back, and the requester is no agency of the hub: write to them'),
  copy: zUuid.optional().describe('Of one whose copy is asked back: the id that stands on the copy'),
  isOverdue: z.boolean().describe('Nobody has said that the copy is destroyed, and the day for it is over'),
  state: z.enum(['REQUESTED', 'EXPIRED', 'GRANTED', 'PARTLY', 'REFUSED']),
  isSuspended: z.boolean().describe('True while the person’s account has no trace of it'),
} satisfies Record<keyof OneOffStanding, z.ZodType>)
const zDocument = z.strictObject({
  format: z.number().int(),
  id: zUuid.describe('A name that stands in this document alone'),
  letter: z.string(),
  requester: z.strictObject({ kind: z.string(), name: z.string() }),
  purpose: z.string(),
  basis: z.array(z.string()),
  fieldSet: z.string(),
  decidedOn: zDay,
  deleteBy: zDay,
  from: z.strictObject({ name: z.string(), phone: z.string() }).optional(),
  facts: z.record(z.string(), z.unknown()).describe('What was granted, by the names of the vocabulary'),
  notHeld: z.array(z.string()).describe('Granted, and not known to the hub'),
  disputed: z.array(z.string()).describe('What somebody holds to be wrong'),
} satisfies Record<keyof OneOffDocument, z.ZodType>)
const zWords = z.strictObject({ requesterName: z.string(), letter: z.string(), purpose: z.string() })
const zAsked = z.strictObject({ disclosure: zUuid, expiresAt: z.string() })
const BY_PERSONS = { access: 'person', tag: 'one-off disclosures' } as const
const READERS = { ...BY_PERSONS, roles: ['CHC', 'AUDITOR'] } as const
const ACTORS = { ...BY_PERSONS, roles: ['CHC'] } as const

export function oneOffRoutes({ oneOffs }: Hub): readonly Route[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/v1/one-off-disclosures',
      operation: 'requestOneOff',
      ...ACTORS,
      label: { zh: '登记调取函', en: 'Record that an authority asks for facts by letter' },
      note: 'For a named person of the responsible health centre, or of one above it. A second one decides within seven days.',
      body: zDraft,
      responses: {
        200: { description: 'Recorded before', schema: zAsked },
        201: { description: 'Waits for a second person', schema: zAsked },
      },
      problems: [...RECORDING, 'HUB_RULE_VIOLATED', 'HUB_NOT_FOUND', 'HUB_ERASED', 'HUB_DIFFERENT_CONTENT'],
      async answer({ principal, body: { id, patientId, accountFrom, ...draft } }) {
        const { isKnown, ...asked } = await oneOffs.request(principal, {
          ...draft,
          ...(id === undefined ? {} : { id }),
          ...(patientId === undefined ? {} : { patientId }),
          ...(accountFrom === undefined ? {} : { accountFrom }),
        })
        return { status: isKnown ? 200 : 201, body: asked }
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/one-off-disclosures',
      operation: 'listOneOffs',
      ...READERS,
      label: { zh: '一次性提供清单', en: 'One-off disclosures that this person may know of' },
      query: z.strictObject({
        open: z
          .stringbool()
          .optional()
          .describe('true: only those whose copy is asked back and not destroyed, the first day first'),
      }),
      responses: {
        200: { description: 'Newest first', schema: z.strictObject({ disclosures: z.array(zOneOff) }) },
      },
      problems: ['HUB_NOT_READY', ...OPENING],
      answer: async ({ principal, query: { open } }) => ({
        body: { disclosures: await oneOffs.list(principal, { open: open === true }) },
      }),
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/one-off-disclosures/:id',
      operation: 'readOneOff',
      ...READERS,
      label: { zh: '查看一次性提供', en: 'One, as it stands; the reading is recorded' },
      note: 'In the person’s account like any other reading, and no sooner than the disclosure itself.',
      params,
      responses: { 200: { description: 'As it stands', schema: zOneOff } },
      problems: [...OPENING, ...RECORDING, 'HUB_NOT_FOUND'],
      answer: async ({ principal, params: { id } }) => ({ body: await oneOffs.read(principal, id) }),
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/one-off-disclosures/:id/letter',
      operation: 'readOneOffLetter',
      ...ACTORS,
      label: { zh: '查看来函内容', en: 'What the letter says; the reading is recorded' },
      params,
      responses: { 200: { description: 'Opened for whoever decides', schema: zWords } },
      problems: [...OPENING, ...RECORDING, 'HUB_NOT_FOUND', 'HUB_ERASED'],
      async answer({ principal, params: { id } }) {
        return { body: await oneOffs.letter(principal, id) }
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/one-off-disclosures/:id/decide',
      operation: 'decideOneOff',
      ...ACTORS,
      label: { zh: '决定是否提供', en: 'Decide one, as the second person' },
      note: 'What is granted is compiled from the log as it stands, and its digest is in the decision.',
      params,
      body: zVerdict,
      responses: { 204: { description: 'Decided', isEmpty: true } },
      problems: [
        ...OPENING,
        ...RECORDING,
        ...(['HUB_RULE_VIOLATED', 'HUB_NOT_FOUND', 'HUB_SECOND_PERSON'] as const),
        ...(['HUB_ALREADY_DECIDED', 'HUB_ERASED'] as const),
      ],
      async answer({ principal, params: { id }, body: { decision, fields, reason, accountFrom } }) {
        await oneOffs.decide(principal, id, {
          decision,
          ...(fields === undefined ? {} : { fields }),
          ...(reason === undefined ? {} : { reason }),
          ...(accountFrom === undefined ? {} : { accountFrom }),
        })
        return { status: 204 }
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/one-off-disclosures/:id/suspension',
      operation: 'suspendOneOff',
      ...ACTORS,
      label: { zh: `申请继续${NOT_LISTED_YET}`, en: 'Ask that one is kept from the account longer' },
      note: 'By one of the two who decided it, while it is still kept back; the other approves within seven days.',
      params,
      body: z.strictObject({ accountFrom: zDay }),
      responses: { 204: { description: 'Waits for the second person', isEmpty: true } },
      problems: [...RECORDING, 'HUB_RULE_VIOLATED', 'HUB_NOT_FOUND'],
      async answer({ principal, params: { id }, body: { accountFrom } }) {
        await oneOffs.suspend(principal, id, accountFrom)
        return { status: 204 }
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/one-off-disclosures/:id/suspension/approve',
      operation: 'approveOneOffSuspension',
      ...ACTORS,
      label: { zh: `同意继续${NOT_LISTED_YET}`, en: 'Approve that, as the second person' },
      params,
      responses: { 204: { description: 'Renewed', isEmpty: true } },
      problems: [
        ...RECORDING,
        ...(['HUB_RULE_VIOLATED', 'HUB_NOT_FOUND', 'HUB_SECOND_PERSON', 'HUB_ALREADY_DECIDED'] as const),
      ],
      async answer({ principal, params: { id } }) {
        await oneOffs.approveSuspension(principal, id)
        return { status: 204 }
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/one-off-disclosures/:id/document',
      operation: 'oneOffDocument',
      ...ACTORS,
      label: { zh: '取一次性文件', en: 'The document that was granted; the handing out is recorded' },
      note: 'The same bytes each time, until its day of destruction; not while processing is restricted, nor once something took back what it tells.',
      params,
      query: z.strictObject({ format: z.enum(['json', 'html']).default('json') }),
      responses: {
        200: {
          description: 'Canonical JSON, which the digest is of, or the same as a page to print',
          schema: zDocument,
          renderings: { 'text/html': z.string() },
          headers: { 'x-lianhu-digest': 'SHA-256 of the canonical document' },
        },
      },
      problems: [...OPENING, ...RECORDING, 'HUB_NOT_FOUND', 'HUB_ERASED', 'HUB_NOT_HANDED_OUT', 'HUB_LOG_CORRUPT'],
      async answer({ principal, params: { id }, query: { format } }) {
        const { text, digest = '' } = await oneOffs.paper(principal, id, format === 'html' ? 'PAGE' : 'DOCUMENT')
        const headers = { 'x-lianhu-digest': digest, 'cache-control': 'no-store' }
        if (format === 'json') return { body: text, type: 'application/json; charset=utf-8', headers }
        return { body: text, type: HTML, headers: { ...headers, ...PAGE_HEADERS } }
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/v1/one-off-disclosures/:id/refusal',
      operation: 'oneOffRefusal',
      ...ACTORS,
      label: { zh: '不予提供告知书', en: 'The letter of what is refused, to print; the handing out is recorded' },
      note: 'It says nothing of the person, not even whether anybody is known: of nobody it is the same.',
      params,
      responses: { 200: { description: 'A page to print', schema: z.string(), type: 'text/html' } },
      problems: [...OPENING, ...RECORDING, 'HUB_NOT_FOUND', 'HUB_ERASED'],
      async answer({ principal, params: { id } }) {
        const { text } = await oneOffs.paper(principal, id, 'LETTER')
        return { body: text, type: HTML, headers: PAGE_HEADERS }
      },
    }),
    defineRoute({
      method: 'POST',
      path: '/v1/one-off-disclosures/:id/recall',
      operation: 'passOnOneOffRecall',
      ...ACTORS,
      label: { zh: '登记副本追回进展', en: 'Say that the requester was written to, or that the copy is destroyed' },
      note: 'For the health centre that handed the copy out, or one that is responsible now. Each is said once.',
      params,
      body: z.strictObject({ what: zCode(COPY_RECALL_STEPS) }),
      responses: { 204: { description: 'Recorded', isEmpty: true } },
      problems: [...RECORDING, 'HUB_NOT_FOUND', 'HUB_ALREADY_DECIDED'],
      async answer({ principal, params: { id }, body: { what } }) {
        await oneOffs.passOn(principal, id, what)
        return { status: 204 }
      },
    }),
  ]
}
