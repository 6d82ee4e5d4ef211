/**
 * A one-off document: what was granted of a person's facts, for one letter. Pure: the same log as of the decision, request and
 * versions give the same bytes, and their digest stands in the decision. The bytes are canonical JSON, e.g. (abridged)
 * `{"deleteBy":"2026-12-31","facts":{"level":3},"fieldSet":"one-off.court@1","format":1,"id":"7c0e…","letter":"…"}`.
 */
import { scopedId } from '../domain/derived-ids.js'
import type { OneOff, OneOffDecided } from '../domain/one-offs.js'
import type { CalendarDate } from '../kernel/dates.js'
import { HubError } from '../kernel/errors.js'
import { sha256, toBase64url } from '../kernel/hash.js'
import { canonicalJson } from '../kernel/jcs.js'
import { disclose, ownMember } from '../policy/disclosure.js'
import { leavingRules, oneOffSetOf } from '../policy/one-off-field-sets.js'
import { disputedIn, type FactsGiven, factsOf } from './facts.js'
import type { LetterWords } from './port.js'

/** The format that this release writes. An older one is written as it was then, for as long as its copies may be held. */
export const DOCUMENT_FORMAT = 1

/** What of a decision a document is made of: its own digest is not in it. */
export type DocumentTerms = Pick<OneOffDecided, 'on' | 'fields'> & {
  readonly document: Pick<NonNullable<OneOffDecided['document']>, 'fieldSet' | 'format'>
}

export interface DocumentGiven extends Omit<FactsGiven, 'opened'> {
  readonly oneOff: Pick<OneOff, 'disclosure' | 'kind' | 'until'>
  readonly words: LetterWords
  readonly terms: DocumentTerms
  readonly opened: FactsGiven['opened']
  /** A key of this disclosure’s own: no other document names the person as this one does. */
  readonly idKey: Uint8Array
}

export interface OneOffDocument {
  readonly format: number
  readonly id: string
  readonly letter: string
  readonly requester: { readonly kind: string; readonly name: string }
  readonly purpose: string
  /** The clauses by which its facts leave, each once, in the order of the vocabulary. */
  readonly basis: readonly string[]
  readonly fieldSet: string
  readonly decidedOn: CalendarDate
  readonly deleteBy: CalendarDate
  readonly from?: { readonly name: string; readonly phone: string }
  readonly facts: Readonly<Record<string, unknown>>
  /** Facts that were granted and that the hub does not have. */
  readonly notHeld: readonly string[]
  /** Heads of facts that somebody holds to be wrong. */
  readonly disputed: readonly string[]
}

export function documentOf(given: DocumentGiven): OneOffDocument {
  const { oneOff, words, terms, idKey, centre } = given
  const set = oneOffSetOf(terms.document.fieldSet)
  const rules = leavingRules(set, terms.fields)
  const facts = disclose({ ...set, rules }, factsOf(given), (id) => scopedId(idKey, 'pseudonym', id))
  const isHeld = (field: string): boolean => valueAt(facts, field) !== undefined
  return {
    format: terms.document.format,
    id: documentId(oneOff, idKey),
    letter: words.letter,
    requester: { kind: oneOff.kind, name: words.requesterName },
    purpose: words.purpose,
    basis: [...new Set(rules.flatMap(({ clauses }) => clauses))],
    fieldSet: set.id,
    ...{ decidedOn: terms.on, deleteBy: oneOff.until },
    ...(centre ? { from: centre } : {}),
    facts,
    notHeld: rules.map(({ field }) => field).filter((field) => !isHeld(field)),
    disputed: disputedIn(given, terms.fields.filter(isHeld)),
  }
}

/** The name of the document that stands on every copy of it, and nowhere else. */
export function documentId({ disclosure }: Pick<OneOff, 'disclosure'>, idKey: Uint8Array): string {
  return scopedId(idKey, 'document', disclosure)
}

/** The bytes that are handed out, and what the decision says of them. */
export function writtenDocument(document: OneOffDocument): { readonly text: string; readonly digest: string } {
  const text = canonicalJson(document)
  return { text, digest: `sha256:${toBase64url(sha256(text))}` }
}

/** Throws `HUB_LOG_CORRUPT` where the log no longer gives the bytes that were decided about: nothing is handed out then. */
export function checkDigest({ digest }: { readonly digest: string }, decided: string): void {
  if (digest === decided) return
  throw new HubError('HUB_LOG_CORRUPT', 'a one-off document does not come out as it was decided')
}

/** The value of a fact in a document; of the person its pseudonym. */
export function valueAt(facts: unknown, field: string): unknown {
  if (field === 'patientId') return ownMember(facts, 'pseudonym')
  const [head = '', tail] = field.split('.')
  const value = ownMember(facts, head)
  return tail === undefined ? value : ownMember(value, tail)
}
