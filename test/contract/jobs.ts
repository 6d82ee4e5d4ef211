/**
 * The contract of the jobs port, held by every adapter: the sentences of `src/delivery/jobs.ts`, on one hub and, where the
 * adapter has a queue that hubs share, on two.
 */
import type { Test } from 'tap'
import type { Jobs, JobsDeps, Lease, Rest } from '../../src/delivery/jobs.js'
import { wallTimers } from '../../src/delivery/timers.js'

export interface JobsUnderTest {
  /** A hub of the same queue; each call makes another where the adapter can share, else there is one. */
  hub(deps: JobsDeps): Jobs
  readonly isShared: boolean
  /** Takes the queue away for good. */
  breakQueue?(): Promise<void>
}

export type OpenJobs = (t: Test) => Promise<JobsUnderTest>

const ONE = '0198f0aa-0000-7000-8000-0000000000a1'
const OTHER = '0198f0aa-0000-7000-8000-0000000000a2'
/** Short, so that a case takes no longer than a second or two. */
const SWEEP_MS = 400

interface Log {
  readonly at: number
  readonly hub: number
  readonly left: unknown
}

/** Handlers of all hubs note their runs here, and wait as they are told. */
interface Stage {
  readonly runs: Log[]
  readonly most: () => number
  /** Resolves when so many runs have begun. */
  begun(count: number): Promise<void>
  readonly failures: unknown[]
  /** @param early called before the hub starts */
  open(deps?: Partial<JobsDeps>, early?: (jobs: Jobs) => void): Promise<Jobs>
}

type Play = (lease: Lease, nth: number, hub: number) => Promise<Rest | undefined>

