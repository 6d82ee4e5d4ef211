/** What readers owe: sentences 6 and 7 of the port, for everything that is stored already. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Test } from 'tap'
import { START } from '../../src/log/port.js'
import type { LogFactory } from './event-log.js'
import { asStored, collect, fullEvent, newEvent, newEvents, newStream, recordsIn } from './log-events.js'

/** More than any adapter is likely to read in one page, and no multiple of a page. */
const LONG = 1100

export async function readContract(t: Test, openLog: LogFactory): Promise<void> {
  await t.test('reads a stream from a revision on, in order, and nothing beyond its end', async (t) => {
    const log = await openLog(t)
    const stream = newStream()
    const events = newEvents(LONG)
    await log.append(stream, events, 'new')
    const stored = asStored(stream, events)

    for (const from of [0, 1, 255, 256, 257, LONG - 1, LONG, LONG + 500]) {
      t.strictSame(await collect(log.readStream(stream, from)), stored.slice(from), `from ${from}`)
    }
    t.strictSame(await collect(log.readStream(stream)), stored, 'from the beginning by default')
  })

  await t.test('reads nothing from a stream that does not exist, and finds no tail', async (t) => {
    const log = await openLog(t)
    const stream = newStream()
    await log.append(stream, newEvents(1), 'new')

    for (const absent of [newStream(), stream.slice(0, -1), `${stream}0`, stream.toUpperCase()]) {
      t.strictSame(await collect(log.readStream(absent)), [])
      t.equal(await log.readTail(absent), undefined)
    }
  })

  await t.test('finds the last event of a stream', async (t) => {
    const log = await openLog(t)
    const stream = newStream()
    const events = [newEvent(), newEvent(), fullEvent()]
    await log.append(stream, events.slice(0, 1), 'new')
    t.strictSame(await log.readTail(stream), asStored(stream, events)[0])

    await log.append(stream, events.slice(1), { revision: 0 })

    t.strictSame(await log.readTail(stream), asStored(stream, events)[2])
  })

  await t.test('reads everything after a position once, in log order, from any position on', async (t) => {
    const log = await openLog(t)
    const start = await log.head()
    const streams = [newStream(), newStream(), newStream()]
    const order: string[] = []
    for (let round = 0; round < 200; round++) {
      for (const [i, stream] of streams.entries()) {
        const group = newEvents(1 + (i % 2))
        const first = round * group.length
        await log.append(stream, group, first === 0 ? 'new' : { revision: first - 1 })
        order.push(...group.map(({ id }) => id))
      }
    }

    const records = await recordsIn(log, streams, start)

    t.strictSame(
      records.map(({ event }) => event.id),
      order,
    )
    for (const at of [0, 1, 255, 256, 399, order.length - 2, order.length - 1]) {
      const rest = await recordsIn(log, streams, records[at]?.position ?? START)
      t.strictSame(rest, records.slice(at + 1), `after record ${at}`)
    }
  })

  await t.test('START lies before the first event and head at the last', async (t) => {
    const log = await openLog(t)
    const stream = newStream()
    await log.append(stream, newEvents(3), 'new')

    const all = await collect(log.readAll(START))
    const head = await log.head()

    t.equal(all.filter(({ event }) => event.stream === stream).length, 3)
    t.equal(all.at(-1)?.position, head)
    t.strictSame(await collect(log.readAll(head)), [])
    t.equal(new Set(all.map(({ position }) => position)).size, all.length, 'every event has a position of its own')
  })

  await t.test(
    'shows an event only after every event before it: each reading begins with the one before',
    async (t) => {
      const log = await openLog(t)
      const start = await log.head()
      const streams = Array.from({ length: 60 }, newStream)
      let isWriting = true
      const writing = Promise.all(
        streams.map(async (stream) => {
          for (let next = 0; next < 10; next++) {
            await log.append(stream, newEvents(1), next === 0 ? 'new' : { revision: next - 1 })
          }
        }),
      ).finally(() => {
        isWriting = false
      })

      let before: readonly string[] = []
      while (isWriting) {
        const now = (await recordsIn(log, streams, start)).map(({ event }) => event.id)
        if (before.some((id, i) => now[i] !== id)) t.fail('an event appeared before one that had been read already')
        before = now
        await nextTurn()
      }
      await writing

      t.equal((await recordsIn(log, streams, start)).length, 600)
    },
  )

  await t.test('reads a stream to the end as it is when it is reached', async (t) => {
    const log = await openLog(t)
    const stream = newStream()
    const events = newEvents(LONG)
    await log.append(stream, events.slice(0, 600), 'new')

    const seen: string[] = []
    for await (const { id } of log.readStream(stream)) {
      if (seen.length === 0) await log.append(stream, events.slice(600), { revision: 599 })
      seen.push(id)
    }

    t.strictSame(
      seen,
      events.map(({ id }) => id),
    )
  })

  await t.test('lets a reader stop in the middle', async (t) => {
    const log = await openLog(t)
    const stream = newStream()
    const start = await log.head()
    await log.append(stream, newEvents(LONG), 'new')

    for await (const { revision } of log.readStream(stream)) if (revision === 3) break
    for await (const _ of log.readAll(start)) break

    t.equal((await recordsIn(log, [stream], start)).length, LONG)
  })
}
