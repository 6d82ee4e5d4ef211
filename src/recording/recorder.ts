/**
 * The one way in for what agencies say of persons: authorise → validate → id known? then answer → check → claim → seal and
 * append. Everything up to the append is undone by doing nothing; the append is all or none.
 */
import { isHealthRole, mayRecord } from '../domain/authority.js'
import { RESIDENT_ID } from '../domain/code-lists/person.js'
import { patientIdOf } from '../domain/derived-ids.js'
import type { Directory } from '../domain/directory.js'
import type { OpenEvent, Receipt, RecordedBy, Source, StoredEvent } from '../domain/event.js'
import { identityOf } from '../domain/id-number.js'
import type { PatientState } from '../domain/patient-state.js'
import { patientStream } from '../domain/streams.js'
import type { Clock } from '../kernel/clock.js'
import { HubError, isHubError } from '../kernel/errors.js'
import { isUuid, uuidv7 } from '../kernel/ids.js'
import { createTurns } from '../kernel/turns.js'
import type { EventLog, LogReader, SealingLog } from '../log/port.js'
import type { Vault } from '../vault/port.js'
import type { ClockGuard } from './clock-guard.js'
import { holdWrite } from './held-writes.js'
import { createIdentityClaims } from './identity-claims.js'
import { knownReceipts } from './known-receipts.js'
import { createLives, type Life } from './lives.js'
import { MAX_GROUP, type Principal, type ProposedWrite, type Recorder, type RecordOutcome } from './port.js'
import { prepareWrite } from './prepare-write.js'
import { outlined } from './seal-event.js'
import { createUnsettled, type UnsettledAppend } from './unsettled.js'
import { type ValidEvent, validateEvent } from './validate-event.js'

export interface RecordingOptions {
  /** Persons folded in memory. */
  readonly cachedLives: number
  /** Longest interval to the next follow-up, days (policy §5.1). */
  readonly maxFollowUpDays: number
}

export interface RecordingDeps {
  readonly logId: string
  readonly log: EventLog
  /** The log itself, where `log` reads a replica of it. */
  readonly authority?: LogReader
  /** The same log, taking events that are still open. */
  readonly sealing: SealingLog
  readonly vault: Vault
  readonly directory: () => Directory
  readonly calendar: Clock
  readonly wall: Clock
  readonly clockGuard: ClockGuard
  /** The patient whom this agency's own pseudonym names. */
  readonly resolvePseudonym: (agency: string, pseudonym: string) => Promise<string | undefined>
  readonly options: RecordingOptions
}

export interface RecordingService extends Recorder {
  /** Records a held write under the patient that it was matched with, as of the agency that sent it. */
  recordMatched(held: StoredEvent, patientId: string, event: Readonly<Record<string, unknown>>): Promise<RecordOutcome>
  /** Throws what `record` would throw now, of one write that names a patient; nothing is claimed or stored. */
  check(principal: Principal, write: ProposedWrite): Promise<void>
  /** A person's state right after an event, where recording has just that one in mind. */
  stateAt(stream: string, revision: number): PatientState | undefined
  /** Streams whose last append has no known outcome yet: they take no other. */
  unsettledStreams(): number
  stop(): Promise<void>
}

const API_SOURCE: Source = { kind: 'api' }
/** Attempts on a conflict when the client gave no revision (design §5). */
const ATTEMPTS = 3

