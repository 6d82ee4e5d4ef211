/** Answers what is asked in one turn of the event loop by few calls, in the order in which it was asked. */

interface Waiting<Ask, Answer> {
  readonly ask: Ask
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

/**
 * `run` gets at most `max` asks and owes an answer to each, at its index; where it rejects, all of them do.
 * E.g. `const keyFor = batchTurns(keysFor, 1000)`: a thousand `keyFor(owner)` at once are one `keysFor(owners)`.
 */
export function batchTurns<Ask, Answer>(
  run: (asks: readonly Ask[]) => Promise<readonly Answer[]>,
  max: number,
): (ask: Ask) => Promise<Answer> {
  let waiting: Waiting<Ask, Answer>[] = []

  const runBatch = async (batch: readonly Waiting<Ask, Answer>[]): Promise<void> => {
    try {
      const answers = await run(batch.map(({ ask }) => ask))
      if (answers.length !== batch.length) {
        throw new Error(`batchTurns: expected ${batch.length} answers, got ${answers.length}`)
      }
      for (const [i, { resolve }] of batch.entries()) resolve(answers[i] as Answer)
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }

  const runAll = (): void => {
    const all = waiting
    waiting = []
    for (let from = 0; from < all.length; from += max) void runBatch(all.slice(from, from + max))
  }

  return (ask) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(runAll)
      waiting.push({ ask, resolve, reject })
    })
}
