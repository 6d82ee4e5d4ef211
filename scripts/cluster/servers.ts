/**
 * What the hubs of a rehearsed cluster share: a real Redis, a real PostgreSQL, and the event store that `EVENTSTOREDB_URL` names
 * or, where none is named, a double of one, which is said plainly. Hubs reach Redis, PostgreSQL and a double through TCP proxies.
 */
import { type DoubleProcess, forkEventStoreDouble } from '../../test/fixtures/eventstoredb/double-process.js'
import {
  NO_POSTGRES,
  type PostgresDatabase,
  type PostgresServer,
  startPostgres,
} from '../../test/fixtures/postgres-server.js'
import { NO_REDIS, openRedisServer, type RedisServer, redisServerVersion } from '../../test/fixtures/redis-server.js'
import type { Cleanup } from '../../test/fixtures/store.js'
import { startTcpProxy, type TcpProxy } from '../../test/fixtures/tcp-proxy.js'

export interface ClusterServers {
  readonly postgres: PostgresServer
  readonly database: PostgresDatabase
  readonly redis: RedisServer
  readonly ways: {
    readonly redis: TcpProxy
    readonly postgres: TcpProxy
    readonly eventStore: TcpProxy | undefined
  }
  /** The event store itself, by no proxy. */
  readonly eventStoreItself: string
  readonly eventStoreUrl: string
  /** One line for each server: what it really is. */
  readonly named: readonly string[]
}

/** Throws where Redis or PostgreSQL is not installed. */
export async function startServers(t: Cleanup): Promise<ClusterServers> {
  const postgres = await startPostgres(t)
  if (!postgres) throw new Error(NO_POSTGRES)
  const version = redisServerVersion()
  if (version === undefined) throw new Error(NO_REDIS)
  const redis = await openRedisServer(t)
  const redisWay = await startTcpProxy(redis.port)
  t.teardown(() => redisWay.close())
  const database = await postgres.createDatabase(t)
  const address = new URL(database.url)
  const postgresWay = await startTcpProxy(Number(address.port))
  t.teardown(() => postgresWay.close())
  address.port = String(postgresWay.port)
  const named = process.env.EVENTSTOREDB_URL
  const double = named === undefined ? await forkEventStoreDouble() : undefined
  if (double) t.teardown(() => double.close())
  const eventStoreWay = double && (await wayTo(t, double))
  return {
    postgres,
    database: { ...database, url: address.href },
    redis,
    ways: { redis: redisWay, postgres: postgresWay, eventStore: eventStoreWay },
    eventStoreItself: double ? double.url : String(named),
    eventStoreUrl: eventStoreWay ? `esdb://127.0.0.1:${eventStoreWay.port}?tls=false` : String(named),
    named: [
      double ? 'event store: a DOUBLE in memory, since EVENTSTOREDB_URL names no server' : `event store: ${named}`,
      `vault: ${postgres.version}`,
      `queue: redis-server ${version}`,
    ],
  }
}

async function wayTo(t: Cleanup, { url }: DoubleProcess): Promise<TcpProxy> {
  const way = await startTcpProxy(Number(/:(\d+)/.exec(url.slice('esdb://'.length))?.[1]))
  t.teardown(() => way.close())
  return way
}
