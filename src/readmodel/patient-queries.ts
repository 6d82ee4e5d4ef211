/**
 * Questions about one person on both axes of time: as of a day (what was true then) and as known on a day (what had been
 * recorded by then). Folds the person's own stream, never a read model's row; it authorises nobody and opens nothing.
 */
import {
  type CorrectionLedger,
  compareLifeOrder,
  correctionLedger,
  type LifeOrder,
  lifeOrder,
} from '../domain/effective-history.js'
import type { StoredEvent } from '../domain/event.js'
import { foldPatient } from '../domain/patient-fold.js'
import type { PatientState, Time } from '../domain/patient-state.js'
import { patientStream } from '../domain/streams.js'
import { collect } from '../kernel/collect.js'
import { endOfTime, epochMsOf, MINUTE } from '../kernel/dates.js'
import type { LogReader } from '../log/port.js'

/** A day includes its whole day. Absent: everything. */
export interface Bitemporal {
  /** True on this day or at this moment. */
  readonly asOf?: Time
  /** Recorded by then. */
  readonly knownAt?: Time
}

export interface PatientView {
  readonly state: PatientState
  /** What stands, in the order of the life: what `state` is folded from. */
  readonly effective: readonly StoredEvent[]
  /** Revision of the last event that was known; -1 where none was. */
  readonly revision: number
  /** True where `knownAt` is so recent that more may still be recorded at or before it. */
  readonly provisional: boolean
}

/** `IGNORED`: its `corrects` named nothing in force. */
export type Standing = 'IN_FORCE' | 'REPLACED' | 'WITHDRAWN' | 'IGNORED'

export interface HistoryEntry {
  readonly event: StoredEvent
  readonly standing: Standing
  /** The event that replaced or withdrew it. */
  readonly by?: string
}

/** A `knownAt` within this time of now is provisional: events of the last minutes may still be on their way. */
export const PROVISIONAL_MS = 5 * MINUTE

/** The person as of and as known, from all their events in stream order. `nowMs` is the calendar clock's. */
export function patientAt(events: readonly StoredEvent[], question: Bitemporal, nowMs: number): PatientView {
  const known = knownEvents(events, question.knownAt)
  const ledger = ledgerOf(known)
  const standing = ledger.effective()
  const until = question.asOf === undefined ? undefined : endOfTime(question.asOf)
  const effective = until === undefined ? standing : standing.filter((event) => placeOf(ledger, event).moment <= until)
  return {
    state: foldPatient(effective),
    effective,
    revision: known.at(-1)?.revision ?? -1,
    provisional: isProvisional(question.knownAt, nowMs),
  }
}

/** Every event known by then that happened by then, corrections and retractions included, in the order of the life. */
export function historyAt(events: readonly StoredEvent[], question: Bitemporal): readonly HistoryEntry[] {
  const known = knownEvents(events, question.knownAt)
  const { ledger, takenBack, ignored } = tracedLedger(known)
  const until = question.asOf === undefined ? undefined : endOfTime(question.asOf)
  return known
    .map((event) => ({ event, order: placeOf(ledger, event) }))
    .filter(({ order }) => until === undefined || order.moment <= until)
    .sort((a, b) => compareLifeOrder(a.order, b.order) || a.event.revision - b.event.revision)
    .map(({ event }) => entryOf(event, ledger, takenBack, ignored))
}

/** All events of a person, in stream order; none where there is no such person. */
export function readPatient(log: LogReader, patientId: string): Promise<readonly StoredEvent[]> {
  return collect(log.readStream(patientStream(patientId)))
}

/** `recordedAt` never goes back within a stream, so what was known on a day is a prefix. */
function knownEvents(events: readonly StoredEvent[], knownAt: Time | undefined): readonly StoredEvent[] {
  if (knownAt === undefined) return events
  const until = endOfTime(knownAt)
  const firstUnknown = events.findIndex(({ recordedAt }) => recordedAt > until)
  return firstUnknown < 0 ? events : events.slice(0, firstUnknown)
}

/** Without `knownAt` nothing is claimed about a moment, so nothing is provisional. */
function isProvisional(knownAt: Time | undefined, nowMs: number): boolean {
  return knownAt !== undefined && epochMsOf(endOfTime(knownAt)) > nowMs - PROVISIONAL_MS
}

function ledgerOf(events: readonly StoredEvent[]): CorrectionLedger<StoredEvent> {
  const ledger = correctionLedger<StoredEvent>()
  for (const event of events) ledger.apply(event)
  return ledger
}

interface TakenBack {
  readonly standing: 'REPLACED' | 'WITHDRAWN'
  readonly by: string
}

interface TracedLedger {
  readonly ledger: CorrectionLedger<StoredEvent>
  /** Event id to what last took it out of force; whatever has come back into force since is found in the ledger. */
  readonly takenBack: ReadonlyMap<string, TakenBack>
  readonly ignored: ReadonlySet<string>
}

function tracedLedger(events: readonly StoredEvent[]): TracedLedger {
  const ledger = correctionLedger<StoredEvent>()
  const takenBack = new Map<string, TakenBack>()
  const ignored = new Set<string>()
  for (const event of events) {
    const applied = ledger.apply(event)
    if (applied === 'ignored') ignored.add(event.id)
    else if (event.corrects !== undefined) {
      // `restored`: the retraction that it names is itself withdrawn.
      takenBack.set(event.corrects, { standing: applied === 'replaced' ? 'REPLACED' : 'WITHDRAWN', by: event.id })
    }
  }
  return { ledger, takenBack, ignored }
}

function entryOf(
  event: StoredEvent,
  ledger: CorrectionLedger<StoredEvent>,
  takenBack: ReadonlyMap<string, TakenBack>,
  ignored: ReadonlySet<string>,
): HistoryEntry {
  if (ignored.has(event.id)) return { event, standing: 'IGNORED' }
  if (ledger.inForce(event.stream, event.id)) return { event, standing: 'IN_FORCE' }
  return { event, ...(takenBack.get(event.id) ?? { standing: 'IN_FORCE' }) }
}

/** A version stands where its chain stands; a retraction, or an event that was ignored, where it says itself. */
function placeOf(ledger: CorrectionLedger<StoredEvent>, event: StoredEvent): LifeOrder {
  return lifeOrder(event, ledger.rootOf(event.stream, event.id) ?? event)
}
