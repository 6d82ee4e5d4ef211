/**
 * Who asks for a one-off disclosure, who decides it, and what is handed out of it. Two named persons of the health centre answer for
 * it; the log says who. It reads the person’s stream itself, never a read model’s row, and keeps no copy of what it hands out.
 */
import { expiryOf, refuseDecided, refuseSamePerson } from '../domain/approvals.js'
import type { OneOffPaper, OneOffReading } from '../domain/code-lists/one-off.js'
import type { StoredEvent } from '../domain/event.js'
import { DISCLOSURE_DECIDED, DISCLOSURE_HANDED_OUT, DISCLOSURE_REQUESTED } from '../domain/one-off-events.js'
import { isRecallOpen, isSuspended, type OneOff, oneOffOf, stateOf, subjectOf } from '../domain/one-offs.js'
import { checkOneOff, type OneOffGiven } from '../domain/rules/one-off-rules.js'
import { disclosureStream } from '../domain/streams.js'
import { dayOf, epochMsOf, MINUTE } from '../kernel/dates.js'
import { HubError } from '../kernel/errors.js'
import { uuidv7 } from '../kernel/ids.js'
import { canonicalJson } from '../kernel/jcs.js'
import { compareText } from '../kernel/text-order.js'
import { leavingRules, oneOffSetFor, REFUSAL_CLAUSES } from '../policy/one-off-field-sets.js'
import type { Principal } from '../recording/port.js'
import { createAccess, namedPerson, noSuch } from './access.js'
import { passOn } from './copy-recalls.js'
import {
  checkDigest,
  DOCUMENT_FORMAT,
  type DocumentTerms,
  documentId,
  documentOf,
  writtenDocument,
} from './document.js'
import { documentPage, refusalLetter } from './papers.js'
import {
  idKeyOf,
  nobodyOf,
  type PeopleDeps,
  type PersonInQuestion,
  personOf,
  readEvents,
  readPerson,
  readWords,
  sourcesOf,
} from './person.js'
import type { HandedOut, LetterWords, OneOffDraft, OneOffStanding, OneOffs, OneOffVerdict } from './port.js'
import { askSuspension, renewSuspension } from './suspensions.js'
import { takenBackBy } from './taken-back.js'

/** The same person who reads the same again within this time reads it once. */
const ONE_READING_MS = 10 * MINUTE

interface Found {
  readonly oneOff: OneOff
  readonly requested: StoredEvent
  readonly person: PersonInQuestion
}

