/** At most so many at the same time; the others wait in the order in which they came. */

export interface Gate {
  run<T>(work: () => Promise<T>): Promise<T>
}

export function createGate(limit: number): Gate {
  const waiting: (() => void)[] = []
  let inside = 0
  const leave = (): void => {
    const next = waiting.shift()
    if (next) next()
    else inside--
  }
  return {
    async run(work) {
      if (inside >= limit) await new Promise<void>((resolve) => waiting.push(resolve))
      else inside++
      try {
        return await work()
      } finally {
        leave()
      }
    },
  }
}
