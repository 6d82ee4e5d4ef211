/**
 * What each agency believes about a person, from what it was told: messages (queued or not, delivered or not) and documents
 * whose cut covered the person. A correction goes to exactly those whose belief it ends. Pure.
 */

import type { MessageKind } from '../delivery/port.js'
import { correctionLedger } from '../domain/effective-history.js'
import type { StoredEvent } from '../domain/event.js'
import { FOLDED_TYPES, foldPatient } from '../domain/patient-fold.js'
import type { PatientState } from '../domain/patient-state.js'

/** One thing that an agency was told. */
export interface Told {
  readonly agency: string
  /** Revision of the cause in the patient's stream. */
  readonly revision: number
  readonly causeId: string
  readonly kind: MessageKind
  readonly fieldSet: string
  readonly subscription?: string
  readonly sequence?: number
}

/** A document that an agency received, by its cut. */
export interface ToldByDocument {
  readonly agency: string
  readonly cutAt: string
  /** The person as of the cut. */
  readonly state: PatientState
}

export interface Belief {
  /** The level last told; `none` where it was told that there is none. Absent where it knows of none. */
  readonly level?: number | 'none'
  /** Every assessment whose level it was told while that one was current. */
  readonly assessments: ReadonlySet<string>
  readonly isLost: boolean
  /** Reports of dangerous behaviour that it was told of and that stand. */
  readonly dangers: ReadonlySet<string>
  /** True from a message that ended everything on. */
  readonly endedBy?: MessageKind
  /** True where it knows of the person as under management. */
  readonly holds: boolean
}

const NOTHING: Belief = { assessments: new Set(), isLost: false, dangers: new Set(), holds: false }
const FOLDED = new Set(FOLDED_TYPES)
const ENDS_ALL = new Set(['alert.moved@1', 'alert.died@1'])
const WITHDRAWN = 'alert.withdrawn@1'

/** The state after each of these revisions, in one pass over the events (in recording order). */
export function statesAt(events: readonly StoredEvent[], revisions: Iterable<number>): Map<number, PatientState> {
  const wanted = new Set(revisions)
  const ledger = correctionLedger<StoredEvent>()
  const states = new Map<number, PatientState>()
  for (const event of events) {
    ledger.apply(event)
    if (wanted.has(event.revision)) states.set(event.revision, stateOf(ledger.effective()))
  }
  return states
}

/** The state as the log knew it at a moment. */
export function stateKnownAt(events: readonly StoredEvent[], knownAt: string): PatientState {
  const ledger = correctionLedger<StoredEvent>()
  for (const event of events) if (event.recordedAt <= knownAt) ledger.apply(event)
  return stateOf(ledger.effective())
}

/** @param told in the order in which it was told */
export function beliefsOf(
  events: readonly StoredEvent[],
  told: readonly Told[],
  documents: readonly ToldByDocument[],
): ReadonlyMap<string, Belief> {
  const states = statesAt(
    events,
    told.map(({ revision }) => revision),
  )
  const news = [
    ...told.map((one) => ({ at: events.find(({ revision }) => revision === one.revision)?.recordedAt ?? '', one })),
    ...documents.map((one) => ({ at: one.cutAt, one })),
  ].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
  const beliefs = new Map<string, Belief>()
  for (const { one } of news) {
    const belief = beliefs.get(one.agency) ?? NOTHING
    const next =
      'cutAt' in one ? withLevel(belief, one.state) : afterMessage(belief, one, states.get(one.revision) ?? undefined)
    beliefs.set(one.agency, next)
  }
  return beliefs
}

function afterMessage(belief: Belief, told: Told, state: PatientState | undefined): Belief {
  if (ENDS_ALL.has(told.fieldSet) || told.kind === 'withdrawn') return { ...NOTHING, endedBy: told.kind }
  switch (told.kind) {
    case 'risk-assessed':
    case 'moved':
    case 'died':
      return state ? withLevel(belief, state) : belief
    case 'loss-of-contact':
      return { ...belief, isLost: true, holds: true }
    case 'contact-regained':
      return { ...belief, isLost: false }
    case 'danger': {
      const dangers = new Set(belief.dangers)
      if (told.fieldSet === WITHDRAWN) dangers.clear()
      else dangers.add(told.causeId)
      return { ...belief, dangers, holds: true }
    }
    default:
      return belief
  }
}

function withLevel(belief: Belief, { risk }: PatientState): Belief {
  const { endedBy: _, ...rest } = belief
  return risk
    ? { ...rest, level: risk.level, assessments: new Set([...belief.assessments, risk.eventId]), holds: true }
    : { ...rest, level: 'none', holds: true }
}

function stateOf(effective: readonly StoredEvent[]): PatientState {
  return foldPatient(effective.filter(({ type }) => FOLDED.has(type)))
}
