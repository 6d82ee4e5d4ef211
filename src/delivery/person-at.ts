/**
 * The person of a cause as the log stood at that cause: a fold of the patient's stream up to it and not further, however
 * long ago it was. An alert that came back speaks of the person as of the alert's own cause.
 */
import { waitsBy } from '../domain/discharge-ready.js'
import { type CorrectionLedger, correctionLedger } from '../domain/effective-history.js'
import type { StoredEvent } from '../domain/event.js'
import { namedFact } from '../domain/named-fact.js'
import { FOLDED_TYPES, foldPatient } from '../domain/patient-fold.js'
import { findText, readObject, readText } from '../domain/read-data.js'
import { streamKeyOf, streamKindOf } from '../domain/streams.js'
import type { LogReader } from '../log/port.js'
import type { PersonAtCause } from './port.js'

const FOLDED = new Set(FOLDED_TYPES)
const DANGER = 'DangerousBehaviorReported'

export interface CauseFound {
  readonly cause: StoredEvent
  /** Absent where the cause speaks of nobody. */
  readonly person?: PersonAtCause
}

/** A cause by its name, and its person: a patient's stream is read once for both. Undefined where the log does not hold it. */
export async function findCause(log: LogReader, stream: string, id: string): Promise<CauseFound | undefined> {
  if (streamKindOf(stream) === 'patient') {
    const events = await eventsThrough(log, stream, (event) => event.id === id)
    const cause = events.at(-1)
    return cause?.id === id ? { cause, person: personOf(stream, events) } : undefined
  }
  const cause = await findEvent(log, stream, id)
  const person = cause && (await personAtCause(log, cause))
  return cause && { cause, ...(person ? { person } : {}) }
}

export async function personAtCause(log: LogReader, cause: StoredEvent): Promise<PersonAtCause | undefined> {
  switch (streamKindOf(cause.stream)) {
    case 'patient':
      return personOf(
        cause.stream,
        await eventsThrough(log, cause.stream, ({ revision }) => revision === cause.revision),
      )
    case 'alert': {
      const origin = (await namedBy(log, cause)) ?? (await originOfAlert(log, cause.stream))
      const person = origin && (await personAtCause(log, origin))
      return person && origin && { ...person, origin }
    }
    default:
      return undefined
  }
}

/** The later event that an alarm which climbed speaks of, where there is one. */
async function namedBy(log: LogReader, { data }: StoredEvent): Promise<StoredEvent | undefined> {
  if (data.about === undefined) return undefined
  const about = readObject(data, 'about')
  return findEvent(log, readText(about, 'stream'), readText(about, 'id'))
}

/** The event that an alert was raised about. */
export async function originOfAlert(log: LogReader, alertStream: string): Promise<StoredEvent | undefined> {
  for await (const raised of log.readStream(alertStream)) {
    const cause = readObject(raised.data, 'cause')
    const stream = findText(cause, 'stream')
    const id = findText(cause, 'id')
    return stream === undefined || id === undefined ? undefined : findEvent(log, stream, id)
  }
  return undefined
}

export async function findEvent(log: LogReader, stream: string, id: string): Promise<StoredEvent | undefined> {
  for await (const event of log.readStream(stream)) if (event.id === id) return event
  return undefined
}

/** From the first event of a stream to the one that is meant, or to the end. */
async function eventsThrough(
  log: LogReader,
  stream: string,
  isLast: (event: StoredEvent) => boolean,
): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = []
  for await (const event of log.readStream(stream)) {
    events.push(event)
    if (isLast(event)) break
  }
  return events
}

function personOf(stream: string, events: readonly StoredEvent[]): PersonAtCause {
  const ledger = correctionLedger<StoredEvent>()
  const byId = new Map<string, StoredEvent>()
  for (const event of events) {
    byId.set(event.id, event)
    ledger.apply(event)
  }
  const effective = ledger.effective()
  const state = foldPatient(effective.filter(({ type }) => FOLDED.has(type)))
  const danger = dangerOf(events, ledger)
  const discharge = waitsBy(effective, state)
  const last = events.at(-1)
  return {
    patientId: streamKeyOf(stream),
    asOf: { stream, id: last?.id ?? '', revision: last?.revision ?? -1 },
    state,
    sealedIn: (id) => byId.get(id),
    ...(danger ? { danger } : {}),
    ...(discharge ? { discharge } : {}),
  }
}

/** The report that the last of these events is about, as it stands after it. */
function dangerOf(
  events: readonly StoredEvent[],
  ledger: Pick<CorrectionLedger<StoredEvent>, 'inForce'>,
): StoredEvent | undefined {
  const last = events.at(-1)
  if (last?.type !== DANGER && last?.type !== 'RecordRetracted') return undefined
  const { standing } = namedFact(events, last, ledger)
  return standing?.type === DANGER ? standing : undefined
}
