/** What follows the log in a hub, each wired to the rest: feeds, delivery, the dispatcher, subscriptions. It starts nothing. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FEEDS } from '../projections/feeds.js'
import { patientRecord } from '../projections/patient-record.js'
import { createDispatcher } from './alerts/dispatch.js'
import { DISPATCH_STATE_FILE } from './alerts/dispatch-state-sqlite.js'
import type { Dispatcher } from './alerts/port.js'
import { createOutboxWatch } from './alerts/watch-outboxes.js'
import type { Config } from './config.js'
import { createDelivery } from './delivery/deliver.js'
import type { CreateJobs } from './delivery/jobs.js'
import { createBullmqJobs } from './delivery/jobs-bullmq.js'
import { createJobsElsewhere } from './delivery/jobs-elsewhere.js'
import type { Delivery, Subscriptions } from './delivery/port.js'
import { checkRedis, type RedisAddress } from './delivery/redis-connection.js'
import { createSubscriptions } from './delivery/subscriptions.js'
import { projectionId } from './domain/define-projection.js'
import { ROLES } from './domain/event.js'
import { readText } from './domain/read-data.js'
import { createFeeds } from './feeds/create-feeds.js'
import type { Feeds } from './feeds/port.js'
import type { FeedsWorkerData } from './feeds-worker.js'
import type { HubCore } from './hub-core.js'
import type { Counters } from './hub-counters.js'
import { isClockInDoubt } from './hub-readiness.js'
import { keptFrom } from './hub-restrictions.js'
import { HubError } from './kernel/errors.js'
import type { Logger } from './kernel/logger.js'
import { openSqliteLogReader } from './log/sqlite-reader.js'
import { packWith, WEIHAI_2019 } from './policy/pack.js'
import { currentFile } from './readmodel/file-names.js'
import type { ReadModels } from './readmodel/port.js'
import { openProjectionReader } from './readmodel/projection-reader.js'
import { READ_MODELS_DIRECTORY } from './readmodel-worker.js'
import { logFileOf, secretIn } from './store-of.js'

const SPOOL_DIRECTORY = 'spool'
/** Of every key at Redis; the id of the log follows. */
const REDIS_PREFIX = 'lianhu-'

export function feedsOf(core: HubCore, readModels: ReadModels, counters: Counters, logger: Logger): Feeds {
  const { config, store, directory } = core
  const files = join(config.dataDir, READ_MODELS_DIRECTORY)
  const { pushScope, graceDays } = config.policy
  return createFeeds({
    logId: core.logId,
    isSimulated: core.simulated,
    log: store.log,
    placed: store.log.reader,
    openLog: () => openSqliteLogReader(logFileOf(config)),
    vault: store.vault,
    recorder: core.hubRecorder,
    readModels,
    openPatients: () => openProjectionReader(currentFile(files, projectionId(patientRecord)), { snapshot: true }),
    definitions: FEEDS,
    pack: packWith(WEIHAI_2019, { pushScope, graceDays }),
    versions: () => directory.current.versions(),
    isClockDoubted: () => isClockInDoubt(core),
    calendar: core.calendar,
    spoolDirectory: join(config.dataDir, SPOOL_DIRECTORY),
    threads: {
      entry: new URL('./feeds-worker.js', import.meta.url),
      data: {
        readModelsDirectory: files,
        logFile: logFileOf(config),
        ...(store.vaultFile && { vaultFile: store.vaultFile }),
      } satisfies FeedsWorkerData,
    },
    onError: counters.feeds.failed,
    onSettled: counters.feeds.settled,
    onUnmapped(feed, period, people) {
      counters.compiled(feed, people)
      if (people > 0)
        logger.warn({ feed, period, people }, 'people in scope live where no agency of the audience is in charge')
    },
  })
}

interface DeliveryParts {
  readonly readModels: ReadModels
  readonly feeds: Feeds
  readonly counters: Counters
  readonly logger: Logger
}

