/**
 * The composition root: opens the store, starts what follows the log, and hands edges one object. Whatever it starts it
 * stops, in reverse order.
 */
import { join } from 'node:path'
import { alerts as alertRows } from '../projections/alerts.js'
import { heldWrites } from '../projections/held-writes.js'
import { PROJECTIONS } from '../projections/index.js'
import { patientRecord } from '../projections/patient-record.js'
import { policeQuarterly } from '../projections/police-quarterly.feed.js'
import { politicalLegalQuarterly } from '../projections/political-legal-quarterly.feed.js'
import { createAlerts } from './alerts/acts.js'
import { createDispatcher } from './alerts/dispatch.js'
import type { Dispatcher } from './alerts/port.js'
import type { Config } from './config.js'
import { createDelivery } from './delivery/deliver.js'
import type { Delivery, Subscriptions } from './delivery/port.js'
import { createSubscriptions } from './delivery/subscriptions.js'
import { projectionId } from './domain/define-projection.js'
import { ROLES } from './domain/event.js'
import { readText } from './domain/read-data.js'
import { createFeeds } from './feeds/create-feeds.js'
import type { Feeds } from './feeds/port.js'
import { type HubCore, openHubCore } from './hub-core.js'
import { type Counters, createCounters } from './hub-counters.js'
import type { Hub, HubStatus, Readiness } from './hub-port.js'
import type { Clock } from './kernel/clock.js'
import { SECOND } from './kernel/dates.js'
import { isHubError } from './kernel/errors.js'
import type { Logger } from './kernel/logger.js'
import { openSqliteLogReader } from './log/sqlite-reader.js'
import { LOG_FILE } from './log/sqlite-schema.js'
import { packWith, WEIHAI_2019 } from './policy/pack.js'
import { currentFile } from './readmodel/file-names.js'
import type { ReadModels } from './readmodel/port.js'
import { openProjectionReader } from './readmodel/projection-reader.js'
import { createReadModels } from './readmodel/read-models.js'
import { inThread } from './readmodel/thread-follower.js'
import { READ_MODELS_DIRECTORY } from './readmodel-worker.js'

export interface HubOptions {
  readonly config: Config
  readonly logger: Logger
  readonly passphrase: string
  /** Makes master key and log where the data directory holds none. */
  readonly init?: boolean
  /** A driven calendar; only for a log created simulated. */
  readonly calendar?: Clock
  /** `recording` leaves out whatever follows the log: for benchmarks of recording alone. */
  readonly follow?: 'everything' | 'recording'
}

export interface RunningHub extends Hub {
  readonly core: HubCore
  readonly readModels: ReadModels
  readonly dispatcher: Dispatcher
  readonly delivery: Delivery
  stop(): Promise<void>
}

const SPOOL_DIRECTORY = 'spool'
const DISPATCH_FILE = 'dispatch@1.sqlite'
/** How often the calendar is looked at for a period to close. */
const CALENDAR_CHECK_MS = 10 * SECOND

