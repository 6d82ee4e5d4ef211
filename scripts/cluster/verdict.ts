/** At the end: what stands in the outboxes against what was applied, and what was acknowledged against what stands in the log. */
import { setTimeout as delay } from 'node:timers/promises'
import { readObject } from '../../src/domain/read-data.js'
import { outboxStream, patientStream } from '../../src/domain/streams.js'
import { type LogReader, START } from '../../src/log/port.js'
import type { ClusterClient } from './client.js'
import type { HubProcess } from './hubs.js'
import type { AgencyEnd } from './receivers.js'
import type { Story } from './story.js'

export interface Verdict {
  /** Messages in all outboxes. */
  readonly sent: number
  readonly applied: number
  /** Messages that were not applied. */
  readonly lost: number
  /** Messages that were applied twice, or queued twice for one cause. */
  readonly doubled: number
  readonly outOfOrder: number
  /** Assessments, times those in charge of where the person lives who were never told. */
  readonly unqueued: number
  /** Events that a hub acknowledged. */
  readonly acknowledged: number
  /** Of them, those that the log does not hold. */
  readonly forgotten: number
  /** Events that the log holds more than once. */
  readonly storedTwice: number
  /** Events of the hubs' replicas that are not the log's at that place. */
  readonly miscopied: number
  readonly events: number
  readonly documents: number
  readonly alarms: number
}

export interface Outbox {
  readonly length: number
  readonly cursor: number
  readonly parked: readonly unknown[]
}

const PATIENCE_MS = 180_000
const QUIET_MS = 4000

export interface Desk {
  readonly client: ClusterClient
  readonly operatorKey: string
  readonly hubs: readonly HubProcess[]
}

/**
 * Resolves when the quarter is released, every outbox was handed over and nothing more comes for a while, or patience ends. It does
 * what is left to people: redrives what is parked, and confirms clocks that are in doubt since another's was ahead.
 */
export async function untilQuiet({ subscribers }: Story, { client, operatorKey, hubs }: Desk): Promise<boolean> {
  let quietSince = Date.now()
  let before = ''
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await delay(500)) {
    const outboxes = await Promise.all(subscribers.map(({ key, subscription }) => outboxOf(client, key, subscription)))
    for (const [i, { parked }] of outboxes.entries()) {
      const { key, subscription } = subscribers[i] ?? {}
      if (parked.length > 0 && key !== undefined)
        await client.ask(key, 'POST', `/v1/subscriptions/${subscription}/redrive`, { dryRun: false })
    }
    for (const hub of hubs) await confirmClock(hub, operatorKey)
    const now = JSON.stringify([outboxes, subscribers.map(({ end }) => end.book().applied.size)])
    const isDone =
      (await isReleased(client, operatorKey)) &&
      outboxes.every(
        ({ length, cursor, parked }, i) =>
          cursor === length && parked.length === 0 && subscribers[i]?.end.book().applied.size === length,
      )
    if (now !== before || !isDone) quietSince = Date.now()
    before = now
    if (Date.now() - quietSince > QUIET_MS) return true
  }
  return false
}

async function confirmClock(hub: HubProcess, operatorKey: string): Promise<void> {
  const readiness = await hub.readiness()
  if (readiness?.checks.every(({ name, isOk }) => name !== 'clock' || isOk)) return
  const headers = { authorization: `Bearer ${operatorKey}` }
  const reply = await fetch(new URL('/v1/clock/confirm', hub.url), { method: 'POST', headers }).catch(() => undefined)
  // Further behind than a hub records with: whoever runs it sets its clock and starts it again.
  if (reply?.status !== 503) return
  await hub.stop()
  await hub.start()
}

async function isReleased(client: ClusterClient, operatorKey: string): Promise<boolean> {
  for (const feed of ['police-quarterly', 'political-legal-quarterly']) {
    const path = `/v1/feeds/${feed}/periods`
    const { periods } = await client.ask<{ periods: readonly { readonly state: string }[] }>(operatorKey, 'GET', path)
    if (!periods.some(({ state }) => state === 'RELEASED')) return false
  }
  return true
}

async function outboxOf(client: ClusterClient, key: string, subscription: string): Promise<Outbox> {
  const path = `/v1/subscriptions/${subscription}`
  return (await client.ask<{ delivery: Outbox }>(key, 'GET', path)).delivery
}

