/**
 * The persons whom the dispatcher has in mind, each as of its cursor and no further, in a bounded cache: the state and the
 * sealed events that it points at. A life that is not in mind is read from the log when an event needs it.
 */
import type { SealedSource } from '../delivery/port.js'
import {
  type Applied,
  type CorrectionLedger,
  correctionLedger,
  type LifeOrder,
  lifeOrder,
} from '../domain/effective-history.js'
import type { StoredEvent } from '../domain/event.js'
import { namedFact } from '../domain/named-fact.js'
import { evolvePatient, FOLDED_TYPES, foldPatient, sortsLast } from '../domain/patient-fold.js'
import { EMPTY_PATIENT, type PatientState } from '../domain/patient-state.js'
import { createLru } from '../kernel/lru.js'
import type { LogReader } from '../log/port.js'

export interface Life {
  /** Revision of the last event; -1 before the first. */
  readonly revision: number
  readonly state: PatientState
  readonly lastOrder: LifeOrder | undefined
  /** Event id → what is sealed in it, for every event that `state` points at. */
  readonly sealed: ReadonlyMap<string, SealedSource>
}

/** What one event changed in a life. */
export interface Change {
  readonly event: StoredEvent
  readonly before: Life
  readonly after: Life
  readonly applied: Applied
  /** The type of the fact that was corrected, withdrawn or put back; the event's own type where it corrects nothing. */
  readonly factType: string
  /** The version that was in force and no longer is. */
  readonly replaced?: string
  /** What now stands of the fact: the event itself, or the version left in force; absent where the fact was withdrawn. */
  readonly standing?: StoredEvent
  /** Every event of the stream that speaks of the fact; absent where the event is the first to. */
  readonly factIds?: ReadonlySet<string>
}

export interface Lives {
  /** Takes the next event of a patient stream. Undefined where nobody needs the change and the life is not in mind. */
  advance(event: StoredEvent, isNeeded: boolean): Promise<Change | undefined>
  /** A life as it stands at the cursor, if it is in mind. */
  cached(stream: string): Life | undefined
}

export const EMPTY_LIFE: Life = { revision: -1, state: EMPTY_PATIENT, lastOrder: undefined, sealed: new Map() }
const FOLDED = new Set(FOLDED_TYPES)

/** The state at a revision, where somebody else in this process has folded it already. */
export type FoldedState = (stream: string, revision: number) => PatientState | undefined

/** @param folded spares the folding, and a second copy of every state in memory */
export function createLives(log: LogReader, max: number, folded: FoldedState = () => undefined): Lives {
  const cache = createLru<string, Life>(max)

  const lifeBefore = async (event: StoredEvent): Promise<Life> => {
    const known = cache.get(event.stream)
    if (known && known.revision === event.revision - 1) return known
    return event.revision === 0 ? EMPTY_LIFE : lifeOf(ledgerOf(await prefixOf(log, event, event.revision - 1)))
  }

  return {
    cached: (stream) => cache.get(stream),
    async advance(event, isNeeded) {
      const known = cache.get(event.stream)
      // A first event costs nothing to take; reading it again, when somebody needs the life, does.
      if (!isNeeded && event.revision > 0 && known?.revision !== event.revision - 1) {
        cache.delete(event.stream)
        return undefined
      }
      if (event.corrects === undefined) {
        const before = await lifeBefore(event)
        const after = nextLife(before, event, folded)
        if (after) {
          cache.set(event.stream, after)
          return { event, before, after, applied: 'added', factType: event.type, standing: event }
        }
      }
      if (!isNeeded) {
        cache.delete(event.stream)
        return undefined
      }
      const change = changeOf(await prefixOf(log, event, event.revision), event)
      cache.set(event.stream, change.after)
      return change
    },
  }
}

