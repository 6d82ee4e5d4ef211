/**
 * What a one-off disclosure reads: streams of the log, the person as of a revision of theirs, and the sealed values that what was
 * granted needs. It opens nothing else, and decides nothing.
 */
import type { Directory } from '../domain/directory.js'
import { effectiveHistory } from '../domain/effective-history.js'
import type { StoredEvent } from '../domain/event.js'
import type { OneOff } from '../domain/one-offs.js'
import { foldPatient } from '../domain/patient-fold.js'
import { EMPTY_PATIENT, type PatientState, type SealedRef } from '../domain/patient-state.js'
import { readText } from '../domain/read-data.js'
import { statedBy } from '../domain/stated-facts.js'
import { agencyStream, patientStream } from '../domain/streams.js'
import type { Clock } from '../kernel/clock.js'
import { collect } from '../kernel/collect.js'
import { HubError } from '../kernel/errors.js'
import type { LogReader } from '../log/port.js'
import type { ReadModel } from '../readmodel/port.js'
import type { HubRecorder, Principal } from '../recording/port.js'
import { agencyKeyName, type Vault } from '../vault/port.js'
import { openSeal } from '../vault/sealing.js'
import { headsOf, type Opened, SEALED_HEADS } from './facts.js'
import type { LetterWords } from './port.js'

export interface Centre {
  readonly name: string
  readonly phone: string
}

export interface PeopleDeps {
  readonly log: LogReader
  /** The log itself, where `log` reads a replica of it: the second person may be at another hub than the first. */
  readonly authority: LogReader
  readonly vault: Pick<Vault, 'keyById' | 'secret' | 'destroy'>
  readonly hubRecorder: Pick<HubRecorder, 'appendNext'>
  readonly calendar: Clock
  readonly wall: Clock
  readonly directory: () => Directory
  /** A health centre under the name and telephone that it has now. */
  readonly centreNow: (unit: string) => Centre | undefined
  readonly isInAreaOf: (auditor: Principal, state: PatientState) => boolean
  /** Resolves when the rows hold what was appended before. */
  readonly through: () => Promise<void>
  readonly rows: () => ReadModel<OneOff>
}

export interface PersonInQuestion {
  readonly events: readonly StoredEvent[]
  /** As of now. */
  readonly state: PatientState
}

export async function readEvents(
  { log, authority }: Pick<PeopleDeps, 'log' | 'authority'>,
  stream: string,
): Promise<readonly StoredEvent[]> {
  // From here on this hub reads the stream at least so far.
  await authority.readTail(stream)
  return collect(log.readStream(stream))
}

/** Whom a disclosure is about. Of a letter that means nobody the health centre that got it is responsible. */
export function personOf(deps: PeopleDeps, { patientId, requestedBy }: OneOff): Promise<PersonInQuestion> {
  return patientId === undefined ? Promise.resolve(nobodyOf(requestedBy.agency)) : readPerson(deps, patientId)
}

export function nobodyOf(centre: string): PersonInQuestion {
  return { events: [], state: { ...EMPTY_PATIENT, responsibleUnit: centre } }
}

export async function readPerson(deps: PeopleDeps, patientId: string): Promise<PersonInQuestion> {
  const events = await readEvents(deps, patientStream(patientId))
  return { events, state: foldPatient(effectiveHistory(events)) }
}

/** What the letter says; undefined once its key is destroyed. */
export async function readWords(
  { vault }: Pick<PeopleDeps, 'vault'>,
  requested: StoredEvent,
): Promise<LetterWords | undefined> {
  const opened = await openedFields(requested, 'patient', vault)
  return (
    opened && {
      requesterName: readText(opened, '/data/requesterName'),
      letter: readText(opened, '/data/letter'),
      purpose: readText(opened, '/data/purpose'),
    }
  )
}

interface Wanted {
  readonly oneOff: OneOff
  readonly person: PersonInQuestion
  readonly fields: readonly string[]
  /** As of now where absent. */
  readonly asOf?: { readonly person: number; readonly centre?: number }
}

/** What a document is made of beside the request, as of these revisions, and which they are. */
export async function sourcesOf(deps: PeopleDeps, { oneOff, person, fields, asOf }: Wanted) {
  const { patientId } = oneOff
  if (patientId === undefined) throw new Error('sourcesOf: a document about nobody')
  const known = person.events.filter(({ revision }) => asOf === undefined || revision <= asOf.person)
  const history = effectiveHistory(known)
  const state = foldPatient(history)
  const opened: Partial<Record<keyof typeof SEALED_HEADS, unknown>> = {}
  for (const head of headsOf(fields)) {
    const ref = SEALED_HEADS[head](state)
    if (ref) opened[head] = await openRef(known, ref, deps.vault)
  }
  const card = state.responsibleUnit === undefined ? undefined : await cardOf(deps, state.responsibleUnit, asOf?.centre)
  return {
    patientId,
    idKey: await idKeyOf(deps, oneOff),
    ...{ state, stated: statedBy(history), opened: opened as Opened },
    ...(card ? { centre: card.centre } : {}),
    asOf: { person: known.at(-1)?.revision ?? 0, ...(card ? { centre: card.revision } : {}) },
  }
}

/** The key by which a document, and the person in it, are named there alone. */
export function idKeyOf(
  { vault }: Pick<PeopleDeps, 'vault'>,
  { disclosure }: Pick<OneOff, 'disclosure'>,
): Promise<Uint8Array> {
  return vault.secret(agencyKeyName(disclosure))
}

/** An agency as its own stream has it, through a revision. */
async function cardOf(
  deps: PeopleDeps,
  agency: string,
  through: number | undefined,
): Promise<{ readonly centre: Centre; readonly revision: number } | undefined> {
  let centre: Centre | undefined
  let last = 0
  for (const { type, data, revision } of await readEvents(deps, agencyStream(agency))) {
    if (through !== undefined && revision > through) break
    last = revision
    if (type === 'AgencyEnrolled') centre = { name: readText(data, 'name'), phone: readText(data, 'phone') }
  }
  return centre && { centre, revision: last }
}

async function openRef(
  events: readonly StoredEvent[],
  { eventId, subject, pointer }: SealedRef,
  vault: Pick<Vault, 'keyById'>,
): Promise<unknown> {
  const event = events.find(({ id }) => id === eventId)
  return event && (await openedFields(event, subject, vault))?.[pointer]
}

async function openedFields(
  event: StoredEvent,
  subject: string,
  vault: Pick<Vault, 'keyById'>,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const entry = event.sealed.find((one) => one.subject === subject)
  if (!entry) throw new Error('openedFields: an event without the seal that is asked for')
  const key = await vault.keyById(entry.kid)
  return key && openSeal(event, key, entry).fields
}

export function refuseErased({ state }: PersonInQuestion): void {
  if (state.erased) throw new HubError('HUB_ERASED', 'this person is erased')
}

/** The same as `readWords`, where they have to be there. Throws `HUB_ERASED`. */
export async function openWords(deps: PeopleDeps, requested: StoredEvent): Promise<LetterWords> {
  const words = await readWords(deps, requested)
  if (!words) throw new HubError('HUB_ERASED', 'this person is erased')
  return words
}
