/** One at a time for each key in this process, in the order of asking: a turn costs nothing where nobody else waits. */

export interface Turns {
  /** Runs `work` when every earlier turn of this key has ended, however it ended. */
  take<T>(key: string, work: () => Promise<T>): Promise<T>
}

export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>()
  return {
    take(key, work) {
      const before = last.get(key)
      const turn = before ? before.then(work, work) : work()
      last.set(key, turn)
      const done = (): void => {
        if (last.get(key) === turn) last.delete(key)
      }
      turn.then(done, done)
      return turn
    },
  }
}
