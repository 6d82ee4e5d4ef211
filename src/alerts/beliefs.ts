/**
 * What each agency believes about a person, from what it was told: messages (queued or not, delivered or not) and documents
 * whose cut covered the person. A correction goes to exactly those whose belief it ends. Pure.
 */

import type { MessageKind } from '../delivery/port.js'
import { waitsBy } from '../domain/discharge-ready.js'
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
  /** The assessment that was current at the cause, `none` where there was none; absent where it has to be looked up. */
  readonly risk?: ToldRisk
}

export type ToldRisk = { readonly level: number; readonly eventId: string } | 'none'

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
  /** Whether it was last told that the person waits to leave a hospital. */
  readonly isReady: boolean
  /** Cause of each message about dangerous behaviour, in the order told → whether it said that the report stands. */
  readonly dangers: ReadonlyMap<string, boolean>
  /** True from a message that ended everything on. */
  readonly endedBy?: MessageKind
  /** True where it knows of the person as under management. */
  readonly holds: boolean
}

const NOTHING: Belief = { assessments: new Set(), isLost: false, isReady: false, dangers: new Map(), holds: false }
const FOLDED = new Set(FOLDED_TYPES)
/** What was taken back altogether is believed no more; what was taken back in part leaves the rest. */
const ENDS_ALL = new Set(['alert.moved@1', 'alert.died@1', 'alert.recalled@1'])
const WITHDRAWN = 'alert.withdrawn@1'
const ENDS_WAITING = new Set(['alert.discharged@1', WITHDRAWN])

interface Standing {
  /** The assessment that was current. */
  readonly risk: ToldRisk
  /** Whether the person waited to leave a hospital. */
  readonly waits: boolean
}

const NOTHING_STOOD: Standing = { risk: 'none', waits: false }

/** What stood after each of these revisions, in one pass over the events (in recording order). */
function standingAt(events: readonly StoredEvent[], revisions: ReadonlySet<number>): ReadonlyMap<number, Standing> {
  const ledger = correctionLedger<StoredEvent>()
  const standing = new Map<number, Standing>()
  for (const event of events) {
    ledger.apply(event)
    if (!revisions.has(event.revision)) continue
    const effective = ledger.effective()
    const state = stateOf(effective)
    standing.set(event.revision, { risk: toldRiskOf(state), waits: waitsBy(effective, state) !== undefined })
  }
  return standing
}

/** What has to be looked up: a level that is not remembered, and whether an end of the programme left somebody waiting. */
function unknownIn(told: readonly Told[]): readonly Told[] {
  const isOfWaiting = told.some(({ kind }) => kind === 'discharge-ready')
  return told.filter(({ risk, kind }) => risk === undefined || (isOfWaiting && kind === 'withdrawn'))
}

export function toldRiskOf({ risk }: PatientState): ToldRisk {
  return risk ? { level: risk.level, eventId: risk.eventId } : 'none'
}

/** The state as the log knew it at a moment. */
export function stateKnownAt(events: readonly StoredEvent[], knownAt: string): PatientState {
  const ledger = correctionLedger<StoredEvent>()
  for (const event of events) if (event.recordedAt <= knownAt) ledger.apply(event)
  return stateOf(ledger.effective())
}

/** True where the beliefs follow from what is remembered alone, without the person's events. */
export function isRemembered(told: readonly Told[]): boolean {
  return unknownIn(told).length === 0
}

/**
 * @param told in the order in which it was told
 * @param events the person's, in recording order; needed for documents and for what is not remembered
 */
export function beliefsOf(
  events: readonly StoredEvent[],
  told: readonly Told[],
  documents: readonly ToldByDocument[],
): ReadonlyMap<string, Belief> {
  const unknown = new Set(unknownIn(told).map(({ revision }) => revision))
  const standing = unknown.size === 0 ? undefined : standingAt(events, unknown)
  const beliefs = new Map<string, Belief>()
  const learn = (agency: string, how: (belief: Belief) => Belief): void => {
    beliefs.set(agency, how(beliefs.get(agency) ?? NOTHING))
  }
  const left = [...documents].sort((a, b) => (a.cutAt < b.cutAt ? -1 : 1))
  const recordedAt = new Map(left.length === 0 ? [] : events.map((event) => [event.revision, event.recordedAt]))
  for (const one of told) {
    const at = recordedAt.get(one.revision) ?? ''
    while (left[0] && left[0].cutAt < at) learnDocument(left.shift(), learn)
    const stood = standing?.get(one.revision) ?? NOTHING_STOOD
    learn(one.agency, (belief) => afterMessage(belief, one, { ...stood, risk: one.risk ?? stood.risk }))
  }
  for (const document of left) learnDocument(document, learn)
  return beliefs
}

function learnDocument(
  document: ToldByDocument | undefined,
  learn: (agency: string, how: (belief: Belief) => Belief) => void,
): void {
  if (document) learn(document.agency, (belief) => withRisk(belief, toldRiskOf(document.state)))
}

function afterMessage(belief: Belief, told: Told, { risk, waits }: Standing): Belief {
  if (ENDS_ALL.has(told.fieldSet)) return { ...NOTHING, endedBy: told.kind }
  switch (told.kind) {
    case 'risk-assessed':
    case 'moved':
    case 'died':
      return withRisk(belief, risk)
    case 'loss-of-contact':
      return { ...belief, isLost: true, holds: true }
    case 'contact-regained':
      return { ...belief, isLost: false }
    case 'withdrawn':
      return { ...NOTHING, isReady: belief.isReady && waits, endedBy: told.kind }
    case 'discharge-ready':
      return { ...belief, isReady: !ENDS_WAITING.has(told.fieldSet) }
    case 'danger': {
      const dangers = new Map(belief.dangers).set(told.causeId, told.fieldSet !== WITHDRAWN)
      return { ...belief, dangers, holds: true }
    }
    case 'reinstated': {
      if (told.fieldSet !== WITHDRAWN) return withRisk(belief, risk)
      const { endedBy: _, ...rest } = belief
      return { ...rest, holds: true }
    }
    default:
      return belief
  }
}

/** True where the last word that it had on a report, under whichever of these events, is that the report stands. */
export function believesDanger({ dangers }: Belief, factIds: ReadonlySet<string>): boolean {
  return [...dangers].findLast(([causeId]) => factIds.has(causeId))?.[1] === true
}

function withRisk(belief: Belief, risk: ToldRisk): Belief {
  const { endedBy: _, ...rest } = belief
  if (risk === 'none') return { ...rest, level: 'none', holds: true }
  return { ...rest, level: risk.level, assessments: new Set([...belief.assessments, risk.eventId]), holds: true }
}

function stateOf(effective: readonly StoredEvent[]): PatientState {
  return foldPatient(effective.filter(({ type }) => FOLDED.has(type)))
}
