/**
 * Every option of the hub in one strict schema: what it is, its special values, its default. Options come from a JSON file,
 * `LIANHU_*` and flags, in that order of strength; unknown ones are refused, and all problems are told at once.
 */
import { z } from 'zod'
import { configFaults } from './config-faults.js'
import { mergeSources, optionsOf, type Sources } from './config-sources.js'
import { isStorableTime } from './kernel/dates.js'
import { HubError } from './kernel/errors.js'

const KIB = 1024
const MIB = 1024 * KIB

const whole = (min: number, max: number) => z.number().int().min(min).max(max)

const zHttpOptions = z.strictObject({
  bodyLimitBytes: whole(KIB, 64 * MIB)
    .default(MIB)
    .describe('Largest JSON request body, in bytes. Defaults to 1048576 (1 MiB).'),
  batchLineLimitBytes: whole(KIB, 64 * MIB)
    .default(256 * KIB)
    .describe('Largest line of a batch, in bytes; at most http.bodyLimitBytes. Defaults to 262144 (256 KiB).'),
  batchConcurrency: whole(1, 1024)
    .default(1024)
    .describe(
      'Lines of one batch that are recorded at the same time, of 8 MiB at most; the lines of one person never are. Defaults to 1024.',
    ),
  maxWaitSeconds: whole(0, 300)
    .default(30)
    .describe('Longest wait of a mailbox request for a message; 0 answers at once. Defaults to 30.'),
  keyCacheSize: whole(1, 1_000_000)
    .default(10_000)
    .describe('API keys whose digest is kept in memory, so that each is hashed once. Defaults to 10000.'),
})

const zRecordingOptions = z.strictObject({
  patientCacheSize: whole(1, 10_000_000)
    .default(20_000)
    .describe('Persons whose folded state is kept in memory between two writes. Defaults to 20000.'),
})

const zPolicyOptions = z.strictObject({
  pushScope: z
    .enum(['LITERAL_W46', 'LEVEL_3_PLUS'])
    .default('LITERAL_W46')
    .describe(
      'Which assessments are pushed at once: LITERAL_W46, every one; LEVEL_3_PLUS, those of level 3 and above and what takes them back. Defaults to LITERAL_W46.',
    ),
  graceDays: whole(0, 60)
    .default(7)
    .describe('Calendar days between the end of a period and its close; 0 closes on the next day. Defaults to 7.'),
  followUpMaxDays: whole(7, 366)
    .default(92)
    .describe('Longest interval between two follow-ups that a visit may plan, in days. Defaults to 92 (a quarter).'),
  staleAfterDays: whole(1, 3660)
    .default(184)
    .describe('Days after which an assessment reads "not currently assessed". Defaults to 184 (two quarters).'),
  alertHours: whole(1, 24 * 30)
    .default(24)
    .describe(
      'Hours that whoever was told last has to acknowledge an alarm, before it ends unanswered. Defaults to 24, without a source.',
    ),
  dutyAfterMinutes: whole(0, 7 * 24 * 60)
    .default(15)
    .describe(
      'Minutes after which an alarm that nobody acknowledged climbs to the duty subscriptions of its agency; 0 leaves them out. Defaults to 15, without a source.',
    ),
  superiorAfterMinutes: whole(0, 7 * 24 * 60)
    .default(60)
    .describe(
      'Minutes after which it climbs to the superior of its agency; 0 leaves it out. Defaults to 60, without a source.',
    ),
})

const zDeliveryOptions = z.strictObject({
  timeoutMs: whole(100, 120_000)
    .default(10_000)
    .describe('Longest wait for the answer of a webhook, in milliseconds. Defaults to 10000.'),
  allowedHosts: z
    .array(z.string().min(1))
    .default([])
    .describe(
      'Hosts that webhooks may go to, e.g. "hub.police.local" or "10.1.2.3:8443"; empty allows none but, in a simulated store, loopback. Defaults to none.',
    ),
  authoritiesFile: z
    .string()
    .min(1)
    .optional()
    .describe(
      "PEM file of authorities that receivers' certificates may come from, beside those that Node trusts. Defaults to none.",
    ),
  filesDirectory: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Existing directory for agencies without a network towards us: encrypted packages go into a folder for each subscription there; every hub of a cluster sees the same one. Defaults to none: no subscription by files.',
    ),
  inlineLimitBytes: whole(KIB, 16 * MIB)
    .default(MIB)
    .describe('Largest document that rides inside its message; larger ones are fetched. Defaults to 1048576 (1 MiB).'),
  heartbeatHours: whole(0, 168)
    .default(6)
    .describe(
      'Hours between two heartbeats to a webhook, so that silence and nothing to report differ; 0 sends none. Subscriptions by files get none. Defaults to 6.',
    ),
  concurrency: whole(1, 1000).default(32).describe('Subscriptions that are sent to at the same time. Defaults to 32.'),
})