export function createOneOffs(deps: PeopleDeps): OneOffs {
  const { hubRecorder, calendar, wall } = deps
  const today = (): string => dayOf(calendar.now())
  const { admit, admitToRecall, maySee, mayOpen } = createAccess(deps)
  const standing = async (oneOff: OneOff): Promise<OneOffStanding> => ({
    ...oneOff,
    state: stateOf(oneOff, calendar.now()),
    isSuspended: isSuspended(oneOff, today()),
    ...(oneOff.recalled ? { copy: documentId(oneOff, await idKeyOf(deps, oneOff)) } : {}),
    isOverdue: isRecallOpen(oneOff) && (oneOff.recalled?.deleteBy ?? '') < today(),
  })
  const find = async (by: Principal, id: string): Promise<Found> => {
    namedPerson(by)
    const events = await readEvents(deps, disclosureStream(id))
    const oneOff = oneOffOf(events)
    const [requested] = events
    if (!oneOff || !requested) throw noSuch()
    const person = await personOf(deps, oneOff)
    if (!mayOpen(by, oneOff, person)) throw noSuch()
    return { oneOff, requested, person }
  }
  const handOut = async (by: Principal, { oneOff, person }: Found, what: OneOffPaper): Promise<void> => {
    const data = { ...subjectOf(oneOff), by: namedPerson(by), what }
    const event = { stream: disclosureStream(oneOff.disclosure), type: DISCLOSURE_HANDED_OUT, data, by }
    await hubRecorder.appendNext(event, (events) => {
      const now = oneOffOf(events)
      if (now && !mayOpen(by, now, person)) throw noSuch()
    })
  }
  const recordReading = async (by: Principal, found: Found, read: OneOffReading): Promise<void> => {
    const isRead = found.oneOff.handedOut.some(
      ({ what, at, by: reader }) =>
        what === read && reader === by.person && calendar.now() - epochMsOf(at) < ONE_READING_MS,
    )
    if (!isRead) await handOut(by, found, read)
  }

  return {
    async request(by, { id = uuidv7(wall.now()), patientId, ...asked }) {
      const person = patientId === undefined ? nobodyOf(by.agency) : await readPerson(deps, patientId)
      admit(by, person)
      refuseErased(person)
      refuseBroken({ ...rulesGiven(person, asked), today: today() })
      return recordRequest(deps, by, { id, ...(patientId === undefined ? {} : { patientId }), ...asked })
    },
    async decide(by, id, verdict) {
      const { oneOff, requested, person } = await find(by, id)
      admit(by, person)
      refuseSamePerson(oneOff, by)
      refuseOver(oneOff, calendar.now())
      refuseErased(person)
      const fields = verdict.decision === 'GRANTED' ? (verdict.fields ?? oneOff.fields) : (verdict.fields ?? [])
      refuseBroken({ ...rulesGiven(person, oneOff), today: today(), decided: { ...verdict, fields } })
      const document = await documentFor(deps, { oneOff, requested, person, fields, on: today() })
      const data = decisionData(oneOff, { by: namedPerson(by), verdict, fields, on: today() })
      const event = {
        stream: disclosureStream(id),
        type: DISCLOSURE_DECIDED,
        data: { ...data, ...document },
        by,
      }
      await hubRecorder.appendNext(event, (events) => {
        const now = oneOffOf(events)
        if (!now) return
        refuseOver(now, calendar.now())
        if (!mayOpen(by, now, person)) throw noSuch()
      })
    },
    async suspend(by, id, accountFrom) {
      const { oneOff, person } = await find(by, id)
      admit(by, person)
      await askSuspension(deps, { ...by, person: namedPerson(by) }, oneOff, accountFrom)
    },
    async approveSuspension(by, id) {
      const { oneOff, person } = await find(by, id)
      admit(by, person)
      await renewSuspension(deps, { ...by, person: namedPerson(by) }, oneOff)
    },
    async list(by, { open = false } = {}) {
      namedPerson(by)
      await deps.through()
      const found: OneOffStanding[] = []
      for (const { row } of deps.rows().all()) {
        if (open && !isRecallOpen(row)) continue
        if (maySee(by, row, await personOf(deps, row))) found.push(await standing(row))
      }
      return found.sort(open ? byDay : newestFirst)
    },
    async read(by, id) {
      const found = await find(by, id)
      await recordReading(by, found, 'HEAD')
      return standing(found.oneOff)
    },
    async letter(by, id) {
      const { oneOff, requested, person } = await find(by, id)
      admitToRecall(by, oneOff, person)
      const words = await openWords(deps, requested)
      await recordReading(by, { oneOff, requested, person }, 'REQUEST')
      return words
    },
    async paper(by, id, what) {
      const { oneOff, requested, person } = await find(by, id)
      admit(by, person)
      refuseErased(person)
      const words = await openWords(deps, requested)
      const paper =
        what === 'LETTER'
          ? letterOf(deps, oneOff, words)
          : await documentPaper(deps, { oneOff, words, person, isPage: what === 'PAGE', today: today() })
      await handOut(by, { oneOff, requested, person }, what)
      // Whoever asks back copies may have looked before this one was recorded: then it does not leave.
      if (what !== 'LETTER') refuseTakenBack(oneOff, await personOf(deps, oneOff))
      return paper
    },
    async passOn(by, id, what) {
      const { oneOff, person } = await find(by, id)
      admitToRecall(by, oneOff, person)
      await passOn(deps, { ...by, person: namedPerson(by) }, oneOff, what)
    },
  }
}

function newestFirst(a: OneOffStanding, b: OneOffStanding): number {
  return a.requestedAt < b.requestedAt ? 1 : -1
}

function byDay(a: OneOffStanding, b: OneOffStanding): number {
  return compareText(a.recalled?.deleteBy ?? '', b.recalled?.deleteBy ?? '') || compareText(a.disclosure, b.disclosure)
}

async function recordRequest(
  deps: PeopleDeps,
  by: Principal,
  { id, patientId, ...asked }: OneOffDraft & { readonly id: string },
): ReturnType<OneOffs['request']> {
  const { hubRecorder, calendar, vault } = deps
  const stream = disclosureStream(id)
  const expiresAt = expiryOf(calendar.now())
  const about = subjectOf(patientId === undefined ? {} : { patientId })
  let known: readonly StoredEvent[] = []
  const event = { stream, type: DISCLOSURE_REQUESTED, data: { ...about, ...asked, expiresAt }, by }
  try {
    const receipt = await hubRecorder.appendNext(event, (events) => {
      known = events
      if (events.length > 0) throw new HubError('HUB_DIFFERENT_CONTENT', 'the id is known with another request')
    })
    if (patientId !== undefined) await closeIfErased(deps, patientId, `patient:${stream}:${receipt.id}`)
  } catch (error) {
    const [first] = known
    const before = oneOffOf(known)
    if (!first || !before || before.requestedBy.person !== by.person) throw error
    // The same person asks for the same again: the answer was lost.
    const words = await readWords({ vault }, first)
    if (canonicalJson(askedIn(before, words)) !== canonicalJson({ ...about, ...asked })) throw error
    return { disclosure: id, expiresAt: before.expiresAt, isKnown: true }
  }
  return { disclosure: id, expiresAt, isKnown: false }
}

