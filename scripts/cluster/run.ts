/** One run of a cluster: servers, two hubs, a story that is recorded while it is disturbed, and the verdict at its end. */
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { openEventStoreClient } from '../../src/log/eventstoredb-client.js'
import { createEventStoreLog } from '../../src/log/eventstoredb-log.js'
import { REPLICA_FILE } from '../../src/log/replica-schema.js'
import { openSqliteLogReader } from '../../src/log/sqlite-reader.js'
import type { SeededRandom } from '../../src/rehearsal/seeded-random.js'
import { clusterClient } from './client.js'
import type { FaultDeps } from './fault.js'
import { startHubs } from './hubs.js'
import { startServers } from './servers.js'
import { keepRecording, QUARTER_END, type Story, tellStory } from './story.js'
import { untilQuiet, type Verdict, verdictOn } from './verdict.js'

export interface ClusterRun {
  readonly directory: string
  readonly people: number
  readonly perSecond: number
  /** How long it is recorded and disturbed. */
  readonly seconds: number
  /** By the hubs' calendar, from their start on. */
  readonly quarterEndsAfterMs: number
  readonly random: SeededRandom
  readonly say: (text: string) => void
  readonly disturb: (deps: Omit<FaultDeps, 'random'>, until: () => boolean) => Promise<void>
}

const SETTLING_MS = 1000

export interface ClusterOutcome {
  readonly verdict: Verdict
  /** What hubs owed and did not do. */
  readonly blames: readonly string[]
  /** Everything was handed over in time. */
  readonly isQuiet: boolean
}

export async function runCluster(run: ClusterRun): Promise<ClusterOutcome> {
  const { directory, random, say } = run
  const undo: (() => unknown)[] = []
  const blames: string[] = []
  const blame = (text: string): void => {
    blames.push(text)
    say(`WRONG: ${text}`)
  }
  const cleanup = { teardown: (step: () => unknown) => void undo.push(step) }
  try {
    const servers = await startServers(cleanup)
    for (const line of servers.named) say(line)
    const ports = [await freePort(), await freePort()]
    const calendarStart = new Date(Date.parse(QUARTER_END) - run.quarterEndsAfterMs).toISOString()
    const { hubs, operatorKey } = await startHubs({ directory, servers, ports, calendarStart })
    cleanup.teardown(() => Promise.all(hubs.map((hub) => hub.kill())))
    say(`two hubs on one log: ${hubs.map(({ url }) => url).join(', ')}`)
    const hubUrls = hubs.map(({ url }) => url)
    // As an operator does: what is set up at one hub is known to the others a moment later.
    const desk = clusterClient(hubUrls, () => 0)
    const client = clusterClient(hubUrls, () => random.whole(0, hubUrls.length - 1))
    const { people } = run
    const story = await tellStory({ client: desk, operatorKey, hubUrls, directory, people, random, from: '2026-03-01' })
    await delay(SETTLING_MS)
    cleanup.teardown(() => Promise.all(story.subscribers.map(({ end }) => end.close())))
    say(`${story.patients.length} people who do not exist, ${story.subscribers.length} receivers with the receiver kit`)

    const endAt = Date.now() + run.seconds * 1000
    const isOver = (): boolean => Date.now() >= endAt
    await Promise.all([
      keepRecording(story, client, random, { until: isOver, perSecond: run.perSecond }),
      run.disturb({ hubs, servers, story, say, blame, seconds: run.seconds }, isOver),
    ])
    say(`mended; ${client.repeated()} requests went to somebody once more; waiting until everything is delivered`)
    for (const hub of hubs) {
      hub.setClock(0)
      await hub.start()
    }
    for (const { end } of story.subscribers) end.be('well')
    const isQuiet = await untilQuiet(story, { client, operatorKey, hubs })
    say(isQuiet ? 'everything was handed over' : 'not everything was handed over in time')
    await Promise.all(hubs.map((hub) => hub.stop()))
    if (!isQuiet) for (const hub of hubs) say(`${hub.name} said: ${hub.said().slice(-3000)}`)
    say(`${sumOf(story, ({ end }) => end.way.repeated())} requests came twice by the way to the receivers,`)
    say(`${sumOf(story, ({ end }) => end.repeats())} brought a receiver what it had applied`)
    const log = createEventStoreLog(await openEventStoreClient({ url: servers.eventStoreItself }))
    cleanup.teardown(() => log.close())
    const replicas = hubs.map(({ name }) => openSqliteLogReader(join(directory, name, REPLICA_FILE)))
    for (const replica of replicas) cleanup.teardown(() => replica.close())
    return { verdict: await verdictOn(story, log, replicas), blames, isQuiet }
  } finally {
    for (const step of undo.reverse()) await step()
    await delay(0)
  }
}

function sumOf({ subscribers }: Story, count: (subscriber: Story['subscribers'][number]) => number): number {
  return subscribers.reduce((sum, one) => sum + count(one), 0)
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
