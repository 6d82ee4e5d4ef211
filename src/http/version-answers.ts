/** What is answered about versions, proposals and comparisons: closed, and by the members of their ports. Nobody is named in it. */
import { z } from 'zod'
import { zTime, zUuid } from '../domain/define-event.js'
import { ROLES } from '../domain/event.js'
import type { CoarseAgency, CoarseDiff, CoarseField, CoarsePeriod } from '../feeds/diff-told.js'
import type { DiffCounts, DiffPeople } from '../feeds/port.js'
import { PURPOSES, type Purpose } from '../policy/disclosure.js'
import { OPENING_KINDS, type Opening } from '../policy/openings.js'
import { type Proposal, VERSION_KINDS, type VersionInfo } from '../versions/port.js'
import { zActingPerson } from './acting-person.js'

type Members<T> = Record<keyof T, z.ZodType>

const zVersion = z.number().int().min(1)
const zLabel = z.strictObject({ zh: z.string(), en: z.string() })
const zPurpose = z.enum(Object.keys(PURPOSES) as [Purpose, ...Purpose[]])
const zRoles = z.array(z.enum(ROLES))

const zOpening = z.strictObject({
  kind: z.enum(OPENING_KINDS),
  what: z.string().describe('The field, number, reason or setting'),
  label: zLabel,
  was: z
    .string()
    .optional()
    .describe('withhold, pseudonymise, generalise:DAY, generalise:TOWNSHIP, allow, coarse, exact'),
  now: z.string().optional(),
  fieldSet: z.string().optional(),
  purpose: zPurpose.optional(),
  clauses: z.array(z.string()).optional(),
  basis: z.string().optional(),
} satisfies Members<Opening>)

export const zVersionInfo = z.strictObject({
  kind: z.enum(VERSION_KINDS),
  name: z.string(),
  version: zVersion,
  state: z
    .enum(['IN_FORCE', 'NOT_IN_FORCE', 'UNKNOWN_HERE'])
    .describe('UNKNOWN_HERE: in force, and this node cannot run it'),
  label: zLabel.optional(),
  audiences: zRoles,
  opened: z.array(zOpening).describe('By its rules, against what is in force of that name'),
  closed: z.array(zOpening),
} satisfies Members<VersionInfo>)

const proposal = {
  proposal: zUuid,
  kind: z.enum(VERSION_KINDS),
  name: z.string(),
  version: zVersion,
  from: zVersion.optional().describe('What was in force when it was proposed'),
  follows: zUuid
    .optional()
    .describe('The event that put it in force: the proposal ends with the next one of that name'),
  gains: zRoles.describe('Of these nobody approves it'),
  state: z
    .enum(['REQUESTED', 'GIVEN', 'CARRIED_OUT', 'REFUSED', 'EXPIRED'])
    .describe('GIVEN: approved; CARRIED_OUT: in force'),
  requestedBy: zActingPerson,
  requestedAt: zTime,
  expiresAt: zTime.describe('Until then a second person approves, or it ends'),
  decidedBy: zActingPerson.optional(),
  decidedAt: zTime.optional(),
  carriedOutAt: zTime.optional(),
  overtakenBy: zUuid
    .optional()
    .describe(
      'With which it ended, EXPIRED before its days were over: an activation, or the request of one that came just before',
    ),
} satisfies Members<Proposal>
export const zProposal = z.strictObject(proposal)
export const zProposalRead = z.strictObject({ ...proposal, reason: z.string().optional() })

export const zInForce = z.strictObject({ outcome: z.literal('IN_FORCE') })
export const zWaits = z.strictObject({ outcome: z.literal('WAITS'), proposal: zUuid, expiresAt: zTime })

const zCount = z
  .union([z.number().int().min(0), z.literal('<5')])
  .describe('Exact for health authorities, the auditor and operators; for others <5, or to the nearest 5')
const counts = { from: zCount, to: zCount, gained: zCount, lost: zCount } satisfies Members<DiffCounts>
const zCounts = z.strictObject(counts)

const zField = z.strictObject({
  field: z.string(),
  label: zLabel,
  fieldSet: z.string(),
  purpose: zPurpose,
  clauses: z.array(z.string()),
  basis: z.string(),
  gained: zCount,
  lost: zCount,
  changed: zCount,
} satisfies Members<CoarseField>)

const totals = { rows: zCounts, closings: zCounts, fields: z.array(zField) }

const zPeriod = z.strictObject({
  period: z.string(),
  isClosed: z.boolean(),
  at: zTime.describe('The cut, or now'),
  people: z
    .strictObject({ ...counts, more: zCount, less: zCount, otherwise: zCount } satisfies Members<DiffPeople>)
    .describe('Each once: newly listed, listed no longer, told more of, less of, or something else'),
  ...totals,
  agencies: z
    .array(z.strictObject({ agency: zUuid, name: z.string(), ...totals } satisfies Members<CoarseAgency>))
    .describe('Those whose document differs'),
  agenciesAlike: z.number().int().min(0),
} satisfies Members<CoarsePeriod>)

export const zFeedDiff = z.strictObject({
  feed: z.string(),
  label: zLabel,
  audience: z.enum(ROLES),
  from: zVersion.optional().describe('Absent where the feed is new to its audience'),
  to: zVersion,
  isWider: z.boolean().describe('Then it takes two persons'),
  losesCorrections: z
    .boolean()
    .describe('Closing rows, amendments or marks of what is disputed are told no longer: it takes two persons as well'),
  opened: z.array(zOpening),
  closed: z.array(zOpening),
  periods: z.array(zPeriod),
} satisfies Members<CoarseDiff>)
