/**
 * The same person as each agency came to know them: every fact that it received, and for every other fact the rule that kept
 * it back. Made from what the receivers hold, not from what the hub believes it sent.
 */
import { wordsOf } from '../policy/fact-words.js'
import { FACT_FIELDS, FACT_PATHS, type FactPath } from '../policy/facts.js'
import { fieldSetOf } from '../policy/field-sets.js'
import type { Receiver } from './demo-receivers.js'

export interface KnownFact {
  readonly field: FactPath
  readonly label: string
  /** For each agency, in order: the value it was last given, or the clauses that kept it back. */
  readonly answers: readonly KnownAnswer[]
}

export type KnownAnswer =
  | { readonly kind: 'given'; readonly value: string }
  | { readonly kind: 'withheld'; readonly clauses: readonly string[]; readonly basis: string }
  /** A rule lets it out, and there was nothing to say. */
  | { readonly kind: 'nothing' }
  /** The agency was told nothing of this person at all. */
  | { readonly kind: 'untold' }

export interface SideBySide {
  readonly agencies: readonly {
    readonly agency: string
    readonly pseudonym: string
    readonly messages: readonly string[]
  }[]
  readonly facts: readonly KnownFact[]
}

/** More than there are kinds of messages. */
const MANY_KINDS = 1000

export interface ToldAgency {
  readonly receiver: Receiver
  /** What the agency calls the person. */
  readonly name: string
}

/** The people of whom this receiver heard, those of the most kinds of news first; who rang its telephone goes before all others. */
export function mostToldSubjects(receiver: Receiver): readonly string[] {
  const kinds = new Map<string, Set<string>>()
  const alarmed = new Set<string>()
  for (const { message } of receiver.accepted.values()) {
    if (message.document) continue
    const told = kinds.get(message.subject) ?? new Set<string>()
    kinds.set(message.subject, told.add(`${message.kind} ${message.class}`))
    if (message.kind === 'risk-assessed' && message.class === 'ALARM') alarmed.add(message.subject)
  }
  const rank = (subject: string): number => (alarmed.has(subject) ? MANY_KINDS : 0) + (kinds.get(subject)?.size ?? 0)
  return [...kinds.keys()].sort((a, b) => rank(b) - rank(a) || (a < b ? -1 : 1))
}

export function sideBySide(told: readonly ToldAgency[]): SideBySide {
  const knowledge = told.map(knowledgeOf)
  return {
    agencies: told.map(({ receiver, name }, i) => ({
      agency: receiver.agency,
      pseudonym: name,
      messages: knowledge[i]?.messages ?? [],
    })),
    facts: knownFacts(knowledge),
  }
}

/** What somebody has of a person: values by fact, and the field sets that let them out. */
export interface Learnt {
  readonly values: ReadonlyMap<string, string>
  readonly fieldSets: ReadonlySet<string>
}

interface Knowledge extends Learnt {
  readonly messages: readonly string[]
}

/** Every fact that one of them was given or denied, with the answer to each. */
export function knownFacts(learnt: readonly Learnt[]): readonly KnownFact[] {
  const facts = FACT_PATHS.map((field) => ({
    field,
    label: FACT_FIELDS[field].label.zh,
    answers: learnt.map((one) => answerOf(one, field)),
  }))
  return facts.filter(({ answers }) => answers.some(({ kind }) => kind === 'given' || kind === 'withheld'))
}

/** What one row of a document says. */
export function learntFrom({ id: _, salt: _salt, fieldSet, ...facts }: Readonly<Record<string, unknown>>): Learnt {
  const said = [...flat(facts)].map(([field, value]) => [nameOf(field), shown(field, value)] as const)
  return { values: new Map(said), fieldSets: new Set([String(fieldSet)]) }
}

function knowledgeOf({ receiver, name }: ToldAgency): Knowledge {
  const values = new Map<string, string>()
  const fieldSets = new Set<string>()
  const messages: string[] = []
  const learn = (facts: Readonly<Record<string, unknown>>, fieldSet: string): void => {
    fieldSets.add(fieldSet)
    for (const [field, value] of flat(facts)) values.set(nameOf(field), shown(field, value))
  }
  for (const { message } of [...receiver.accepted.values()].sort((a, b) => a.message.sequence - b.message.sequence)) {
    const row = message.document ? rowOf(message.document.content ?? '', name) : undefined
    if (row) {
      const { id: _, salt: _salt, fieldSet, ...facts } = row
      learn(facts, String(fieldSet))
      messages.push(
        `${message.time.slice(0, 10)} ${message.document?.period ?? ''} 季度数据一行（${String(fieldSet)}）`,
      )
    } else if (message.subject === name) {
      learn(message.facts, message.fieldSet)
      messages.push(`${message.time.slice(0, 10)} ${message.class} ${message.text}`)
    }
  }
  return { values, fieldSets, messages }
}

/** A row of a document names the person as the agency does; health centres are sent none. */
function rowOf(content: string, name: string): Record<string, unknown> | undefined {
  const line = content.split('\n').find((text, i) => i > 0 && text.includes(name))
  return line === undefined ? undefined : (JSON.parse(line) as Record<string, unknown>)
}

/** A row names the person by the recipient’s own name. */
function nameOf(field: string): string {
  return field === 'pseudonym' ? 'patientId' : field
}

function answerOf({ values, fieldSets }: Learnt, field: FactPath): KnownAnswer {
  const value = values.get(field)
  if (value !== undefined) return { kind: 'given', value }
  if (fieldSets.size === 0) return { kind: 'untold' }
  const rules = [...fieldSets].flatMap((id) => fieldSetOf(id).rules.filter((rule) => rule.field === field))
  const [first] = rules
  if (!first || rules.some(({ action }) => action !== 'withhold')) return { kind: 'nothing' }
  return { kind: 'withheld', clauses: first.clauses, basis: first.basis }
}

function* flat(facts: Readonly<Record<string, unknown>>): Iterable<readonly [string, unknown]> {
  for (const [head, value] of Object.entries(facts)) {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [tail, inner] of Object.entries(value)) yield [`${head}.${tail}`, inner]
    } else yield [head, value]
  }
}

/** As people read it in a document: codes in the words of their lists. */
function shown(field: string, value: unknown): string {
  const path = FACT_PATHS.find((known) => known === field)
  const words = path ? wordsOf(path) : String
  return Array.isArray(value) ? value.map(words).join('、') : words(value)
}
