import t from 'tap'
import { loadConfig, optionReference } from '../src/config.js'
import { type HubError, isHubError } from '../src/kernel/errors.js'
import { readRepositoryFile, typeScriptFiles } from './fixtures/repository.js'

const refusal = (load: () => unknown): HubError => {
  try {
    load()
  } catch (error) {
    if (isHubError(error, 'HUB_CONFIG')) return error
    throw error
  }
  throw new Error('expected a refusal')
}

t.test('is complete without any source', async (t) => {
  const config = loadConfig()

  t.equal(config.host, '127.0.0.1')
  t.equal(config.policy.pushScope, 'LITERAL_W46')
  t.equal(config.http.bodyLimitBytes, 1024 * 1024)
})

t.test('takes a flag over a variable and a variable over the file', async (t) => {
  const sources = {
    file: { port: 1, host: 'from-file', policy: { graceDays: 3, pushScope: 'LEVEL_3_PLUS' } },
    env: { LIANHU_PORT: '2', LIANHU_POLICY_GRACE_DAYS: '4' },
    flags: { port: '3' },
  }

  const config = loadConfig(sources)

  t.equal(config.port, 3)
  t.equal(config.host, 'from-file')
  t.same([config.policy.graceDays, config.policy.pushScope], [4, 'LEVEL_3_PLUS'], 'a group is merged, not replaced')
  t.equal(sources.file.policy.graceDays, 3, 'the file that was read is left as it was')
})

t.test('tells every problem at once, as expected and got, under the name it was given by', async (t) => {
  const error = refusal(() =>
    loadConfig({
      file: { http: { bodyLimit: 5 }, logLevel: 'loud' },
      env: { LIANHU_PORT: 'eighty', LIANHU_POLICY_GRACE_DAYS: '99', LIANHU_COLOUR: 'red', PATH: '/bin' },
      flags: { simulated: 'perhaps' },
    }),
  )

  t.same([...error.message.split('\n')].sort(), [
    '--simulated: expected a boolean, got "perhaps"',
    'LIANHU_COLOUR: expected a variable that is an option (lianhu doctor --options lists them), got an unknown one',
    'LIANHU_POLICY_GRACE_DAYS: expected at most 60, got 99',
    'LIANHU_PORT: expected a number, got "eighty"',
    'http.bodyLimit: expected no such option, got 5',
    'logLevel: expected one of fatal, error, warn, info, debug, trace, silent, got "loud"',
  ])
})

t.test('refuses options that do not go together', async (t) => {
  const error = refusal(() =>
    loadConfig({
      file: {
        calendarStart: '2026-01-05',
        http: { bodyLimitBytes: 4096, batchLineLimitBytes: 8192 },
        policy: { staleAfterDays: 30 },
      },
    }),
  )

  t.same(
    error.faults.map(({ pointer }) => pointer),
    ['/calendarStart', '/http/batchLineLimitBytes', '/policy/staleAfterDays'],
  )
})

t.test('refuses a user of Redis without a password, and an authority where nothing is over TLS', async (t) => {
  const shared = { eventStore: { url: 'esdb://es:2113' }, postgres: { url: 'postgres://pg/lianhu' } }
  const error = refusal(() =>
    loadConfig({
      file: { ...shared, redis: { url: 'redis://redis:6379', username: 'hub', authoritiesFile: 'ca.pem' } },
    }),
  )

  t.same(
    error.faults.map(({ pointer }) => pointer),
    ['/redis/username', '/redis/authoritiesFile'],
  )
  t.match(
    loadConfig({
      file: {
        ...shared,
        redis: { url: 'rediss://redis:6380', username: 'hub', passwordFile: 'password', authoritiesFile: 'ca.pem' },
      },
    }).redis,
    { username: 'hub', authoritiesFile: 'ca.pem' },
  )
})

t.test('reads lists and truth values from the environment', async (t) => {
  const config = loadConfig({
    env: { LIANHU_SIMULATED: 'true', LIANHU_DELIVERY_ALLOWED_HOSTS: 'a.local, 10.0.0.1:8443' },
  })

  t.equal(config.simulated, true)
  t.same(config.delivery.allowedHosts, ['a.local', '10.0.0.1:8443'])
})

t.test('is frozen to its leaves', async (t) => {
  const config = loadConfig()

  t.ok(Object.isFrozen(config) && Object.isFrozen(config.http) && Object.isFrozen(config.delivery.allowedHosts))
})

t.test('documents every option, its default last', async (t) => {
  const options = optionReference()

  t.ok(options.length >= 20)
  t.equal(new Set(options.map(({ env }) => env)).size, options.length, 'no two options share a variable')
  for (const { name, doc, default: value } of options) {
    t.match(doc, value === undefined ? /(Defaults to [^.]+|No default: .+)\.$/ : /Defaults to .+\.$/, name)
    if (typeof value === 'number') t.match(doc, new RegExp(`Defaults to ${value}\\b`), `${name} tells its real default`)
  }
  t.match(
    options.find(({ name }) => name === 'http.bodyLimitBytes'),
    { env: 'LIANHU_HTTP_BODY_LIMIT_BYTES', flag: '--http-body-limit-bytes', default: 1024 * 1024 },
  )
})

t.test('has no option that nothing reads', async (t) => {
  const sources = typeScriptFiles(['src']).filter((path) => !path.startsWith('src/config'))
  const text = sources.map(readRepositoryFile).join('\n')

  for (const { name } of optionReference()) {
    const member = name.split('.').at(-1) ?? ''
    const read = `config\\.(\\w+\\.)?${member}\\b`
    const taken = `\\{[^{}]*\\b${member}\\b[^{}]*\\}(: Config\\b|: Pick<Config|( = | = await )?(\\w+\\.)*config\\b)`
    t.match(text, new RegExp(`${read}|${taken}`), name)
  }
})
