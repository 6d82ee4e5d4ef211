/**
 * What a reader is told of a person: the state and the history, with the values that are sealed for this reader, or whose
 * keys are gone, marked as such. The members are those of the fold and of stored events: one more of either fails to compile.
 */
import { z } from 'zod'
import { codesOf } from '../domain/code-lists/code-list.js'
import { PROGRAMMES } from '../domain/code-lists/person.js'
import { BASIS_RECIPIENTS, CONSENT_PURPOSES, SERVICE_PROGRAMMES } from '../domain/code-lists/rights.js'
import { RISK_TARGETS } from '../domain/code-lists/risk.js'
import { zDay, zTime, zUuid } from '../domain/define-event.js'
import { ROLES, type StoredEvent } from '../domain/event.js'
import type { PatientState } from '../domain/patient-state.js'
import { zAddress, zGuardian, zIdentity } from '../domain/person-members.js'

const zSealed = z.strictObject({ sealed: z.literal(true) }).describe('Sealed for this reader')
const zErased = z.strictObject({ erased: z.literal(true) }).describe('Its key was destroyed')

/** A value that lies sealed: opened, or why not. */
function zOpened(schema: z.ZodType): z.ZodType {
  return z.union([schema, zSealed, zErased])
}

const zInt = z.number().int()
const zRisk = z.strictObject({
  eventId: zUuid,
  level: zInt.min(0).max(5),
  assessedAt: zTime,
  targets: z.enum(codesOf(RISK_TARGETS)),
})

const zFlag = z.strictObject({ value: z.boolean(), on: zTime })
const zRecipient = z.enum(codesOf(BASIS_RECIPIENTS))
const zPurpose = z.enum(codesOf(CONSENT_PURPOSES))
const zProgramme = z.enum(codesOf(SERVICE_PROGRAMMES))

const state = {
  registered: z.strictObject({ id: zUuid, at: zTime, recordedAt: zTime, basis: z.string() }).optional(),
  responsibleUnit: zUuid.optional(),
  identity: zOpened(zIdentity).optional(),
  householdTownship: z.string().optional(),
  householdAddress: zOpened(zAddress).optional(),
  residence: z
    .strictObject({
      township: z.string(),
      address: zOpened(zAddress).optional(),
      area: zOpened(z.string()).optional(),
      gridCell: z.string().optional(),
      since: zTime,
    })
    .optional(),
  gridCell: z.string().optional(),
  economicStatus: zInt.optional(),
  employment: zInt.optional(),
  programmes: z.partialRecord(z.enum(codesOf(PROGRAMMES)), z.strictObject({ open: z.boolean(), since: zTime })),
  diagnosis: z
    .strictObject({
      category: zInt,
      icd10: z.string().optional(),
      confirmedOn: zTime,
      excludedOn: zTime.optional(),
    })
    .optional(),
  diagnosisExcluded: z.strictObject({ on: zTime }).optional(),
  serviceConsent: z
    .strictObject({ state: z.enum(['GIVEN', 'REFUSED', 'WITHDRAWN']), on: zTime, validTo: zDay.optional() })
    .optional(),
  risk: zRisk.optional().describe('As a clinician stated it; the hub computes no level'),
  previousRisk: zRisk.optional(),
  conditionClass: z.strictObject({ value: z.literal([1, 2, 3]), at: zTime }).optional(),
  lastFollowUp: z
    .strictObject({
      id: zUuid,
      date: zTime,
      form: zInt,
      adherence: zInt,
      nextDate: zDay,
      hospitalStay: zInt,
    })
    .optional(),
  missedAttempts: z
    .array(z.strictObject({ id: zUuid, at: zTime }))
    .max(20)
    .describe('Since the last contact'),
  lossOfContact: z.strictObject({ id: zUuid, reason: zInt, lastSeenOn: zDay, declaredAt: zTime }).optional(),
  lastRefusal: z.strictObject({ by: z.string(), at: zTime }).optional(),
  stay: z
    .strictObject({
      id: zUuid,
      route: z.string(),
      institution: z.string(),
      admittedOn: zTime,
      readyOn: zTime.optional().describe('Fit to leave by the ward’s own assessment'),
      dischargedOn: zTime.optional(),
      dischargeOutcome: z.string().optional(),
    })
    .optional(),
  guardian: z
    .strictObject({
      ref: zOpened(zGuardian),
      kind: z.string(),
      relation: z.string(),
      capacity: z.boolean(),
      since: zTime,
    })
    .optional(),
  dataConsents: z
    .array(z.strictObject({ recipient: zRecipient, purpose: zPurpose, fieldSet: z.string(), on: zTime }))
    .optional()
    .describe('Consents that stand'),
  applications: z
    .array(z.strictObject({ recipient: zRecipient, programme: zProgramme, on: zTime, grantedOn: zTime.optional() }))
    .optional()
    .describe('Neither refused nor ended'),
  notice: z.strictObject({ on: zTime, exemption: z.string().optional() }).optional(),
  restricted: z
    .strictObject({ on: zTime, reason: z.string(), scope: z.string() })
    .optional()
    .describe('PIPL 47: whom it keeps out by its scope reads none of this'),
  holds: z
    .array(z.strictObject({ event: zUuid, authority: z.string(), on: zTime, until: zDay.optional() }))
    .optional()
    .describe('Placed and not lifted: while one is in force nothing of the person is destroyed'),
  disputes: z.array(z.strictObject({ event: zUuid, by: z.string(), on: zTime })).optional(),
  openReturns: z
    .array(z.strictObject({ event: zUuid, about: z.string(), on: zTime }))
    .optional()
    .describe('What agencies sent back and nobody has settled'),
  flags: z
    .strictObject({
      povertyTarget: zFlag.optional(),
      guardianSubsidy: zFlag.optional(),
      disabilityCert: z
        .strictObject({ id: zUuid, held: z.boolean(), level: zInt.optional(), on: zTime, byRole: z.enum(ROLES) })
        .optional(),
      careGroupServed: zFlag.optional(),
      familyDoctorSigned: zFlag.optional(),
      communityRehab: zFlag.optional(),
    })
    .optional(),
  functionAssessed: z.strictObject({ id: zUuid, fit: z.boolean(), on: zTime }).optional(),
  homeless: z.strictObject({ since: zTime, kinFound: z.boolean(), homeRegion: z.string().optional() }).optional(),
  insurance: z.array(z.strictObject({ scheme: z.string(), validFrom: zDay, validTo: zDay.optional() })).optional(),
  died: z.strictObject({ on: zTime }).optional(),
  erased: z.strictObject({ at: zTime }).optional().describe('The keys are destroyed: nothing sealed is there any more'),
} satisfies Record<keyof PatientState, z.ZodType>

