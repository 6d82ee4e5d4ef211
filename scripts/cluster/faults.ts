/** What is done to a cluster: each fault breaks the real thing and is mended after a while. */
import { setTimeout as delay } from 'node:timers/promises'
import type { SeededRandom } from '../../src/rehearsal/seeded-random.js'
import type { HubProcess } from './hubs.js'
import { BAD_MOODS } from './receivers.js'
import type { ClusterServers } from './servers.js'
import type { Story } from './story.js'

export interface FaultDeps {
  readonly hubs: readonly HubProcess[]
  readonly servers: ClusterServers
  readonly story: Story
  readonly random: SeededRandom
  readonly say: (text: string) => void
}

type Fault = (deps: FaultDeps) => Promise<void>

const FAULTS: Readonly<Record<string, Fault>> = {
  async 'hub killed'({ hubs, random }) {
    // One of them stays, so that the load goes on.
    if (!hubs.every((hub) => hub.isUp())) return
    const hub = random.pick(hubs)
    await hub.kill()
    await delay(random.whole(200, 1500))
    await hub.start()
  },
  async 'hub stopped'({ hubs, random }) {
    if (!hubs.every((hub) => hub.isUp())) return
    const hub = random.pick(hubs)
    await hub.stop()
    await delay(random.whole(0, 500))
    await hub.start()
  },
  async 'redis flushed'({ servers }) {
    await servers.redis.flush()
  },
  async 'redis killed'({ servers, random }) {
    await servers.redis.kill()
    await delay(random.whole(200, 3000))
    await servers.redis.restart({ empty: random.chance(0.5) })
  },
  async 'redis cut off'({ servers, random }) {
    servers.ways.redis.silence(true)
    await delay(random.whole(500, 4000))
    servers.ways.redis.silence(false)
  },
  async 'postgres killed'({ servers, random }) {
    await servers.postgres.kill()
    await delay(random.whole(200, 2000))
    await servers.postgres.start()
  },
  async 'event store cut'({ servers, random }) {
    for (let times = random.whole(1, 5); times > 0; times--) {
      servers.ways.eventStore?.cut()
      await delay(random.whole(20, 300))
    }
  },
  async 'event store away'({ servers, random }) {
    servers.ways.eventStore?.refuse(true)
    await delay(random.whole(200, 2500))
    servers.ways.eventStore?.refuse(false)
  },
  async 'event store slow'({ servers, random }) {
    servers.ways.eventStore?.delay(random.whole(5, 60))
    await delay(random.whole(500, 2000))
    servers.ways.eventStore?.delay(0)
  },
  async 'requests cut in the middle'({ servers, random }) {
    servers.ways.eventStore?.cutAfter(random.whole(200, 20_000))
    servers.ways.eventStore?.cut()
    await delay(random.whole(500, 2000))
    servers.ways.eventStore?.cutAfter(undefined)
    servers.ways.eventStore?.cut()
  },
  async 'receivers misbehave'({ story, random }) {
    for (const { end } of story.subscribers) if (random.chance(0.5)) end.be(random.pick(BAD_MOODS))
    await delay(random.whole(500, 4000))
    for (const { end } of story.subscribers) end.be('well')
  },
}

/** One fault after the other, now and then two at once, until it is told to stop. */
export async function torment(deps: FaultDeps, until: () => boolean): Promise<ReadonlyMap<string, number>> {
  const { random, say } = deps
  const counts = new Map<string, number>()
  const one = async (): Promise<void> => {
    while (!until()) {
      const name = random.pick(Object.keys(FAULTS))
      counts.set(name, (counts.get(name) ?? 0) + 1)
      say(name)
      await FAULTS[name]?.(deps)
      await delay(random.whole(100, 1000))
    }
  }
  await Promise.all([one(), one()])
  return counts
}