const zEventStoreOptions = z.strictObject({
  url: z
    .string()
    .regex(/^esdb(\+discover)?:\/\/[^@]+$/, 'expected esdb://host:port[,host:port][?tls=…] without user and password')
    .optional()
    .describe(
      'Address of the event store (EventStoreDB 23.10, KurrentDB) that several hubs share, e.g. esdb://es1:2113,es2:2113,es3:2113?tls=true&tlsCAFile=/run/secrets/ca.crt. Defaults to none: the log is a file of this hub.',
    ),
  credentialsFile: z
    .string()
    .min(1)
    .optional()
    .describe('File whose first line is user:password at the event store. Defaults to none, for an insecure trial.'),
})

const zPostgresOptions = z.strictObject({
  url: z
    .string()
    .regex(/^postgres(ql)?:\/\/([^:@/]+@)?[^@]*$/, 'expected postgres://user@host:port/database without a password')
    .optional()
    .describe(
      'Address of the vault that several hubs share, e.g. postgres://lianhu@pg:5432/lianhu?sslmode=verify-full&sslrootcert=/run/secrets/ca.crt. Defaults to none: the vault is a file of this hub.',
    ),
  passwordFile: z
    .string()
    .min(1)
    .optional()
    .describe("File whose first line is the vault user's password. Defaults to none."),
})

const zRedisOptions = z.strictObject({
  url: z
    .string()
    .regex(/^rediss?:\/\/[^@]*$/, 'expected redis://host:port[/database] without user and password')
    .optional()
    .describe(
      'Address of the Redis that says which hub sends for which subscription, e.g. redis://redis:6379, or rediss:// for TLS. Defaults to none: this hub sends for all.',
    ),
  username: z
    .string()
    .regex(/^\S+$/, 'expected a name without spaces')
    .optional()
    .describe("User of Redis' access list, beside redis.passwordFile. Defaults to the user without a name."),
  passwordFile: z
    .string()
    .min(1)
    .optional()
    .describe('File whose first line is the password at Redis. Defaults to none.'),
  authoritiesFile: z
    .string()
    .min(1)
    .optional()
    .describe(
      'PEM file of authorities that the certificate of a rediss:// address may come from, beside those that Node trusts. Defaults to none.',
    ),
})

const zConfigShape = z.strictObject({
  dataDir: z
    .string()
    .min(1)
    .default('data')
    .describe(
      'Directory of master key and read models, and of log and vault where they are its own; one hub at a time. Defaults to data.',
    ),
  host: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('Address to listen on. Defaults to 127.0.0.1, this machine only.'),
  port: whole(0, 65_535).default(8460).describe('Port to listen on; 0 takes any free one. Defaults to 8460.'),
  passphraseFile: z
    .string()
    .min(1)
    .optional()
    .describe('File whose first line is the passphrase of the master key. No default: serve needs it.'),
  logLevel: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('The least severe message that is logged; debug adds one line for each request. Defaults to info.'),
  simulated: z
    .boolean()
    .default(false)
    .describe(
      'Creates a log of synthetic people, whose calendar may be driven and which sends to loopback only. It is a property of the log and never changes. Defaults to false.',
    ),
  calendarStart: z
    .string()
    .refine(isStorableTime, 'expected a day or an RFC 3339 time')
    .optional()
    .describe('The moment at which a simulated calendar starts, e.g. 2026-01-05. Defaults to the real time.'),
  role: z
    .enum(['all', 'api', 'worker'])
    .default('all')
    .describe(
      'What this hub of a cluster does: api answers and records; worker raises alerts, closes, compiles and sends, and answers for operations only; all does both. Defaults to all.',
    ),
  eventStore: zEventStoreOptions.prefault({}),
  postgres: zPostgresOptions.prefault({}),
  redis: zRedisOptions.prefault({}),
  http: zHttpOptions.prefault({}),
  recording: zRecordingOptions.prefault({}),
  policy: zPolicyOptions.prefault({}),
  delivery: zDeliveryOptions.prefault({}),
})

