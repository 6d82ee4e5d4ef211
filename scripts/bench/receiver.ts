/**
 * The agencies' side of the benchmarks of delivery, in a process of its own: as many receivers as the first argument says, each
 * on a port of its own, that keep what they are sent and answer 204. Says `{origins}`, then answers each line of standard input:
 * `{"await": n}` with when the n-th message since the last `forget` came and what was wrong with the order, `{"save": file}` with
 * how many requests it wrote there, `{"hold": true}` by answering nobody until `{"release": true}`, which says when that was and how
 * many had come, `{"forget": true}`.
 */
import { writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'

export interface ReceiverHello {
  readonly origins: readonly string[]
}

export interface Received {
  /** Milliseconds of the wall clock. */
  readonly lastAt: number
  readonly messages: number
  /** Sequences missing or twice, or of one person out of order. */
  readonly faults: number
}

export interface Released {
  /** Milliseconds of the wall clock. */
  readonly startedAt: number
  readonly before: number
}

/** A request as it came: what the bare loop posts again. */
export interface SavedRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

interface Kept {
  readonly origin: number
  readonly request: IncomingMessage
  readonly body: Buffer
}

const WAIT_MS = 120_000
const origins: string[] = []
let kept: Kept[] = []
let lastAt = 0
/** Who waits for an answer, while all do. */
let held: ServerResponse[] | undefined

const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`)

for (let origin = 0; origin < Number(process.argv[2] ?? 1); origin++) {
  const server = createServer((request, answer) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      kept.push({ origin, request, body: Buffer.concat(chunks) })
      lastAt = performance.timeOrigin + performance.now()
      if (held) held.push(answer)
      else answer.writeHead(204).end()
    })
  })
  server.keepAliveTimeout = 120_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  origins.push(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
}
say({ origins } satisfies ReceiverHello)
createInterface({ input: process.stdin })
  .on('line', async (line) => say(await answer(JSON.parse(line) as Record<string, unknown>)))
  .on('close', () => process.exit(0))

async function answer(asked: Record<string, unknown>): Promise<unknown> {
  if (typeof asked.await === 'number') return received(asked.await)
  if (typeof asked.save === 'string') {
    writeFileSync(asked.save, kept.map((one) => `${JSON.stringify(savedFrom(one))}\n`).join(''))
    return { saved: kept.length }
  }
  if (asked.hold) held = []
  else if (asked.release) return release()
  else kept = []
  return {}
}

function release(): Released {
  const waiting = held ?? []
  held = undefined
  const released = { startedAt: performance.timeOrigin + performance.now(), before: kept.length }
  for (const answer of waiting) answer.writeHead(204).end()
  return released
}

async function received(count: number): Promise<Received> {
  const deadline = performance.now() + WAIT_MS
  while (kept.length < count) {
    if (performance.now() > deadline) throw new Error(`receiver: ${kept.length} messages of ${count} came`)
    await delay(5)
  }
  return { lastAt, messages: kept.length, faults: faults() }
}

/** At least once, gapless, in order of each person. */
function faults(): number {
  const latest = new Map<string, number>()
  const seen = new Map<string, Set<number>>()
  let count = 0
  for (const { request, body } of kept) {
    const { sequence, subject } = JSON.parse(body.toString('utf8')) as { sequence: number; subject: string }
    const outbox = request.url ?? ''
    const sequences = seen.get(outbox) ?? new Set()
    seen.set(outbox, sequences)
    if (sequences.has(sequence) || (latest.get(`${outbox} ${subject}`) ?? -1) > sequence) count++
    sequences.add(sequence)
    latest.set(`${outbox} ${subject}`, sequence)
  }
  for (const sequences of seen.values()) {
    count += Math.max(...sequences) - Math.min(...sequences) + 1 - sequences.size
  }
  return count
}

function savedFrom({ origin, request, body }: Kept): SavedRequest {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.headers)) {
    if (name === 'content-type' || name.startsWith('webhook-')) headers[name] = String(value)
  }
  return { url: `${origins[origin]}${request.url}`, headers, body: body.toString('utf8') }
}
