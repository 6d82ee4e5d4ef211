/**
 * The persons whom recording has in mind: each stream folded to its tail, in a bounded cache. It is never a read model's
 * row; after a conflict it is read again from the log.
 */
import {
  type CorrectionLedger,
  compareLifeOrder,
  correctionLedger,
  type LifeOrder,
  lifeOrder,
} from '../domain/effective-history.js'
import type { StoredEvent } from '../domain/event.js'
import { opensTreatment } from '../domain/jurisdiction.js'
import { evolvePatient } from '../domain/patient-fold.js'
import { EMPTY_PATIENT, type PatientState } from '../domain/patient-state.js'
import { collect } from '../kernel/collect.js'
import { createLru } from '../kernel/lru.js'
import type { LogReader } from '../log/port.js'

export interface Life {
  /** Revision of the last event; -1 where the stream is empty. */
  readonly revision: number
  /** `recordedAt` of the last event: the floor of the next one's. */
  readonly recordedAt: string
  readonly state: PatientState
  /** Where the last event of effective history stands: what sorts after it is folded without reading anything. */
  readonly lastOrder: LifeOrder | undefined
  /** The hospitals whose admission or diagnosis stands. */
  readonly treatedBy: readonly string[]
}

const NOBODY: readonly string[] = []
export const EMPTY_LIFE: Life = {
  revision: -1,
  recordedAt: '',
  state: EMPTY_PATIENT,
  lastOrder: undefined,
  treatedBy: NOBODY,
}

export interface Lives {
  cached(stream: string): Life | undefined
  /** The same, without its counting as a use: what follows the log asks for everybody in turn. */
  peek(stream: string): Life | undefined
  load(stream: string): Promise<Life>
  /** Notes what was appended; forgets the life where it has to be folded again. */
  appended(stream: string, before: Life, events: readonly StoredEvent[]): void
  forget(stream: string): void
}

export function createLives(log: LogReader, max: number): Lives {
  const cache = createLru<string, Life>(max)
  return {
    cached: (stream) => cache.get(stream),
    peek: (stream) => cache.peek(stream),
    async load(stream) {
      const known = cache.get(stream)
      if (known) return known
      const { life } = await readLife(log, stream)
      if (life.revision >= 0) cache.set(stream, life)
      return life
    },
    appended(stream, before, events) {
      let life: Life | undefined = before
      for (const event of events) life = life && nextLife(life, event)
      if (life) cache.set(stream, life)
      else cache.delete(stream)
    },
    forget: (stream) => void cache.delete(stream),
  }
}

/** The life after an event that sorts last and corrects nothing; undefined where the person has to be folded again. */
export function nextLife(life: Life, event: StoredEvent): Life | undefined {
  if (event.corrects !== undefined) return undefined
  const order = lifeOrder(event, event)
  if (life.lastOrder && compareLifeOrder(order, life.lastOrder) < 0) return undefined
  return {
    revision: event.revision,
    recordedAt: event.recordedAt,
    state: evolvePatient(life.state, event),
    lastOrder: order,
    treatedBy: treatedByNow(life.treatedBy, event),
  }
}

function treatedByNow(before: readonly string[], { type, recordedBy }: StoredEvent): readonly string[] {
  return opensTreatment(type) && !before.includes(recordedBy.agency) ? [...before, recordedBy.agency] : before
}

/** A life folded from its events, given in recording order, with the ledger of its corrections. */
export function lifeOf(events: Iterable<StoredEvent>): {
  readonly life: Life
  readonly ledger: CorrectionLedger<StoredEvent>
} {
  const ledger = correctionLedger<StoredEvent>()
  let tail: StoredEvent | undefined
  for (const event of events) {
    ledger.apply(event)
    tail = event
  }
  const effective = ledger.effective()
  const last = effective.at(-1)
  const root = last && ledger.rootOf(last.stream, last.id)
  const state = effective.reduce(evolvePatient, EMPTY_PATIENT)
  if (!tail) return { life: EMPTY_LIFE, ledger }
  const { revision, recordedAt } = tail
  const lastOrder = last && lifeOrder(last, root ?? last)
  // A superior's correction leaves the patient with the hospital that recorded the fact.
  const treatedBy = effective
    .map((event) => ledger.rootOf(event.stream, event.id) ?? event)
    .reduce(treatedByNow, NOBODY)
  return { life: { revision, recordedAt, state, lastOrder, treatedBy }, ledger }
}

export async function readLife(
  log: LogReader,
  stream: string,
): Promise<{ readonly events: readonly StoredEvent[] } & ReturnType<typeof lifeOf>> {
  const events = await collect(log.readStream(stream))
  return { events, ...lifeOf(events) }
}
