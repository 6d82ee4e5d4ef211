/**
 * From valid events to the ones that are stored: who may write here, whether corrections name what is in force, every rule,
 * their values parted into clear ones and ones to be sealed. Waits only where the whole stream has to be read.
 */
import { mayCorrect } from '../domain/authority.js'
import type { OpenEvent, RecordedBy, Source, StoredEvent } from '../domain/event.js'
import { livesInAreaOf, opensTreatment } from '../domain/jurisdiction.js'
import { evolvePatient } from '../domain/patient-fold.js'
import { EMPTY_PATIENT, type PatientState } from '../domain/patient-state.js'
import { checkRules, missedAttemptsIn, namesOtherMisses, type RuleContext, type RuleResult } from '../domain/rules.js'
import { streamKeyOf } from '../domain/streams.js'
import { dayOf } from '../kernel/dates.js'
import { type Fault, HubError } from '../kernel/errors.js'
import { isFieldSetFor } from '../policy/field-sets.js'
import type { KeyOwner } from '../vault/port.js'
import { statesIdentity } from './identity-claims.js'
import { type Life, readLife } from './lives.js'
import type { Principal, ProposedWrite } from './port.js'
import type { RecordingDeps } from './recorder.js'
import { openEvent, outlined } from './seal-event.js'
import { type ShapedEvent, shapeEvent } from './shape-event.js'
import type { ValidEvent } from './validate-event.js'

export interface WriteInHand {
  readonly stream: string
  readonly principal: Principal
  readonly recordedBy: RecordedBy
  readonly source: Source
  readonly write: ProposedWrite
  readonly valid: readonly ValidEvent[]
  readonly life: Life
}

export interface PreparedWrite {
  readonly events: readonly OpenEvent[]
  readonly warnings: readonly Fault[]
  /** Facts that say who the person is and that a retraction puts back in force. */
  readonly restored?: readonly StoredEvent[]
}

type Deps = Pick<RecordingDeps, 'log' | 'directory' | 'calendar' | 'clockGuard' | 'options'>
/** What a rule may know beyond the state, where the life was read. */
type Known = Pick<RuleContext, 'correctsRetraction' | 'missedAttempts' | 'isOfPerson'>
const NOTHING_MORE: Known = {}

/** @throws HUB_NOT_FOUND, HUB_FORBIDDEN, HUB_ERASED, HUB_REVISION_CONFLICT, HUB_BAD_CORRECTION, HUB_RULE_VIOLATED */
export function prepareWrite(inHand: WriteInHand, deps: Deps): PreparedWrite | Promise<PreparedWrite> {
  const { write, valid, life } = inHand
  checkPlace(inHand, deps)
  if (life.state.erased) throw new HubError('HUB_ERASED', 'this person is erased: nothing more is recorded of them')
  if (write.expectedRevision !== undefined && write.expectedRevision !== life.revision) {
    throw new HubError('HUB_REVISION_CONFLICT', `expected revision ${write.expectedRevision}, got ${life.revision}`, {
      data: { actualRevision: life.revision },
    })
  }
  const [only] = valid
  if (valid.length === 1 && only && only.body.corrects === undefined && !needsLife(only, life.state)) {
    const recordedAt = deps.clockGuard.recordedAt(life.recordedAt)
    const shaped = shape(only)
    const { errors, warnings } = check(shaped, life.state, recordedAt, inHand, deps, NOTHING_MORE)
    if (errors.length > 0) throw violated(errors)
    return { events: [openOne(shaped, recordedAt, inHand)], warnings }
  }
  return prepareGroup(inHand, deps)
}

