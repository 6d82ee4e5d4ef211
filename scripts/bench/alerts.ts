/**
 * `alert.p99` at 500 events a second: from the request leaving the client to the receiver holding the verified alert, against
 * its bare steps at the same rate in the same run. The client sends by the clock and waits for nobody (open loop).
 * `memory.rss`: the hub's resident memory while it does so.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { Webhook } from 'standardwebhooks'
import { Agent, request } from 'undici'
import { dayOf } from '../../src/kernel/dates.js'
import { uuidv7 } from '../../src/kernel/ids.js'
import { type BenchChild, startChild } from './child.js'
import { type Figure, figure, median, percentile, say } from './measure.js'

interface Hello {
  readonly url: string
  readonly key: string
  readonly patients: readonly string[]
  /** Those by which the police station knows the patients, in the same order. */
  readonly pseudonyms: readonly string[]
  readonly secret: string
}

const RATE = 500
const SECONDS = 10
const PAIRS = 3
const RSS_LIMIT_MIB = 400

export async function alertP99(): Promise<readonly Figure[]> {
  const inbox = createInbox()
  const address = await inbox.listen()
  const hub = await startChild<Hello>('alert-server.js', ['hub', address])
  const bare = await startChild<Hello>('alert-server.js', ['bare', address])
  const resident: number[] = []
  const sampling = setInterval(
    () => void hub.ask<{ rssMiB: number }>().then(({ rssMiB }) => resident.push(rssMiB)),
    1000,
  )
  try {
    await run(hub, hub, inbox, 3)
    await run(bare, hub, inbox, 3)
    const ours: number[] = []
    const theirs: number[] = []
    let middle = 0
    for (let pair = 0; pair < PAIRS; pair++) {
      const bareTimes = await run(bare, hub, inbox, SECONDS)
      const hubTimes = await run(hub, hub, inbox, SECONDS)
      theirs.push(percentile(bareTimes, 99))
      ours.push(percentile(hubTimes, 99))
      middle = percentile(hubTimes, 50)
      say(
        `  alert ${pair + 1}/${PAIRS}: p99 ${ours[pair]?.toFixed(1)} ms of ${theirs[pair]?.toFixed(1)} ms, p50 ${middle.toFixed(1)} of ${percentile(bareTimes, 50).toFixed(1)} ms`,
      )
    }
    const ratio = median(ours.map((value, i) => value / (theirs[i] ?? Number.NaN)))
    const best = ours.findIndex((value, i) => value / (theirs[i] ?? Number.NaN) === ratio)
    clearInterval(sampling)
    const note = `${RATE} RiskAssessed/s for ${SECONDS} s, median of ${PAIRS} pairs, last p50 ${middle.toFixed(1)} ms, signatures checked by the standardwebhooks package`
    const flat = `from ${Math.min(...resident)} to ${Math.max(...resident)} MiB over ${resident.length} s; the baseline is the limit`
    return [
      figure(
        'alert.p99',
        { value: ours[best] ?? Number.NaN, unit: 'ms', baseline: theirs[best] ?? Number.NaN, note },
        { atMost: 3 },
      ),
      figure(
        'memory.rss',
        { value: Math.max(...resident), unit: 'MiB', baseline: RSS_LIMIT_MIB, note: flat },
        { atMost: 1 },
      ),
    ]
  } finally {
    clearInterval(sampling)
    await hub.stop()
    await bare.stop()
    inbox.close()
  }
}

/** Latencies in milliseconds, one per event sent; throws where one never arrives. */
async function run(
  server: BenchChild<Hello>,
  hub: BenchChild<Hello>,
  inbox: Inbox,
  seconds: number,
): Promise<readonly number[]> {
  const { patients, pseudonyms } = hub.hello
  const dispatcher = new Agent({ connections: 64, keepAliveTimeout: 60_000 })
  inbox.expect(server.hello.secret)
  const total = RATE * seconds
  const sentAt = new Map<string, number>()
  const started = performance.now()
  const posts: Promise<void>[] = []
  for (let i = 0; i < total; i++) {
    const due = started + (i * 1000) / RATE
    if (due > performance.now()) await delay(due - performance.now())
    const person = (i * 7919 + Math.floor(started)) % patients.length
    const id = uuidv7(Date.now())
    const at = performance.now()
    const sent = post(server.hello, dispatcher, id, patients[person] ?? '').then((recordedAt) => {
      sentAt.set(recordedAt === undefined ? id : alertKey(pseudonyms[person], recordedAt), at)
    })
    posts.push(sent)
  }
  await Promise.all(posts)
  await inbox.until(sentAt, 30_000)
  await dispatcher.close()
  if (sentAt.size !== total) throw new Error(`${sentAt.size} distinct events of ${total}`)
  return [...sentAt].map(([id, at]) => (inbox.arrivals.get(id) ?? Number.NaN) - at)
}

/** A recipient knows neither the patient's id nor the event's: its own pseudonym and the time name the assessment. */
function alertKey(pseudonym: unknown, time: unknown): string {
  return `${pseudonym} ${time}`
}

async function post(
  { url, key }: Hello,
  dispatcher: Agent,
  id: string,
  patientId: string,
): Promise<string | undefined> {
  const event = {
    id,
    patientId,
    type: 'RiskAssessed',
    version: 1,
    data: { level: 4, assessedAt: dayOf(Date.now()), evidence: ['NOT_STOPPABLE', 'AGAINST_PERSON'], targets: 'PERSON' },
  }
  const answer = await request(url, {
    method: 'POST',
    dispatcher,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify(event),
  })
  const text = await answer.body.text()
  if (answer.statusCode !== 201) throw new Error(`post: ${answer.statusCode} ${text.slice(0, 300)}`)
  return (JSON.parse(text) as { receipts?: readonly { recordedAt: string }[] }).receipts?.[0]?.recordedAt
}

interface Inbox {
  /** Alert key (or, bare, event id) → when it was held, verified. */
  readonly arrivals: ReadonlyMap<string, number>
  listen(): Promise<string>
  /** The secret to verify with; an empty one takes bare messages. */
  expect(secret: string): void
  until(ids: ReadonlyMap<string, unknown>, timeoutMs: number): Promise<void>
  close(): void
}

function createInbox(): Inbox {
  const arrivals = new Map<string, number>()
  let webhook: Webhook | undefined
  const server: Server = createServer((incoming, answer) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8')
      const id = webhook
        ? keyOf(webhook.verify(text, headersOf(incoming.headers)))
        : (JSON.parse(text) as { cause: string }).cause
      arrivals.set(id, performance.now())
      answer.writeHead(204).end()
    })
  })
  return {
    arrivals,
    async listen() {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    },
    expect(secret) {
      webhook = secret === '' ? undefined : new Webhook(secret)
    },
    async until(ids, timeoutMs) {
      const deadline = performance.now() + timeoutMs
      while ([...ids.keys()].some((id) => !arrivals.has(id))) {
        if (performance.now() > deadline)
          throw new Error(`${[...ids.keys()].filter((id) => !arrivals.has(id)).length} alerts never arrived`)
        await delay(20)
      }
    },
    close: () => server.close(),
  }
}

function headersOf(headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}

function keyOf(envelope: unknown): string {
  const { subject, time } = envelope as { subject?: unknown; time?: unknown }
  return alertKey(subject, time)
}
