/**
 * The rules that a person event must keep (policy §3, §4). Pure: event, state and context in; every broken rule out, at
 * once. They judge what people state and never state anything themselves: no rule computes, raises or suggests a level.
 */
import { type CalendarDate, dayOfTime } from '../kernel/dates.js'
import type { Fault } from '../kernel/errors.js'
import { definitionOf, PERSON_EVENTS } from './catalogue.js'
import type { PatientState } from './patient-state.js'
import { AID_RULES } from './rules/aid-rules.js'
import { CONTACT_RULES } from './rules/contact-rules.js'
import { EVENT_RULES } from './rules/event-rules.js'
import { FOLLOW_UP_RULES } from './rules/follow-up-rules.js'
import { HOSPITAL_RULES } from './rules/hospital-rules.js'
import { REGISTRATION_RULES } from './rules/registration-rules.js'
import { RETURN_RULES } from './rules/return-rules.js'
import { RIGHTS_RULES } from './rules/rights-rules.js'
import type { Given, ProposedEvent, Rule, RuleContext } from './rules/rule.js'
import { SAFEGUARD_RULES } from './rules/safeguard-rules.js'

export { missedAttemptsIn, namesOtherMisses } from './rules/missed-attempts.js'
export type { ProposedEvent, Rule, RuleContext } from './rules/rule.js'

export const RULES: readonly Rule[] = [
  ...EVENT_RULES,
  ...REGISTRATION_RULES,
  ...FOLLOW_UP_RULES,
  ...CONTACT_RULES,
  ...HOSPITAL_RULES,
  ...RIGHTS_RULES,
  ...SAFEGUARD_RULES,
  ...AID_RULES,
  ...RETURN_RULES,
]

export interface RuleResult {
  /** Refused: 422, nothing is stored. */
  readonly errors: readonly Fault[]
  /** Stored all the same, returned and counted. */
  readonly warnings: readonly Fault[]
}

const rulesOfType: ReadonlyMap<string, readonly Rule[]> = new Map(
  PERSON_EVENTS.map(({ type }) => [type, RULES.filter(({ types }) => types === 'ALL' || types.includes(type))]),
)

const KEPT: RuleResult = { errors: [], warnings: [] }

/** Every rule that the event breaks. `data` must have passed its schema; a type without rules keeps them all. */
export function checkRules(event: ProposedEvent, state: PatientState, context: RuleContext): RuleResult {
  const day: CalendarDate = dayOfTime(event.occurredAt ?? context.now)
  const given: Given = { event, data: event.data, state, context, day }
  let errors: Fault[] | undefined
  let warnings: Fault[] | undefined
  for (const rule of rulesOfType.get(event.type) ?? []) {
    if (!rule.isBroken(given)) continue
    if (rule.severity === 'error') {
      errors ??= []
      errors.push(faultOf(rule, event))
    } else {
      warnings ??= []
      warnings.push(faultOf(rule, event))
    }
  }
  return errors || warnings ? { errors: errors ?? [], warnings: warnings ?? [] } : KEPT
}

export interface RuleEntry {
  readonly id: string
  readonly clause: string
  readonly severity: 'error' | 'warning'
  readonly types: readonly string[] | 'ALL'
  readonly zh: string
  readonly en: string
}

/** All rules, for documents and tests. */
export function ruleCatalogue(): readonly RuleEntry[] {
  return RULES.map(({ id, clause, severity, types, zh, en }) => ({ id, clause, severity, types, zh, en }))
}

function faultOf(rule: Rule, event: ProposedEvent): Fault {
  return { pointer: pointerOf(rule, event), rule: rule.id, message: rule.en, messageZh: rule.zh }
}

function pointerOf(rule: Rule, { type, version }: ProposedEvent): string {
  if (rule.pointer !== 'MOMENT') return rule.pointer
  const { moment } = definitionOf(type, version)
  return moment === undefined ? '/occurredAt' : `/data/${moment}`
}
