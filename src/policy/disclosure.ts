/**
 * Disclosure: what of a person's facts may leave for whom. Rules are data; the default is deny: a field that no rule names,
 * a nested member that no rule names, and a value that is an object never leave.
 */
import type { Label } from '../domain/define-event.js'
import type { Role } from '../domain/event.js'
import { FACT_FIELDS, type FactPath } from './facts.js'

/** How a value is made coarser: `DAY` cuts a time to its day, `TOWNSHIP` a region code to nine digits. */
export type Generalisation = 'DAY' | 'TOWNSHIP'

export type DisclosureRule = {
  readonly field: FactPath
  readonly clauses: readonly string[]
  readonly basis: string
} & (
  | { readonly action: 'allow' }
  | { readonly action: 'generalise'; readonly to: Generalisation }
  /** The value never leaves; the recipient's own pseudonym for it does, as `pseudonym`. */
  | { readonly action: 'pseudonymise' }
  | { readonly action: 'withhold' }
)

/** What something is given out for, in words (policy §6.2). */
export const PURPOSES = {
  STOP_AND_ESCORT: { zh: '制止危险行为、护送诊治', en: 'Stop danger, escort to treatment' },
  COORDINATION: { zh: '统筹协调', en: 'Coordination' },
  FIND_AND_HELP: { zh: '查找与帮助', en: 'Find and help' },
  TREATMENT: { zh: '诊疗与随访', en: 'Treatment and follow-up' },
  WELFARE: { zh: '关怀帮扶', en: 'Welfare' },
  CORRECTION: { zh: '更正此前告知的情况', en: 'Correct what was told before' },
  SOCIAL_ASSISTANCE: { zh: '社会救助', en: 'Social assistance' },
  REHABILITATION: { zh: '残疾人证与康复服务', en: 'Disability certificate and rehabilitation' },
  EMPLOYMENT: { zh: '就业与社会保险', en: 'Employment and social insurance' },
  JUDICIAL: { zh: '司法办案', en: 'Court and procuratorate' },
  INVESTIGATION: { zh: '依法调查', en: 'Investigation by law' },
  INSPECTION: { zh: '监督检查', en: 'Inspection of services' },
} as const satisfies Record<string, Label>

export type Purpose = keyof typeof PURPOSES

export interface FieldSet {
  /** With its version: `police.high@1`. Frozen once released: a change is a new version. */
  readonly id: string
  readonly name: string
  readonly version: number
  /** Nobody else may be given it. */
  readonly audience: readonly Role[]
  readonly purpose: Purpose
  /** What the recipient is asked to do, where the set itself says so. */
  readonly instruction?: Label
  /** One rule for every fact of the vocabulary. */
  readonly rules: readonly DisclosureRule[]
}

export type Facts = Readonly<Record<string, unknown>>
/** The recipient's own pseudonym for a patient id. */
export type PseudonymOf = (patientId: string) => string

interface Step {
  readonly head: string
  /** The member of a nested fact; undefined for a fact that stands alone. */
  readonly tail: string | undefined
  readonly rule: DisclosureRule
}

const plans = new WeakMap<FieldSet, readonly Step[]>()

/**
 * The facts that this field set lets out, e.g. `{name: '王芳', level: 4, guardian: {name: '…'}}`. Without `pseudonymOf` a
 * pseudonymised field is left out. Unknown members, members of nested facts without a rule of their own, and values that
 * are objects never leave.
 */
export function disclose(fieldSet: FieldSet, facts: Facts, pseudonymOf?: PseudonymOf): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const { head, tail, rule } of planOf(fieldSet)) {
    const value = tail === undefined ? ownMember(facts, head) : ownMember(ownMember(facts, head), tail)
    if (rule.action === 'pseudonymise') {
      if (pseudonymOf && typeof value === 'string') out.pseudonym = pseudonymOf(value)
      continue
    }
    const left = leaving(rule, value)
    if (left === undefined) continue
    if (tail === undefined) out[head] = left
    else {
      const nested = out[head]
      if (isRecord(nested)) nested[tail] = left
      else out[head] = { [tail]: left }
    }
  }
  return out
}

/** What this rule lets out of a value; undefined where nothing. A pseudonym is not the rule's to make. */
export function leaving(rule: DisclosureRule, value: unknown): unknown {
  if (!isDisclosable(value)) return undefined
  switch (rule.action) {
    case 'allow':
      return value
    case 'generalise':
      return generalise(value, rule.to)
    default:
      return undefined
  }
}

export interface Withheld {
  /** The fact's path, `guardian.idNumber`. */
  readonly field: string
  readonly label: Label
  readonly clauses: readonly string[]
  readonly basis: string
}

/** Which of these facts were kept back, and why. Facts without a rule come as `default deny`. */
export function withheldBy(fieldSet: FieldSet, facts: Facts): readonly Withheld[] {
  const rules = new Map<string, DisclosureRule>(fieldSet.rules.map((rule) => [rule.field, rule]))
  const withheld: Withheld[] = []
  for (const field of pathsOf(facts)) {
    const rule = rules.get(field)
    if (rule && rule.action !== 'withhold') continue
    withheld.push({
      field,
      label: rule ? FACT_FIELDS[rule.field].label : { zh: field, en: field },
      clauses: rule ? rule.clauses : ['design §8'],
      basis: rule ? rule.basis : 'default deny: no rule names it',
    })
  }
  return withheld
}

function planOf(fieldSet: FieldSet): readonly Step[] {
  const known = plans.get(fieldSet)
  if (known) return known
  const plan = fieldSet.rules
    .filter(({ action }) => action !== 'withhold')
    .map((rule): Step => {
      const dot = rule.field.indexOf('.')
      return dot < 0
        ? { head: rule.field, tail: undefined, rule }
        : { head: rule.field.slice(0, dot), tail: rule.field.slice(dot + 1), rule }
    })
  plans.set(fieldSet, plan)
  return plan
}

/** A member of the value's own, never one of its prototype; undefined where it has none. */
export function ownMember(value: unknown, member: string): unknown {
  return isRecord(value) && Object.hasOwn(value, member) ? value[member] : undefined
}

/** The own members of an object; none of whatever is no object. */
export function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? { ...value } : {}
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isDisclosable(value: unknown): boolean {
  return Array.isArray(value) ? value.every(isScalar) : isScalar(value)
}

function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

function generalise(value: unknown, to: Generalisation): unknown {
  if (typeof value !== 'string') return undefined
  return to === 'DAY' ? value.slice(0, 10) : value.slice(0, 9)
}

function* pathsOf(facts: Facts): Iterable<string> {
  for (const [head, value] of Object.entries(facts)) {
    if (value === undefined) continue
    if (isRecord(value)) {
      for (const [tail, inner] of Object.entries(value)) if (inner !== undefined) yield `${head}.${tail}`
    } else yield head
  }
}
