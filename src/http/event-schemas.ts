/** The schemas of what is sent to and answered by the recording routes, for documents; recording itself validates by the catalogue. */
import { z } from 'zod'
import { PERSON_EVENTS } from '../domain/catalogue.js'
import { zRegion, zTime, zUuid } from '../domain/define-event.js'
import { zClause, zReference } from '../domain/person-members.js'
import { ERRORS, type ErrorCode } from '../kernel/errors.js'
import { MAX_GROUP } from '../recording/port.js'
import { MAX_PERSON_TEXT } from './proposed-write.js'

export const zFault = z
  .strictObject({
    pointer: z.string().describe('RFC 6901 pointer into the request body'),
    rule: z.string().describe('The violated rule, or schema'),
    message: z.string(),
    messageZh: z.string().optional(),
    expected: z.string().optional(),
    got: z.string().optional(),
  })
  .meta({ id: 'Fault' })

/** An RFC 9457 problem document, with our members. */
export const zProblem = z.looseObject({
  type: z
    .string()
    .regex(/^urn:lianhu:problem:HUB_[A-Z_]+$/)
    .describe('urn:lianhu:problem:<code>'),
  title: z.string(),
  titleZh: z.string(),
  status: z.number().int().min(400).max(599),
  code: z.enum(Object.keys(ERRORS) as readonly ErrorCode[]),
  detail: z.string().optional(),
  hint: z.string(),
  errors: z.array(zFault).optional(),
  requestId: z.string().optional(),
})

/** A problem that takes the place of one line's answer; the request that it stands in has its own id. */
export const zProblemLine = zProblem.omit({ requestId: true }).extend({ line: z.number().int() })

export const zReceipt = z
  .strictObject({
    id: zUuid,
    stream: z.string().describe('patient-<patient id>, or the pseudonym by which the person was addressed'),
    revision: z.number().int().min(0),
    recordedAt: zTime,
  })
  .meta({ id: 'Receipt' })

/** A rule that is broken and forbids nothing. */
const zWarning = zFault
  .pick({ pointer: true, rule: true, message: true })
  .extend({ messageZh: z.string() })
  .meta({ id: 'Warning' })

export const zRecordedAnswer = z.strictObject({ receipts: z.array(zReceipt), warnings: z.array(zWarning).optional() })
/** What is known already is not checked again. */
export const zKnownAnswer = zRecordedAnswer.omit({ warnings: true })
export const zHeldAnswer = z.strictObject({ heldId: zUuid })

export const zEvent = z.strictObject({
  id: zUuid.optional().describe('A UUIDv7 of the client: with it, sending again is safe'),
  type: z.enum(PERSON_EVENTS.map(({ type }) => type)).describe('See /schemas for the data of each type'),
  version: z.number().int().min(1).optional(),
  occurredAt: zTime.optional().describe('Only where the type has no moment member of its own'),
  observedBy: zReference.optional().describe('Who saw it, where the typist is another: a reference, never a name'),
  onBehalfOf: zReference.optional(),
  legalBasis: z.array(zClause).min(1).max(10).optional().describe('W46, MHL 30(2), policy §5.2'),
  corrects: zUuid.optional().describe('The event, of the same type and person, that this one replaces'),
  data: z.record(z.string(), z.unknown()),
})

const zPersonText = z.string().min(1).max(MAX_PERSON_TEXT)

export const zNamedPerson = z.strictObject({
  idNumber: zPersonText.optional(),
  name: zPersonText.optional(),
  township: zRegion.optional().describe('Asked of whoever names a person and is no health role'),
  description: zPersonText.optional(),
})
const addressing = {
  patientId: zUuid.optional(),
  person: zNamedPerson
    .refine((person) => Object.keys(person).length > 0, 'expected at least one member')
    .meta({ minProperties: 1 })
    .optional(),
  expectedRevision: z.number().int().min(0).optional(),
  source: z.strictObject({ kind: z.enum(['api', 'import', 'backfill']), ref: zReference.optional() }).optional(),
}

export const zSingleWrite = zEvent.extend(addressing)
export const zGroupWrite = z.strictObject({ ...addressing, events: z.array(zEvent).min(1).max(MAX_GROUP) })
export const zWrite = z.union([zSingleWrite, zGroupWrite])
export const zBatchAnswerLine = z.union([
  z.strictObject({ line: z.number().int(), status: z.literal(200), ...zKnownAnswer.shape }),
  z.strictObject({ line: z.number().int(), status: z.literal(201), ...zRecordedAnswer.shape }),
  z.strictObject({ line: z.number().int(), status: z.literal(202), ...zHeldAnswer.shape }),
  zProblemLine,
])