const event = {
  id: zUuid,
  type: z.string(),
  version: zInt.min(1),
  revision: zInt.min(0),
  occurredAt: zTime.optional(),
  recordedAt: zTime,
  recordedBy: z.strictObject({
    agency: zUuid.or(z.literal('hub')).describe('hub: by the hub itself'),
    role: z.enum(ROLES),
    person: z.string().optional().describe('A staff pseudonym'),
    client: z.string().optional(),
  }),
  legalBasis: z.array(z.string()).optional(),
  observedBy: z.string().optional(),
  onBehalfOf: z.string().optional(),
  source: z.strictObject({
    kind: z.enum(['api', 'import', 'return', 'derived', 'backfill']),
    ref: z.string().optional(),
  }),
  corrects: zUuid.optional(),
  causation: z.strictObject({ stream: z.string(), id: zUuid }).optional(),
  data: z
    .record(z.string(), z.unknown())
    .describe(
      'As /schemas/<type>@<version> says, less its moment member; {"sealed": true} where it is not this reader’s',
    ),
} satisfies Record<Exclude<keyof StoredEvent, 'stream' | 'seed' | 'sealed'>, z.ZodType>

const head = {
  patientId: zUuid.describe('The id by which the reader knows the person'),
  revision: zInt.describe('Of the last event known; -1 where none was'),
  provisional: z.boolean().describe('More may still be recorded at or before knownAt'),
  asOf: zTime.optional(),
  knownAt: zTime.optional(),
}

export const zStateAnswer = z.strictObject({ ...head, state: z.strictObject(state) })
export const zHistoryAnswer = z.strictObject({
  ...head,
  entries: z.array(
    z.strictObject({
      standing: z.enum(['IN_FORCE', 'REPLACED', 'WITHDRAWN', 'IGNORED']),
      by: zUuid.optional().describe('The event that replaced or withdrew it'),
      event: z.strictObject(event),
    }),
  ),
})