export function deliveryOf(core: HubCore, { readModels, feeds, counters, logger }: DeliveryParts): Delivery {
  const { config, store, directory } = core
  const { timeoutMs, allowedHosts, concurrency, heartbeatHours } = config.delivery
  const { inlineLimitBytes, authoritiesFile, filesDirectory } = config.delivery
  const { staleAfterDays, alertHours } = config.policy
  return createDelivery({
    logId: core.logId,
    log: store.log,
    authority: store.log.authority,
    vault: store.vault,
    recorder: core.hubRecorder,
    calendar: core.calendar,
    options: {
      ...{
        timeoutMs,
        allowedHosts,
        concurrency,
        heartbeatHours,
        simulated: core.simulated,
        staleAfterDays,
        alertHours,
      },
      ...authoritiesIn('delivery.authoritiesFile', authoritiesFile),
      ...(filesDirectory === undefined ? {} : { filesDirectory }),
    },
    async inlineDocument({ data }) {
      const file = await feeds.document(readText(data, 'feed'), readText(data, 'period'), readText(data, 'agency'))
      const { bytes, recalled, wholeBytes } = file
      // Whether it rides along never changes.
      return wholeBytes <= inlineLimitBytes ? { content: bytes.toString('utf8'), recalled } : undefined
    },
    keptFrom(agency) {
      const role = directory.current.agency(agency)?.role
      return role === undefined ? [] : keptFrom(readModels, role)
    },
    ...jobsOf(core, logger),
    metrics: counters.delivery,
    onProblem: (subscription, error) =>
      logger.error({ subscription, err: error }, 'a message could not be rendered, sent or written down'),
  })
}

/** Who sends: this hub alone, whichever hub holds the lease, or others. */
function jobsOf({ config, logId }: HubCore, logger: Logger): { readonly jobs?: CreateJobs } {
  if (config.role === 'api') return { jobs: createJobsElsewhere }
  const address = redisAddressOf(config)
  if (!address) return {}
  return {
    jobs: createBullmqJobs({
      ...address,
      prefix: `${REDIS_PREFIX}${logId}`,
      onAway: (error) =>
        logger.warn({ err: error }, 'Redis is away: nothing is sent until it is back; recording goes on'),
      onBack: () => logger.info({}, 'Redis is back: sending goes on'),
    }),
  }
}

/** Before a hub that sends opens anything. @throws HUB_CONFIG where Redis is there and refuses it */
export async function checkQueueOf(config: Config): Promise<void> {
  const address = config.role === 'api' ? undefined : redisAddressOf(config)
  if (address) await checkRedis(address, REDIS_PREFIX)
}

function redisAddressOf(config: Config): RedisAddress | undefined {
  const { url, username, passwordFile, authoritiesFile } = config.redis
  if (url === undefined) return undefined
  const password = secretIn('redis.passwordFile', passwordFile)
  return {
    url,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...authoritiesIn('redis.authoritiesFile', authoritiesFile),
  }
}

export function dispatcherOf(core: HubCore, delivery: Delivery, counters: Counters, logger: Logger): Dispatcher {
  const { config, store, directory } = core
  if (config.role === 'api') {
    return createOutboxWatch({
      log: store.log,
      outlet: delivery.outlet,
      directory: () => directory.current,
      through: directory.through,
      onFault: (error) =>
        logger.fatal({ err: error }, 'what is queued is no longer followed: mailboxes here wake nobody'),
    })
  }
  return createDispatcher({
    logId: core.logId,
    log: store.log,
    authority: store.log.authority,
    recorder: core.hubRecorder,
    renderer: delivery.renderer,
    outlet: delivery.outlet,
    stateFile: join(config.dataDir, READ_MODELS_DIRECTORY, DISPATCH_STATE_FILE),
    pushScope: config.policy.pushScope,
    cachedLives: config.recording.patientCacheSize,
    folded: core.recorder.stateAt,
    metrics: counters.dispatch,
    onFault: (error) =>
      logger.fatal({ err: error }, 'the dispatcher stopped: no message is queued until the hub starts again'),
  })
}

function authoritiesIn(option: string, file: string | undefined): { readonly authorities?: string } {
  if (file === undefined) return {}
  try {
    return { authorities: readFileSync(file, 'utf8') }
  } catch (cause) {
    throw new HubError('HUB_CONFIG', `${option}: expected a file that can be read, got ${file}`, { cause })
  }
}

/** Who subscribes reads the own write: an act resolves when the directory has seen it. */
export function subscriptionsOf(core: HubCore, feeds: Feeds): Subscriptions {
  const { config, directory, hubRecorder } = core
  return createSubscriptions({
    recorder: {
      ...hubRecorder,
      async appendNext(event, check) {
        const receipt = await hubRecorder.appendNext(event, check)
        await directory.through(receipt)
        return receipt
      },
    },
    vault: core.store.vault,
    directory: () => directory.current,
    wall: core.wall,
    addresses: { allowedHosts: config.delivery.allowedHosts, simulated: core.simulated },
    hasFiles: config.delivery.filesDirectory !== undefined,
    feedAudience: (name) =>
      ROLES.find((role) => role === feeds.definitions().find((feed) => feed.name === name)?.audience),
  })
}
