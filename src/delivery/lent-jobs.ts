/**
 * Jobs over a queue that several hubs share and that lends each job for a time: who runs what, for how long, and what to do
 * while the queue is away. It knows no package; `jobs-bullmq.ts` gives it a queue.
 */
import { SECOND } from '../kernel/dates.js'
import type { Jobs, JobsDeps, Rest } from './jobs.js'
import { instant, instantAt, type LentLease, lendLease } from './lent-lease.js'
import { createSweep, SWEEP_MS } from './sweep.js'

/** `soon`: now, or after the run that is under way. `after`: after the run that is under way. `unless`: unless one is there. */
export type AddMode = 'soon' | 'after' | 'unless'

export interface LentJob {
  readonly id: string
  readonly token: string
  readonly subscription: string
  /** When this hub asked for it, by its own wall clock. */
  readonly askedAtMs: number
}

/** One job at most for each subscription. Everything rejects, and at once, where the queue is out of reach. */
export interface LendingQueue {
  isReady(): boolean
  add(subscription: string, mode: AddMode, delayMs: number): Promise<unknown>
  /** Asks for another `lockMs`; answers with the ids of the jobs that are no longer ours. May wait for a queue that is away. */
  renew(jobs: readonly LentJob[]): Promise<readonly string[]>
  /** A note beside the queue, which may get lost. */
  note(subscription: string): Promise<string | undefined>
  setNote(subscription: string, note: string | undefined): Promise<unknown>
  /** True where nobody has taken this turn in the time for which it was taken. */
  takeTurn(turn: string, forMs: number): Promise<boolean>
  /** Resolves when something could be written. */
  probe(): Promise<unknown>
  /** Fetches nothing more from now on; resolves when the jobs under way are completed. May wait for ever. */
  finish(): Promise<unknown>
  /** Lets go of every connection, whatever still hangs. */
  cut(): void
}

export interface QueueEvents {
  /** A job is ours; it is completed when this resolves. */
  process(job: LentJob): Promise<void>
  completed(job: Pick<LentJob, 'id'>): void
  onError(error: unknown): void
  onReady(): void
}

export interface LentJobsOptions {
  /** Connecting goes on behind: whether the queue is there or not, this resolves. */
  readonly open: (events: QueueEvents) => Promise<LendingQueue>
  readonly lockMs: number
  /** Told once when the queue is away, and once when it is back. */
  readonly onAway?: ((error: unknown) => void) | undefined
  readonly onBack?: (() => void) | undefined
}

interface Run {
  readonly job: LentJob
  readonly lease: LentLease
  /** Somebody called here while it was under way. */
  isAgain: boolean
  readonly ended: Promise<void>
}

/** Calls for one subscription are at least so far apart: a run that is open looks at its outbox by itself. */
const SPACING_MS = 200
/** A queue that is gone keeps no hub from stopping. */
const CLOSE_MS = 3 * SECOND

