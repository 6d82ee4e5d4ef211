/** One run of a cluster: servers, two hubs, a story that is recorded while it is disturbed, and the verdict at its end. */
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { SeededRandom } from '../../src/rehearsal/seeded-random.js'
import { clusterClient } from './client.js'
import type { FaultDeps } from './faults.js'
import { startHubs } from './hubs.js'
import { startServers } from './servers.js'
import { keepRecording, tellStory } from './story.js'
import { untilQuiet, type Verdict, verdictOn } from './verdict.js'

export interface ClusterRun {
  readonly directory: string
  readonly people: number
  readonly perSecond: number
  /** How long it is recorded and disturbed. */
  readonly seconds: number
  readonly random: SeededRandom
  readonly say: (text: string) => void
  readonly disturb: (deps: Omit<FaultDeps, 'random'>, until: () => boolean) => Promise<void>
}

/** Some seconds before a quarter ends, so that its documents are closed, compiled and released on the way. */
const BEFORE_QUARTER_END_MS = 45_000
const SETTLING_MS = 1000

export async function runCluster(run: ClusterRun): Promise<Verdict> {
  const { directory, random, say } = run
  const undo: (() => unknown)[] = []
  const cleanup = { teardown: (step: () => unknown) => void undo.push(step) }
  try {
    const servers = await startServers(cleanup)
    for (const line of servers.named) say(line)
    const ports = [await freePort(), await freePort()]
    const calendarStart = new Date(Date.parse('2026-04-01T00:00:00+08:00') - BEFORE_QUARTER_END_MS).toISOString()
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
      run.disturb({ hubs, servers, story, say }, isOver),
    ])
    say(`mended; ${client.repeated()} requests went to somebody once more; waiting until everything is delivered`)
    for (const hub of hubs) await hub.start()
    for (const { end } of story.subscribers) end.be('well')
    const isQuiet = await untilQuiet(story, client, operatorKey)
    say(isQuiet ? 'everything was handed over' : 'not everything was handed over in time')
    await Promise.all(hubs.map((hub) => hub.stop()))
    if (!isQuiet) for (const hub of hubs) say(`${hub.name} said: ${hub.said().slice(-3000)}`)
    return await verdictOn(
      story,
      hubs.map(({ name }) => join(directory, name)),
    )
  } finally {
    for (const step of undo.reverse()) await step()
    await delay(0)
  }
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
