import { Worker } from 'node:worker_threads'
import t from 'tap'
import { type PaceCell, restFor, resting, restingAt, startPace } from '../../src/feeds/pace.js'

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
  const rest = restingAt(cell)
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

t.test('does not rest while the pace asks for none, nor for work too short to notice', async (t) => {
  let nowMs = 0
  const rest = restingAt(cellOf(0), () => nowMs)
  nowMs = 1000
  rest()
  const brief = restingAt(cellOf(1900), () => nowMs)
  nowMs += 0.5
  brief()
  t.pass('neither blocked')
})

t.test('a rest ends early when the pace is given free', async (t) => {
  const cell = cellOf(1900)
  const worker = new Worker(
    `const { workerData } = require('node:worker_threads')
     setTimeout(() => { Atomics.store(workerData, 0, 0); Atomics.notify(workerData, 0) }, 50)`,
    { eval: true, workerData: cell },
  )
  const rest = restingAt(cell)
  const begun = performance.now()
  while (performance.now() < begun + 60);
  const worked = performance.now()
  rest()
  const rested = performance.now() - worked
  await worker.terminate()

  t.ok(rested < 900, `${rested} ms, where 1000 were asked for`)
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
