/** What `subscribe` owes: sentence 6 of the port, for everything that is stored later, and for followers that are slow. */
import { randomBytes } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Test } from 'tap'
import type { EventLog, LogRecord } from '../../src/log/port.js'
import { START } from '../../src/log/port.js'
import type { LogFactory } from './event-log.js'
import { asStored, collect, follow, newEvent, newEvents, newStream, recordsIn, take } from './log-events.js'

const MIB = 1024 * 1024

export async function followContract(t: Test, openLog: LogFactory): Promise<void> {
  await t.test('gives a follower what is stored, then what comes, once and in order', async (t) => {
    const log = await openLog(t)
    const start = await log.head()
    const stream = newStream()
    const events = newEvents(700)
    await log.append(stream, events.slice(0, 300), 'new')

    const follower = follow(t, log, start)
    const stored = await take(follower, 300, [stream])
    await appendSingly(log, stream, events.slice(300), 300)
    const coming = await take(follower, 400, [stream])

    t.strictSame(eventsOf([...stored, ...coming]), asStored(stream, events))
    t.strictSame([...stored, ...coming], await recordsIn(log, [stream], start), 'as readers of everything get them')
  })

  await t.test('serves a follower that waits before the first append', async (t) => {
    const log = await openLog(t)
    const stream = newStream()
    const follower = follow(t, log, await log.head())
    const waiting = follower.next()
    const event = newEvent()

    await log.append(stream, [event], 'new')

    t.strictSame((await waiting).value?.event, asStored(stream, [event])[0])
  })

  await t.test('starts in the middle, at any position that a reader was given', async (t) => {
    const log = await openLog(t)
    const start = await log.head()
    const stream = newStream()
    const events = newEvents(600)
    await log.append(stream, events, 'new')
    const records = await recordsIn(log, [stream], start)

    for (const at of [0, 1, 255, 256, 511, 598]) {
      const follower = follow(t, log, records[at]?.position ?? START)
      const rest = await take(follower, 599 - at, [stream])
      t.strictSame(rest, records.slice(at + 1), `after record ${at}`)
    }
  })

  await t.test('gives two followers the same, while many write', async (t) => {
    const log = await openLog(t)
    const start = await log.head()
    const streams = Array.from({ length: 16 }, newStream)
    const early = follow(t, log, start)
    const writing = Promise.all(streams.map((stream) => appendSingly(log, stream, newEvents(30), 0)))
    const head = await take(early, 100, streams)
    const late = follow(t, log, start)

    const [restOfEarly, allOfLate] = await Promise.all([take(early, 380, streams), take(late, 480, streams), writing])

    t.strictSame([...head, ...restOfEarly], allOfLate)
    t.strictSame(allOfLate, await recordsIn(log, streams, start))
  })

  await t.test('lets a slow follower catch up from disk, and holds for it only so much', async (t) => {
    const log = await openLog(t)
    const stream = newStream()
    const follower = follow(t, log, await log.head())
    const count = 4060
    const bytesEach = 6 * 1024
    await log.append(stream, [bigEvent(bytesEach)], 'new')
    const first = await take(follower, 1, [stream])
    const before = heapBytes()

    for (let next = 1; next < count; next += 99) {
      await log.append(
        stream,
        Array.from({ length: 99 }, () => bigEvent(bytesEach)),
        { revision: next - 1 },
      )
    }
    const held = heapBytes() - before

    t.ok(held < (count * bytesEach) / 2, `${(held / MIB).toFixed(1)} MiB held of ${(count * bytesEach) / MIB} written`)
    t.equal(first[0]?.event.revision, 0)
    for (let revision = 1; revision < count; revision++) {
      const [record] = await take(follower, 1, [stream])
      if (record?.event.revision !== revision) return t.equal(record?.event.revision, revision, 'the next event')
    }
    return t.equal((await log.readTail(stream))?.revision, count - 1, 'it was the last one')
  })

  await t.test('ends a follower that waits when it is aborted', async (t) => {
    const log = await openLog(t)
    const ending = new AbortController()
    const follower = log.subscribe(await log.head(), ending.signal)[Symbol.asyncIterator]()
    const waiting = follower.next()

    ending.abort()

    t.equal((await waiting).done, true)
    t.equal((await follower.next()).done, true)
  })

  await t.test('ends a follower that is under way when it is aborted', async (t) => {
    const log = await openLog(t)
    const start = await log.head()
    await log.append(newStream(), newEvents(600), 'new')
    const ending = new AbortController()

    let seen = 0
    for await (const _ of log.subscribe(start, ending.signal)) {
      seen++
      if (seen === 3) ending.abort()
    }

    t.equal(seen, 3)
  })

  await t.test('gives nothing to a follower that was aborted before it began', async (t) => {
    const log = await openLog(t)
    await log.append(newStream(), newEvents(3), 'new')

    t.strictSame(await collect(log.subscribe(START, AbortSignal.abort())), [])
  })

  await t.test('lets a follower leave while others go on', async (t) => {
    const log = await openLog(t)
    const start = await log.head()
    const stream = newStream()
    const stays = follow(t, log, start)
    await log.append(stream, newEvents(2), 'new')

    for await (const _ of log.subscribe(start)) break
    await log.append(stream, newEvents(2), { revision: 1 })

    t.strictSame(
      (await take(stays, 4, [stream])).map(({ event }) => event.revision),
      [0, 1, 2, 3],
    )
  })

  await t.test('ends its followers when it is closed', async (t) => {
    const log = await openLog(t)
    await log.append(newStream(), newEvents(1), 'new')
    const waiting = collect(log.subscribe(await log.head()))

    await log.close()

    t.strictSame(await waiting, [])
  })
}

const eventsOf = (records: readonly LogRecord[]) => records.map(({ event }) => event)

async function appendSingly(log: EventLog, stream: string, events: ReturnType<typeof newEvents>, from: number) {
  for (const [i, event] of events.entries()) {
    const next = from + i
    await log.append(stream, [event], next === 0 ? 'new' : { revision: next - 1 })
  }
}

/** Random text: a log that kept every event in memory could not hide it. */
function bigEvent(bytes: number): ReturnType<typeof newEvent> {
  return newEvent({ data: { text: randomBytes((bytes * 3) / 4).toString('base64url') } })
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

function heapBytes(): number {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
