/**
 * Shapes that several person events share: identity, addresses, staff references, drugs. Free text and whatever names
 * somebody is meant for sealed members; references in the clear refuse text that could hold a name.
 */
import { z } from 'zod'
import { zCode } from './code-lists/code-list.js'
import { ID_TYPES, IDENTITY_STATUSES, SEXES } from './code-lists/person.js'
import { zDay, zRegion, zText } from './define-event.js'

/** A staff pseudonym or an institution's own number: letters, digits and `._:-`, so no name fits in it. */
export const zStaffRef = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/, 'expected a staff reference, not a name')
/** A township (9 digits) or, where only that is known, a county (6 digits). Anything below is sealed. */
export const zTownship = z.string().regex(/^\d{6}(\d{3})?$/, 'expected 6 or 9 digits')
/** A community or village: 12 digits. */
export const zArea = z.string().regex(/^\d{12}$/, 'expected 12 digits')
export const zGridCell = z.string().regex(/^[\p{L}\p{N}._-]{1,60}$/u)
export const zPhone = z.string().regex(/^[+0-9][0-9 -]{2,24}$/, 'expected digits')
export const zName = z.string().min(1).max(100)
/** A short name of an institution. */
export const zInstitution = z.string().min(1).max(200)

/** A document's number; a lower-case check character `x` is the same number and is stored as `X`. */
const zIdNumber = z.string().min(1).max(40).toUpperCase()

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
