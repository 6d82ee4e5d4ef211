/**
 * Writes of non-health roles that name a person. Every one gets the same answer by the same path, whoever is named: no
 * look-up happens here, so neither status, body nor time tells whether the person is known. A health centre matches or
 * rejects them later.
 */

import { isHeldOn } from '../domain/area-index.js'
import { definitionOf } from '../domain/catalogue.js'
import type { HeldRejection } from '../domain/code-lists/hub.js'
import { zRegion } from '../domain/define-event.js'
import type { Directory } from '../domain/directory.js'
import type { RecordedBy, StoredEvent } from '../domain/event.js'
import { heldStream, patientStream } from '../domain/streams.js'
import type { Clock } from '../kernel/clock.js'
import { collect } from '../kernel/collect.js'
import { dayOf } from '../kernel/dates.js'
import { HubError, isHubError } from '../kernel/errors.js'
import { hashedId } from '../kernel/ids.js'
import { createTurns } from '../kernel/turns.js'
import type { EventLog } from '../log/port.js'
import type { Vault } from '../vault/port.js'
import { expireHeldWrites, type OpenHeldWrite } from './held-expiry.js'
import type { HubRecorder, Principal, ProposedWrite, RecordOutcome } from './port.js'
import type { RecordingDeps } from './recorder.js'
import { contentOf, openedData } from './same-content.js'
import { openEvent } from './seal-event.js'
import { shapeEvent } from './shape-event.js'
import { isObject, type ValidEvent } from './validate-event.js'

/** Holds a write; the same write again gets the same answer. Throws `HUB_DIFFERENT_CONTENT`. */
export async function holdWrite(
  principal: Principal,
  recordedBy: RecordedBy,
  write: ProposedWrite,
  valid: readonly ValidEvent[],
  deps: RecordingDeps,
): Promise<RecordOutcome> {
  const [first] = valid
  if (valid.length !== 1 || !first)
    throw new HubError('HUB_INVALID_EVENT', 'a write that names a person holds one event')
  const heldId = hashedId([deps.logId, 'held', principal.agency, first.body.id])
  const stream = heldStream(heldId)
  const township = townshipOf(write)
  const [directory, day] = [deps.directory(), dayOf(deps.calendar.now())]
  const unit = directory.agenciesInCharge('CHC', { township }, day)[0]?.id
  // Nobody could ever match it, and nobody else is to read it. What the map says is said of no person.
  if (unit === undefined && !hasCentre(directory, township, day) && !(await firstOf(deps.log, stream))) {
    throw unplaced('a township in which a health centre takes part')
  }
  const data = {
    heldType: first.body.type,
    ...(unit === undefined ? {} : { unit }),
    township,
    body: { ...first.body, data: first.body.data },
    person: { ...write.person },
  }
  const definition = definitionOf('WriteHeld', 1)
  const shaped = shapeEvent(
    { type: 'WriteHeld', version: 1, id: first.body.id, data: parsed(definition.data.safeParse(data)) },
    undefined,
    definition.subjects,
  )
  const recordedAt = deps.clockGuard.recordedAt('')
  const source = write.source ?? { kind: 'api' as const }
  const ownerOf = (): string => `held:${heldId}`
  const open = openEvent(shaped, { stream, recordedAt, recordedBy, source, ownerOf })
  try {
    await deps.sealing.appendSealed(stream, [open], 'new')
    deps.clockGuard.saw(recordedAt)
  } catch (error) {
    if (!isHubError(error, 'HUB_ID_KNOWN') && !isHubError(error, 'HUB_WRONG_EXPECTATION')) throw error
    const held = await firstOf(deps.log, stream)
    // Whose it is to match follows from the map of that day: no part of what the client said.
    const isSame =
      held &&
      contentOf({ ...held, data: { ...(await openedData(held, deps.vault)), unit: undefined } }) ===
        contentOf({
          ...open.event,
          data: { ...open.event.data, unit: undefined, body: data.body, person: data.person },
        })
    if (!isSame) throw new HubError('HUB_DIFFERENT_CONTENT', 'the id is known with other content')
  }
  return { kind: 'held', heldId }
}

/** Where the person is to be looked for: without it every health centre would read whom the write names. */
function townshipOf({ person }: ProposedWrite): string {
  const township = zRegion.safeParse(person?.township)
  if (!township.success) throw unplaced('the 6, 9 or 12 digits of where the person lives or was seen')
  return township.data
}

function unplaced(expected: string): HubError {
  const message = `expected ${expected}`
  return new HubError('HUB_INVALID_EVENT', `person.township: ${message}`, {
    faults: [{ pointer: '/person/township', rule: 'schema', message, expected }],
  })
}

export interface HeldWrite {
  readonly heldId: string
  readonly heldAt: string
  readonly agency: string
  readonly type: string
  /** The person as named, and the event as sent. */
  readonly person: Readonly<Record<string, unknown>>
  readonly event: Readonly<Record<string, unknown>>
}

