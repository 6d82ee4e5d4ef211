/** What `append` owes: sentences 1 to 3 and 5 of the port, and writers that race. */
import type { Test } from 'tap'
import type { NewEvent } from '../../src/domain/event.js'
import { isHubError } from '../../src/kernel/errors.js'
import type { EventLog, Expected } from '../../src/log/port.js'
import type { LogFactory } from './event-log.js'
import {
  asStored,
  fullEvent,
  newEvent,
  newEvents,
  newStream,
  readWhole,
  receiptsOf,
  recordsIn,
  refused,
} from './log-events.js'

const WRITERS = 64
const STREAMS = 16
const EVENTS_PER_WRITER = 8
const MOST_ATTEMPTS = 1000

export async function appendContract(t: Test, openLog: LogFactory): Promise<void> {
  await t.test('answers with the receipts as stored, and readers have the events at once', async (t) => {
    const log = await openLog(t)
    const stream = newStream()
    const group = [newEvent({ recordedAt: '2026-03-02T09:31:07.214+08:00' }), fullEvent()]

    const receipts = await log.append(stream, group, 'new')

    t.strictSame(receipts, receiptsOf(stream, group))
    t.strictSame(await readWhole(log, stream), asStored(stream, group))
  })

  await t.test('numbers events from 0 without gaps, over single events and groups', async (t) => {
    const log = await openLog(t)
    const stream = newStream()
    const groups = [newEvents(1), newEvents(3), newEvents(1), newEvents(5)]

    let next = 0
    for (const group of groups) {
      const receipts = await log.append(stream, group, expecting(next))
      t.strictSame(receipts, receiptsOf(stream, group, next))
      next += group.length
    }

    t.strictSame(await readWhole(log, stream), asStored(stream, groups.flat()))
  })

  await t.test('refuses an empty append before anything else, and stores nothing', async (t) => {
    const log = await openLog(t)
    const stream = newStream()

    await refused(t, log.append(stream, [], 'new'), 'HUB_INVALID_EVENT', 'to no stream')
    await refused(t, log.append(stream, [], { revision: 7 }), 'HUB_INVALID_EVENT', 'whatever the expectation')

    t.equal(await log.readTail(stream), undefined)
  })

  await t.test('refuses the same id twice in one group, and stores nothing', async (t) => {
    const log = await openLog(t)
    const stream = newStream()
    const twice = newEvent()

    await refused(t, log.append(stream, [twice, newEvent(), twice], 'new'), 'HUB_INVALID_EVENT', 'the same event twice')

    t.equal(await log.readTail(stream), undefined)
  })

  await t.test('names the known ids with their revisions, whatever the expectation', async (t) => {
    const log = await openLog(t)
    const stream = newStream()
    const stored = newEvents(3)
    await log.append(stream, stored, 'new')
    const known = stored.map(({ id }, revision) => ({ id, revision }))
    const expectations: readonly Expected[] = ['new', { revision: 2 }, { revision: 0 }, { revision: 99 }]

    for (const expected of expectations) {
      const data = await refused(t, log.append(stream, stored, expected), 'HUB_ID_KNOWN', JSON.stringify(expected))
      t.strictSame(data.known, known)
    }
    t.strictSame(await readWhole(log, stream), asStored(stream, stored))
  })

  await t.test('stores nothing of a group in which one id is known', async (t) => {
    const log = await openLog(t)
    const stream = newStream()
    const stored = newEvents(2)
    await log.append(stream, stored, 'new')
    const second = stored[1] ?? newEvent()
    const mixed = [newEvent(), second, newEvent()]

    const data = await refused(t, log.append(stream, mixed, { revision: 1 }), 'HUB_ID_KNOWN', 'a mixed group')

    t.strictSame(data.known, [{ id: second.id, revision: 1 }])
    t.strictSame(await readWhole(log, stream), asStored(stream, stored))
  })

  await t.test('knows an id with other content as well: contents are compared by the recorder', async (t) => {
    const log = await openLog(t)
    const stream = newStream()
    const first = newEvent()
    await log.append(stream, [first], 'new')

    const other = newEvent({ id: first.id, data: { form: 1 } })
    const data = await refused(t, log.append(stream, [other], { revision: 0 }), 'HUB_ID_KNOWN', 'other content')

    t.strictSame(data.known, [{ id: first.id, revision: 0 }])
    t.strictSame(await readWhole(log, stream), asStored(stream, [first]))
  })

  await t.test('takes the same id in another stream: identity is stream and id', async (t) => {
    const log = await openLog(t)
    const event = newEvent()
    const [one, two] = [newStream(), newStream()]
    await log.append(one, [event], 'new')

    t.strictSame(await log.append(two, [event], 'new'), receiptsOf(two, [event]))
    t.strictSame(await readWhole(log, one), asStored(one, [event]))
  })

  await t.test('rejects a wrong expectation with the actual revision, null where there is no stream', async (t) => {
    const log = await openLog(t)
    const [empty, stream] = [newStream(), newStream()]
    const stored = newEvents(3)
    await log.append(stream, stored, 'new')
    const table: readonly [string, Expected, number | null][] = [
      [empty, { revision: 0 }, null],
      [empty, { revision: 5 }, null],
      [stream, 'new', 2],
      [stream, { revision: 1 }, 2],
      [stream, { revision: 3 }, 2],
      [stream, { revision: -1 }, 2],
    ]

    for (const [name, expected, actualRevision] of table) {
      const attempt = log.append(name, [newEvent()], expected)
      const data = await refused(t, attempt, 'HUB_WRONG_EXPECTATION', JSON.stringify(expected))
      t.strictSame(data.actualRevision, actualRevision)
    }
    t.strictSame(await readWhole(log, stream), asStored(stream, stored))
    t.equal(await log.readTail(empty), undefined)
  })

  await t.test(
    'lets one of many appends at the same place win, and tells the others where the stream is',
    async (t) => {
      const log = await openLog(t)
      const stream = newStream()
      const rivals = newEvents(WRITERS)

      const outcomes = await Promise.allSettled(rivals.map((event) => log.append(stream, [event], 'new')))

      const won = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []))
      t.equal(won.length, 1)
      for (const outcome of outcomes) {
        if (outcome.status === 'fulfilled') continue
        t.ok(isHubError(outcome.reason, 'HUB_WRONG_EXPECTATION'))
        t.equal(outcome.reason.data.actualRevision, 0)
      }
      t.strictSame(
        (await readWhole(log, stream)).map(({ id }) => id),
        won.map(({ id }) => id),
      )
    },
  )

  await t.test('lets one failing append of many fail alone', async (t) => {
    const log = await openLog(t)
    const streams = Array.from({ length: WRITERS }, newStream)

    const outcomes = await Promise.allSettled(
      streams.map((stream, i) => log.append(stream, [newEvent()], i % 3 === 0 ? { revision: 4 } : 'new')),
    )

    for (const [i, outcome] of outcomes.entries()) t.equal(outcome.status, i % 3 === 0 ? 'rejected' : 'fulfilled')
    for (const [i, stream] of streams.entries()) {
      t.equal((await log.readTail(stream))?.revision, i % 3 === 0 ? undefined : 0)
    }
  })

  await t.test('keeps 64 writers on 16 streams dense, and every acknowledged event once', async (t) => {
    const log = await openLog(t)
    const start = await log.head()
    const streams = Array.from({ length: STREAMS }, newStream)

    const acknowledged = await Promise.all(
      Array.from({ length: WRITERS }, async (_, writer) => {
        const stream = streams[writer % STREAMS] ?? newStream()
        const places: string[] = []
        for (const event of newEvents(EVENTS_PER_WRITER)) {
          places.push(`${stream} ${await appendAtTail(log, stream, event)} ${event.id}`)
        }
        return places
      }),
    )

    const found = (await recordsIn(log, streams, start)).map(
      ({ event }) => `${event.stream} ${event.revision} ${event.id}`,
    )
    t.equal(found.length, WRITERS * EVENTS_PER_WRITER)
    t.strictSame([...found].sort(), acknowledged.flat().sort())
    for (const stream of streams) {
      const revisions = (await readWhole(log, stream)).map(({ revision }) => revision)
      t.strictSame(revisions, [...revisions.keys()], 'dense from 0')
    }
  })
}

const expecting = (next: number): Expected => (next === 0 ? 'new' : { revision: next - 1 })

/** Appends wherever the stream's end is by now; a lost race says where to go on. */
async function appendAtTail(log: EventLog, stream: string, event: NewEvent): Promise<number> {
  let expected: Expected = 'new'
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    try {
      return (await log.append(stream, [event], expected))[0]?.revision ?? Number.NaN
    } catch (error) {
      if (!isHubError(error, 'HUB_WRONG_EXPECTATION')) throw error
      const actual = error.data.actualRevision
      expected = typeof actual === 'number' ? { revision: actual } : 'new'
    }
  }
  throw new Error(`appendAtTail: lost ${MOST_ATTEMPTS} races on end`)
}
