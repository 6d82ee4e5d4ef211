import t from 'tap'
import { batchTurns } from '../../src/vault/turn-batch.js'

t.test('answers what is asked in one turn by one call, each with its own', async (t) => {
  const calls: (readonly number[])[] = []
  const double = batchTurns(async (asks: readonly number[]) => {
    calls.push(asks)
    return asks.map((ask) => 2 * ask)
  }, 3)

  t.same(await Promise.all([1, 2, 3].map(double)), [2, 4, 6])
  t.same(await Promise.all([4, 5, 6, 7].map(double)), [8, 10, 12, 14])
  t.same(calls, [[1, 2, 3], [4, 5, 6], [7]], 'and never more than it may be asked at once')
})

t.test('fails together with what was asked together, and with nothing else', async (t) => {
  const ask = batchTurns(async (asks: readonly string[]) => {
    if (asks.includes('bad')) throw new Error('bad')
    return asks
  }, 2)

  const outcomes = await Promise.allSettled(['a', 'bad', 'b'].map(ask))

  t.same(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected', 'fulfilled'],
  )
})

t.test('owes an answer to each', async (t) => {
  const ask = batchTurns(async () => [], 2)

  await t.rejects(ask(1), /expected 1 answers, got 0/)
})
