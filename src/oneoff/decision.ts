/** What a decision on a letter says: the clauses that it goes by, and of a document what it is a function of and its digest. */
import type { StoredEvent } from '../domain/event.js'
import { type OneOff, subjectOf } from '../domain/one-offs.js'
import { leavingRules, oneOffSetFor, REFUSAL_CLAUSES } from '../policy/one-off-field-sets.js'
import { DOCUMENT_FORMAT, type DocumentTerms, documentOf, writtenDocument } from './document.js'
import { openWords, type PeopleDeps, type PersonInQuestion, sourcesOf } from './person.js'
import type { OneOffVerdict } from './port.js'

interface DocumentFor {
  readonly oneOff: OneOff
  readonly requested: StoredEvent
  readonly person: PersonInQuestion
  readonly fields: readonly string[]
  readonly on: string
}

/** What a decision says of its document: nothing where nothing is given. */
export async function documentFor(deps: PeopleDeps, { oneOff, requested, person, fields, on }: DocumentFor) {
  const set = oneOffSetFor(oneOff.kind)
  if (fields.length === 0 || !set) return {}
  const words = await openWords(deps, requested)
  const terms: DocumentTerms = { on, fields, document: { fieldSet: set.id, format: DOCUMENT_FORMAT } }
  const { asOf, ...sources } = await sourcesOf(deps, { oneOff, person, fields })
  const { digest } = writtenDocument(documentOf({ oneOff, words, terms, ...sources }))
  return { asOf, ...terms.document, digest }
}

export function decisionData(
  oneOff: OneOff,
  given: {
    readonly by: string
    readonly verdict: OneOffVerdict
    readonly fields: readonly string[]
    readonly on: string
  },
) {
  const { decision, reason, accountFrom } = given.verdict
  const set = oneOffSetFor(oneOff.kind)
  const granting = set ? leavingRules(set, given.fields).flatMap(({ clauses }) => clauses) : []
  const clauses = [...new Set([...granting, ...(reason === undefined ? [] : REFUSAL_CLAUSES[reason])])]
  return {
    ...subjectOf(oneOff),
    ...{ by: given.by, decision, clauses, decidedOn: given.on },
    ...(given.fields.length === 0 ? {} : { fields: given.fields }),
    ...(reason === undefined ? {} : { reason }),
    ...(accountFrom === undefined ? {} : { accountFrom }),
  }
}
