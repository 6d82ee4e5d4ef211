/**
 * Who asks for a one-off disclosure, who decides it, and what is handed out of it. Two named persons of the health centre answer for
 * it; the log says who. It reads the person’s stream itself, never a read model’s row, and keeps no copy of what it hands out.
 */
import { refuseDecided, refuseSamePerson } from '../domain/approvals.js'
import type { OneOffPaper, OneOffReading } from '../domain/code-lists/one-off.js'
import type { StoredEvent } from '../domain/event.js'
import { DISCLOSURE_DECIDED, DISCLOSURE_HANDED_OUT } from '../domain/one-off-events.js'
import { isRecallOpen, isSuspended, type OneOff, oneOffOf, stateOf, subjectOf } from '../domain/one-offs.js'
import { checkOneOff, type OneOffGiven } from '../domain/rules/one-off-rules.js'
import { disclosureStream } from '../domain/streams.js'
import { dayOf, epochMsOf, MINUTE } from '../kernel/dates.js'
import { HubError } from '../kernel/errors.js'
import { uuidv7 } from '../kernel/ids.js'
import { compareText } from '../kernel/text-order.js'
import { leavingRules, oneOffSetFor } from '../policy/one-off-field-sets.js'
import type { Principal } from '../recording/port.js'
import { createAccess, namedPerson, noSuch } from './access.js'
import { passOn } from './copy-recalls.js'
import { decisionData, documentFor } from './decision.js'
import { documentId } from './document.js'
import { documentPaper, letterOf, refuseTakenBack } from './handing-out.js'
import {
  idKeyOf,
  nobodyOf,
  openWords,
  type PeopleDeps,
  type PersonInQuestion,
  personOf,
  readEvents,
  readPerson,
  refuseErased,
} from './person.js'
import type { OneOffStanding, OneOffs } from './port.js'
import { recordRequest } from './request.js'
import { askSuspension, renewSuspension } from './suspensions.js'

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
    async request(by, { id = uuidv7(wall.now()), ...asked }) {
      const { patientId, requesterKind: kind } = asked
      const person = patientId === undefined ? nobodyOf(by.agency) : await readPerson(deps, patientId)
      admit(by, person)
      refuseErased(person)
      refuseBroken({ ...rulesGiven(person, { ...asked, kind }), today: today() })
      return recordRequest(deps, by, { id, ...asked })
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
      // A letter of refusal needs nothing sealed of the person: it is there as long as its own words are.
      if (what !== 'LETTER') refuseErased(person)
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

function rulesGiven(
  { state }: PersonInQuestion,
  {
    kind,
    patientId,
    fields,
    until,
    accountFrom,
  }: Pick<OneOff, 'kind' | 'patientId' | 'fields' | 'until' | 'accountFrom'>,
): Omit<OneOffGiven, 'today'> {
  const set = oneOffSetFor(kind)
  return {
    ...{ kind, asked: fields, until },
    ...(accountFrom === undefined ? {} : { accountFrom }),
    isOfNobody: patientId === undefined,
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

function refuseOver({ decided, expiresAt }: OneOff, nowMs: number): void {
  refuseDecided({ state: decided ? 'GIVEN' : 'REQUESTED', expiresAt }, nowMs)
}
