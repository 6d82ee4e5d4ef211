/** Which facts a row says, and by which rule of its field set each was let out. Read off the row itself: it says what left. Pure. */
import { type DisclosureRule, type FieldSet, ownMember } from '../policy/disclosure.js'
import type { DisclosedField } from './port.js'

/** @param row the row as its recipient has it */
export function disclosedIn(fieldSet: FieldSet, row: unknown): readonly DisclosedField[] {
  return fieldSet.rules.flatMap(({ field, action, clauses, basis }) =>
    action !== 'withhold' && isSaid(field, action, row) ? [{ field, action, clauses, basis }] : [],
  )
}

export interface AmendedFields {
  readonly period: string
  readonly fields: readonly DisclosedField[]
}

/**
 * The facts that a row puts right, by period. An older document may have told them by another set than the row's own.
 * @param fieldSets of the feed, those that came first first
 */
export function amendedIn(fieldSets: readonly FieldSet[], row: unknown): readonly AmendedFields[] {
  const amendments = ownMember(row, 'amendments')
  if (!Array.isArray(amendments)) return []
  const periods = new Map<string, DisclosedField[]>()
  for (const amendment of amendments) {
    const period = String(ownMember(amendment, 'period'))
    const told = fieldSets.flatMap(({ rules }) => rules).find((rule) => isToldBy(rule, ownMember(amendment, 'field')))
    if (!told) throw new Error('amendedIn: no field set lets out what a row amends')
    periods.set(period, [...(periods.get(period) ?? []), told])
  }
  return [...periods].map(([period, fields]) => ({ period, fields }))
}

function isToldBy(rule: DisclosureRule, field: unknown): rule is DisclosureRule & DisclosedField {
  return rule.action !== 'withhold' && rule.field === field
}

function isSaid(field: string, action: DisclosureRule['action'], row: unknown): boolean {
  if (action === 'pseudonymise') return ownMember(row, 'pseudonym') !== undefined
  const [head = '', tail] = field.split('.')
  const value = ownMember(row, head)
  return (tail === undefined ? value : ownMember(value, tail)) !== undefined
}
