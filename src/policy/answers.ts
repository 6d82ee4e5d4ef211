/**
 * The answer to "who may receive this?" for every member of every event type of the catalogue: either the facts that it
 * becomes, each of which every field set allows or withholds by name, or a reason why it leaves for nobody at all. A member
 * of the catalogue without an answer here fails the build (`test/policy/answers.test.ts`).
 */
import type { Role } from '../domain/event.js'
import type { DisclosureRule } from './disclosure.js'
import type { FactPath } from './facts.js'
import { FIELD_SETS } from './field-sets.js'
import { HUB_ANSWERS } from './hub-answers.js'
import { PERSON_ANSWERS } from './person-answers.js'

export interface KeptForAll {
  readonly clauses: readonly string[]
  readonly basis: string
}

export type MemberAnswer = { readonly facts: readonly FactPath[] } | { readonly kept: KeptForAll }

/** `RiskAssessed.level`, `PatientRegistered.identity.name` → its answer. */
export const MEMBER_ANSWERS: ReadonlyMap<string, MemberAnswer> = new Map([...PERSON_ANSWERS, ...HUB_ANSWERS])

export interface AudienceAnswer {
  /** Field set and rule, where at least one set of this audience lets a fact of this member out. */
  readonly leaves: readonly { readonly fieldSet: string; readonly rule: DisclosureRule }[]
  /** Why it stays, where a set withholds it, or where nothing at all is sent to this audience. */
  readonly stays: readonly KeptForAll[]
}

const NO_SET: KeptForAll = {
  clauses: ['policy §5.4', 'policy §6.2'],
  basis: 'a role without a field set receives nothing, and that is its answer',
}

/** What an audience may learn of a member. Throws for a member without an answer. */
export function answerFor(member: string, audience: Role): AudienceAnswer {
  const answer = MEMBER_ANSWERS.get(member)
  if (!answer) throw new Error(`answerFor: ${member} has no answer in the policy`)
  if ('kept' in answer) return { leaves: [], stays: [answer.kept] }
  const sets = FIELD_SETS.filter((set) => set.audience.includes(audience))
  if (sets.length === 0) return { leaves: [], stays: [NO_SET] }
  const leaves: { fieldSet: string; rule: DisclosureRule }[] = []
  const stays: KeptForAll[] = []
  for (const set of sets) {
    for (const rule of set.rules) {
      if (!answer.facts.includes(rule.field)) continue
      if (rule.action === 'withhold') stays.push({ clauses: rule.clauses, basis: `${set.id}: ${rule.basis}` })
      else leaves.push({ fieldSet: set.id, rule })
    }
  }
  return { leaves, stays }
}
