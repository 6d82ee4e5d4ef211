/**
 * Two hubs on one log and one Redis, with one webhook that both know of: what tests of jobs that hubs share start from. Every
 * attempt is noted with the hub that made it.
 */
import type { Test } from 'tap'
import { createBullmqJobs } from '../../src/delivery/jobs-bullmq.js'
import { drivenClock } from '../../src/kernel/clock.js'
import type { Principal } from '../../src/recording/port.js'
import { principalOf, START_MS } from '../fixtures/recording.js'
import { openRedisServer, type RedisServer } from '../fixtures/redis-server.js'
import { openTempStore, tempDirectory } from '../fixtures/store.js'
import { startTcpProxy, type TcpProxy } from '../fixtures/tcp-proxy.js'
import { openReceiver, type Receiver } from './receiver.js'
import { enrolTownship, openSmallHub, type SmallHub, type SmallHubOptions } from './small-hub.js'

export interface Attempt {
  readonly hub: number
  readonly from: number
  readonly until: number
}

export interface TwoHubs {
  readonly hubs: readonly [SmallHub, SmallHub]
  readonly redis: RedisServer
  readonly receiver: Receiver
  readonly police: Principal
  readonly agencies: Awaited<ReturnType<typeof enrolTownship>>
  readonly subscription: string
  readonly attempts: readonly Attempt[]
  /** The ids of so many persons. */
  patients(count: number): Promise<readonly string[]>
  /** The hub that holds the lease, while one does. */
  holder(): number | undefined
  /** Each hub's way to Redis. */
  readonly ways: readonly [TcpProxy, TcpProxy]
  /** Resolves when every hub knows that so many messages were handed over or parked, and nothing is to be sent again. */
  settled(length: number): Promise<void>
}

/** Short, so that a lost lease costs a test no longer than seconds. */
export const LOCK_MS = 2000

export async function openTwoHubs(t: Test, options: SmallHubOptions = {}): Promise<TwoHubs> {
  const calendar = drivenClock(START_MS)
  const redis = await openRedisServer(t)
  const ways = [await startTcpProxy(redis.port), await startTcpProxy(redis.port)] as const
  for (const way of ways) t.teardown(() => way.close())
  const temp = await openTempStore(t)
  const attempts: Attempt[] = []
  const open = async (hub: number, dataDir: string): Promise<SmallHub> => {
    const opened = await openSmallHub(temp.store, dataDir, {
      jobs: createBullmqJobs({ url: `redis://127.0.0.1:${ways[hub]?.port}`, prefix: 'lianhu', lockMs: LOCK_MS }),
      sent: {
        attempted: ({ ms }) => attempts.push({ hub, from: Date.now() - ms, until: Date.now() }),
      },
      calendar,
      ...options,
    })
    t.teardown(() => opened.stop())
    return opened
  }
  const hubs = [await open(0, temp.dataDir), await open(1, tempDirectory(t))] as const
  const agencies = await enrolTownship(hubs[0])
  const receiver = await openReceiver(t)
  const police = principalOf(agencies.police, 'POLICE', 'staff-9')
  const subscription = await hubs[0].webhook(agencies.police, receiver.url)
  receiver.trust((await hubs[0].subscriptions.secrets(police, subscription)).secret)
  return {
    ...{ hubs, redis, ways, receiver, police, agencies, subscription, attempts },
    async patients(count) {
      const ids: string[] = []
      for (let i = 0; i < count; i++) {
        ids.push(await hubs[0].register({ identity: { idType: '1', status: 'UNKNOWN', sex: '1' } }))
      }
      return ids
    },
    holder() {
      const at = hubs.findIndex(({ delivery }) => delivery.totals().lanes > 0)
      return at < 0 ? undefined : at
    },
    async settled(length) {
      for (;;) {
        const states = await Promise.all(hubs.map(({ delivery }) => delivery.status(police, subscription)))
        if (states.every(({ cursor, redriving }) => cursor >= length && redriving.length === 0)) return
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    },
  }
}

/** Everything arrived; what came again came under the same id with the same bytes; first arrivals are in order per person. */
export function checkArrivals(t: Test, { received }: Receiver, length: number): void {
  const first = new Map<number, { readonly id: string; readonly body: string }>()
  const order = new Map<unknown, number[]>()
  for (const { id, body, envelope } of received) {
    const sequence = Number(envelope.sequence)
    const before = first.get(sequence)
    if (before) {
      if (before.id !== id || before.body !== body) t.fail(`message ${sequence} came again as another`)
      continue
    }
    first.set(sequence, { id, body })
    order.set(envelope.subject, [...(order.get(envelope.subject) ?? []), sequence])
  }
  const missing = Array.from({ length }, (_, sequence) => sequence).filter((sequence) => !first.has(sequence))
  t.same(missing, [], 'every message arrived')
  for (const sequences of order.values()) {
    const sorted = [...sequences].sort((a, b) => a - b)
    t.same(sequences, sorted, 'in order per person')
  }
}

/** Pairs of attempts by different hubs at the same time. */
export function overlaps(attempts: readonly Attempt[]): number {
  const sorted = [...attempts].sort((a, b) => a.from - b.from)
  return sorted.filter((one, i) => sorted.slice(i + 1).some(({ hub, from }) => hub !== one.hub && from < one.until))
    .length
}
