/** Events, streams and small questions for the suites of the event log. Synthetic; fit for any log, fit for no recorder. */
import { randomUUID } from 'node:crypto'
import type { Test } from 'tap'
import type { NewEvent, Receipt, StoredEvent } from '../../src/domain/event.js'
import { type ErrorCode, isHubError } from '../../src/kernel/errors.js'
import { uuidv7 } from '../../src/kernel/ids.js'
import type { EventLog, LogRecord, Position } from '../../src/log/port.js'

const EPOCH_MS = Date.parse('2026-03-02T09:30:00.000+08:00')

/** A stream of nobody else's. */
export const newStream = (): string => `patient-${randomUUID()}`

/** An event with nothing but what every event has. */
export function newEvent(change: Partial<NewEvent> = {}): NewEvent {
  return {
    id: uuidv7(EPOCH_MS),
    type: 'FollowUpCompleted',
    version: 1,
    occurredAt: '2026-03-02T09:30:00.000+08:00',
    recordedAt: '2026-03-02T09:31:07.214+08:00',
    recordedBy: { agency: '0199810e-ed17-7a99-8d2f-38a7285d0e21', role: 'CHC' },
    source: { kind: 'api' },
    seed: 'RvH7bbqUPNSF4nUrIR8Alg',
    data: { form: 3 },
    sealed: [],
    ...change,
  }
}

/** An event with every member that an event can have, and text that is hard on storage. */
export function fullEvent(): NewEvent {
  return newEvent({
    occurredAt: '2026-03-02',
    recordedBy: { agency: randomUUID(), role: 'CHC', person: 'staff-7', client: 'key-1' },
    legalBasis: ['W46', 'H12'],
    observedBy: 'staff-3',
    onBehalfOf: randomUUID(),
    source: { kind: 'import', ref: 'a "quoted" \\ reference' },
    corrects: uuidv7(EPOCH_MS),
    causation: { stream: newStream(), id: uuidv7(EPOCH_MS) },
    data: { text: '患者情绪平稳 😀 \u0000\u2028\n"', nested: { '10': 1, '2': [true, null, -0.5, 1e21] }, empty: '' },
    sealed: [
      { subject: 'guardian.2', kid: randomUUID(), alg: 'A256GCM', nonce: 'b2DaV5PJ8e-U_9w8', ct: 'aj_F', digests: {} },
      {
        subject: 'patient',
        kid: randomUUID(),
        alg: 'A256GCM',
        nonce: 'b2DaV5PJ8e-U_9w8',
        ct: 'aj_F',
        digests: { '/data/a~1b': 'sha256:gHKoLXDMk57oyv0PpGJj2psgNM0M39PhrUzfPedT53w' },
      },
    ],
  })
}

export const newEvents = (count: number): readonly NewEvent[] => Array.from({ length: count }, () => newEvent())

/** What a reader must get for these events, from a revision on. */
export const asStored = (stream: string, events: readonly NewEvent[], from = 0): readonly StoredEvent[] =>
  events.map((event, i) => ({ ...event, stream, revision: from + i }))

export const receiptsOf = (stream: string, events: readonly NewEvent[], from = 0): readonly Receipt[] =>
  events.map(({ id, recordedAt }, i) => ({ id, stream, revision: from + i, recordedAt }))

export async function collect<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

export const readWhole = (log: EventLog, stream: string): Promise<readonly StoredEvent[]> =>
  collect(log.readStream(stream))

/** The records after a position that lie in these streams. */
export async function recordsIn(
  log: EventLog,
  streams: readonly string[],
  after: Position,
): Promise<readonly LogRecord[]> {
  const wanted = new Set(streams)
  return (await collect(log.readAll(after))).filter(({ event }) => wanted.has(event.stream))
}

/** The next `count` records of these streams from a follower that is under way. */
export async function take(
  follower: AsyncIterator<LogRecord>,
  count: number,
  streams: readonly string[],
): Promise<readonly LogRecord[]> {
  const wanted = new Set(streams)
  const records: LogRecord[] = []
  while (records.length < count) {
    const { value, done } = await follower.next()
    if (done) break
    // A record may make its event when asked: what it says is compared, not how it holds it.
    const { position, stream, event } = value
    if (wanted.has(stream)) records.push({ position, stream, event })
  }
  return records
}

/** Starts following; the follower ends with the test. */
export function follow(t: Test, log: EventLog, after: Position): AsyncIterator<LogRecord> {
  const ending = new AbortController()
  t.teardown(() => ending.abort())
  return log.subscribe(after, ending.signal)[Symbol.asyncIterator]()
}

/** Asserts a refusal by its code; answers with the datum that the caller needs. */
export async function refused(
  t: Test,
  attempt: Promise<unknown>,
  code: ErrorCode,
  message: string,
): Promise<Readonly<Record<string, unknown>>> {
  try {
    await attempt
  } catch (error) {
    if (!isHubError(error)) throw error
    t.equal(error.code, code, message)
    return error.data
  }
  t.fail(`${message}: expected ${code}, and it was accepted`)
  return {}
}
