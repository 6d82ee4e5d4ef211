/**
 * What delivery is measured against, in a process of its own: the same requests once more, with nothing around them. Takes
 * `{file, atOnce, connections, redis?}` a line. Without `redis` an undici loop posts them; with it they are jobs of a BullMQ queue,
 * put there before the clock starts, one request each, and a bare worker posts them. Answers `{startedAt}`.
 */
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { Agent, request } from 'undici'
import type { SavedRequest } from './receiver.js'

export interface BareRound {
  readonly file: string
  /** Requests under way at the same time. */
  readonly atOnce: number
  /** Sockets to one receiver. */
  readonly connections: number
  readonly redis?: string
}

const QUEUE = 'bare'
const JOBS_AT_ONCE = 1000
const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`)

say('ready')
createInterface({ input: process.stdin })
  .on('line', async (line) => say({ startedAt: await post(JSON.parse(line) as BareRound) }))
  .on('close', () => process.exit(0))

async function post({ file, atOnce, connections, redis }: BareRound): Promise<number> {
  const requests = readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as SavedRequest)
  const dispatcher = new Agent({ connections, pipelining: 1, keepAliveTimeout: 60_000 })
  const send = async ({ url, headers, body }: SavedRequest): Promise<void> => {
    const answer = await request(url, { method: 'POST', dispatcher, headers, body })
    await answer.body.dump()
    if (answer.statusCode !== 204) throw new Error(`bare: ${answer.statusCode}`)
  }
  const startedAt =
    redis === undefined ? await loop(requests, atOnce, send) : await work(requests, { atOnce, send, redis })
  await dispatcher.close()
  return startedAt
}

async function loop(
  requests: readonly SavedRequest[],
  atOnce: number,
  send: (one: SavedRequest) => Promise<void>,
): Promise<number> {
  const startedAt = now()
  let next = 0
  const one = async (): Promise<void> => {
    for (let saved = requests[next++]; saved; saved = requests[next++]) await send(saved)
  }
  await Promise.all(Array.from({ length: atOnce }, one))
  return startedAt
}

async function work(
  requests: readonly SavedRequest[],
  { atOnce, send, redis }: { atOnce: number; send: (one: SavedRequest) => Promise<void>; redis: string },
): Promise<number> {
  const connection = new Redis(redis, { maxRetriesPerRequest: null })
  const queue = new Queue<SavedRequest>(QUEUE, { connection })
  for (let from = 0; from < requests.length; from += JOBS_AT_ONCE) {
    await queue.addBulk(requests.slice(from, from + JOBS_AT_ONCE).map((data) => ({ name: 'post', data })))
  }
  const worker = new Worker<SavedRequest>(QUEUE, ({ data }) => send(data), {
    connection,
    concurrency: atOnce,
    autorun: false,
    removeOnComplete: { count: 0 },
  })
  let done = 0
  const finished = new Promise<void>((resolve, reject) => {
    worker.on('completed', () => ++done === requests.length && resolve())
    worker.on('failed', (_, error) => reject(error))
  })
  const startedAt = now()
  worker.run().catch(() => undefined)
  await finished
  await worker.close()
  await queue.obliterate({ force: true })
  await queue.close()
  connection.disconnect()
  return startedAt
}

function now(): number {
  return performance.timeOrigin + performance.now()
}
