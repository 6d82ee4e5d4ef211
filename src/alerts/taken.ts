/** How far the dispatcher has come, for whoever must know that it has seen all that lies in the log by now. Compares positions for equality alone. */
import { HubError } from '../kernel/errors.js'
import type { LogReader, Position } from '../log/port.js'

export interface Taken {
  note(position: Position): void
  /** Resolves when everything in the log as it is now has been taken; rejects with `HUB_STOPPING` where it never will be. */
  all(log: Pick<LogReader, 'head'>): Promise<void>
}

/** @param start the position that was taken last before */
export function createTaken(start: Position, signal: AbortSignal): Taken {
  let last = start
  const watching = new Set<(position: Position) => void>()
  return {
    note(position) {
      last = position
      for (const watch of watching) watch(position)
    },
    async all(log) {
      // From here on, so that what is taken while the log is asked for its head counts too.
      const taken = new Set([last])
      let wake = (): void => {}
      const watch = (position: Position): void => {
        taken.add(position)
        wake()
      }
      watching.add(watch)
      const stop = (): void => wake()
      signal.addEventListener('abort', stop)
      try {
        const head = await log.head()
        while (!taken.has(head)) {
          if (signal.aborted) throw new HubError('HUB_STOPPING', 'the dispatcher stopped before it had seen everything')
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
      } finally {
        watching.delete(watch)
        signal.removeEventListener('abort', stop)
      }
    },
  }
}
