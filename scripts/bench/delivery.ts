/**
 * `delivery.webhook`, `delivery.bullmq`: 20,000 messages in 200 outboxes on their way to their receivers, against the same requests
 * posted once more by a bare undici loop and by a bare BullMQ worker. The receivers hold their answers until all is queued, so that
 * what is measured is sending, with the messages at hand as alerts have them: signed, in order of each person, written down.
 * `.backlog`: the same where the hub has none of them at hand and renders each again from the log as of its cause.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NO_REDIS, openRedisServer, redisServerVersion } from '../../test/fixtures/redis-server.js'
import { type BenchChild, startChild } from './child.js'
import type { BareRound } from './delivery-bare.js'
import { type Figure, figure, median, say } from './measure.js'
import type { Received, ReceiverHello, Released } from './receiver.js'

interface Stage {
  readonly hub: BenchChild<{ readonly subscriptions: number; readonly patients: number }>
  readonly bare: BenchChild<unknown>
  readonly receiver: BenchChild<ReceiverHello>
  readonly folder: string
}

interface Pair {
  readonly ours: number
  readonly theirs: number
}

interface Started {
  readonly startedAt: number
  /** Messages that had come by then. */
  readonly before?: number
}

const ORIGINS = 16
/** As the hub's own sender has: 16 sockets to each receiver, 8 persons at once for each of 32 subscriptions. */
const CONNECTIONS = 16
const AT_ONCE = 256
const PAIRS = 5
const TARGET = 0.4

export async function deliveryWebhook(): Promise<readonly Figure[]> {
  return measure('delivery.webhook', undefined, 'an undici loop')
}

export async function deliveryBullmq(): Promise<readonly Figure[]> {
  const version = redisServerVersion()
  if (version === undefined) {
    say(`  ${NO_REDIS}`)
    return []
  }
  const closers: (() => unknown)[] = []
  const redis = await openRedisServer({ teardown: (close) => void closers.unshift(close) })
  try {
    return await measure('delivery.bullmq', redis.url, `a bare BullMQ worker, redis-server ${version}`)
  } finally {
    for (const close of closers) await close()
  }
}

async function measure(name: string, redis: string | undefined, baseline: string): Promise<readonly Figure[]> {
  const stage = await openStage()
  try {
    const atHand: Pair[] = []
    const fromLog: Pair[] = []
    for (let pair = 0; pair <= PAIRS; pair++) {
      // The first warms both sides up.
      for (const [way, done] of [
        ['at hand', atHand],
        ['from the log', fromLog],
      ] as const) {
        const { ours, theirs } = await onePair(stage, redis, done === atHand)
        if (pair > 0) done.push({ ours, theirs })
        say(`  ${name} ${pair}/${PAIRS} ${way}: ${Math.round(ours)} of ${Math.round(theirs)} messages/s`)
      }
    }
    const { subscriptions, patients } = stage.hub.hello
    const about = `${subscriptions} outboxes, ${patients} people, ${ORIGINS} receivers, ${AT_ONCE} at once, against ${baseline}, median of ${PAIRS} pairs`
    return [
      figure(name, { ...middleOf(atHand), unit: 'messages/s', note: `at hand; ${about}` }, { atLeast: TARGET }),
      figure(
        `${name}.backlog`,
        { ...middleOf(fromLog), unit: 'messages/s', note: `rendered from the log; ${about}` },
        'reported',
      ),
    ]
  } finally {
    await stage.hub.stop()
    await stage.bare.stop()
    await stage.receiver.stop()
    rmSync(stage.folder, { recursive: true })
  }
}

/** The value and its baseline are those of the pair with the median ratio. */
function middleOf(pairs: readonly Pair[]): { readonly value: number; readonly baseline: number } {
  const ratio = median(pairs.map(({ ours, theirs }) => ours / theirs))
  const middle = pairs.find(({ ours, theirs }) => ours / theirs === ratio)
  return { value: middle?.ours ?? Number.NaN, baseline: middle?.theirs ?? Number.NaN }
}

async function openStage(): Promise<Stage> {
  const receiver = await startChild<ReceiverHello>('receiver.js', [String(ORIGINS)])
  const bare = await startChild('delivery-bare.js', [])
  const hub = await startChild<Stage['hub']['hello']>('delivery-server.js', [receiver.hello.origins.join(',')])
  return { hub, bare, receiver, folder: mkdtempSync(join(tmpdir(), 'lianhu-delivery-')) }
}

/** The hub first: what it sent is what the bare side posts. */
async function onePair(
  { hub, bare, receiver, folder }: Stage,
  redis: string | undefined,
  isAtHand: boolean,
): Promise<Pair> {
  const send = JSON.stringify({ send: redis ?? 'in-process' })
  const queue = (): Promise<{ messages: number }> => hub.ask('{"queue":true}')
  let messages: number
  let start: () => Promise<Started>
  if (isAtHand) {
    await hub.ask(send)
    await receiver.ask('{"hold":true}')
    messages = (await queue()).messages
    start = () => receiver.ask<Released>('{"release":true}')
  } else {
    messages = (await queue()).messages
    start = () => hub.ask<Started>(send)
  }
  const ours = await timed(receiver, messages, { start, isOrdered: true })
  await hub.ask('{"rest":true}')
  const file = join(folder, 'requests.ndjson')
  await receiver.ask(JSON.stringify({ save: file }))
  await receiver.ask('{"forget":true}')
  const round: BareRound = {
    file,
    atOnce: AT_ONCE,
    connections: CONNECTIONS,
    ...(redis === undefined ? {} : { redis }),
  }
  const theirs = await timed(receiver, messages, { start: () => bare.ask(JSON.stringify(round)), isOrdered: false })
  await receiver.ask('{"forget":true}')
  return { ours, theirs }
}

/** Messages a second, from the start to the last one that arrived. */
async function timed(
  receiver: BenchChild<ReceiverHello>,
  messages: number,
  { start, isOrdered }: { readonly start: () => Promise<Started>; readonly isOrdered: boolean },
): Promise<number> {
  const { startedAt, before = 0 } = await start()
  const { lastAt, messages: came, faults } = await receiver.ask<Received>(JSON.stringify({ await: messages }))
  if (came !== messages || (isOrdered && faults > 0))
    throw new Error(`${came} messages of ${messages}, ${faults} faults`)
  return (messages - before) / ((lastAt - startedAt) / 1000)
}
