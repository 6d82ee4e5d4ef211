/** Which facts a row says, and by which rule of its field set each was let out. Read off the row itself: it says what left. Pure. */
import { type DisclosureRule, type FieldSet, ownMember } from '../policy/disclosure.js'
import type { DisclosedField } from './port.js'

/** @param row the row as its recipient has it */
export function disclosedIn(fieldSet: FieldSet, row: unknown): readonly DisclosedField[] {
  return fieldSet.rules.flatMap(({ field, action, clauses, basis }) =>
    action !== 'withhold' && isSaid(field, action, row) ? [{ field, action, clauses, basis }] : [],
  )
}

function isSaid(field: string, action: DisclosureRule['action'], row: unknown): boolean {
  if (action === 'pseudonymise') return ownMember(row, 'pseudonym') !== undefined
  const [head = '', tail] = field.split('.')
  const value = ownMember(row, head)
  return (tail === undefined ? value : ownMember(value, tail)) !== undefined
}