export async function openHub(options: HubOptions): Promise<RunningHub> {
  const { config, logger } = options
  const follows = options.follow !== 'recording'
  const readModels = createReadModels({
    directory: join(config.dataDir, READ_MODELS_DIRECTORY),
    projections: PROJECTIONS,
    follower: inThread({ entry: new URL('./readmodel-worker.js', import.meta.url), data: { dataDir: config.dataDir } }),
  })
  const core = await openHubCore({
    config,
    passphrase: options.passphrase,
    ...(options.init === undefined ? {} : { init: options.init }),
    ...(options.calendar === undefined ? {} : { calendar: options.calendar }),
    patientIds: () => patientIds(readModels),
    onCommitted: () => readModels.notify(),
  })
  core.store.died.then((error) =>
    logger.fatal({ err: error }, 'the store stopped; the hub records nothing until it is started again'),
  )
  core.directory.failed.catch((error: unknown) =>
    logger.error({ err: error }, 'the directory no longer follows the log'),
  )
  const feeds = feedsOf(core, readModels, logger)
  const counters = createCounters()
  const delivery = deliveryOf(core, feeds, counters, logger)
  const dispatcher = dispatcherOf(core, delivery, counters, logger)
  const alerts = createAlerts({
    log: core.store.log,
    recorder: core.hubRecorder,
    calendar: core.calendar,
    rows: () => readModels.reader(alertRows),
  })
  let ticking: NodeJS.Timeout | undefined
  if (follows) {
    await readModels.start()
    await feeds.start()
    await delivery.start()
    await dispatcher.start()
    ticking = setInterval(feeds.tick, CALENDAR_CHECK_MS).unref()
  }

  const readiness = (): Promise<Readiness> => readinessOf(core, readModels, follows ? dispatcher : undefined)
  return {
    core,
    readModels,
    config,
    logger,
    logId: core.logId,
    calendar: core.calendar,
    wall: core.wall,
    log: core.store.log,
    directory: () => core.directory.current,
    through: core.directory.through,
    recorder: core.recorder,
    hubRecorder: core.hubRecorder,
    administration: core.administration,
    held: core.held,
    vault: core.store.vault,
    resolvePseudonym: core.resolvePseudonym,
    feeds,
    alerts,
    delivery,
    dispatcher,
    subscriptions: subscriptionsOf(core, feeds),
    heldFor: (agency) => heldFor(readModels, agency),
    readiness,
    async status(): Promise<HubStatus> {
      const logEvents = Number(await core.store.log.head())
      return {
        readiness: await readiness(),
        logEvents,
        readModels: readModels.status().projections.map(({ projection, checkpoint }) => {
          const [name = '', version = ''] = projection.split('@')
          return { name, version: Number(version), behind: Math.max(0, logEvents - 1 - checkpoint.leafIndex) }
        }),
        outbox: outboxOf(delivery),
        queued: counters.queued(),
        handedOver: counters.handedOver(),
      }
    },
    async stop() {
      clearInterval(ticking)
      await feeds.stop()
      await dispatcher.stop()
      await delivery.stop()
      await readModels.stop()
      await core.stop()
    },
  }
}

function feedsOf(core: HubCore, readModels: ReadModels, logger: Logger): Feeds {
  const { config, store, directory, clockGuard } = core
  const files = join(config.dataDir, READ_MODELS_DIRECTORY)
  const { pushScope, graceDays } = config.policy
  return createFeeds({
    logId: core.logId,
    isSimulated: core.simulated,
    log: store.log,
    openLog: () => openSqliteLogReader(join(config.dataDir, LOG_FILE)),
    vault: store.vault,
    recorder: core.hubRecorder,
    readModels,
    openPatients: () => openProjectionReader(currentFile(files, projectionId(patientRecord)), { snapshot: true }),
    definitions: [policeQuarterly, politicalLegalQuarterly],
    pack: packWith(WEIHAI_2019, { pushScope, graceDays }),
    versions: () => directory.current.versions(),
    isClockDoubted: () => clockGuard.behindMs() > 0 || directory.current.isClockDoubted(),
    calendar: core.calendar,
    spoolDirectory: join(config.dataDir, SPOOL_DIRECTORY),
    threads: { entry: new URL('./feeds-worker.js', import.meta.url), data: { readModelsDirectory: files } },
    onError: (error) => logger.error({ err: error }, 'a feed could not be closed or released; it is tried again'),
    onUnmapped: (feed, period, people) => {
      if (people > 0)
        logger.warn({ feed, period, people }, 'people in scope live where no agency of the audience is in charge')
    },
  })
}

