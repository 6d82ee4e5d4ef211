/**
 * The citizen identification number of GB 11643: 6 digits of address, 8 of birth, 3 of sequence (odd male, even female)
 * and a check character by ISO 7064 MOD 11-2, e.g. `11010519491231002X`. The address says where the number was given out,
 * never where somebody lives. Pure; it looks nobody up.
 */
import { type CalendarDate, isCalendarDate } from '../kernel/dates.js'
import { RESIDENT_ID } from './code-lists/person.js'

const SHAPE = /^\d{17}[\dX]$/
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2] as const
const CHECK_CHARACTERS = '10X98765432'

/** The one spelling that is stored, claimed and looked up: half-width, no blanks, the check character `X` in upper case. */
export function normaliseIdNumber(text: string): string {
  return text.normalize('NFKC').replace(/\s+/gu, '').toUpperCase()
}

/**
 * What a number claims in the vault: `['1', '11010519491231002X']`. A valid number of GB 11643 is one person's, under
 * whatever kind of document it was typed.
 */
export function identityOf(idType: string, idNumber: string): readonly [idType: string, idNumber: string] {
  const spelt = normaliseIdNumber(idNumber)
  return [isIdNumber(spelt) ? RESIDENT_ID : idType, spelt]
}

/** True for 18 characters with a birth date of the calendar and the right check character, in their one spelling. */
export function isIdNumber(text: string): boolean {
  return SHAPE.test(text) && isCalendarDate(birthDateIn(text)) && text[17] === checkCharacter(text)
}

/** The birth date that a valid number holds: `11010519491231002X` → `1949-12-31`. */
export function birthDateOf(idNumber: string): CalendarDate | undefined {
  return isIdNumber(idNumber) ? birthDateIn(idNumber) : undefined
}

/** The sex that a valid number holds, in codes of GB/T 2261.1: `1` male, `2` female. */
export function sexOf(idNumber: string): '1' | '2' | undefined {
  if (!isIdNumber(idNumber)) return undefined
  return Number(idNumber[16]) % 2 === 1 ? '1' : '2'
}

/** The check character that belongs to the first 17 digits: `11010519491231002` → `X`. */
export function checkCharacter(digits: string): string {
  const sum = WEIGHTS.reduce((total, weight, i) => total + weight * Number(digits[i]), 0)
  return CHECK_CHARACTERS[sum % 11] ?? ''
}

function birthDateIn(text: string): CalendarDate {
  return `${text.slice(6, 10)}-${text.slice(10, 12)}-${text.slice(12, 14)}`
}
