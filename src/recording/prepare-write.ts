/**
 * From valid events to the ones that are stored: who may write here, whether corrections name what is in force, every rule,
 * their values parted into clear ones and ones to be sealed. Waits only where the whole stream has to be read.
 */
import { mayCorrect } from '../domain/authority.js'
import type { OpenEvent, RecordedBy, Source, StoredEvent } from '../domain/event.js'
import { evolvePatient } from '../domain/patient-fold.js'
import { EMPTY_PATIENT, type PatientState } from '../domain/patient-state.js'
import { checkRules, type RuleResult } from '../domain/rules.js'
import { streamKeyOf } from '../domain/streams.js'
import { type Fault, HubError } from '../kernel/errors.js'
import type { KeyOwner } from '../vault/port.js'
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
}

type Deps = Pick<RecordingDeps, 'log' | 'directory' | 'clockGuard' | 'options'>

/** @throws HUB_NOT_FOUND, HUB_FORBIDDEN, HUB_REVISION_CONFLICT, HUB_BAD_CORRECTION, HUB_RULE_VIOLATED */
export function prepareWrite(inHand: WriteInHand, deps: Deps): PreparedWrite | Promise<PreparedWrite> {
  const { write, valid, life } = inHand
  checkPlace(inHand, deps)
  if (write.expectedRevision !== undefined && write.expectedRevision !== life.revision) {
    throw new HubError('HUB_REVISION_CONFLICT', `expected revision ${write.expectedRevision}, got ${life.revision}`, {
      data: { actualRevision: life.revision },
    })
  }
  const [only] = valid
  if (valid.length === 1 && only && only.body.corrects === undefined) {
    const recordedAt = deps.clockGuard.recordedAt(life.recordedAt)
    const shaped = shape(only)
    const { errors, warnings } = check(shaped, life.state, recordedAt, inHand, deps)
    if (errors.length > 0) throw violated(errors)
    return { events: [openOne(shaped, recordedAt, inHand)], warnings }
  }
  return prepareGroup(inHand, deps)
}

/** Each event is checked against the state that the ones before it leave. */
async function prepareGroup(inHand: WriteInHand, deps: Deps): Promise<PreparedWrite> {
  const { stream, valid, life } = inHand
  const recordedAt = deps.clockGuard.recordedAt(life.recordedAt)
  const hasCorrections = valid.some(({ body }) => body.corrects !== undefined)
  const { ledger, events: before } = hasCorrections
    ? await readLife(deps.log, stream)
    : { ledger: undefined, events: [] }
  const events: OpenEvent[] = []
  const errors: Fault[] = []
  const warnings: Fault[] = []
  let state = life.state
  for (const [i, event] of valid.entries()) {
    const base = valid.length === 1 ? '' : `/events/${i}`
    const { corrects } = event.body
    let checkedAgainst = state
    let correctsRetraction: boolean | undefined
    if (corrects !== undefined && ledger) {
      if (!ledger.accepts({ stream, type: event.body.type, corrects })) {
        throw new HubError(
          'HUB_BAD_CORRECTION',
          `${base}/corrects: expected a version in force of a ${event.body.type} of this person`,
        )
      }
      checkAuthorOf(ledger.inForce(stream, corrects), inHand, deps)
      checkedAgainst = stateWithout(ledger.effective(), corrects)
      correctsRetraction = before.some(({ id, type }) => id === corrects && type === 'RecordRetracted')
    }
    const shaped = shape(event)
    const found = check(shaped, checkedAgainst, recordedAt, inHand, deps, correctsRetraction)
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
  return { events, warnings }
}

/** The person exists, and this unit is in charge of the record (design §5). */
function checkPlace({ valid, life, principal }: WriteInHand, deps: Deps): void {
  const registers = valid[0]?.body.type === 'PatientRegistered' && valid[0].body.corrects === undefined
  if (life.revision < 0 && !registers) throw new HubError('HUB_NOT_FOUND', 'no such patient')
  if (principal.role !== 'CHC' && principal.role !== 'VILLAGE') return
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
  correctsRetraction?: boolean,
): RuleResult {
  return checkRules({ data: shaped.openData, ...shaped.envelope }, state, {
    now,
    role: principal.role,
    agency: principal.agency,
    isBackfill: source.kind === 'backfill',
    isBatch: write.isBatch === true || source.kind === 'import' || source.kind === 'backfill',
    maxFollowUpDays: deps.options.maxFollowUpDays,
    ...(correctsRetraction === undefined ? {} : { correctsRetraction }),
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

/** The identities that these events claim: one record per ID number (design §6). */
export function claimsOf(
  valid: readonly ValidEvent[],
): readonly { readonly identity: readonly string[]; readonly eventId: string }[] {
  if (!valid.some(({ body }) => body.data.identity !== undefined)) return []
  return valid.flatMap(({ body }) => {
    const identity = body.data.identity
    if (typeof identity !== 'object' || identity === null) return []
    const { idType, idNumber } = identity as { idType?: unknown; idNumber?: unknown }
    return typeof idNumber === 'string'
      ? [{ identity: [String(idType ?? '1'), idNumber.toUpperCase()], eventId: body.id }]
      : []
  })
}
