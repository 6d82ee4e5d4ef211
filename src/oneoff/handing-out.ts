/**
 * The papers of a disclosure as they are handed out: the document, compiled again from the log and checked against what was decided, or
 * the letter of refusal. It records nothing.
 */
import type { OneOff } from '../domain/one-offs.js'
import { HubError } from '../kernel/errors.js'
import { noSuch } from './access.js'
import { checkDigest, documentOf, writtenDocument } from './document.js'
import { documentPage, refusalLetter } from './papers.js'
import { type PeopleDeps, type PersonInQuestion, sourcesOf } from './person.js'
import type { HandedOut, LetterWords } from './port.js'
import { takenBackBy } from './taken-back.js'

interface PaperGiven {
  readonly oneOff: OneOff
  readonly words: LetterWords
  readonly person: PersonInQuestion
  readonly isPage: boolean
  readonly today: string
}

/** Throws `HUB_NOT_FOUND`, `HUB_NOT_HANDED_OUT`, `HUB_LOG_CORRUPT`. */
export async function documentPaper(
  deps: PeopleDeps,
  { oneOff, words, person, isPage, today }: PaperGiven,
): Promise<HandedOut> {
  const { decided, until } = oneOff
  if (!decided?.document) throw noSuch()
  if (person.state.restricted || today >= until) {
    throw new HubError('HUB_NOT_HANDED_OUT', 'the copy\u2019s day is over, or the processing is restricted')
  }
  refuseTakenBack(oneOff, person)
  const asOf = decided.document.asOf
  const sources = await sourcesOf(deps, { oneOff, person, fields: decided.fields, asOf })
  const terms = { ...decided, document: decided.document }
  const document = documentOf({ oneOff, words, terms, ...sources })
  const written = writtenDocument(document)
  checkDigest(written, decided.document.digest)
  return isPage ? { text: documentPage(document, written.digest), digest: written.digest } : written
}

/** Signed by who decided it, whether or not anybody is responsible for whom the letter means. */
export function letterOf({ centreNow }: PeopleDeps, { decided, fields }: OneOff, words: LetterWords): HandedOut {
  if (!decided?.reason) throw noSuch()
  const from = centreNow(decided.by.agency)
  const refused = fields.filter((field) => !decided.fields.includes(field))
  return {
    text: refusalLetter({
      ...{ words, fields: refused, isPart: decided.decision === 'PARTLY', reason: decided.reason },
      decidedOn: decided.on,
      ...(from ? { from } : {}),
    }),
  }
}

/** What was asked back stays back, whatever is corrected later. */
export function refuseTakenBack({ decided, recalled }: OneOff, { events }: PersonInQuestion): void {
  if (!recalled && !(decided && takenBackBy(events, decided))) return
  throw new HubError('HUB_NOT_HANDED_OUT', 'what the document tells was taken back since')
}