/** The life after an event that sorts last and corrects nothing; undefined where the person has to be folded again. */
function nextLife(before: Life, event: StoredEvent, folded: FoldedState): Life | undefined {
  if (!FOLDED.has(event.type)) return { ...before, revision: event.revision }
  if (!sortsLast(before.lastOrder, event)) return undefined
  const state = folded(event.stream, event.revision) ?? evolvePatient(before.state, event)
  const find = (id: string): SealedSource | undefined => (id === event.id ? event : before.sealed.get(id))
  return { revision: event.revision, state, lastOrder: lifeOrder(event, event), sealed: sealedOf(state, find) }
}

/** The change that the last of these events made, by folding the person twice. */
function changeOf(events: readonly StoredEvent[], event: StoredEvent): Change {
  const folded = ledgerOf(events.slice(0, -1))
  const before = lifeOf(folded)
  const factType = factTypeOf(events, event)
  const applied = folded.ledger.apply(event)
  folded.tail = event
  folded.events.set(event.id, event)
  const replaces = applied === 'replaced' || applied === 'withdrew'
  const { ids, standing } = namedFact(events, event, folded.ledger)
  return {
    event,
    before,
    after: lifeOf(folded),
    applied,
    factType,
    factIds: ids,
    ...(standing ? { standing } : {}),
    ...(replaces && event.corrects !== undefined ? { replaced: event.corrects } : {}),
  }
}

/** A retraction speaks of the fact that it names; a retraction of a retraction of the fact behind that. */
function factTypeOf(events: readonly StoredEvent[], event: StoredEvent): string {
  let at: StoredEvent | undefined = event
  for (let hops = 0; at?.type === 'RecordRetracted' && hops < events.length; hops++) {
    const named: string | undefined = at.corrects
    at = events.find(({ id }) => id === named)
  }
  return at?.type ?? event.type
}

interface Folded {
  readonly ledger: CorrectionLedger<StoredEvent>
  readonly events: Map<string, StoredEvent>
  tail: StoredEvent | undefined
}

function ledgerOf(events: readonly StoredEvent[]): Folded {
  const ledger = correctionLedger<StoredEvent>()
  for (const event of events) ledger.apply(event)
  return { ledger, events: new Map(events.map((event) => [event.id, event])), tail: events.at(-1) }
}

function lifeOf({ ledger, events, tail }: Folded): Life {
  const effective = ledger.effective().filter(({ type }) => FOLDED.has(type))
  const state = foldPatient(effective)
  const last = effective.at(-1)
  const lastOrder = last && lifeOrder(last, ledger.rootOf(last.stream, last.id) ?? last)
  return { revision: tail?.revision ?? -1, state, lastOrder, sealed: sealedOf(state, (id) => events.get(id)) }
}

/** Of the events that hold a value which the state points at, what opening it needs stays in memory, and no more. */
function sealedOf(
  state: PatientState,
  find: (id: string) => SealedSource | undefined,
): ReadonlyMap<string, SealedSource> {
  const kept = new Map<string, SealedSource>()
  const refs = [
    state.identity,
    state.householdAddress,
    state.residence?.address,
    state.residence?.area,
    state.guardian?.ref,
  ]
  for (const ref of refs) {
    const source = ref && !kept.has(ref.eventId) ? find(ref.eventId) : undefined
    if (source) kept.set(source.id, slim(source))
  }
  return kept
}

const NO_DIGESTS = {}
const slimmed = new WeakSet<SealedSource>()

function slim(source: SealedSource): SealedSource {
  if (slimmed.has(source)) return source
  const { stream, id, type, version, sealed } = source
  const kept = { stream, id, type, version, sealed: sealed.map((entry) => ({ ...entry, digests: NO_DIGESTS })) }
  slimmed.add(kept)
  return kept
}

/** The events of a stream up to a revision, without what came later. */
export async function prefixOf(
  log: LogReader,
  { stream }: { readonly stream: string },
  through: number,
): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = []
  for await (const event of log.readStream(stream)) {
    if (event.revision > through) break
    events.push(event)
  }
  return events
}