export function createRecorder(deps: RecordingDeps): RecordingService {
  const { log, sealing, vault, clockGuard } = deps
  const lives = createLives(log, deps.options.cachedLives)
  const turns = createTurns()
  const unsettled = createUnsettled(sealing, lives)
  const identities = createIdentityClaims(deps.authority ?? log, vault)
  const newId = (): string => uuidv7(deps.wall.now())

  const noteAppended = (
    stream: string,
    life: Life,
    events: readonly OpenEvent[],
    receipts: readonly Receipt[],
  ): void => {
    const stored = events.map((event, i) => outlined(event, stream, life.revision + 1 + i))
    lives.appended(stream, life, stored)
    clockGuard.saw(receipts[receipts.length - 1]?.recordedAt ?? '')
  }

  /** What a failed append says, where that is no failure of the write. */
  const afterFailure = (error: unknown, append: UnsettledAppend): 'conflict' | 'known' => {
    if (isHubError(error, 'HUB_ID_KNOWN')) return 'known'
    lives.forget(append.stream)
    if (isHubError(error, 'HUB_WRONG_EXPECTATION')) return 'conflict'
    if (isHubError(error, 'HUB_OUTCOME_UNKNOWN')) unsettled.settle(append)
    throw error
  }

  const recordIn = async (
    stream: string,
    principal: Principal,
    write: ProposedWrite,
    valid: readonly ValidEvent[],
  ): Promise<RecordOutcome> => {
    unsettled.refuse(stream)
    const recordedBy = recordedByOf(principal)
    const source = write.source ?? API_SOURCE
    for (let attempt = 1; ; attempt++) {
      const life = lives.cached(stream) ?? (await lives.load(stream))
      let failed: 'conflict' | 'known'
      try {
        const preparing = prepareWrite({ stream, principal, recordedBy, source, write, valid, life }, deps)
        const { events, warnings, restored } = preparing instanceof Promise ? await preparing : preparing
        if (valid.some(({ body }) => body.data.identity !== undefined)) await identities.claim(stream, valid)
        if (restored) await identities.claimAgain(stream, restored, valid[0]?.body.id ?? '')
        const expected = life.revision < 0 ? 'new' : { revision: life.revision }
        try {
          const receipts = await sealing.appendSealed(stream, events, expected)
          noteAppended(stream, life, events, receipts)
          return { kind: 'recorded', receipts, warnings }
        } catch (error) {
          failed = afterFailure(error, { stream, events, expected, before: life })
        }
      } catch (error) {
        if (!isHubError(error) || error.status >= 500) throw error
        // What is refused now may have been recorded before: an id that is known answers first, whatever has changed since.
        const isStale = await hasMovedOn(stream, life)
        const known = await asKnown(stream, write, valid, principal)
        if (known) return known
        if (!isStale || attempt === ATTEMPTS) throw error
        continue
      }
      const known = failed === 'known' ? await asKnown(stream, write, valid, principal) : undefined
      if (known) return known
      if (attempt === ATTEMPTS || write.expectedRevision !== undefined) {
        throw new HubError('HUB_REVISION_CONFLICT', 'somebody else recorded at the same time', {
          data: { attempts: attempt },
        })
      }
    }
  }

  const checkIn = async (
    stream: string,
    principal: Principal,
    write: ProposedWrite,
    valid: readonly ValidEvent[],
  ): Promise<void> => {
    const [recordedBy, source] = [recordedByOf(principal), write.source ?? API_SOURCE]
    for (let attempt = 1; ; attempt++) {
      const life = lives.cached(stream) ?? (await lives.load(stream))
      try {
        await prepareWrite({ stream, principal, recordedBy, source, write, valid, life }, deps)
        return
      } catch (error) {
        if (!isHubError(error) || error.status >= 500) throw error
        const isStale = await hasMovedOn(stream, life)
        if (await asKnown(stream, write, valid, principal)) return
        if (!isStale || attempt === ATTEMPTS) throw error
      }
    }
  }

  /** True where another hub has recorded since: nobody is refused by what was true a moment ago. */
  const hasMovedOn = async (stream: string, { revision }: Life): Promise<boolean> => {
    const tail = await (deps.authority ?? log).readTail(stream)
    if ((tail?.revision ?? -1) <= revision) return false
    lives.forget(stream)
    return true
  }

  const asKnown = (
    stream: string,
    { source = API_SOURCE, causation }: ProposedWrite,
    valid: readonly ValidEvent[],
    principal: Principal,
  ): Promise<RecordOutcome | undefined> => {
    const by = { recordedBy: recordedByOf(principal), source, ...(causation && { causation }) }
    return knownReceipts(stream, valid, by, log, vault)
  }

  const streamOf = (
    principal: Principal,
    write: ProposedWrite,
    valid: readonly ValidEvent[],
  ): string | Promise<string> => {
    const first = valid[0]
    if (first?.body.type === 'PatientRegistered' && first.body.corrects === undefined) {
      return patientStream(patientIdOf(deps.logId, first.body.id))
    }
    // The hot path: a health role that names a patient by id is not made to wait.
    if (write.patientId !== undefined && isHealthRole(principal.role) && isUuid(write.patientId)) {
      return patientStream(write.patientId)
    }
    return findStream(principal, write)
  }

  const findStream = async (principal: Principal, write: ProposedWrite): Promise<string> => {
    if (write.patientId !== undefined) {
      const patientId = isHealthRole(principal.role)
        ? write.patientId
        : await deps.resolvePseudonym(principal.agency, write.patientId)
      if (patientId !== undefined && isUuid(patientId)) return patientStream(patientId)
    } else if (write.person?.idNumber !== undefined) {
      const stream = await vault.findClaim(identityOf(RESIDENT_ID, write.person.idNumber))
      if (stream !== undefined) return stream
    } else throw notAddressed(principal, write)
    throw new HubError('HUB_NOT_FOUND', 'no such patient')
  }

  /** Plain functions down to the turn: each `async` one on the way to the append allocated about 1 KB a write (sampled). */
  const record = (principal: Principal, write: ProposedWrite): Promise<RecordOutcome> => {
    const valid = validate(write, newId)
    authorise(principal, valid)
    if (write.person !== undefined && !isHealthRole(principal.role)) {
      return holdWrite(principal, recordedByOf(principal), write, valid, deps)
    }
    const stream = streamOf(principal, write, valid)
    return typeof stream === 'string'
      ? turns.take(stream, () => recordIn(stream, principal, write, valid))
      : stream.then((found) => turns.take(found, () => recordIn(found, principal, write, valid)))
  }

  return {
    record(principal, write) {
      try {
        return record(principal, write)
      } catch (error) {
        return Promise.reject(error)
      }
    },
    async recordMatched(held, patientId, event) {
      const { agency, role, person, client = '' } = held.recordedBy
      const principal = { agency, role, client, isOperator: false, ...(person === undefined ? {} : { person }) }
      const write = { patientId, events: [event], source: held.source, causation: { stream: held.stream, id: held.id } }
      const valid = validate(write, newId)
      authorise(principal, valid)
      const stream = patientStream(patientId)
      return turns.take(stream, () => recordIn(stream, principal, write, valid))
    },
    async check(principal, write) {
      const valid = validate(write, newId)
      authorise(principal, valid)
      const stream = await streamOf(principal, write, valid)
      await turns.take(stream, () => checkIn(stream, principal, write, valid))
    },
    stateAt(stream, revision) {
      const life = lives.peek(stream)
      return life?.revision === revision ? life.state : undefined
    },
    unsettledStreams: () => unsettled.count(),
    stop: () => unsettled.stop(),
  }
}

