/** Followers that wait for more of a log: each wait ends with the next wake, or when its follower leaves. */

export interface Wakeups {
  next(signal?: AbortSignal): Promise<void>
  wake(): void
}

export function createWakeups(): Wakeups {
  const waiting = new Set<() => void>()
  return {
    next: (signal) =>
      new Promise((resolve) => {
        const done = (): void => {
          signal?.removeEventListener('abort', done)
          waiting.delete(done)
          resolve()
        }
        waiting.add(done)
        signal?.addEventListener('abort', done)
      }),
    wake() {
      for (const done of [...waiting]) done()
    },
  }
}
