/**
 * The client of `alert.p99`: sends assessments by the clock and waits for nobody (open loop), and holds what comes to the
 * receivers. A latency runs from the request leaving to the verified alert at hand.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { Webhook } from 'standardwebhooks'
import { Agent, request } from 'undici'
import { dayOf } from '../../src/kernel/dates.js'
import { uuidv7 } from '../../src/kernel/ids.js'
import { percentile } from './measure.js'

/** A person to assess. */
export interface AlertPerson {
  readonly patient: string
  /** By which the station that is told knows the person; absent where that station is dead and nobody waits. */
  readonly pseudonym?: string
  /** Whoever may assess the person. Defaults to the target's key. */
  readonly key?: string
}

/** A server to send to, and who is told of it. */
export interface AlertTarget {
  readonly url: string
  readonly key: string
  readonly people: readonly AlertPerson[]
  /** The day of the hub's calendar. Defaults to today. */
  readonly day?: string
  /** By the path of each receiver; of none: bare messages, which name their cause. */
  readonly secrets: Readonly<Record<string, string>>
}

export interface AlertLoad {
  /** Assessments a second. */
  readonly rate: number
  readonly seconds: number
}

/** Latencies in milliseconds, one per event of which an alert has to arrive; throws where one never does. */
export async function sendAlerts(target: AlertTarget, inbox: Inbox, load: AlertLoad): Promise<readonly number[]> {
  const { people } = target
  const { rate, seconds } = load
  const dispatcher = new Agent({ connections: 64, keepAliveTimeout: 60_000 })
  inbox.expect(target.secrets)
  const isBare = Object.keys(target.secrets).length === 0
  const total = rate * seconds
  let unwaited = 0
  const sentAt = new Map<string, number>()
  const started = performance.now()
  const posts: Promise<void>[] = []
  for (let i = 0; i < total; i++) {
    const due = started + (i * 1000) / rate
    if (due > performance.now()) await delay(due - performance.now())
    const {
      patient,
      pseudonym,
      key = target.key,
    } = people[(i * 7919 + Math.floor(started)) % people.length] ?? { patient: '' }
    const id = uuidv7(Date.now())
    const at = performance.now()
    const sent = post(target, dispatcher, { id, patient, key }).then((recordedAt) => {
      if (pseudonym === undefined) unwaited++
      else sentAt.set(isBare ? id : alertKey(pseudonym, recordedAt), at)
    })
    posts.push(sent)
  }
  await Promise.all(posts)
  await inbox.until(sentAt, 30_000)
  await dispatcher.close()
  if (sentAt.size + unwaited !== total) throw new Error(`${sentAt.size + unwaited} distinct events of ${total}`)
  return [...sentAt].map(([id, at]) => (inbox.arrivals.get(id) ?? Number.NaN) - at)
}

/** A recipient knows neither the patient's id nor the event's: its own pseudonym and the time name the assessment. */
function alertKey(pseudonym: unknown, time: unknown): string {
  return `${pseudonym} ${time}`
}

/** When it was recorded; a bare server does not say. */
async function post(
  { url, day = dayOf(Date.now()) }: AlertTarget,
  dispatcher: Agent,
  { id, patient: patientId, key }: { readonly id: string; readonly patient: string; readonly key: string },
): Promise<string | undefined> {
  const event = {
    id,
    patientId,
    type: 'RiskAssessed',
    version: 1,
    data: { level: 4, assessedAt: day, evidence: ['NOT_STOPPABLE', 'AGAINST_PERSON'], targets: 'PERSON' },
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

/** `p99 12.3 of 4.5 ms, p50 …`: of a run of ours and a bare one. */
export function toldOf(ours: readonly number[], theirs: readonly number[]): string {
  const both = (percent: number): string =>
    `p${percent} ${percentile(ours, percent).toFixed(1)} of ${percentile(theirs, percent).toFixed(1)} ms`
  return `${both(99)}, ${both(50)}`
}

export interface Inbox {
  /** Alert key (or, bare, event id) → when it was held, verified. */
  readonly arrivals: ReadonlyMap<string, number>
  listen(): Promise<string>
  /** What to verify with, by path; without any it takes bare messages. Forgets what came before. */
  expect(secrets: Readonly<Record<string, string>>): void
  until(ids: ReadonlyMap<string, unknown>, timeoutMs: number): Promise<void>
  close(): void
}

export function createInbox(): Inbox {
  const arrivals = new Map<string, number>()
  let webhooks: ReadonlyMap<string, Webhook> = new Map()
  const server: Server = createServer((incoming, answer) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8')
      const webhook = webhooks.get(incoming.url ?? '')
      if (webhook) arrivals.set(keyOf(webhook.verify(text, headersOf(incoming.headers))), performance.now())
      else if (webhooks.size === 0) arrivals.set((JSON.parse(text) as { cause: string }).cause, performance.now())
      answer.writeHead(204).end()
    })
  })
  return {
    arrivals,
    async listen() {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    },
    expect(secrets) {
      arrivals.clear()
      webhooks = new Map(Object.entries(secrets).map(([path, secret]) => [path, new Webhook(secret)]))
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
