/**
 * Records what a letter asks for: once for each id, and about nobody whose identity was erased meanwhile. Whether it may be asked has
 * been asked before.
 */
import { expiryOf } from '../domain/approvals.js'
import type { StoredEvent } from '../domain/event.js'
import { DISCLOSURE_REQUESTED } from '../domain/one-off-events.js'
import { letterOwner, type OneOff, oneOffOf, subjectOf } from '../domain/one-offs.js'
import { disclosureStream } from '../domain/streams.js'
import { HubError } from '../kernel/errors.js'
import { canonicalJson } from '../kernel/jcs.js'
import type { Principal } from '../recording/port.js'
import { type PeopleDeps, readPerson, readWords, refuseErased } from './person.js'
import type { LetterWords, OneOffDraft, OneOffs } from './port.js'

/** Throws `HUB_ERASED`, `HUB_DIFFERENT_CONTENT`. */
export async function recordRequest(
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
    if (patientId !== undefined) await closeIfErased(deps, patientId, { disclosure: id, eventId: receipt.id })
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
async function closeIfErased(
  deps: PeopleDeps,
  patientId: string,
  letter: Pick<OneOff, 'disclosure' | 'eventId'>,
): Promise<void> {
  const person = await readPerson(deps, patientId)
  if (person.state.erased) await deps.vault.destroy(letterOwner(letter))
  refuseErased(person)
}

function askedIn(oneOff: OneOff, words: LetterWords | undefined) {
  const { kind, fields, until, accountFrom } = oneOff
  const day = accountFrom === undefined ? {} : { accountFrom }
  return { ...subjectOf(oneOff), requesterKind: kind, fields, until, ...words, ...day }
}
