/**
 * How a hub reaches the Redis that its hubs share: address, user, password, certificate. It knows no queue. A Redis that is away
 * is waited for; one that is there and refuses us never will take us, and that is said at the start.
 */
import { rootCertificates } from 'node:tls'
import type { Redis, RedisOptions } from 'ioredis'
import { SECOND } from '../kernel/dates.js'
import { HubError } from '../kernel/errors.js'

export interface RedisAddress {
  /** `redis://host:6379/0`, or `rediss://` for TLS. */
  readonly url: string
  /** Of an access list; Redis calls the one without a name `default`. */
  readonly username?: string
  readonly password?: string
  /** Certificates of authorities, PEM, that the one of a `rediss://` address may come from, beside those that Node trusts. */
  readonly authorities?: string
}

export type RedisSettings = Pick<RedisOptions, 'username' | 'password' | 'tls'>

/** What every connection to it is made with. */
export function redisSettings({ url, username, password, authorities }: RedisAddress): RedisSettings {
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(url.startsWith('rediss:') ? { tls: trusting(authorities) } : {}),
  }
}

/** Whatever the environment says: a certificate that nobody vouches for is nobody's. */
function trusting(authorities: string | undefined): NonNullable<RedisOptions['tls']> {
  return {
    rejectUnauthorized: true,
    ...(authorities === undefined ? {} : { ca: [...rootCertificates, authorities] }),
  }
}

/** Longest look at a Redis that does not answer. */
const LOOK_MS = 2 * SECOND

/**
 * Asks Redis whether it takes us, at the start of a hub. One that is away, or slow, is no refusal: the hub starts without it.
 * @param prefix of the keys that the hub will use
 * @throws HUB_CONFIG where a user, a password, a right or a certificate is wrong
 */
export async function checkRedis(address: RedisAddress, prefix: string, lookMs = LOOK_MS): Promise<void> {
  const { Redis } = await import('ioredis')
  const client = new Redis(address.url, {
    ...redisSettings(address),
    lazyConnect: true,
    connectTimeout: lookMs,
    commandTimeout: lookMs,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  })
  const refusal = await refusalOf(client, prefix, lookMs)
  client.disconnect()
  if (refusal) throw refusal
}

async function refusalOf(client: Redis, prefix: string, lookMs: number): Promise<HubError | undefined> {
  let first: unknown
  client.on('error', (error) => {
    first ??= error
  })
  const looked = async (): Promise<void> => {
    await client.connect()
    await client.set(`${prefix}:look`, '', 'PX', lookMs)
  }
  let timer: NodeJS.Timeout | undefined
  const inTime = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, 2 * lookMs)
  })
  try {
    await Promise.race([looked(), inTime])
  } catch (error) {
    // What ends a connection is told as an event; the call only says that it ended.
    return refusalIn(first) ?? refusalIn(error)
  } finally {
    clearTimeout(timer)
  }
  return refusalIn(first)
}

const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY/

function refusalIn(cause: unknown): HubError | undefined {
  if (!(cause instanceof Error)) return undefined
  const code = 'code' in cause ? String(cause.code) : ''
  const said = /^(WRONGPASS|NOAUTH|NOPERM)\b/.exec(cause.message)?.[1] ?? (UNTRUSTED.test(code) ? 'UNTRUSTED' : '')
  const expected = EXPECTED[said]
  if (expected === undefined) return undefined
  return new HubError('HUB_CONFIG', said === 'UNTRUSTED' ? `${expected} (${code})` : `${expected} (${said})`, { cause })
}

const EXPECTED: Readonly<Record<string, string>> = {
  WRONGPASS: 'redis.passwordFile: expected the password of redis.username at Redis; it refuses this one',
  NOAUTH: 'redis.passwordFile: expected a password, since Redis asks for one; got none',
  NOPERM: 'redis.username: expected a user who may use all keys and channels of the hub; Redis refuses it',
  UNTRUSTED: 'redis.authoritiesFile: expected the authority of the certificate of Redis; nobody vouches for this one',
}