/** Each event is checked against the state that the ones before it leave. */
async function prepareGroup(inHand: WriteInHand, deps: Deps): Promise<PreparedWrite> {
  const { stream, valid, life } = inHand
  const recordedAt = deps.clockGuard.recordedAt(life.recordedAt)
  const isReading = valid.some((event) => event.body.corrects !== undefined || needsLife(event, life.state))
  const { ledger, events: before } = isReading ? await readLife(deps.log, stream) : { ledger: undefined, events: [] }
  const stoodBefore = new Set(ledger?.effective().map(({ id }) => id))
  const events: OpenEvent[] = []
  const isOfPerson = (eventId: string): boolean =>
    before.some(({ id }) => id === eventId) || events.some(({ event }) => event.id === eventId)
  const errors: Fault[] = []
  const warnings: Fault[] = []
  let state = life.state
  for (const [i, event] of valid.entries()) {
    const base = valid.length === 1 ? '' : `/events/${i}`
    const { corrects } = event.body
    let checkedAgainst = state
    let known: Known = ledger ? { missedAttempts: missedAttemptsIn(ledger.effective()), isOfPerson } : NOTHING_MORE
    if (corrects !== undefined && ledger) {
      if (!ledger.accepts({ stream, type: event.body.type, corrects })) {
        throw new HubError(
          'HUB_BAD_CORRECTION',
          `${base}/corrects: expected a version in force of a ${event.body.type} of this person`,
        )
      }
      // A retraction is in force nowhere: it is found among what was recorded.
      const original = ledger.inForce(stream, corrects) ?? before.find(({ id }) => id === corrects)
      checkAuthorOf(original, inHand, deps)
      checkedAgainst = stateWithout(ledger.effective(), corrects)
      known = { ...known, correctsRetraction: original?.type === 'RecordRetracted' }
    }
    const shaped = shape(event)
    const found = check(shaped, checkedAgainst, recordedAt, inHand, deps, known)
    errors.push(...found.errors.map((fault) => ({ ...fault, pointer: base + fault.pointer })))
    warnings.push(...found.warnings.map((fault) => ({ ...fault, pointer: base + fault.pointer })))
    const rootId = corrects === undefined ? event.body.id : (ledger?.rootOf(stream, corrects)?.id ?? event.body.id)
    const open = openOne(shaped, recordedAt, inHand, rootId)
    const stored = outlined(open, stream, life.revision + 1 + i)
    ledger?.apply(stored)
    state = ledger ? ledger.effective().reduce(evolvePatient, EMPTY_PATIENT) : evolvePatient(state, stored)
    events.push(open)
  }
  if (errors.length > 0) throw violated(errors)
  const recorded = new Set(before.map(({ id }) => id))
  const restored = (ledger?.effective() ?? []).filter(
    (event) => recorded.has(event.id) && !stoodBefore.has(event.id) && statesIdentity(event),
  )
  return { events, warnings, ...(restored.length > 0 ? { restored } : {}) }
}

/**
 * True where the state does not hold what the rules have to know: a late loss may name misses from before a contact, a dispute or
 * a settled return any record at all.
 */
function needsLife({ body }: ValidEvent, state: PatientState): boolean {
  if (body.type === 'RecordDisputed' || body.data.recordedAs !== undefined) return true
  return body.type === 'LossOfContactDeclared' && namesOtherMisses(body.data, state)
}

/** The person exists, and is one of this agency's (design §5). */
function checkPlace(inHand: WriteInHand, deps: Deps): void {
  const { valid, life, principal } = inHand
  const registers = valid[0]?.body.type === 'PatientRegistered' && valid[0].body.corrects === undefined
  if (life.revision < 0 && !registers) throw new HubError('HUB_NOT_FOUND', 'no such patient')
  // Whoever recorded a fact answers for it wherever the person has gone since: there the author is checked, not the place.
  if (valid.every(({ body }) => body.corrects !== undefined)) return
  const { role } = principal
  // All other roles address a person by the pseudonym that the hub gave them, or name one and are held.
  if (role === 'CHC' || role === 'VILLAGE') checkUnit(inHand, deps)
  else if (role === 'HOSPITAL') checkTreatment(inHand)
  else if (role === 'MHPC') checkArea(inHand, deps)
}

