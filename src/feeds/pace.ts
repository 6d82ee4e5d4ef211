/**
 * The pace of compiling threads: the busier the thread that answers people, the longer they rest between two pieces of work. A
 * low priority alone is not enough where two cores are one core's two halves: whoever computes on the one slows the other down.
 */
import { performance } from 'node:perf_hooks'

/** What both sides share: how many parts of rest follow on one part of work, in hundredths. */
export type PaceCell = Int32Array<SharedArrayBuffer>

export interface Pace {
  readonly cell: PaceCell
  stop(): void
}

const LOOK_MS = 100
/** How much of the last look counts: a pause of one look is no load. */
const SMOOTHING = 0.3
/** Less busy than this, nobody is held up. */
const UNNOTICED = 0.2
/** A compile always goes on, for a twentieth of the time at least. */
const MOST_REST = 19
const LONGEST_REST_MS = 1000
/** Work of less than this is not worth a rest of its own. */
const LEAST_WORK_MS = 1
/**
 * An order holds a snapshot of the read models open, whose write-ahead file grows meanwhile: what it has rested for so long it goes
 * on without. At 500 events a second this is some hundred megabytes.
 */
const MOST_REST_MS = 60_000

/** Begins to look how busy this thread is, each 100 ms. */
export function startPace(): Pace {
  const cell: PaceCell = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))
  let last = performance.eventLoopUtilization()
  let busy = 0
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, last)
    last = now
    busy += SMOOTHING * (utilization - busy)
    Atomics.store(cell, 0, Math.round(restFor(busy) * 100))
    Atomics.notify(cell, 0)
  }, LOOK_MS).unref()
  return { cell, stop: () => clearInterval(timer) }
}

/**
 * Parts of rest for one part of work: what is left to a compile is the square of what the thread leaves idle. E.g. busy for half of
 * the time → 3, so that a compile works for a quarter of it.
 */
export function restFor(utilization: number): number {
  if (utilization <= UNNOTICED) return 0
  return Math.min(MOST_REST, 1 / (1 - Math.min(1, utilization)) ** 2 - 1)
}

export interface Rests {
  /** An order begins: what was rested in the one before does not count. */
  begin(): void
  /** Between two pieces of work, on the thread that is to rest: blocks it for as long as the pace asks. */
  rest(): void
}

/** What time does to a thread that rests. */
export interface RestingTime {
  now(): number
  /** Blocks the thread for so long, or until the pace is another. */
  wait(pace: number, ms: number): void
}

export function restsAt(cell: PaceCell, time: RestingTime = timeOf(cell)): Rests {
  const { now, wait } = time
  let workedFrom = now()
  let restedMs = 0
  const rest = (): void => {
    const begun = now()
    // Waiting for the core counts: where others have it, more rest is right.
    const workedMs = begun - workedFrom
    if (workedMs < LEAST_WORK_MS) return
    const most = Math.min(LONGEST_REST_MS, MOST_REST_MS - restedMs)
    for (;;) {
      const pace = Atomics.load(cell, 0)
      const leftMs = begun + Math.min(most, (workedMs * pace) / 100) - now()
      if (leftMs <= 0) break
      wait(pace, leftMs)
    }
    workedFrom = now()
    restedMs += workedFrom - begun
  }
  return {
    begin() {
      workedFrom = now()
      restedMs = 0
    },
    rest,
  }
}

function timeOf(cell: PaceCell): RestingTime {
  return { now: () => performance.now(), wait: (pace, ms) => void Atomics.wait(cell, 0, pace, ms) }
}

/** The same items, with a rest offered after every so many. */
export function* resting<T>(items: Iterable<T>, rest: () => void, every: number): Generator<T> {
  let passed = 0
  for (const item of items) {
    yield item
    if (++passed % every === 0) rest()
  }
}
