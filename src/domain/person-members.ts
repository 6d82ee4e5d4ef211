/**
 * Shapes that several person events share: identity, addresses, staff references, drugs. Free text and whatever names
 * somebody is meant for sealed members; references in the clear refuse text that could hold a name.
 */
import { z } from 'zod'
import { zCode } from './code-lists/code-list.js'
import { ID_TYPES, IDENTITY_STATUSES, SEXES } from './code-lists/person.js'
import { clear, type Member, zDay, zRegion, zText } from './define-event.js'
import { normaliseIdNumber } from './id-number.js'

/** A mobile number, a fixed line `0631-5223344`, an ID number with its birth date: as a word of its own in a reference. */
const NUMBER_OF_A_PERSON = '(?:1[3-9]\\d{9}|0\\d{2,3}-\\d{7,8}|\\d{6}(?:19|20)\\d{2}[01]\\d[0-3]\\d{4}[\\dXx])'
const REFERENCE = new RegExp(`^(?!(?:.*[._:-])?${NUMBER_OF_A_PERSON}(?:[._:-]|$))[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$`)
/** A clause with its number: `W46`, `MHL 30(2)(ii)`, `policy §5.2`, `Civil Code 28`. */
const CLAUSE = /^[A-Za-z][A-Za-z ]{0,39}§?\d{1,3}(?:\.\d{1,3}|\([0-9a-z]{1,4}\)){0,4}$/

/** True for what stands in the clear in the place of somebody: `staff-7`, `req-0`, a UUID; never a name or a telephone. */
export function isReference(value: unknown): boolean {
  return typeof value === 'string' && REFERENCE.test(value)
}

/** True for a clause as a recorder cites it. */
export function isClause(value: unknown): boolean {
  return typeof value === 'string' && CLAUSE.test(value)
}

/** A reference of a request or of whoever stands behind an event: never a name. */
export const zReference = z.string().regex(REFERENCE, 'expected a reference, not a name')
/** A clause that a recorder cites. */
export const zClause = z.string().regex(CLAUSE, 'expected a clause such as W46 or MHL 30(2)')
/** A staff pseudonym or an institution's own number: letters, digits and `._:-`, so no name fits in it. */
export const zStaffRef = z.string().regex(REFERENCE, 'expected a staff reference, not a name')
/** The member that names who did something, by pseudonym. */
export const actingPerson = (zh: string, en: string): Member => clear(zStaffRef, zh, en)
/** A township (9 digits) or, where only that is known, a county (6 digits). Anything below is sealed. */
export const zTownship = z.string().regex(/^\d{6}(\d{3})?$/, 'expected 6 or 9 digits')
/** A community or village: 12 digits. */
export const zArea = z.string().regex(/^\d{12}$/, 'expected 12 digits')
/** The code of a grid cell, stored in the clear: no word of an address fits in it. */
export const zGridCell = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/, 'expected the code of a grid cell')
/** What an agency may hold: a region or `grid:` with the code of a cell. */
export const zAgencyArea = z.union([zRegion, z.string().regex(/^grid:[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/)])
/** With its version: what is agreed to, or was told, is this list of fields, not whatever a later one holds. */
export const zFieldSetId = z
  .string()
  .regex(/^[a-z][a-z-]*(\.[a-z][a-z-]*)*@\d{1,4}$/, 'expected a field set such as name@1')
/** The path of a fact: `guardian.name`. Whether there is such a fact the policy says. */
export const zFactPath = z
  .string()
  .regex(/^[a-z][A-Za-z]{0,39}(\.[a-z][A-Za-z]{0,39})?$/, 'expected the name of a fact')
export const zPhone = z.string().regex(/^[+0-9][0-9 -]{2,24}$/, 'expected digits')
export const zName = z.string().min(1).max(100)
/** A short name of an institution. */
export const zInstitution = z.string().min(1).max(200)

/** A document's number, stored in its one spelling: blanks, full width or a lower-case `x` make no other number of it. */
const zIdNumber = z.string().max(60).overwrite(normaliseIdNumber).min(1).max(40)

export const zIdentity = z.strictObject({
  name: zName.optional(),
  alias: zName.optional(),
  idType: zCode(ID_TYPES),
  idNumber: zIdNumber.optional(),
  status: zCode(IDENTITY_STATUSES),
  sex: zCode(SEXES),
  birthDate: zDay.optional(),
  phones: z.array(zPhone).max(10).optional(),
})

/** Who a person is. A person without a name or number is welcome (W12). */
export type Identity = z.infer<typeof zIdentity>

/** An address in words, with the region code that it lies in where that is known. */
export const zAddress = z.strictObject({ region: zRegion.optional(), text: zText })
export type Address = z.infer<typeof zAddress>

export const zGuardian = z.strictObject({
  name: zName,
  phones: z.array(zPhone).max(10),
  idNumber: zIdNumber.optional(),
})
export type Guardian = z.infer<typeof zGuardian>

const zDose = z.number().min(0).max(100_000)

/** One drug: a long-acting one is given every so many weeks, another in the morning, at noon and in the evening. */
export const zDrug = z.strictObject({
  code: z.string().min(1).max(40),
  name: zName.optional(),
  longActing: z.boolean().optional(),
  everyWeeks: z.number().int().min(1).max(52).optional(),
  doseMg: zDose.optional(),
  morningMg: zDose.optional(),
  noonMg: zDose.optional(),
  eveningMg: zDose.optional(),
})
export const zDrugs = z.array(zDrug).max(30)