function checkUnit({ valid, life, principal }: WriteInHand, deps: Deps): void {
  const unit = life.revision < 0 ? valid[0]?.body.data.responsibleUnit : life.state.responsibleUnit
  if (unit === principal.agency) return
  const directory = deps.directory()
  const isSuperior = typeof unit === 'string' && directory.isSuperior(principal.agency, unit)
  const isVillageOf = principal.role === 'VILLAGE' && directory.agency(principal.agency)?.superior === unit
  if (!isSuperior && !isVillageOf) {
    throw new HubError('HUB_FORBIDDEN', 'another health centre is responsible for this person', {
      hint: 'The responsible unit changes by its own BasicInfoUpdated.',
    })
  }
}

/**
 * A ward states levels and discharges of its own patients. A diagnosis is confirmed or excluded, and a person admitted, by
 * whichever hospital sees them: a second opinion may be another's (MHL 32).
 */
function checkTreatment({ valid, life, principal }: WriteInHand): void {
  const isOwn = life.treatedBy.includes(principal.agency) || valid.some(({ body }) => opensTreatment(body.type))
  if (isOwn || valid.every(({ body }) => body.type === 'DiagnosisExcluded' || body.corrects !== undefined)) return
  throw new HubError('HUB_FORBIDDEN', 'this hospital has neither admitted nor diagnosed this person', {
    hint: 'Record HospitalAdmitted or DiagnosisConfirmed first, or in the same write.',
  })
}

function checkArea({ life, principal }: WriteInHand, deps: Deps): void {
  const where = { directory: deps.directory(), day: dayOf(deps.calendar.now()) }
  if (livesInAreaOf(principal, life.state, where)) return
  throw new HubError('HUB_FORBIDDEN', 'this person lives outside the area of this centre')
}

function checkAuthorOf(original: StoredEvent | undefined, { principal }: WriteInHand, deps: Deps): void {
  if (!original) return
  if (!mayCorrect(principal.agency, original.recordedBy.agency, deps.directory().isSuperior)) {
    throw new HubError('HUB_FORBIDDEN', 'only the agency that recorded a fact, or its superior, corrects it')
  }
}

function check(
  shaped: ShapedEvent,
  state: PatientState,
  now: string,
  { principal, source, write }: WriteInHand,
  deps: Deps,
  known: Known,
): RuleResult {
  return checkRules({ data: shaped.openData, ...shaped.envelope }, state, {
    now,
    role: principal.role,
    agency: principal.agency,
    isBackfill: source.kind === 'backfill',
    isBatch: write.isBatch === true || source.kind === 'import' || source.kind === 'backfill',
    maxFollowUpDays: deps.options.maxFollowUpDays,
    isHealthCentre: (unit) => deps.directory().agency(unit)?.role === 'CHC',
    isFieldSetFor,
    ...known,
  })
}

function shape({ body, definition }: ValidEvent): ShapedEvent {
  return shapeEvent(body, definition.moment, definition.subjects)
}

function openOne(
  shaped: ShapedEvent,
  recordedAt: string,
  { stream, recordedBy, source, write: { causation } }: WriteInHand,
  rootId = shaped.envelope.id,
): OpenEvent {
  const ownerOf = (subject: string): KeyOwner => keyOwner(stream, subject, rootId)
  return openEvent(shaped, { stream, recordedAt, recordedBy, source, ownerOf, ...(causation && { causation }) })
}

/** Each data subject has a key of its own; a guardian's or reporter's belongs to the fact that names them. */
export function keyOwner(stream: string, subject: string, rootId: string): KeyOwner {
  return subject === 'patient' ? `patient:${streamKeyOf(stream)}` : `${subject}:${stream}:${rootId}`
}

function stateWithout(effective: readonly StoredEvent[], id: string): PatientState {
  return effective.filter((event) => event.id !== id).reduce(evolvePatient, EMPTY_PATIENT)
}

function violated(errors: readonly Fault[]): HubError {
  return new HubError(
    'HUB_RULE_VIOLATED',
    `${errors.length} ${errors.length === 1 ? 'rule is' : 'rules are'} violated`,
    { faults: errors },
  )
}
