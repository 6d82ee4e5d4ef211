import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { createBullmqJobs } from '../../src/delivery/jobs-bullmq.js'
import { checkRedis, type RedisAddress } from '../../src/delivery/redis-connection.js'
import { wallTimers } from '../../src/delivery/timers.js'
import { isHubError } from '../../src/kernel/errors.js'
import { makeCertificates } from '../fixtures/certificates.js'
import { NO_REDIS, openRedisServer, redisServerVersion } from '../fixtures/redis-server.js'
import { tempDirectory } from '../fixtures/store.js'

const version = redisServerVersion()
const PREFIX = 'lianhu-'
const ONE = '0198f0aa-0000-7000-8000-0000000000a1'
const HUB = 'hub on >right ~lianhu-* &lianhu-* +@all -@dangerous +info'
const USERS = [HUB, 'guest on >right ~other:* &* +@all', 'default on >secret ~* &* +@all']

const test = (title: string, body: (t: Test) => Promise<void>): void => {
  if (version !== undefined) t.test(`${title} (redis-server ${version})`, { timeout: 60_000 }, body)
}
if (version === undefined) t.pass('user, password and certificate of Redis', { skip: NO_REDIS })

/** Undefined where Redis takes us or is away. */
async function refusalAt(address: RedisAddress, lookMs?: number): Promise<string | undefined> {
  try {
    await checkRedis(address, PREFIX, lookMs)
    return undefined
  } catch (error) {
    if (!isHubError(error, 'HUB_CONFIG')) throw error
    return error.message
  }
}

/** Resolves when a job has run over this address. */
async function runOver(t: Test, address: RedisAddress): Promise<void> {
  const alive = setInterval(() => undefined, 1000)
  t.teardown(() => clearInterval(alive))
  let ran = (): void => undefined
  const run = new Promise<void>((resolve) => {
    ran = resolve
  })
  const jobs = createBullmqJobs({ ...address, prefix: `${PREFIX}log` })({
    timers: wallTimers,
    handle: async () => {
      ran()
      return undefined
    },
    isBehind: async () => false,
    all: () => [],
    onDone: () => undefined,
    onFailure: (_, error) => t.fail(String(error)),
  })
  t.teardown(() => jobs.stop())
  jobs.drain(ONE)
  await jobs.start()
  await run
  await jobs.stop()
}

test('runs jobs as a user who may use nothing but the keys of hubs', async (t) => {
  const { url } = await openRedisServer(t, { users: USERS })
  const address = { url, username: 'hub', password: 'right' }

  t.equal(await refusalAt(address), undefined)
  await runOver(t, address)
})

test('says at the start which option is wrong, and never what it holds', async (t) => {
  const { url } = await openRedisServer(t, { users: USERS })
  const wrong = [
    await refusalAt({ url, username: 'hub', password: 'wrong' }),
    await refusalAt({ url, username: 'nobody', password: 'right' }),
    await refusalAt({ url, password: 'wrong' }),
    await refusalAt({ url }),
    await refusalAt({ url, username: 'guest', password: 'right' }),
  ]

  t.match(wrong, [
    /^redis\.passwordFile: expected the password .+\(WRONGPASS\)$/,
    /WRONGPASS/,
    /WRONGPASS/,
    /^redis\.passwordFile: expected a password, .+ got none \(NOAUTH\)$/,
    /^redis\.username: .+\(NOPERM\)$/,
  ])
  t.notOk(wrong.some((said) => /"|right|'wrong'|nobody /.test(said ?? '')))
})

test('speaks TLS to whom its authority vouches for, and to nobody else', async (t) => {
  const certificates = makeCertificates(tempDirectory(t))
  if (!certificates) {
    t.pass('TLS', { skip: 'openssl is not installed here: NOT tested' })
    return
  }
  const { url } = await openRedisServer(t, { certificates, users: USERS })
  const authorities = readFileSync(certificates.caFile, 'utf8')
  const address = { url, username: 'hub', password: 'right' }

  t.match(url, /^rediss:/)
  t.match(await refusalAt(address), /^redis\.authoritiesFile: expected the authority .+\([A-Z_]+\)$/)
  t.equal(await refusalAt({ ...address, authorities }), undefined)
  t.match(await refusalAt({ ...address, authorities, password: 'wrong' }), /WRONGPASS/)
  await runOver(t, { ...address, authorities })
})

test('a Redis that is away, or says nothing, is no refusal', async (t) => {
  const redis = await openRedisServer(t)
  await redis.kill()

  t.equal(await refusalAt({ url: redis.url, password: 'any' }), undefined)
})
