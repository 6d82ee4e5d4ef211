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
import { type LogReader, type PlacedReads, type Position, START } from '../log/port.js'
import type { CutPerson } from './compile-people.js'

/**
 * A reading of the log of its own, closed by who opened it. With the pass by streams that the embedded log offers nothing is
 * gathered in memory.
 */
export interface ReplayLog extends LogReader, PlacedReads {
  /** All events of streams whose name begins so, by stream, then revision, up to a position. One pass at a time. */
  readStreamsByName?(prefix: string, through: Position): Iterable<StoredEvent>
  close(): void
}

export interface CutReplay {
  readonly log: ReplayLog
  readonly closing: StoredEvent
  readonly leafIndex: number
  readonly agencies: readonly AgencyRow[]
  /** Everybody as they stood at the cut, with `live` as they stood at the leaf of the suppressions. By patient id. */
  people(): Iterable<CutPerson>
  /** One person as they stood at the cut. */
  person(patientId: string): PatientRecord | undefined
}

const PATIENTS = 'patient-'

/** @param through the leaf index up to which suppressions count; the cut's own where it lies before it */
export async function replayCut(log: ReplayLog, cut: Causation, through: number): Promise<CutReplay> {
  const agencies = new Map<string, AgencyRow>()
  const gathered = new Map<string, StoredEvent[]>()
  /** People who moved on between cut and suppressions: their revision at the cut, -1 for none. */
  const atCut = new Map<string, number>()
  let leaf = -1
  let closing: { readonly event: StoredEvent; readonly leaf: number } | undefined
  let end: Position = START
  for await (const { event, position } of log.readAll(START)) {
    leaf++
    if (closing && leaf > through) break
    end = position
    if (event.stream.startsWith(PATIENTS)) {
      if (closing && !atCut.has(event.stream)) atCut.set(event.stream, event.revision - 1)
      if (!log.readStreamsByName) push(gathered, event)
    }
    if (closing) continue
    foldAgency(agencies, event)
    if (event.id === cut.id && event.stream === cut.stream) closing = { event, leaf }
  }
  if (!closing) throw new HubError('HUB_NOT_FOUND', 'the log holds no such closing')

  const lives = (prefix: string): Iterable<Life> =>
    log.readStreamsByName ? livesOf(log.readStreamsByName(prefix, end)) : livesAmong(gathered, prefix)
  function* people(prefix: string): Generator<CutPerson> {
    for (const { stream, events } of lives(prefix)) {
      const last = atCut.get(stream)
      const before = last === undefined ? events : events.filter(({ revision }) => revision <= last)
      if (before.length === 0) continue
      const row = recordOf(before)
      yield { key: streamKeyOf(stream), row, live: last === undefined ? row : recordOf(events) }
    }
  }
  return {
    log,
    closing: closing.event,
    leafIndex: closing.leaf,
    agencies: [...agencies.values()],
    people: () => people(PATIENTS),
    person(patientId) {
      for (const { row } of people(patientStream(patientId))) return row
      return undefined
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

interface Life {
  readonly stream: string
  readonly events: readonly StoredEvent[]
}

function* livesOf(events: Iterable<StoredEvent>): Generator<Life> {
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

function* livesAmong(gathered: ReadonlyMap<string, readonly StoredEvent[]>, prefix: string): Generator<Life> {
  for (const stream of [...gathered.keys()].sort()) {
    if (stream.startsWith(prefix)) yield { stream, events: gathered.get(stream) ?? [] }
  }
}

function push(gathered: Map<string, StoredEvent[]>, event: StoredEvent): void {
  const events = gathered.get(event.stream)
  if (events) events.push(event)
  else gathered.set(event.stream, [event])
}

/** The record of a life from its events in stream order. */
export function recordOf(events: readonly StoredEvent[]): PatientRecord {
  let record = EMPTY_RECORD
  for (const event of effectiveHistory(events)) {
    if (patientRecord.handles.has(event.type)) record = patientRecord.evolve(record, event)
  }
  return record
}