function stage(t: Test, under: JobsUnderTest, play: Play): Stage {
  const runs: Log[] = []
  const failures: unknown[] = []
  // The timers of the product keep no process alive.
  const alive = setInterval(() => undefined, 1000)
  t.teardown(() => clearInterval(alive))
  let underWay = 0
  let most = 0
  let hubs = 0
  let waiting: (() => void)[] = []
  return {
    runs,
    failures,
    most: () => most,
    async begun(count) {
      while (runs.length < count) await new Promise<void>((resolve) => waiting.push(resolve))
    },
    async open(deps = {}, early = () => undefined) {
      const hub = hubs++
      const jobs = under.hub({
        timers: wallTimers,
        async handle(_, lease) {
          const nth = runs.push({ at: Date.now(), hub, left: lease.left }) - 1
          most = Math.max(most, ++underWay)
          for (const wake of waiting) wake()
          waiting = []
          try {
            return await play(lease, nth, hub)
          } finally {
            underWay--
          }
        },
        isBehind: async () => false,
        all: () => [],
        onDone: () => undefined,
        onFailure: (_, error) => failures.push(error),
        sweepMs: SWEEP_MS,
        ...deps,
      })
      t.teardown(() => jobs.stop())
      early(jobs)
      await jobs.start()
      return jobs
    },
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const nothing: Play = async () => undefined

/** A gate that a test opens by hand. */
function barrier(): { readonly opened: Promise<void>; open(): void } {
  let open = (): void => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

export function testJobs(t: Test, name: string, openJobs: OpenJobs): void {
  const test = (title: string, body: (t: Test, under: JobsUnderTest) => Promise<void>): void => {
    t.test(`${title}, on ${name}`, { timeout: 60_000 }, async (t) => body(t, await openJobs(t)))
  }

  test('runs what is called for, with a lease that is held', async (t, under) => {
    const leases: Lease[] = []
    const { open, begun, runs } = stage(t, under, async (lease) => {
      leases.push(lease)
      return undefined
    })
    const jobs = await open()

    jobs.drain(ONE)
    jobs.drain(OTHER)
    await begun(2)

    t.equal(leases[0]?.isLasting, !under.isShared)
    t.equal(leases[0]?.isHeld(), true)
    t.equal(leases[0]?.signal.aborted, false)
    t.equal(runs[0]?.left, undefined)
    t.equal(jobs.away(), undefined)
  })

  test('runs a subscription at most once at a time, over all hubs', async (t, under) => {
    const { open, begun, most, runs } = stage(t, under, async () => {
      await pause(60)
      return undefined
    })
    const hubs = under.isShared ? [await open(), await open()] : [await open()]

    for (let i = 0; i < 20; i++) {
      for (const jobs of hubs) jobs.drain(ONE)
      await pause(25)
    }
    await begun(4)

    t.equal(most(), 1)
    t.ok(runs.length < 40, `${runs.length} runs`)
  })

  test('runs once more after a call during the run, however often it is called', async (t, under) => {
    const gate = barrier()
    const { open, begun, runs, most } = stage(t, under, async (_, nth) => {
      if (nth === 0) await gate.opened
      return undefined
    })
    const jobs = await open()
    const other = under.isShared ? await open() : jobs
    jobs.drain(ONE)
    await begun(1)

    for (let i = 0; i < 10; i++) other.drain(ONE)
    await pause(500)
    t.equal(runs.length, 1, 'none beside it')
    gate.open()
    await begun(2)
    await pause(1000)

    t.ok(runs.length <= 3, `${runs.length} runs for eleven calls`)
    t.equal(most(), 1)
  })

  test('runs again what failed, and says so', async (t, under) => {
    const { open, begun, failures } = stage(t, under, async (_, nth) => {
      if (nth < 2) throw new Error(`broken ${nth}`)
      return undefined
    })
    const jobs = await open()

    jobs.drain(ONE)
    await begun(3)

    t.match(failures, [{ message: 'broken 0' }, { message: 'broken 1' }])
  })

  test('comes back when it was told to, with what was left, and sooner when it is called', async (t, under) => {
    const { open, begun, runs } = stage(t, under, async (_, nth) => {
      if (nth === 0) return { afterMs: 700, left: { rounds: 3 } }
      return nth === 1 ? { afterMs: 3600_000, left: { rounds: 4 } } : undefined
    })
    const jobs = await open()
    const other = under.isShared ? await open() : jobs
    jobs.drain(ONE)
    await begun(2)
    const waited = (runs[1]?.at ?? 0) - (runs[0]?.at ?? 0)
    t.ok(waited >= 690, `after ${waited} ms`)
    t.same(runs[1]?.left, { rounds: 3 })
    while (!jobs.isIdle() || !other.isIdle()) await pause(20)
    t.same(await other.left(ONE), { rounds: 4 })

    other.drain(ONE)
    await begun(3)

    t.same(runs[2]?.left, { rounds: 4 })
    await pause(500)
    t.equal(await other.left(ONE), undefined, 'nothing is left when nothing is owed')
  })

  test('finds by the sweep what nobody called for', async (t, under) => {
    let owed = true
    const { open, begun } = stage(t, under, async () => {
      owed = false
      return undefined
    })
    await open({ all: () => [OTHER, ONE], isBehind: async (subscription) => owed && subscription === ONE })

    await begun(1)
    t.pass('it ran')
  })

  test('stops by ending what is under way, and begins nothing more', async (t, under) => {
    let aborted = false
    const { open, begun, runs } = stage(t, under, async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      await pause(100)
      aborted = true
      return undefined
    })
    const jobs = await open()
    jobs.drain(ONE)
    await begun(1)

    await jobs.stop()
    t.equal(aborted, true, 'it waited')
    jobs.drain(OTHER)
    await pause(300)
    t.equal(runs.length, 1)
    await jobs.stop()
  })

  test('takes calls before it starts, and in plenty', async (t, under) => {
    const seen = new Set<string>()
    const names = Array.from({ length: 60 }, (_, i) => `0198f0aa-0000-7000-8000-${String(i).padStart(12, '0')}`)
    const { open } = stage(t, under, nothing)
    const handle = async (subscription: string): Promise<undefined> => void seen.add(subscription)
    const jobs = await open({ handle }, (jobs) => {
      for (const subscription of names.slice(0, 30)) jobs.drain(subscription)
    })

    for (const subscription of names) jobs.drain(subscription)
    while (seen.size < names.length) await pause(20)

    t.same([...seen].sort(), names)
  })

  test('gives a turn to one hub alone, once in its time', async (t, under) => {
    const { open } = stage(t, under, nothing)
    const hubs = under.isShared ? [await open(), await open(), await open()] : [await open()]
    while (hubs.some((jobs) => jobs.away() !== undefined)) await pause(20)
    const take = (subscription: string, what: 'heartbeat' | 'ping', forMs: number) =>
      Promise.all(hubs.map((jobs) => jobs.takeTurn(subscription, what, forMs)))

    const [first, other, ping] = [
      await take(ONE, 'heartbeat', 400),
      await take(OTHER, 'heartbeat', 400),
      await take(ONE, 'ping', 400),
    ]
    const again = await take(ONE, 'heartbeat', 400)
    await pause(500)
    const later = await take(ONE, 'heartbeat', 400)

    const given = (answers: readonly boolean[]): number => answers.filter((isOurs) => isOurs).length
    t.same([first, other, ping, again, later].map(given), [1, 1, 1, 0, 1])
  })

  test('gives a turn beside a run that holds the lease, and none after it stopped', async (t, under) => {
    const gate = barrier()
    const { open, begun } = stage(t, under, async () => {
      await gate.opened
      return undefined
    })
    const jobs = await open()
    jobs.drain(ONE)
    await begun(1)

    t.equal(await jobs.takeTurn(ONE, 'heartbeat', 60_000), true, 'nothing waits for the run')
    gate.open()
    await jobs.stop()
    t.equal(await jobs.takeTurn(OTHER, 'heartbeat', 60_000), false)
  })

  t.test(`hands over at once what a stopping hub still owes, on ${name}`, { timeout: 60_000 }, async (t) => {
    const under = await openJobs(t)
    if (!under.isShared) {
      t.pass('a second hub', { skip: 'these jobs have no other hub' })
      return
    }
    const { open, begun, runs, most } = stage(t, under, async ({ signal }, nth) => {
      if (nth > 0) return undefined
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      return { afterMs: 0, left: { rounds: 1 } }
    })
    const first = await open()
    first.drain(ONE)
    await begun(1)
    await open()

    const before = Date.now()
    await first.stop()
    await begun(2)

    t.same([runs[1]?.hub, runs[1]?.left], [1, { rounds: 1 }])
    t.equal(most(), 1)
    t.ok(Date.now() - before < 4000, 'not only when its lease has run out')
  })

  t.test(`tells a run that its lease is lost, on ${name}`, { timeout: 60_000 }, async (t) => {
    const under = await openJobs(t)
    if (!under.breakQueue) {
      t.pass('a lost lease', { skip: 'these leases are never lost' })
      return
    }
    let held = true
    const { open, begun } = stage(t, under, async (lease) => {
      await new Promise((resolve) => lease.signal.addEventListener('abort', resolve))
      held = lease.isHeld()
      return undefined
    })
    const jobs = await open()
    jobs.drain(ONE)
    await begun(1)

    await under.breakQueue()
    while (held) await pause(20)

    t.equal(held, false)
    t.not(jobs.away(), undefined, 'and why nobody here can send')
    t.equal(await jobs.takeTurn(ONE, 'heartbeat', 1000), false, 'nor a heartbeat')
    jobs.drain(OTHER)
    await jobs.stop()
    t.pass('it stops without its queue')
  })
}