/**
 * An erasure that came in between has destroyed the letters that it knew, not this one. A crash before leaves its key: whoever keeps
 * erasures destroys it then. Throws `HUB_ERASED`.
 */
async function closeIfErased(deps: PeopleDeps, patientId: string, letterKey: string): Promise<void> {
  const person = await readPerson(deps, patientId)
  if (person.state.erased) await deps.vault.destroy(letterKey)
  refuseErased(person)
}

function askedIn(oneOff: OneOff, words: LetterWords | undefined) {
  const { kind, fields, until, accountFrom } = oneOff
  const day = accountFrom === undefined ? {} : { accountFrom }
  return { ...subjectOf(oneOff), requesterKind: kind, fields, until, ...words, ...day }
}

interface DocumentFor {
  readonly oneOff: OneOff
  readonly requested: StoredEvent
  readonly person: PersonInQuestion
  readonly fields: readonly string[]
  readonly on: string
}

/** What a decision says of its document: nothing where nothing is given. */
async function documentFor(deps: PeopleDeps, { oneOff, requested, person, fields, on }: DocumentFor) {
  const set = oneOffSetFor(oneOff.kind)
  if (fields.length === 0 || !set) return {}
  const words = await openWords(deps, requested)
  const terms: DocumentTerms = { on, fields, document: { fieldSet: set.id, format: DOCUMENT_FORMAT } }
  const { asOf, ...sources } = await sourcesOf(deps, { oneOff, person, fields })
  const { digest } = writtenDocument(documentOf({ oneOff, words, terms, ...sources }))
  return { asOf, ...terms.document, digest }
}

function decisionData(
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

interface PaperGiven {
  readonly oneOff: OneOff
  readonly words: LetterWords
  readonly person: PersonInQuestion
  readonly isPage: boolean
  readonly today: string
}

async function documentPaper(
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
function letterOf({ centreNow }: PeopleDeps, { decided, fields }: OneOff, words: LetterWords): HandedOut {
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

function rulesGiven(
  { state }: PersonInQuestion,
  asked: Pick<OneOff, 'patientId' | 'fields' | 'until' | 'accountFrom'> &
    ({ readonly kind: OneOff['kind'] } | { readonly requesterKind: OneOff['kind'] }),
): Omit<OneOffGiven, 'today'> {
  const kind = 'kind' in asked ? asked.kind : asked.requesterKind
  const { fields, until, accountFrom } = asked
  const set = oneOffSetFor(kind)
  return {
    ...{ kind, asked: fields, until },
    ...(accountFrom === undefined ? {} : { accountFrom }),
    isOfNobody: asked.patientId === undefined,
    isRestricted: state.restricted !== undefined,
    mayReceive: (field) => set !== undefined && leavingRules(set, [field]).length > 0,
  }
}

function refuseBroken(given: OneOffGiven): void {
  const faults = checkOneOff(given)
  if (faults.length === 0) return
  throw new HubError('HUB_RULE_VIOLATED', `${faults.length} rule${faults.length === 1 ? ' is' : 's are'} violated`, {
    faults,
  })
}

/** What was asked back stays back, whatever is corrected later. */
function refuseTakenBack({ decided, recalled }: OneOff, { events }: PersonInQuestion): void {
  if (!recalled && !(decided && takenBackBy(events, decided))) return
  throw new HubError('HUB_NOT_HANDED_OUT', 'what the document tells was taken back since')
}

function refuseOver({ decided, expiresAt }: OneOff, nowMs: number): void {
  refuseDecided({ state: decided ? 'GIVEN' : 'REQUESTED', expiresAt }, nowMs)
}

function refuseErased({ state }: PersonInQuestion): void {
  if (state.erased) throw new HubError('HUB_ERASED', 'this person is erased')
}

async function openWords(deps: PeopleDeps, requested: StoredEvent): Promise<LetterWords> {
  const words = await readWords(deps, requested)
  if (!words) throw new HubError('HUB_ERASED', 'this person is erased')
  return words
}