export function createLentJobs({ open, lockMs, onAway, onBack }: LentJobsOptions, deps: JobsDeps): Jobs {
  const { timers, handle, isBehind, onDone, onFailure, sweepMs = SWEEP_MS } = deps
  const runs = new Map<string, Run>()
  /** Runs whose job is here, those included that wait for an older one to end. */
  const held = new Set<Run>()
  /** Job → the run that follows once it is completed. */
  const following = new Map<string, { readonly subscription: string; readonly afterMs: number }>()
  /** Calls under way or just made; true where another came meanwhile. */
  const calls = new Map<string, boolean>()
  /** Asked for while the queue was away. */
  const missedCalls = new Set<string>()
  const missedChecks = new Set<string>()
  const adding = new Set<Promise<unknown>>()
  let checking = 0
  let queue: LendingQueue | undefined
  let away: unknown = new Error('the queue has not been reached yet')
  let isStopped = false
  let isRenewing = false
  let isProbing = false
  let cancelBeat: (() => void) | undefined

  const isReachable = (): boolean => queue?.isReady() ?? false

  const noteAway = (error: unknown): void => {
    if (away !== undefined || isStopped) return
    away = error
    onAway?.(error)
  }

  const noteBack = (): void => {
    if (away === undefined || isStopped) return
    away = undefined
    onBack?.()
    const [toCall, toCheck] = [[...missedCalls], [...missedChecks]]
    missedCalls.clear()
    missedChecks.clear()
    for (const subscription of toCall) drain(subscription)
    for (const subscription of toCheck) check(subscription)
  }

  const add = async (subscription: string, mode: AddMode, delayMs = 0): Promise<void> => {
    if (!queue || !isReachable()) throw away ?? new Error('the queue is away')
    const added = queue.add(subscription, mode, delayMs)
    adding.add(added)
    try {
      await added
      noteBack()
    } finally {
      adding.delete(added)
      onDone()
    }
  }

  const call = async (subscription: string): Promise<void> => {
    calls.set(subscription, false)
    try {
      await add(subscription, 'soon')
    } catch (error) {
      missedCalls.add(subscription)
      noteAway(error)
    }
    timers.after(SPACING_MS, () => {
      const isAgain = calls.get(subscription)
      calls.delete(subscription)
      if (isAgain) drain(subscription)
    })
  }

  const drain = (subscription: string): void => {
    if (isStopped) return
    const run = runs.get(subscription)
    if (run?.lease.isHeld()) run.isAgain = true
    else if (!isReachable()) missedCalls.add(subscription)
    else if (calls.has(subscription)) calls.set(subscription, true)
    else void call(subscription)
  }

  /** Whatever is active, waits or is delayed stays as it is. */
  const check = (subscription: string): void => {
    if (isStopped || runs.has(subscription)) return
    if (!isReachable()) {
      missedChecks.add(subscription)
      return
    }
    checking++
    const look = async (): Promise<void> => {
      if (!(await isBehind(subscription).catch((error) => onFailure(subscription, error)))) return
      await add(subscription, 'unless').catch(noteAway)
    }
    look().finally(() => {
      checking--
      onDone()
    })
  }

  const sweep = createSweep(deps, check)

  const left = async (subscription: string): Promise<unknown> => {
    try {
      const note = await queue?.note(subscription)
      return note === undefined ? undefined : JSON.parse(note)
    } catch {
      return undefined
    }
  }

  const attempt = async (subscription: string, { lease }: Run): Promise<Rest | undefined> => {
    try {
      return await handle(subscription, lease)
    } catch (error) {
      onFailure(subscription, error)
      return { afterMs: sweepMs, left: lease.left }
    }
  }

  const runHere = async (subscription: string, run: Run): Promise<void> => {
    const { lease, job } = run
    const before = await left(subscription)
    lease.left = before
    let rest: Rest | undefined
    while (lease.isHeld() && !lease.signal.aborted) {
      run.isAgain = false
      rest = await attempt(subscription, run)
      lease.left = rest?.left
      if (!run.isAgain) break
    }
    // Where the lease is lost, another run is another hub's; it stalls, and is given out again.
    if (!lease.isHeld()) return
    if (lease.left !== undefined) await queue?.setNote(subscription, JSON.stringify(lease.left))
    else if (before !== undefined) await queue?.setNote(subscription, undefined)
    // Added while the job is active, it waits from the moment at which the job is completed, for any hub.
    if (run.isAgain || rest?.afterMs === 0) await add(subscription, 'after')
    else if (rest) following.set(job.id, { subscription, afterMs: rest.afterMs })
  }

  const process = async (job: LentJob): Promise<void> => {
    const { subscription } = job
    let isOver = (): void => undefined
    const ended = new Promise<void>((resolve) => {
      isOver = resolve
    })
    const lease = lendLease(instantAt(job.askedAtMs), lockMs)
    const run: Run = { job, lease, isAgain: false, ended }
    held.add(run)
    try {
      // The queue has forgotten the older one, else it would not have given this one out.
      for (let older = runs.get(subscription); older; older = runs.get(subscription)) {
        older.lease.lose()
        await older.ended
      }
      runs.set(subscription, run)
      if (isStopped) await add(subscription, 'after')
      else await runHere(subscription, run)
    } catch (error) {
      noteAway(error)
    } finally {
      held.delete(run)
      if (runs.get(subscription) === run) runs.delete(subscription)
      isOver()
      if (run.isAgain && lease.isLost()) drain(subscription)
      onDone()
    }
  }

  const completed = ({ id }: Pick<LentJob, 'id'>): void => {
    const next = following.get(id)
    following.delete(id)
    if (next) add(next.subscription, 'unless', Math.ceil(next.afterMs)).catch(noteAway)
  }

  const renew = async (from: LendingQueue): Promise<void> => {
    const current = [...held].filter(({ lease }) => lease.isHeld())
    if (current.length === 0 || isRenewing) return
    isRenewing = true
    try {
      const askedAt = instant()
      // Where the queue is away this waits for it; the leases end by the clock.
      const lost = new Set(await from.renew(current.map(({ job }) => job)))
      for (const { job, lease } of current) {
        if (lost.has(job.id)) lease.lose()
        else lease.renewed(askedAt)
      }
    } finally {
      isRenewing = false
    }
  }

  /** A queue that gives no answer is away, and so is one that answers and takes nothing. */
  const probe = async (from: LendingQueue): Promise<void> => {
    if (isProbing) return noteAway(new Error('the queue gives no answer'))
    if (!isReachable()) return
    isProbing = true
    try {
      await from.probe()
      noteBack()
    } finally {
      isProbing = false
    }
  }

  const beat = (): void => {
    cancelBeat = timers.after(lockMs / 3, beat)
    if (!queue) return
    renew(queue).catch(noteAway)
    probe(queue).catch(noteAway)
  }

  return {
    drain,
    check,
    left,
    async takeTurn(subscription, what, forMs) {
      if (isStopped || !queue || !isReachable()) return false
      const askedAt = instant()
      try {
        const isOurs = await queue.takeTurn(`${what}:${subscription}`, Math.ceil(forMs))
        // An answer that was long on its way may speak of a turn that is over.
        return isOurs && instant().steady - askedAt.steady < forMs / 2
      } catch (error) {
        noteAway(error)
        return false
      }
    },
    away: () => away,
    async start() {
      if (queue) return
      isStopped = false
      queue = await open({ process, completed, onError: noteAway, onReady: noteBack })
      beat()
      sweep.start()
    },
    async stop() {
      isStopped = true
      sweep.stop()
      if (!queue) return
      const ending = queue
      for (const { lease } of held) lease.end()
      const finished = ending.finish()
      while (held.size > 0) await Promise.all([...held].map(({ ended }) => ended))
      const orderly = finished.then(() => Promise.allSettled(adding)).catch(() => undefined)
      await Promise.race([orderly, new Promise<void>((resolve) => timers.after(CLOSE_MS, resolve))])
      cancelBeat?.()
      ending.cut()
      queue = undefined
    },
    isIdle: () => runs.size === 0 && checking === 0 && adding.size === 0 && ![...calls.values()].includes(true),
  }
}
