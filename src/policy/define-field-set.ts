/**
 * How a field set is written down: what leaves, field by field, and then the groups that stay, each with its clause. A fact
 * of the vocabulary without an answer, or with two, is refused when the module loads.
 */
import type { Label } from '../domain/define-event.js'
import type { Role } from '../domain/event.js'
import type { DisclosureRule, FieldSet, Generalisation, Purpose } from './disclosure.js'
import { FACT_FIELDS, FACT_PATHS, type FactGroup, type FactPath } from './facts.js'

export interface FieldSetDraft {
  readonly name: string
  readonly version: number
  readonly audience: readonly Role[]
  readonly purpose: Purpose
  readonly instruction?: Label
  readonly leaves: readonly (readonly DisclosureRule[])[]
  /** Why every other fact of a group stays. Every group must be answered, even where all of its facts leave. */
  readonly stays: Readonly<Record<FactGroup, readonly [clauses: readonly string[], basis: string]>>
}

export function allow(
  fields: readonly FactPath[],
  clauses: readonly string[],
  basis: string,
): readonly DisclosureRule[] {
  return fields.map((field) => ({ field, action: 'allow', clauses, basis }))
}

export function generalise(
  fields: readonly FactPath[],
  to: Generalisation,
  clauses: readonly string[],
  basis: string,
): readonly DisclosureRule[] {
  return fields.map((field) => ({ field, action: 'generalise', to, clauses, basis }))
}

export function pseudonymise(field: FactPath, clauses: readonly string[], basis: string): readonly DisclosureRule[] {
  return [{ field, action: 'pseudonymise', clauses, basis }]
}

/** Of what it lets out, what somebody holds to be wrong: that it is so, and nothing else of it. */
export const DISPUTED = allow(
  ['disputed'],
  ['PIPL 46', 'policy §3.3'],
  'what somebody holds to be wrong travels as such',
)

/** The next version of a set: the same, and of what it lets out what is disputed. */
export function marking({ rules, ...set }: FieldSet): FieldSet {
  const version = set.version + 1
  const marked = rules.map((rule) => DISPUTED.find(({ field }) => field === rule.field) ?? rule)
  return Object.freeze({ ...set, version, id: `${set.name}@${version}`, rules: Object.freeze(marked) })
}

/** Throws where a fact is answered twice. */
export function defineFieldSet(draft: FieldSetDraft): FieldSet {
  const { leaves, stays, ...rest } = draft
  const answered = new Map<FactPath, DisclosureRule>()
  for (const rule of leaves.flat()) {
    if (answered.has(rule.field)) throw new Error(`field set ${draft.name}: two rules for ${rule.field}`)
    answered.set(rule.field, rule)
  }
  const rules = FACT_PATHS.map((field): DisclosureRule => {
    const [clauses, basis] = stays[FACT_FIELDS[field].group]
    return answered.get(field) ?? { field, action: 'withhold', clauses, basis }
  })
  return Object.freeze({ ...rest, id: `${draft.name}@${draft.version}`, rules: Object.freeze(rules) })
}
