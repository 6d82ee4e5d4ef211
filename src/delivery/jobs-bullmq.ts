/**
 * The jobs of several hubs on one log: one BullMQ queue on one Redis. A job is a subscription's id; its lock is the lease.
 * Redis may be restarted or emptied at any moment: it says when, and holds nothing that the log does not.
 *
 * A call replaces a job that is delayed, is dropped where one waits, and is kept for later where one is active; BullMQ does
 * that in one script (deduplication, keep last if active). What a run leaves for the next one stands under a key beside the
 * queue and not in the job: calls made during the run would take its place.
 */
import type { DeduplicationOptions, Job } from 'bullmq'
import type { Redis, RedisOptions } from 'ioredis'
import { HOUR, SECOND } from '../kernel/dates.js'
import type { CreateJobs } from './jobs.js'
import { type AddMode, createLentJobs, type LendingQueue, type LentJob, type QueueEvents } from './lent-jobs.js'
import { type RedisAddress, redisSettings } from './redis-connection.js'

export interface BullmqOptions extends RedisAddress {
  /** Before every key: the same on all hubs of a log, another for another log. */
  readonly prefix: string
  /** For how long a lease is lent; it is renewed three times as often. Defaults to 15 s. */
  readonly lockMs?: number
  /** Told once when Redis is away, and once when it is back. */
  readonly onAway?: (error: unknown) => void
  readonly onBack?: () => void
}

interface DrainData {
  readonly subscription: string
}

interface Connections {
  /** Fails at once where Redis is away: nothing piles up, and nobody waits. */
  readonly commands: Redis
  /** What jobs are fetched, renewed and completed by: it waits for Redis. */
  readonly fetching: Redis
  cut(): void
}

const QUEUE = 'delivery'
const LOCK_MS = 15 * SECOND
/** Runs of one hub at the same time. Most of them wait: how much is sent at once is bounded elsewhere. */
const RUNS_AT_ONCE = 1000
/** Notes are kept for longer than the longest pause of a receiver. */
const NOTE_MS = 2 * HOUR
/** A command without an answer for so long gets a new connection. Longer than a worker's longest wait. */
const SILENCE_MS = 20 * SECOND
const RECONNECT_MS = 2 * SECOND
/** BullMQ gives up what has stalled more often than this; the log does not. */
const NEVER_TOO_OFTEN = 1_000_000_000
/** Entries of BullMQ's record of what it did, which nobody reads. */
const KEPT_EVENTS = 100
/** What a run meets that has lost its lease: no trouble with Redis. */
const LOST_LEASE = /missing (lock|key) for job|lock mismatch|is not in the active state|not owned/i
const MODES: Readonly<Record<AddMode, Omit<DeduplicationOptions, 'id'>>> = {
  soon: { keepLastIfActive: true, replace: true },
  after: { keepLastIfActive: true },
  unless: {},
}

export function createBullmqJobs(options: BullmqOptions): CreateJobs {
  const { lockMs = LOCK_MS, onAway, onBack } = options
  return (deps) =>
    createLentJobs({ open: (events) => openQueue({ ...options, lockMs }, events), lockMs, onAway, onBack }, deps)
}

type OpenOptions = BullmqOptions & Required<Pick<BullmqOptions, 'lockMs'>>

async function openQueue(options: OpenOptions, events: QueueEvents): Promise<LendingQueue> {
  const { prefix, lockMs } = options
  const { Queue, Worker } = await import('bullmq')
  const { commands, fetching, cut } = await connect(options)
  const onError = (error: Error): void => {
    if (!LOST_LEASE.test(error.message)) events.onError(error)
  }
  commands.on('error', onError).on('ready', events.onReady)
  commands.on('close', () => onError(new Error('the connection to Redis is closed')))
  fetching.on('error', onError)
  const queue = new Queue<DrainData>(QUEUE, {
    connection: commands,
    prefix,
    streams: { events: { maxLen: KEPT_EVENTS } },
  })
  const worker = new Worker<DrainData>(QUEUE, (job, token) => events.process(lentJob(job, token)), {
    connection: fetching,
    prefix,
    concurrency: RUNS_AT_ONCE,
    lockDuration: lockMs,
    // A lease counts from the moment at which it was asked for; BullMQ's own renewal does not tell.
    skipLockRenewal: true,
    stalledInterval: Math.ceil(lockMs / 3),
    maxStalledCount: NEVER_TOO_OFTEN,
    runRetryDelay: SECOND,
    removeOnComplete: { count: 0 },
    removeOnFail: { count: 0 },
  })
  queue.on('error', onError)
  worker.on('error', onError).on('completed', (job) => events.completed(lentJob(job)))
  const noteKey = (subscription: string): string => `${prefix}:left:${subscription}`
  return {
    isReady: () => commands.status === 'ready',
    add: (subscription, mode, delay) =>
      queue.add('drain', { subscription }, { delay, deduplication: { id: subscription, ...MODES[mode] } }),
    renew: (jobs) =>
      worker.extendJobLocks(
        jobs.map(({ id }) => id),
        jobs.map(({ token }) => token),
        lockMs,
      ),
    note: async (subscription) => (await commands.get(noteKey(subscription))) ?? undefined,
    setNote: (subscription, note) =>
      note === undefined
        ? commands.del(noteKey(subscription))
        : commands.set(noteKey(subscription), note, 'PX', NOTE_MS),
    takeTurn: async (turn, forMs) => (await commands.set(`${prefix}:turn:${turn}`, '', 'PX', forMs, 'NX')) === 'OK',
    probe: () => commands.set(`${prefix}:probe`, '', 'PX', SILENCE_MS),
    finish: () => worker.close(),
    cut,
  }
}

function lentJob({ id = '', data, processedOn = 0 }: Job<DrainData>, token = ''): LentJob {
  return { id, token, subscription: data.subscription, askedAtMs: processedOn }
}

async function connect(address: RedisAddress): Promise<Connections> {
  const { Redis } = await import('ioredis')
  const { url } = address
  const settings = {
    ...redisSettings(address),
    maxRetriesPerRequest: null,
    socketTimeout: SILENCE_MS,
    retryStrategy: (times: number) => Math.min(times * 100, RECONNECT_MS),
    // A replica that was the master until now.
    reconnectOnError: ({ message }: Error) => message.startsWith('READONLY'),
  }
  const commands = new Redis(url, { ...settings, enableOfflineQueue: false, maxRetriesPerRequest: 0 })
  const fetching = new Redis(url, settings)
  const clients = [commands, fetching]
  // BullMQ makes a second connection from this one, to wait on, and lets go of it only where Redis answers.
  const duplicate = fetching.duplicate.bind(fetching)
  fetching.duplicate = (override?: Partial<RedisOptions>) => {
    const copy = duplicate(override)
    clients.push(copy)
    return copy
  }
  return {
    commands,
    fetching,
    cut() {
      for (const client of clients) client.disconnect()
    },
  }
}
