import t from 'tap'
import { orderedWindow } from '../../src/http/ordered-window.js'

/** Items that are taken one by one, and work that ends when it is told to. */
const bench = (count: number) => {
  let taken = 0
  const running = new Map<number, () => void>()
  async function* items(): AsyncGenerator<number> {
    for (let item = 0; item < count; item++) {
      taken = item + 1
      yield item
    }
  }
  return {
    items: items(),
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
  const { items, running, work, settle } = bench(4)
  const results = orderedWindow({ items, concurrency: 10, keyOf: () => undefined, work })
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
  const { items, running, work, settle } = bench(4)
  const results = orderedWindow({ items, concurrency: 10, keyOf: (item) => String(item % 2), work })
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
  const { items, taken, settle } = bench(100_000)
  const results = orderedWindow({ items, concurrency: 8, keyOf: () => undefined, work: async (item) => item })

  await results.next()
  for (let i = 0; i < 20; i++) await settle()
  t.ok(taken() <= 24, `took ${taken()}`)

  await results.return(undefined)
  const then = taken()
  for (let i = 0; i < 20; i++) await settle()
  t.ok(taken() <= then + 1, 'and nothing once nobody reads')
})

t.test('tells what is done before the source breaks, then breaks too', async (t) => {
  async function* breaking(): AsyncGenerator<number> {
    yield 1
    throw new Error('the line went dead')
  }
  const told: number[] = []

  await t.rejects(
    async () => {
      const options = { items: breaking(), concurrency: 4, keyOf: () => undefined, work: async (item: number) => item }
      for await (const results of orderedWindow(options)) told.push(...results)
    },
    { message: 'the line went dead' },
  )

  t.same(told, [1])
})
