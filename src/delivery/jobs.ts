/**
 * The jobs of delivery: when, never what. What is owed stands in the log, so that a job which is lost costs seconds and never
 * a message. This is the contract that every adapter owes; `test/contract/jobs.ts` holds each sentence of it.
 *
 * 1. `drain(subscription)` makes `handle` run as soon as may be. It never throws and never waits. While a run is under way,
 *    on whichever hub, it makes one more run after that, however often it is called.
 * 2. At any time at most one run of a subscription holds its lease, over all hubs that share the queue. A run that is under
 *    way keeps its lease; where it cannot, because the queue is away or has forgotten it, the lease is lost.
 * 3. `lease.isHeld()` is false as soon as the lease is lost, and `lease.signal` aborts. From then on the run begins nothing,
 *    ends what is under way and returns. Where the queue is out of reach it is false before another hub can hold the lease;
 *    where the queue has forgotten everything, within a third of the time for which a lease is given.
 * 4. A lease that `isLasting` is nobody else's: what a run opened may stay open until `stop`. Any other is given back when
 *    the run returns, and whatever was opened is closed by then.
 * 5. A run that returns `{ afterMs }` is followed by another no earlier, unless `drain` is called. `left` is handed to the
 *    next run, on whichever hub. It may get lost; then the next run is given none.
 * 6. A run that fails is told to `onFailure` and followed by another as late as a step of the sweep.
 * 7. The sweep goes round everything that `all` names, step by step for ever, and calls `check`: a run where `isBehind` (an
 *    adapter may leave that question to the run), and none where a run is under way or waits already. It finds what nobody
 *    called for and whatever the queue has lost.
 * 8. `stop` begins nothing more, aborts the signal of every lease, and resolves when no run is under way. What a run still
 *    owes then, another hub takes up at once.
 * 9. A queue that is away fails nothing: nobody holds a lease meanwhile, and when it is back the runs go on by themselves.
 * 10. `takeTurn(subscription, what, forMs)` is true for one hub alone of those that share the queue, once in so long a time: the
 *    right to send what is no message. It needs no lease and holds none, so that it keeps no message back. It is false while the
 *    queue is away, after `stop`, and at a hub that sends nothing; a queue that has forgotten everything may give it again.
 * 11. Names, keys and data hold ids of subscriptions, and numbers; nothing of a person.
 */
import type { Timers } from './timers.js'

/** What is sent beside messages. */
export type Signal = 'heartbeat' | 'ping'

/** One run's right to send for one subscription. */
export interface Lease {
  readonly isLasting: boolean
  isHeld(): boolean
  /** Aborts when the lease is lost, or when the hub stops. */
  readonly signal: AbortSignal
  /** What the run before left for this one; undefined where it left nothing, or that got lost. */
  readonly left: unknown
}

/** What is still owed after a run. */
export interface Rest {
  /** When something can be tried again; 0 for at once. */
  readonly afterMs: number
  /** Plain JSON for the next run. */
  readonly left?: unknown
}

export interface Jobs {
  drain(subscription: string): void
  /** The same, but only where something is owed and no run is there for it; what the sweep does with each subscription. */
  check(subscription: string): void
  /** What the last run left for the next one. Rejects nothing. */
  left(subscription: string): Promise<unknown>
  /** True where this hub, and no other, may send it now. Rejects nothing. */
  takeTurn(subscription: string, what: Signal, forMs: number): Promise<boolean>
  /** Why nobody here can hold a lease, while that is so; else undefined. */
  away(): unknown
  /** Resolves when runs may begin, whether the queue can be reached or not. */
  start(): Promise<void>
  stop(): Promise<void>
  /** True where this hub has no run and no call under way. */
  isIdle(): boolean
}

export interface JobsDeps {
  readonly timers: Timers
  /** Brings one subscription up to its outbox's tail. Undefined where nothing is owed any more. */
  readonly handle: (subscription: string, lease: Lease) => Promise<Rest | undefined>
  /** Compares how far the subscription has come with its outbox's tail. */
  readonly isBehind: (subscription: string) => Promise<boolean>
  /** The subscriptions that the sweep looks at. */
  readonly all: () => readonly string[]
  /** Called whenever `isIdle` may have changed. */
  readonly onDone: () => void
  readonly onFailure: (subscription: string, error: unknown) => void
  /** One step of the sweep. Defaults to 5 s. */
  readonly sweepMs?: number
}

/** Makes the jobs of one hub: `createInProcessJobs`, or what `createBullmqJobs` answers with. */
export type CreateJobs = (deps: JobsDeps) => Jobs
