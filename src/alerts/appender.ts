/**
 * Issues appends without waiting for one another, in order. Where the log refuses for now, it lets what is under way come
 * back and then repeats what failed, one by one and in the first order, until the log takes it. A slot that holds other
 * content is a fault: it stops for good.
 */
import { isHubError } from '../kernel/errors.js'
import type { HubEvent, HubRecorder } from '../recording/port.js'
import { isPassing, nextPauseMs, pause } from './patience.js'

export type Slot = 'new' | { readonly after: number }

export interface Appender {
  /** Resolves when the event stands in its slot; rejects on a fault or a stop, and then everything after it does too. */
  append(slot: Slot, event: HubEvent): Promise<void>
  /** Why it repeats, while it does. */
  stall(): unknown
  stop(): void
}

interface Item {
  readonly slot: Slot
  readonly event: HubEvent
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

export function createAppender(recorder: Pick<HubRecorder, 'appendAt'>): Appender {
  const waiting: (Item & { readonly n: number })[] = []
  let issued = 0
  const underWay = new Set<Item & { readonly n: number }>()
  let stalledBy: unknown
  let stoppedBy: unknown
  let wake: () => void = () => {}
  const stopping = new AbortController()

  const fail = (error: unknown): void => {
    stoppedBy ??= error
    for (const item of waiting.splice(0)) item.reject(stoppedBy)
  }

  const isEarlierUnderWay = ({ n, event }: Item & { readonly n: number }): boolean =>
    [...underWay].some((other) => other.n < n && other.event.stream === event.stream)

  const hold = (item: Item & { readonly n: number }, error: unknown): void => {
    // A later append of the same stream meets a hole where an earlier one failed, or is still being settled: it waits for that.
    const isFollowing =
      isHubError(error, 'HUB_WRONG_EXPECTATION') && (stalledBy !== undefined || isEarlierUnderWay(item))
    if (!isPassing(error) && !isFollowing) {
      item.reject(error)
      fail(error)
      return
    }
    waiting.push(item)
    if (stalledBy === undefined) {
      stalledBy = error
      repeat().catch(fail)
    }
  }

  const repeat = async (): Promise<void> => {
    while (underWay.size > 0) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    waiting.sort((a, b) => a.n - b.n)
    let pauseMs = nextPauseMs(undefined)
    for (let item = waiting[0]; item && stoppedBy === undefined; item = waiting[0]) {
      try {
        await recorder.appendAt(item.slot, item.event)
        waiting.shift()
        item.resolve()
        pauseMs = nextPauseMs(undefined)
      } catch (error) {
        if (!isPassing(error)) throw error
        stalledBy = error
        await pause(pauseMs, stopping.signal)
        pauseMs = nextPauseMs(pauseMs)
      }
    }
    stalledBy = undefined
  }

  const issue = async (item: Item & { readonly n: number }): Promise<void> => {
    underWay.add(item)
    try {
      await recorder.appendAt(item.slot, item.event)
      item.resolve()
    } catch (error) {
      hold(item, error)
    } finally {
      underWay.delete(item)
      if (underWay.size === 0) wake()
    }
  }

  return {
    append: (slot, event) =>
      new Promise((resolve, reject) => {
        const item = { slot, event, resolve, reject, n: issued++ }
        if (stoppedBy !== undefined) reject(stoppedBy)
        else if (stalledBy !== undefined) waiting.push(item)
        else void issue(item)
      }),
    stall: () => stalledBy,
    stop() {
      stopping.abort()
      fail(new Error('the dispatcher is stopping'))
    },
  }
}