function notAddressed({ role }: Principal, { person }: ProposedWrite): HubError {
  if (person === undefined) {
    return new HubError('HUB_INVALID_EVENT', 'expected a patientId, or a person to name, got neither')
  }
  const message = `expected person.idNumber or a patientId, got neither: a ${role} addresses a person, and names nobody`
  return new HubError('HUB_INVALID_EVENT', message, {
    faults: [{ pointer: '/person/idNumber', rule: 'schema', message, expected: 'an ID number', got: 'nothing' }],
  })
}

function validate(write: ProposedWrite, newId: () => string): readonly ValidEvent[] {
  const { events } = write
  if (events.length === 1) return [validateEvent(events[0], '', newId)]
  if (events.length === 0 || events.length > MAX_GROUP) {
    throw new HubError('HUB_INVALID_EVENT', `expected 1 to ${MAX_GROUP} events, got ${events.length}`)
  }
  const valid = events.map((event, i) => validateEvent(event, `/events/${i}`, newId))
  if (new Set(valid.map(({ body }) => body.id)).size !== valid.length) {
    throw new HubError('HUB_INVALID_EVENT', 'expected a different id for each event of the group, got one twice')
  }
  return valid
}

function authorise(principal: Principal, valid: readonly ValidEvent[]): void {
  for (const { definition } of valid) {
    if (definition.stream !== 'patient' || !mayRecord(principal.role, definition)) {
      throw new HubError('HUB_FORBIDDEN', `the role ${principal.role} does not record ${definition.type}`, {
        hint: `Recorded by: ${definition.recorders.join(', ') || 'the hub itself'}.`,
      })
    }
  }
}

const recordedByCache = new WeakMap<Principal, RecordedBy>()

/** The envelope's `recordedBy`, one object per principal. */
function recordedByOf(principal: Principal): RecordedBy {
  const known = recordedByCache.get(principal)
  if (known) return known
  const { agency, role, person, client } = principal
  const recordedBy = { agency, role, ...(person === undefined ? {} : { person }), client }
  recordedByCache.set(principal, recordedBy)
  return recordedBy
}
