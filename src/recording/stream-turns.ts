/** One writer at a time per stream in this process: a turn costs nothing where nobody else writes. */

export interface StreamTurns {
  /** Runs `work` when every earlier turn of this stream has ended. */
  take<T>(stream: string, work: () => Promise<T>): Promise<T>
}

export function createStreamTurns(): StreamTurns {
  const last = new Map<string, Promise<unknown>>()
  return {
    take(stream, work) {
      const before = last.get(stream)
      const turn = before ? before.then(work, work) : work()
      last.set(stream, turn)
      const done = (): void => {
        if (last.get(stream) === turn) last.delete(stream)
      }
      turn.then(done, done)
      return turn
    },
  }
}