/** What a story is judged by. */
export interface JudgedStory {
  readonly subscribers: readonly {
    readonly subscription: string
    readonly township: string
    readonly end: Pick<AgencyEnd, 'book'>
  }[]
  readonly patients: readonly { readonly id: string; readonly township: string }[]
  readonly acknowledged: ReadonlySet<string>
}

/**
 * @param log the log itself: a replica cannot hold what the log holds twice
 * @param replicas of the hubs, which have been stopped
 */
export async function verdictOn(
  story: JudgedStory,
  log: Pick<LogReader, 'readAll'>,
  replicas: readonly Pick<LogReader, 'readAll'>[],
): Promise<Verdict> {
  const seen = new Set<string>()
  /** Outbox → cause of each message, in order. */
  const outboxes = new Map<string, string[]>()
  const assessments: { readonly stream: string; readonly id: string }[] = []
  const order: string[] = []
  let [storedTwice, documents, alarms] = [0, 0, 0]
  for await (const { stream, event } of log.readAll(START)) {
    const identity = `${stream} ${event.id}`
    order.push(identity)
    if (seen.has(identity)) storedTwice++
    seen.add(identity)
    if (stream.startsWith('patient-')) seen.add(event.id)
    if (event.type === 'RiskAssessed') assessments.push({ stream, id: event.id })
    if (event.type === 'FeedReleased') documents++
    if (event.type !== 'MessageQueued') continue
    const { stream: causeStream, id } = readObject(event.data, 'cause')
    outboxes.set(stream, [...(outboxes.get(stream) ?? []), `${causeStream} ${id}`])
    if (event.data.class === 'ALARM') alarms++
  }
  const townshipOf = new Map(story.patients.map(({ id, township }) => [patientStream(id), township]))
  let [sent, applied, lost, doubled, outOfOrder, unqueued] = [0, 0, 0, 0, 0, 0]
  for (const { subscription, township, end } of story.subscribers) {
    const book = end.book()
    const causes = outboxes.get(outboxStream(subscription)) ?? []
    sent += causes.length
    applied += book.applied.size
    for (const sequence of causes.keys()) if (!book.applied.has(sequence)) lost++
    doubled += book.doubled + causes.length - new Set(causes).size
    outOfOrder += book.outOfOrder
    const told = new Set(causes)
    for (const { stream, id } of assessments)
      if (townshipOf.get(stream) === township && !told.has(`${stream} ${id}`)) unqueued++
  }
  const { size: acknowledged } = story.acknowledged
  return {
    ...{ sent, applied, lost, doubled, outOfOrder, unqueued, acknowledged },
    forgotten: [...story.acknowledged].filter((id) => !seen.has(id)).length,
    storedTwice,
    miscopied: (await Promise.all(replicas.map((replica) => miscopiedIn(replica, order)))).reduce((a, b) => a + b, 0),
    events: order.length,
    ...{ documents, alarms },
  }
}

/** A replica is the log from its beginning on; it may have stopped a little earlier. */
async function miscopiedIn(replica: Pick<LogReader, 'readAll'>, order: readonly string[]): Promise<number> {
  let [at, wrong] = [0, 0]
  for await (const { stream, event } of replica.readAll(START)) if (order[at++] !== `${stream} ${event.id}`) wrong++
  return wrong
}

/** What must be 0. */
const WRONGS = ['lost', 'doubled', 'outOfOrder', 'unqueued', 'forgotten', 'storedTwice', 'miscopied'] as const

export function isSound(verdict: Verdict): boolean {
  return WRONGS.every((wrong) => verdict[wrong] === 0)
}

export function verdictLines(verdict: Verdict): readonly string[] {
  const { sent, applied, lost, doubled, outOfOrder, unqueued } = verdict
  const { acknowledged, forgotten, storedTwice, miscopied, events, documents, alarms } = verdict
  return [
    `log: ${events} events, ${documents} documents released, ${alarms} ALARM; replicas: ${miscopied} events miscopied`,
    `recording: acknowledged ${acknowledged}, forgotten ${forgotten}, stored twice ${storedTwice}`,
    `alerts: ${unqueued} assessments of which somebody in charge was not told`,
    `delivery: sent ${sent}, applied ${applied}, lost ${lost}, doubled ${doubled}, out of order ${outOfOrder}`,
  ]
}
