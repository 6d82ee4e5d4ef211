import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import t from 'tap'
import { type PaceCell, restFor, resting, restsAt, startPace } from '../../src/feeds/pace.js'

const cellOf = (hundredths: number): PaceCell => {
  const cell: PaceCell = new Int32Array(new SharedArrayBuffer(4))
  cell[0] = hundredths
  return cell
}

t.test('asks for more rest the busier the thread is, never for an end of the work', async (t) => {
  t.same([0, 0.1, 0.2].map(restFor), [0, 0, 0], 'nobody is held up')
  t.equal(restFor(0.5), 3, 'half of the time idle: a quarter of it for the compile')
  t.same([0.9, 1, 1.2].map(restFor), [19, 19, 19], 'a twentieth at least')
  const rests = Array.from({ length: 100 }, (_, i) => restFor(i / 100))
  t.same(
    [...rests].sort((a, b) => a - b),
    rests,
  )
})

t.test('rests in proportion to what it worked', async (t) => {
  const cell = cellOf(300)
  const { rest } = restsAt(cell)
  const begun = performance.now()
  while (performance.now() < begun + 20);
  const worked = performance.now()
  rest()
  const rested = performance.now() - worked

  t.ok(rested >= 55, `${rested} ms for 20`)
  const again = performance.now()
  rest()
  t.ok(performance.now() - again < 20, 'what was rested for is over')
})

/** A thread that works for so long between two rests, by a clock of its own. */
function driven(cell: PaceCell) {
  let nowMs = 0
  let restedMs = 0
  const { begin, rest } = restsAt(cell, {
    now: () => nowMs,
    wait(_, ms) {
      nowMs += ms
      restedMs += ms
    },
  })
  return {
    begin,
    /** How long it rested after this piece of work. */
    afterWork(ms: number): number {
      const before = restedMs
      nowMs += ms
      rest()
      return restedMs - before
    },
  }
}

t.test('rests for no work too short to notice, and never longer than a second', async (t) => {
  t.equal(driven(cellOf(0)).afterWork(1000), 0, 'the pace asks for none')
  t.equal(driven(cellOf(300)).afterWork(0.5), 0)
  t.equal(driven(cellOf(300)).afterWork(5), 15)
  t.equal(driven(cellOf(300)).afterWork(200), 600, 'waiting for the core counts as work')
  t.equal(driven(cellOf(300)).afterWork(5000), 1000)

  const thread = driven(cellOf(300))
  thread.afterWork(0.5)
  t.equal(thread.afterWork(0.5), 3, 'short pieces add up')
})

t.test('rests for a minute in one order and no more', async (t) => {
  const thread = driven(cellOf(1900))
  let inAll = 0
  for (let piece = 0; piece < 1000; piece++) inAll += thread.afterWork(20)
  t.equal(inAll, 60_000)
  t.equal(thread.afterWork(20), 0)

  thread.begin()
  t.equal(thread.afterWork(20), 380, 'the next order rests again')
})

t.test('a rest is measured anew when the pace changes', async (t) => {
  const cell = cellOf(1900)
  const worker = new Worker(
    `const { workerData } = require('node:worker_threads')
     setTimeout(() => { Atomics.store(workerData, 0, 100); Atomics.notify(workerData, 0) }, 50)`,
    { eval: true, workerData: cell },
  )
  await once(worker, 'online')
  const { rest } = restsAt(cell)
  const begun = performance.now()
  while (performance.now() < begun + 30);
  const worked = performance.now()
  rest()
  const rested = performance.now() - worked
  await worker.terminate()

  t.ok(rested >= 15, `${rested} ms`)
  t.ok(rested < 500, `${rested} ms, where 570 were asked for at first`)
})

t.test('looks how busy this thread is', async (t) => {
  const { cell, stop } = startPace()
  t.teardown(stop)
  for (const until = performance.now() + 10_000; performance.now() < until && (cell[0] ?? 0) <= 300; ) {
    const busy = performance.now() + 90
    while (performance.now() < busy);
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  t.ok((cell[0] ?? 0) > 300, 'busy')
  for (const until = performance.now() + 10_000; performance.now() < until && cell[0] !== 0; ) {
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  t.equal(cell[0], 0, 'idle again')
})

t.test('offers a rest after every so many, and passes everything on', async (t) => {
  let rests = 0
  const passed = [...resting([1, 2, 3, 4, 5], () => rests++, 2)]

  t.same(passed, [1, 2, 3, 4, 5])
  t.equal(rests, 2)
})
