/**
 * Writes down what became of a subscription's messages: what was handed over or collected at most once a second, what was
 * parked at once. A crash loses at most that second: those messages are sent again, with the same bytes and ids.
 */
import { subscriptionStream } from '../domain/streams.js'
import type { Clock } from '../kernel/clock.js'
import { momentOf, SECOND } from '../kernel/dates.js'
import type { HubEvent, HubRecorder } from '../recording/port.js'
import type { Timers } from './timers.js'

export interface Ledger {
  handedOver(sequence: number): void
  collected(through: number): void
  parked(sequence: number, key: string, reason: string): void
  /** Resolves when everything so far is in the log, or the log refuses it: then it is tried again a second later. */
  flush(): Promise<void>
  /** False while something is not in the log yet. */
  isWritten(): boolean
  /** Flushes for the last time. */
  close(): Promise<void>
}

export interface LedgerDeps {
  readonly subscription: string
  readonly recorder: Pick<HubRecorder, 'appendNext'>
  /** What day and time the records carry. */
  readonly calendar: Clock
  readonly timers: Timers
  /** Told when the log refuses for now; it is tried again a second later. */
  readonly onRefusal: (error: unknown) => void
  /** Told at which revision of the subscription's stream a record of ours stands. */
  readonly onWritten?: (revision: number) => void
}

interface Range {
  from: number
  through: number
}

const PERIOD_MS = SECOND

export function createLedger(deps: LedgerDeps): Ledger {
  const { subscription, recorder, calendar, timers, onRefusal, onWritten } = deps
  let ranges: Range[] = []
  let toPark: { readonly sequence: number; readonly key: string; readonly reason: string }[] = []
  let collectedThrough: number | undefined
  let cancel: (() => void) | undefined
  let isClosed = false
  let writing: Promise<void> = Promise.resolve()
  let lastWriteAt = Number.NEGATIVE_INFINITY
  /** Records on their way to the log: what they say is in no list any more. */
  let underWay = 0

  const append = async (type: string, data: HubEvent['data']): Promise<void> => {
    const at = momentOf(calendar.now())
    const written = { stream: subscriptionStream(subscription), type, data: { ...data, at } }
    underWay++
    try {
      const { revision } = await recorder.appendNext(written)
      onWritten?.(revision)
    } finally {
      underWay--
    }
  }

  const writeParked = async (): Promise<void> => {
    for (let first = toPark[0]; first; first = toPark[0]) {
      await append('MessageParked', { ...first })
      toPark = toPark.slice(1)
    }
  }

  /** One record a second; where stuck messages leave holes, the longest run first. */
  const writeOne = async (): Promise<void> => {
    const longest = ranges.reduce<Range | undefined>(
      (best, range) => (best && best.through - best.from >= range.through - range.from ? best : range),
      undefined,
    )
    if (longest) {
      ranges = ranges.filter((range) => range !== longest)
      try {
        await append('MessageHandedOver', { ...longest })
      } catch (error) {
        ranges.push(longest)
        throw error
      }
    }
    if (collectedThrough !== undefined) {
      const through = collectedThrough
      await append('MessageCollected', { through })
      if (collectedThrough === through) collectedThrough = undefined
    }
  }

  const enqueue = (work: () => Promise<void>): Promise<void> => {
    writing = writing.then(work).catch(onRefusal)
    return writing
  }

  const hasMore = (): boolean => ranges.length > 0 || collectedThrough !== undefined || toPark.length > 0

  const schedule = (): void => {
    if (cancel || isClosed) return
    // Where the clock was set back, no longer than ever.
    const waitMs = Math.min(PERIOD_MS, Math.max(0, lastWriteAt + PERIOD_MS - timers.now()))
    cancel = timers.after(waitMs, () => {
      lastWriteAt = timers.now()
      enqueue(async () => {
        try {
          await writeParked()
          await writeOne()
        } finally {
          cancel = undefined
          if (hasMore()) schedule()
        }
      })
    })
  }

  const flush = async (): Promise<void> => {
    cancel?.()
    cancel = undefined
    await enqueue(async () => {
      await writeParked()
      while (ranges.length > 0 || collectedThrough !== undefined) await writeOne()
    })
    if (hasMore()) schedule()
  }

  return {
    handedOver(sequence) {
      const before = ranges.find(({ through }) => through === sequence - 1)
      const after = ranges.find(({ from }) => from === sequence + 1)
      if (before && after) {
        before.through = after.through
        ranges = ranges.filter((range) => range !== after)
      } else if (before) before.through = sequence
      else if (after) after.from = sequence
      else ranges.push({ from: sequence, through: sequence })
      schedule()
    },
    collected(through) {
      collectedThrough = Math.max(collectedThrough ?? -1, through)
      schedule()
    },
    parked(sequence, key, reason) {
      toPark.push({ sequence, key, reason })
      enqueue(async () => {
        try {
          await writeParked()
        } catch (error) {
          schedule()
          throw error
        }
      })
    },
    flush,
    isWritten: () => !hasMore() && underWay === 0,
    async close() {
      isClosed = true
      await flush()
    },
  }
}
