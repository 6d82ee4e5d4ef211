/** What is done to the servers that the hubs share, and to the ways there. */
import { setTimeout as delay } from 'node:timers/promises'
import type { TcpProxy } from '../../test/fixtures/tcp-proxy.js'
import type { Fault, FaultDeps } from './fault.js'

/** A server that is reached by no proxy of ours is left alone. */
const eventStoreFault = (name: string, run: (way: TcpProxy, deps: FaultDeps) => Promise<void>): Fault => ({
  name,
  breaks: 'event store',
  async run(deps) {
    const way = deps.servers.ways.eventStore
    if (way) await run(way, deps)
  },
})

export const SERVER_FAULTS: readonly Fault[] = [
  {
    name: 'redis flushed',
    breaks: 'redis',
    run: ({ servers }) => servers.redis.flush(),
  },
  {
    name: 'redis killed',
    breaks: 'redis',
    async run({ servers, random }) {
      await servers.redis.kill()
      await delay(random.whole(200, 3000))
      await servers.redis.restart({ empty: random.chance(0.5) })
    },
  },
  {
    name: 'redis cut off',
    breaks: 'redis',
    async run({ servers, random }) {
      servers.ways.redis.silence(true)
      await delay(random.whole(500, 4000))
      servers.ways.redis.silence(false)
    },
  },
  {
    name: 'postgres killed',
    breaks: 'postgres',
    async run({ servers, random }) {
      await servers.postgres.kill()
      await delay(random.whole(200, 2000))
      await servers.postgres.start()
    },
  },
  {
    name: 'postgres away',
    breaks: 'postgres',
    async run({ servers, random }) {
      servers.ways.postgres.refuse(true)
      await delay(random.whole(200, 3000))
      servers.ways.postgres.refuse(false)
    },
  },
  {
    name: 'postgres cut off',
    breaks: 'postgres',
    async run({ servers, random }) {
      servers.ways.postgres.silence(true)
      await delay(random.whole(200, 3000))
      servers.ways.postgres.silence(false)
    },
  },
  eventStoreFault('event store cut', async (way, { random }) => {
    for (let times = random.whole(1, 5); times > 0; times--) {
      way.cut()
      await delay(random.whole(20, 300))
    }
  }),
  eventStoreFault('event store away', async (way, { random }) => {
    way.refuse(true)
    await delay(random.whole(200, 2500))
    way.refuse(false)
  }),
  eventStoreFault('event store slow', async (way, { random }) => {
    way.delay(random.whole(5, 60))
    await delay(random.whole(500, 2000))
    way.delay(0)
  }),
  eventStoreFault('requests to the event store cut in the middle', async (way, { random }) => {
    way.cutAfter(random.whole(200, 20_000))
    way.cut()
    await delay(random.whole(500, 2000))
    way.cutAfter(undefined)
    way.cut()
  }),
]
