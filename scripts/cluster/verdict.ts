/** At the end: what stands in the outboxes against what was applied, and what was acknowledged against what stands in the log. */
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { START } from '../../src/log/port.js'
import { REPLICA_FILE } from '../../src/log/replica-schema.js'
import { openSqliteLogReader } from '../../src/log/sqlite-reader.js'
import type { ClusterClient } from './client.js'
import type { Story } from './story.js'

export interface Verdict {
  /** Messages in all outboxes. */
  readonly sent: number
  readonly applied: number
  readonly lost: number
  readonly doubled: number
  readonly outOfOrder: number
  /** Events that a hub acknowledged. */
  readonly acknowledged: number
  /** Of them, those that the log does not hold. */
  readonly forgotten: number
  /** Events that the log holds more than once. */
  readonly storedTwice: number
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

/**
 * Resolves when the quarter is released, every outbox was handed over and nothing more comes for a while, or patience ends; redrives
 * what is parked.
 */
export async function untilQuiet({ subscribers }: Story, client: ClusterClient, operatorKey: string): Promise<boolean> {
  let quietSince = Date.now()
  let before = ''
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await delay(500)) {
    const outboxes = await Promise.all(subscribers.map(({ key, subscription }) => outboxOf(client, key, subscription)))
    for (const [i, { parked }] of outboxes.entries()) {
      const { key, subscription } = subscribers[i] ?? {}
      if (parked.length > 0 && key !== undefined)
        await client.ask(key, 'POST', `/v1/subscriptions/${subscription}/redrive`, { dryRun: false })
    }
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

/** @param directories of the hubs, which have been stopped */
export async function verdictOn(story: Story, directories: readonly string[]): Promise<Verdict> {
  const seen = new Set<string>()
  const outboxes = new Map<string, number>()
  let [events, storedTwice, documents, alarms] = [0, 0, 0, 0]
  const longest = await longestOf(directories)
  for await (const { stream, event } of longest.readAll(START)) {
    events++
    const identity = `${stream} ${event.id}`
    if (seen.has(identity)) storedTwice++
    seen.add(identity)
    if (stream.startsWith('patient-')) seen.add(event.id)
    if (event.type === 'FeedReleased') documents++
    if (event.type !== 'MessageQueued') continue
    outboxes.set(stream, event.revision + 1)
    if (event.data.class === 'ALARM') alarms++
  }
  longest.close()
  let [sent, applied, lost, doubled, outOfOrder] = [0, 0, 0, 0, 0]
  for (const { subscription, end } of story.subscribers) {
    const book = end.book()
    const length = outboxes.get(`outbox-${subscription}`) ?? 0
    sent += length
    applied += book.applied.size
    for (let sequence = 0; sequence < length; sequence++) if (!book.applied.has(sequence)) lost++
    doubled += book.doubled
    outOfOrder += book.outOfOrder
  }
  const forgotten = [...story.acknowledged].filter((id) => !seen.has(id)).length
  const { size: acknowledged } = story.acknowledged
  return {
    ...{ sent, applied, lost, doubled, outOfOrder },
    ...{ acknowledged, forgotten, storedTwice, events, documents, alarms },
  }
}

/** The replicas are the same log; one of them may have stopped a little earlier. */
async function longestOf(directories: readonly string[]): Promise<ReturnType<typeof openSqliteLogReader>> {
  let longest: { readonly reader: ReturnType<typeof openSqliteLogReader>; readonly length: number } | undefined
  for (const directory of directories) {
    const reader = openSqliteLogReader(join(directory, REPLICA_FILE))
    const length = Number(await reader.head())
    if (longest && longest.length >= length) reader.close()
    else {
      longest?.reader.close()
      longest = { reader, length }
    }
  }
  if (!longest) throw new Error('verdictOn: expected at least one hub')
  return longest.reader
}

export function isSound({ lost, doubled, outOfOrder, forgotten, storedTwice }: Verdict): boolean {
  return lost + doubled + outOfOrder + forgotten + storedTwice === 0
}

export function verdictLines(verdict: Verdict): readonly string[] {
  const { sent, applied, lost, doubled, outOfOrder, acknowledged, forgotten, storedTwice, events, documents, alarms } =
    verdict
  return [
    `log: ${events} events, ${documents} documents released, ${alarms} ALARM`,
    `recording: acknowledged ${acknowledged}, forgotten ${forgotten}, stored twice ${storedTwice}`,
    `delivery: sent ${sent}, applied ${applied}, lost ${lost}, doubled ${doubled}, out of order ${outOfOrder}`,
  ]
}