/** Cross-field rules stand here and nowhere else. */
const zConfig = zConfigShape.check(({ value, issues }) => {
  const refuse = (path: readonly string[], message: string): void => {
    issues.push({ code: 'custom', path: [...path], message, input: value })
  }
  if (value.calendarStart !== undefined && !value.simulated) {
    refuse(['calendarStart'], 'expected simulated: true beside it, since only a simulated calendar is driven')
  }
  const { eventStore, postgres, redis } = value
  const shared = { eventStore, postgres, redis }
  const named = Object.values(shared).filter(({ url }) => url !== undefined).length
  for (const [name, { url }] of Object.entries(shared)) {
    if (named > 0 && url === undefined)
      refuse([name, 'url'], 'expected an address, since hubs share log, vault and queue together or not at all')
  }
  if (named === 0 && value.role !== 'all') {
    refuse(['role'], 'expected all, since a hub with its own log and vault has nobody to share the work with')
  }
  if (redis.username !== undefined && redis.passwordFile === undefined) {
    refuse(['redis', 'username'], 'expected redis.passwordFile beside it, since a user of Redis has a password')
  }
  if (redis.authoritiesFile !== undefined && !redis.url?.startsWith('rediss:')) {
    refuse(['redis', 'authoritiesFile'], 'expected a redis.url that begins with rediss://, since no other is over TLS')
  }
  if (value.http.batchLineLimitBytes > value.http.bodyLimitBytes) {
    refuse(['http', 'batchLineLimitBytes'], `expected at most http.bodyLimitBytes (${value.http.bodyLimitBytes})`)
  }
  const { dutyAfterMinutes, superiorAfterMinutes } = value.policy
  if (superiorAfterMinutes > 0 && superiorAfterMinutes < dutyAfterMinutes) {
    refuse(
      ['policy', 'superiorAfterMinutes'],
      `expected 0, or at least policy.dutyAfterMinutes (${dutyAfterMinutes}), since the own duty desk comes first`,
    )
  }
  if (value.policy.staleAfterDays < value.policy.followUpMaxDays) {
    refuse(
      ['policy', 'staleAfterDays'],
      `expected at least policy.followUpMaxDays (${value.policy.followUpMaxDays}), or a level goes stale between two visits in time`,
    )
  }
})

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly Item[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T

export type Config = DeepReadonly<z.infer<typeof zConfig>>

/**
 * The complete configuration, deep-frozen. Throws `HUB_CONFIG` with one fault for each problem.
 * `loadConfig({ env: { LIANHU_PORT: '9000' } }).port` is 9000.
 */
export function loadConfig(sources: Sources = {}): Config {
  const merged = mergeSources(zConfigShape, sources)
  const parsed = zConfig.safeParse(merged.values)
  const faults = [...merged.faults, ...(parsed.success ? [] : configFaults(parsed.error, merged))]
  if (!parsed.success || faults.length > 0) {
    throw new HubError('HUB_CONFIG', faults.map(({ message }) => message).join('\n'), { faults })
  }
  return deepFreeze(parsed.data)
}

function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value)) if (typeof member === 'object' && member !== null) deepFreeze(member)
  return Object.freeze(value)
}

export interface OptionDoc {
  /** `http.bodyLimitBytes` */
  readonly name: string
  /** `LIANHU_HTTP_BODY_LIMIT_BYTES` */
  readonly env: string
  /** `--http-body-limit-bytes` */
  readonly flag: string
  readonly doc: string
  readonly default: unknown
}

/** Every option with its doc line, for `lianhu doctor`, `--help` and the docs page. */
export function optionReference(): readonly OptionDoc[] {
  return optionsOf(zConfigShape).map(({ name, schema, env, flag }) => ({
    name,
    env,
    flag,
    doc: schema.description ?? '',
    default: schema.safeParse(undefined).data,
  }))
}
