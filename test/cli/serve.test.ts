import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { NO_REDIS, openRedisServer, redisServerVersion } from '../fixtures/redis-server.js'
import type { Cleanup } from '../fixtures/store.js'
import { cli } from './run.js'

const MAIN = fileURLToPath(new URL('../../src/main.js', import.meta.url))

interface Served {
  readonly address: Promise<string>
  readonly ended: Promise<number | null>
  readonly said: () => string
  stop(): void
}

/** The real process. `address` rejects where it ends before it listens. */
const serve = (t: Cleanup, env: Readonly<Record<string, string>>, ...flags: string[]): Served => {
  const child = spawn(process.execPath, [MAIN, 'serve', ...flags], { env: { ...process.env, ...env } })
  t.teardown(() => child.kill('SIGKILL'))
  let said = ''
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const address = new Promise<string>((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      said += chunk.toString()
      const listening = /http:\/\/127\.0\.0\.1:\d+/.exec(said)
      if (listening) resolve(listening[0])
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    ended.then((code) => reject(new Error(`ended with ${code}: ${said}`)))
  })
  address.catch(() => undefined)
  return { address, ended, said: () => said, stop: () => void child.kill('SIGTERM') }
}

t.test('serves, refuses a second hub on the same directory, and stops in good order', async (t) => {
  const { env, run } = cli(t)
  const key = (await run('keys', 'create', '--operator', '--init', '--json')).json.key

  const hub = serve(t, env)
  const address = await hub.address
  const ready = await fetch(`${address}/readyz`)
  const agencies = await fetch(`${address}/v1/agencies`, { headers: { authorization: `Bearer ${key}` } })
  const second = serve(t, env)

  t.equal(ready.status, 200)
  t.equal(agencies.status, 200)
  t.equal(await second.ended, 1)
  t.match(second.said(), /HUB_DATA_LOCKED/)
  hub.stop()
  t.equal(await hub.ended, 0)
  t.notMatch(hub.said(), key)
  const again = serve(t, env)
  t.equal((await fetch(`${await again.address}/readyz`)).status, 200, 'and starts again')
  again.stop()
  t.equal(await again.ended, 0)
})

t.test('makes a store only where it is told to', async (t) => {
  const { env } = cli(t)

  const without = serve(t, env)
  t.equal(await without.ended, 1)
  t.match(without.said(), /--init/)

  const made = serve(t, env, '--init')
  await made.address
  made.stop()
  t.equal(await made.ended, 0)
  t.match(made.said(), /keys create --operator/)
})

t.test('does not start where Redis refuses it, and says which option is wrong', async (t) => {
  if (redisServerVersion() === undefined) {
    t.pass('a refusal of Redis', { skip: NO_REDIS })
    return
  }
  const { env, file } = cli(t)
  const redis = await openRedisServer(t, { users: ['hub on >right ~* &* +@all'] })
  const hub = serve(
    t,
    {
      ...env,
      LIANHU_EVENT_STORE_URL: 'esdb://127.0.0.1:1?tls=false',
      LIANHU_POSTGRES_URL: 'postgres://lianhu@127.0.0.1:1/lianhu',
      LIANHU_REDIS_URL: redis.url,
      LIANHU_REDIS_USERNAME: 'hub',
      LIANHU_REDIS_PASSWORD_FILE: file('redis-password', 'not-this-one\n'),
    },
    '--init',
  )

  t.equal(await hub.ended, 1)
  t.match(hub.said(), /HUB_CONFIG/)
  t.match(hub.said(), /redis\.passwordFile: expected the password of redis\.username at Redis/)
  t.notMatch(hub.said(), /not-this-one/)
})
