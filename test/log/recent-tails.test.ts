import { setImmediate as sent } from 'node:timers/promises'
import t from 'tap'
import { createRecentTails } from '../../src/log/recent-tails.js'
import { collect, newEvents, newStream } from '../contract/log-events.js'
import { openTempStore } from '../fixtures/store.js'

t.test('knows where the streams written last end, and lets the others go', async (t) => {
  const tails = createRecentTails()
  const write = (stream: string, revision: number): void => {
    tails.writing(stream)
    tails.wrote(stream, revision)
  }
  write('a', 0)
  write('a', 3)
  write('b', 1)
  t.equal(tails.of('a'), 3)
  t.equal(tails.of('b'), 1)
  t.equal(tails.of('c'), undefined, 'never written')

  for (let i = 0; i < 4096; i++) write(`filler-${i}`, 0)
  t.equal(tails.of('a'), 3, 'of the generation before')
  write('a', 4)
  t.equal(tails.of('a'), 4, 'the latest counts')

  for (let i = 0; i < 3 * 4096; i++) write(`filler-${i}`, 0)
  t.equal(tails.of('a'), undefined, 'bounded')
})

t.test('knows nothing of a stream while it is written, nor after an append without an answer', async (t) => {
  const tails = createRecentTails()
  tails.writing('a')
  tails.writing('a')
  tails.wrote('a', 0)
  t.equal(tails.of('a'), undefined, 'another append is under way')
  tails.wrote('a', 1)
  t.equal(tails.of('a'), 1)
  tails.writing('a')
  tails.wrote('a', undefined)
  t.equal(tails.of('a'), undefined, 'it may have landed')
})

t.test('who has seen the tail in the file reads so far, though the append is not answered yet', async (t) => {
  const { log } = (await openTempStore(t)).store
  const stream = newStream()
  await log.append(stream, newEvents(3), 'new')
  let isAnswered = false
  const appended = log.append(stream, newEvents(2), { revision: 2 }).then(() => {
    isAnswered = true
  })
  await sent()
  // Microtasks alone: the answer of the store's thread waits meanwhile, and the file does not.
  const deadline = performance.now() + 20_000
  while ((await log.readTail(stream))?.revision !== 4 && performance.now() < deadline);
  const seen = await collect(log.readStream(stream, 3))

  t.notOk(isAnswered)
  t.same(
    seen.map(({ revision }) => revision),
    [3, 4],
  )
  await appended
})

t.test('a log answers from it what came after an event, and never less than it holds', async (t) => {
  const temp = await openTempStore(t)
  const { log } = temp.store
  const stream = newStream()
  await log.append(stream, newEvents(3), 'new')

  const revisionsFrom = async (from: number): Promise<readonly number[]> =>
    (await collect(log.readStream(stream, from))).map(({ revision }) => revision)
  t.same(await revisionsFrom(3), [])
  t.same(await revisionsFrom(2), [2])
  await log.append(stream, newEvents(2), { revision: 2 })
  t.same(await revisionsFrom(3), [3, 4])
  t.same(await revisionsFrom(5), [])

  const { log: reopened } = await temp.reopen()
  t.same((await collect(reopened.readStream(stream, 4))).length, 1, 'what it did not write itself it reads')
})
