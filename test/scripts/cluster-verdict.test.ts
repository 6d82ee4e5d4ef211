/** The verdict on a tormented cluster must be able to fail: whatever is lost, doubled, out of order or never queued is named. */
import t from 'tap'
import { createBookkeeper } from '../../scripts/cluster/book.js'
import { isSound, type Verdict, verdictLines, verdictOn } from '../../scripts/cluster/verdict.js'
import type { StoredEvent } from '../../src/domain/event.js'
import type { LogRecord } from '../../src/log/port.js'

const TOWNSHIP = '999901001'
const PATIENT = 'patient-p'
const SUBSCRIPTION = 's'

interface Bent {
  /** What the agency applies, in this order: the sequences. Defaults to all, in order. */
  readonly applied?: readonly number[]
  readonly bendLog?: (records: readonly LogRecord[]) => readonly LogRecord[]
  readonly bendReplica?: (records: readonly LogRecord[]) => readonly LogRecord[]
  readonly acknowledged?: readonly string[]
}

/** Three assessments of one person, each queued once and applied. */
async function verdictOnBent({ applied = [0, 1, 2], bendLog, bendReplica, acknowledged = [] }: Bent): Promise<Verdict> {
  const whole = [0, 1, 2].flatMap((n) => [
    record(PATIENT, n, 'RiskAssessed', {}),
    record(`outbox-${SUBSCRIPTION}`, n, 'MessageQueued', {
      class: 'ALARM',
      cause: { stream: PATIENT, id: `${PATIENT} ${n}` },
    }),
  ])
  const records = bendLog?.(whole) ?? whole
  const bookkeeper = createBookkeeper()
  for (const sequence of applied) bookkeeper.apply({ id: `m${sequence}`, sequence, subject: 'p' })
  const subscriber = { subscription: SUBSCRIPTION, township: TOWNSHIP, end: { book: bookkeeper.book } }
  return verdictOn(
    {
      subscribers: [subscriber],
      patients: [{ id: 'p', township: TOWNSHIP }],
      acknowledged: new Set([`${PATIENT} 0`, ...acknowledged]),
    },
    logOf(records),
    [logOf(bendReplica?.(records) ?? records)],
  )
}

t.test('a run in which nothing is wrong is sound, and says what it counted', async (t) => {
  const verdict = await verdictOnBent({})

  t.ok(isSound(verdict))
  t.match(verdict, { sent: 3, applied: 3, events: 6, alarms: 3, acknowledged: 1 })
  t.ok(verdictLines(verdict).includes('delivery: sent 3, applied 3, lost 0, doubled 0, out of order 0'))
})

t.test('a replica that stopped earlier is sound', async (t) => {
  t.ok(isSound(await verdictOnBent({ bendReplica: (records) => records.slice(0, 4) })))
})

const WRONGS: readonly (readonly [name: string, bent: Bent, counts: Partial<Verdict>])[] = [
  ['a message that nobody applied is lost', { applied: [0, 2] }, { lost: 1, doubled: 0, outOfOrder: 0 }],
  ['a message that was applied twice is doubled', { applied: [0, 1, 2, 2] }, { lost: 0, doubled: 1, outOfOrder: 0 }],
  [
    'a message that was applied too late is out of order',
    { applied: [0, 2, 1] },
    { lost: 0, doubled: 0, outOfOrder: 1 },
  ],
  ['an event that was acknowledged and is not there is forgotten', { acknowledged: ['gone'] }, { forgotten: 1 }],
  [
    'an assessment without a message is unqueued',
    { applied: [0, 1], bendLog: (records) => records.slice(0, 5) },
    { unqueued: 1, lost: 0 },
  ],
  [
    'a cause with two messages in one outbox is doubled',
    { applied: [0, 1, 2, 3], bendLog: (records) => [...records, again(records.at(-1), 3)] },
    { doubled: 1, sent: 4 },
  ],
  [
    'an event that the log holds twice is stored twice',
    { bendLog: (records) => [...records, ...records.slice(0, 1)] },
    { storedTwice: 1 },
  ],
  ['a replica in another order is miscopied', { bendReplica: (records) => [...records].reverse() }, { miscopied: 6 }],
  ['a replica without one event is miscopied', { bendReplica: (records) => records.slice(1) }, { miscopied: 5 }],
]
for (const [name, bent, counts] of WRONGS) {
  t.test(name, async (t) => {
    const verdict = await verdictOnBent(bent)

    t.notOk(isSound(verdict))
    t.match(verdict, counts)
  })
}

t.test('a book that was put back takes what came after it again, and forgets nothing that went wrong', async (t) => {
  const bookkeeper = createBookkeeper()
  const apply = (sequence: number): void => bookkeeper.apply({ id: `m${sequence}`, sequence, subject: 'p' })
  apply(0)
  const copy = bookkeeper.copy()
  apply(1)
  apply(1)
  bookkeeper.putBack(copy)
  apply(1)

  const { applied, doubled, outOfOrder } = bookkeeper.book()
  t.same([...applied.keys()], [0, 1])
  t.equal(doubled, 1)
  t.equal(outOfOrder, 0)
})

function record(stream: string, revision: number, type: string, data: StoredEvent['data']): LogRecord {
  const event = { id: `${stream} ${revision}`, stream, revision, type, version: 1, data } as unknown as StoredEvent
  return { position: `${stream} ${revision}`, stream, event }
}

function again(last: LogRecord | undefined, revision: number): LogRecord {
  return record(String(last?.stream), revision, 'MessageQueued', last?.event.data ?? {})
}

function logOf(records: readonly LogRecord[]): { readAll(): AsyncIterable<LogRecord> } {
  return {
    async *readAll() {
      yield* records
    },
  }
}
