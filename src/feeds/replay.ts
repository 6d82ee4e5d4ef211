/**
 * The state at a cut from the log alone: what `verify`, late questions and a lost spool need. It shares no code with the read
 * models' runner, so that the two can disagree. It reads; it never appends.
 */
import { type AgencyRow, agencies as agenciesProjection } from '../../projections/agencies.js'
import { EMPTY_RECORD, type PatientRecord, patientRecord } from '../../projections/patient-record.js'
import { effectiveHistory } from '../domain/effective-history.js'
import type { Causation, StoredEvent } from '../domain/event.js'
import { patientStream, streamKeyOf } from '../domain/streams.js'
import { HubError } from '../kernel/errors.js'
import { type LogReader, type Position, START } from '../log/port.js'
import type { CutPerson } from './compile-people.js'

/** The log, with the pass by streams that the embedded one offers; without it people are gathered in memory. */
export interface FeedLog extends LogReader {
  /** All events of streams whose name begins so, by stream, then revision, up to a position. */
  readStreamsByName?(prefix: string, through: Position): Iterable<StoredEvent>
}

export interface CutReplay {
  readonly closing: StoredEvent
  readonly leafIndex: number
  readonly agencies: readonly AgencyRow[]
  /** Everybody as they stood at the cut, with `live` as they stood at the leaf of the suppressions. By patient id. */
  people(): Iterable<CutPerson>
  /** One person as they stood at the cut. */
  person(patientId: string): Promise<PatientRecord | undefined>
}

const PATIENTS = 'patient-'

/** @param through the leaf index up to which suppressions count; the cut's own where it lies before it */
export async function replayCut(log: FeedLog, cut: Causation, through: number): Promise<CutReplay> {
  const agencies = new Map<string, AgencyRow>()
  const gathered = log.readStreamsByName ? undefined : gatherer()
  let leaf = -1
  let closing: { readonly event: StoredEvent; readonly leaf: number; readonly position: Position } | undefined
  let end: Position = START
  for await (const { event, position } of log.readAll(START)) {
    leaf++
    if (closing && leaf > through) break
    end = position
    gathered?.take(event, closing !== undefined)
    if (closing) continue
    foldAgency(agencies, event)
    if (event.id === cut.id && event.stream === cut.stream) closing = { event, leaf, position }
  }
  if (!closing) throw new HubError('HUB_NOT_FOUND', 'the log holds no such closing')
  const { position: cutPosition } = closing
  return {
    closing: closing.event,
    leafIndex: closing.leaf,
    agencies: [...agencies.values()],
    people: () => gathered?.people() ?? replayed(log, cutPosition, end),
    async person(patientId) {
      const stream = patientStream(patientId)
      const events = gathered ? gathered.lifeOf(stream) : [...(log.readStreamsByName?.(stream, cutPosition) ?? [])]
      return events.length === 0 ? undefined : recordOf(events)
    },
  }
}

function foldAgency(agencies: Map<string, AgencyRow>, event: StoredEvent): void {
  if (!agenciesProjection.handles.has(event.type)) return
  for (const key of agenciesProjection.keys(event)) {
    const row = agenciesProjection.evolve(agencies.get(key) ?? agenciesProjection.initial, event, key)
    if (row) agencies.set(key, row)
  }
}

/** Two passes by stream, side by side: up to the cut, and up to the suppressions. */
function* replayed(log: FeedLog, cut: Position, end: Position): Generator<CutPerson> {
  if (!log.readStreamsByName) return
  const atCut = livesOf(log.readStreamsByName(PATIENTS, cut))
  let next = atCut.next()
  for (const life of livesOf(log.readStreamsByName(PATIENTS, end))) {
    if (next.done || next.value.stream !== life.stream) continue
    yield personOf(life.stream, next.value.events, life.events)
    next = atCut.next()
  }
}

function* livesOf(
  events: Iterable<StoredEvent>,
): Generator<{ readonly stream: string; readonly events: StoredEvent[] }> {
  let life: { stream: string; events: StoredEvent[] } | undefined
  for (const event of events) {
    if (life?.stream === event.stream) life.events.push(event)
    else {
      if (life) yield life
      life = { stream: event.stream, events: [event] }
    }
  }
  if (life) yield life
}

interface Gatherer {
  take(event: StoredEvent, isLate: boolean): void
  people(): Iterable<CutPerson>
  /** A person's events up to the cut. */
  lifeOf(stream: string): readonly StoredEvent[]
}

function gatherer(): Gatherer {
  const lives = new Map<string, { readonly atCut: StoredEvent[]; readonly all: StoredEvent[] }>()
  return {
    take(event, isLate) {
      if (!event.stream.startsWith(PATIENTS)) return
      const life = lives.get(event.stream) ?? { atCut: [], all: [] }
      lives.set(event.stream, life)
      life.all.push(event)
      if (!isLate) life.atCut.push(event)
    },
    lifeOf: (stream) => lives.get(stream)?.atCut ?? [],
    *people() {
      for (const stream of [...lives.keys()].sort()) {
        const life = lives.get(stream)
        if (life && life.atCut.length > 0) yield personOf(stream, life.atCut, life.all)
      }
    },
  }
}

function personOf(stream: string, atCut: readonly StoredEvent[], all: readonly StoredEvent[]): CutPerson {
  const row = recordOf(atCut)
  return { key: streamKeyOf(stream), row, live: all.length === atCut.length ? row : recordOf(all) }
}

/** The record of a life from its events in stream order. */
export function recordOf(events: readonly StoredEvent[]): PatientRecord {
  let record = EMPTY_RECORD
  for (const event of effectiveHistory(events)) {
    if (patientRecord.handles.has(event.type)) record = patientRecord.evolve(record, event)
  }
  return record
}