export interface HeldWrites {
  /** A held write, opened for the health centre it waits for. */
  open(principal: Principal, heldId: string): Promise<HeldWrite>
  /** Records it under a patient of this health centre, as of the agency that sent it. */
  match(principal: Principal, heldId: string, patientId: string): Promise<RecordOutcome>
  reject(principal: Principal, heldId: string, reason: HeldRejection): Promise<void>
  /** Ends those that have waited for 30 days, and answers with how many it ended. */
  expireDue(open: Iterable<OpenHeldWrite>): Promise<number>
}

export interface HeldDeps {
  readonly log: EventLog
  readonly vault: Vault
  readonly hubRecorder: HubRecorder
  readonly calendar: Clock
  readonly directory: () => Directory
  /** Records as the agency that was held, at a patient by id. */
  readonly recordHeld: (
    held: StoredEvent,
    patientId: string,
    event: Readonly<Record<string, unknown>>,
  ) => Promise<RecordOutcome>
  /** True where this health centre is responsible for the patient. */
  readonly isResponsible: (agency: string, patientStream: string) => Promise<boolean>
}

export function createHeldWrites(deps: HeldDeps): HeldWrites {
  /** One decision at a time: nothing is recorded under a patient and then found to be rejected or expired. */
  const turns = createTurns()
  const today = (): string => dayOf(deps.calendar.now())
  const load = async (
    principal: Principal,
    heldId: string,
  ): Promise<{ held: StoredEvent; ended: boolean; data: Record<string, unknown> }> => {
    const events = await collect(deps.log.readStream(heldStream(heldId)))
    const [held] = events
    if (!held || principal.role !== 'CHC' || !isListedTo(principal.agency, held.data, deps.directory(), today()))
      throw new HubError('HUB_NOT_FOUND', 'no such held write')
    return { held, ended: events.length > 1, data: await openedData(held, deps.vault) }
  }
  const match: HeldWrites['match'] = async (principal, heldId, patientId) => {
    const by = namedPerson(principal)
    const { held, ended, data } = await load(principal, heldId)
    if (!(await deps.isResponsible(principal.agency, patientStream(patientId))))
      throw new HubError('HUB_NOT_FOUND', 'no such patient')
    const body = isObject(data.body) ? data.body : {}
    const outcome = ended ? undefined : await deps.recordHeld(held, patientId, body)
    const event = { stream: patientStream(patientId), id: String(body.id) }
    await deps.hubRecorder.appendNext(
      { stream: heldStream(heldId), type: 'HeldMatched', data: { patientId, event, by }, by: principal },
      refuseEnded,
    )
    return outcome ?? { kind: 'known', receipts: [] }
  }
  const reject: HeldWrites['reject'] = async (principal, heldId, reason) => {
    const by = namedPerson(principal)
    await load(principal, heldId)
    await deps.hubRecorder.appendNext(
      { stream: heldStream(heldId), type: 'HeldRejected', data: { by, reason }, by: principal },
      refuseEnded,
    )
  }
  return {
    async open(principal, heldId) {
      const { held, data } = await load(principal, heldId)
      const { person, body } = data
      return {
        heldId,
        heldAt: held.recordedAt,
        agency: held.recordedBy.agency,
        type: String(data.heldType),
        person: isObject(person) ? person : {},
        event: isObject(body) ? body : {},
      }
    },
    match: (principal, heldId, patientId) => turns.take(heldStream(heldId), () => match(principal, heldId, patientId)),
    reject: (principal, heldId, reason) => turns.take(heldStream(heldId), () => reject(principal, heldId, reason)),
    expireDue: (open) => expireHeldWrites(open, deps.calendar.now(), { recorder: deps.hubRecorder, turns }),
  }
}

/**
 * True where a held write waits for this health centre: the one in charge of the township, or, where several share it or only
 * the county is known, each that holds a part of it. Writes from before a township was asked for wait for everyone.
 */
export function isListedTo(
  agency: string,
  { unit, township }: { readonly unit?: unknown; readonly township?: unknown },
  directory: Directory,
  day: string,
): boolean {
  if (unit !== undefined) return unit === agency
  if (typeof township !== 'string') return true
  const areas = directory.agency(agency)?.areas ?? []
  return areas.some((assigned) => isPartOf(assigned.area, township) && isHeldOn(assigned, day))
}

function hasCentre(directory: Directory, township: string, day: string): boolean {
  return directory.agencies().some(({ id, role }) => role === 'CHC' && isListedTo(id, { township }, directory, day))
}

function isPartOf(area: string, township: string): boolean {
  return area.startsWith(township) || township.startsWith(area)
}

function refuseEnded(events: readonly StoredEvent[]): void {
  if (events.length !== 1)
    throw new HubError('HUB_ALREADY_DECIDED', 'this held write is matched, rejected or run out already')
}

function namedPerson(principal: Principal): string {
  if (principal.person === undefined) throw new HubError('HUB_PERSON_REQUIRED', 'matching is a named person\u2019s act')
  return principal.person
}

function parsed(
  result: { success: true; data: Record<string, unknown> } | { success: false },
): Record<string, unknown> {
  if (!result.success)
    throw new HubError('HUB_INVALID_EVENT', 'person: expected idNumber, name, township or description')
  return result.data
}

async function firstOf(log: EventLog, stream: string): Promise<StoredEvent | undefined> {
  for await (const event of log.readStream(stream)) return event
  return undefined
}