function deliveryOf(core: HubCore, feeds: Feeds, counters: Counters, logger: Logger): Delivery {
  const { config, store } = core
  const { timeoutMs, allowedHosts, concurrency, inlineLimitBytes } = config.delivery
  const { staleAfterDays, alertHours } = config.policy
  return createDelivery({
    logId: core.logId,
    log: store.log,
    vault: store.vault,
    recorder: core.hubRecorder,
    calendar: core.calendar,
    options: { timeoutMs, allowedHosts, concurrency, simulated: core.simulated, staleAfterDays, alertHours },
    async inlineDocument({ data }) {
      const file = await feeds.document(readText(data, 'feed'), readText(data, 'period'), readText(data, 'agency'))
      return file.bytes.length <= inlineLimitBytes ? file.bytes.toString('utf8') : undefined
    },
    metrics: counters.delivery,
    onProblem: (subscription, error) =>
      logger.error({ subscription, err: error }, 'a message could not be rendered, sent or written down'),
  })
}

function dispatcherOf(core: HubCore, delivery: Delivery, counters: Counters, logger: Logger): Dispatcher {
  const { config, store } = core
  return createDispatcher({
    logId: core.logId,
    log: store.log,
    recorder: core.hubRecorder,
    renderer: delivery.renderer,
    outlet: delivery.outlet,
    stateFile: join(config.dataDir, READ_MODELS_DIRECTORY, DISPATCH_FILE),
    pushScope: config.policy.pushScope,
    metrics: counters.dispatch,
    onFault: (error) =>
      logger.fatal({ err: error }, 'the dispatcher stopped: no message is queued until the hub starts again'),
  })
}

/** Who subscribes reads the own write: an act resolves when the directory has seen it. */
function subscriptionsOf(core: HubCore, feeds: Feeds): Subscriptions {
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
    feedAudience: (name) =>
      ROLES.find((role) => role === feeds.definitions().find((feed) => feed.name === name)?.audience),
  })
}

function outboxOf(delivery: Delivery): HubStatus['outbox'] {
  const { waiting, paused, parked } = delivery.totals()
  return { waiting, pausedReceivers: paused, parked }
}

function* patientIds(readModels: ReadModels): Iterable<string> {
  for (const { key } of readModels.reader(patientRecord).all()) yield key
}

function heldFor(readModels: ReadModels, agency: string): ReturnType<Hub['heldFor']> {
  return [...readModels.reader(heldWrites).all()]
    .filter(({ row }) => row.unit === undefined || row.unit === agency)
    .map(({ row }) => ({
      heldId: row.held,
      type: row.type,
      heldAt: row.heldAt,
      agency: row.recordedBy.agency,
      ...(row.township === undefined ? {} : { township: row.township }),
    }))
}

async function readinessOf(
  core: HubCore,
  readModels: ReadModels,
  dispatcher: Dispatcher | undefined,
): Promise<Readiness> {
  const vault = await core.store.vault.check().then(
    () => undefined,
    (error: unknown) => (isHubError(error) ? error.message : 'away'),
  )
  const behindMs = core.clockGuard.behindMs()
  const unsettled = core.recorder.unsettledStreams()
  const checks = [
    { name: 'vault', isOk: vault === undefined, ...(vault === undefined ? {} : { detail: vault }) },
    {
      name: 'log',
      isOk: unsettled === 0,
      ...(unsettled === 0 ? {} : { detail: `${unsettled} streams wait for an answer of the log` }),
    },
    {
      name: 'clock',
      isOk: behindMs === 0,
      ...(behindMs === 0
        ? {}
        : { detail: `${Math.round(behindMs / SECOND)} s behind the last event: no period closes` }),
    },
    ...(dispatcher ? followersOf(readModels, dispatcher) : []),
  ]
  return { isReady: checks.every(({ isOk }) => isOk), checks }
}

function followersOf(readModels: ReadModels, dispatcher: Dispatcher): Readiness['checks'] {
  const { error } = readModels.status()
  const { state } = dispatcher.health()
  return [
    { name: 'read models', isOk: error === undefined, ...(error ? { detail: error.message } : {}) },
    { name: 'dispatcher', isOk: state === 'running', ...(state === 'running' ? {} : { detail: state }) },
  ]
}
