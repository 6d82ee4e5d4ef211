import t from 'tap'
import { orderedWindow } from '../../src/http/ordered-window.js'

const UNWEIGHED = { maxBytes: 1, bytesOf: () => 0 }

/** Items that are taken one by one, and work that ends when it is told to. */
const bench = (count: number) => {
  let taken = 0
  const running = new Map<number, () => void>()
  function* items(): Generator<number> {
    for (let item = 0; item < count; item++) {
      taken = item + 1
      yield item
    }
  }
  async function* pages(): AsyncGenerator<Iterable<number>> {
    yield items()
  }
  return {
    pages: pages(),
    running,
    taken: () => taken,
    work: (item: number) =>
      new Promise<number>((resolve) => {
        running.set(item, () => {
          running.delete(item)
          resolve(item)
        })
      }),
    /** Lets everything that can move move. */
    settle: () => new Promise((resolve) => setImmediate(resolve)),
  }
}

t.test('tells results in the order of the items, however they end, as soon as the first may be told', async (t) => {
  const { pages, running, work, settle } = bench(4)
  const results = orderedWindow({ pages, ...UNWEIGHED, concurrency: 10, keyOf: () => undefined, work })
  const first = results.next()
  await settle()

  running.get(2)?.()
  running.get(1)?.()
  await settle()
  running.get(0)?.()

  t.same((await first).value, [0, 1, 2])
  running.get(3)?.()
  t.same((await results.next()).value, [3])
  t.equal((await results.next()).done, true)
})

t.test('works on the items of one key one after the other', async (t) => {
  const { pages, running, work, settle } = bench(4)
  const results = orderedWindow({ pages, ...UNWEIGHED, concurrency: 10, keyOf: (item) => String(item % 2), work })
  const first = results.next()
  await settle()

  t.same([...running.keys()], [0, 1])
  running.get(0)?.()
  await first
  await settle()
  t.same([...running.keys()].sort(), [1, 2])
  for (const item of [1, 2, 3]) {
    running.get(item)?.()
    await settle()
  }
  t.same((await results.next()).value, [1, 2, 3])
})

t.test('takes no more from the source than a slow reader lets it', async (t) => {
  const { pages, taken, settle } = bench(100_000)
  const results = orderedWindow({
    pages,
    ...UNWEIGHED,
    concurrency: 8,
    keyOf: () => undefined,
    work: async (item) => item,
  })

  await results.next()
  for (let i = 0; i < 20; i++) await settle()
  t.ok(taken() <= 24, `took ${taken()}`)

  await results.return(undefined)
  const then = taken()
  for (let i = 0; i < 20; i++) await settle()
  t.ok(taken() <= then + 1, 'and nothing once nobody reads')
})

t.test('takes no more items at once than their bytes allow, and one of any size', async (t) => {
  const { pages, running, work, settle } = bench(5)
  const bytesOf = (item: number): number => (item === 3 ? 1000 : 40)
  const results = orderedWindow({ pages, concurrency: 10, maxBytes: 100, bytesOf, keyOf: () => undefined, work })
  const first = results.next()
  await settle()

  t.same([...running.keys()], [0, 1, 2])
  for (const item of [0, 1, 2]) running.get(item)?.()
  t.same((await first).value, [0, 1, 2])
  const second = results.next()
  await settle()
  t.same([...running.keys()], [3], 'and none beside one that is larger than all of it')
  running.get(3)?.()
  t.same((await second).value, [3])
  const third = results.next()
  await settle()
  running.get(4)?.()
  t.same((await third).value, [4])
})

t.test('tells what is done before the source breaks, then breaks too', async (t) => {
  async function* breaking(): AsyncGenerator<readonly number[]> {
    yield [1]
    throw new Error('the line went dead')
  }
  const told: number[] = []

  await t.rejects(
    async () => {
      const work = async (item: number) => item
      const options = { pages: breaking(), ...UNWEIGHED, concurrency: 4, keyOf: () => undefined, work }
      for await (const results of orderedWindow(options)) told.push(...results)
    },
    { message: 'the line went dead' },
  )

  t.same(told, [1])
})
