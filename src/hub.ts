/**
 * The composition root: opens the store, starts what follows the log, and hands edges one object. Whatever it starts it
 * stops, in reverse order.
 */
import { join } from 'node:path'
import { heldWrites } from '../projections/held-writes.js'
import { PROJECTIONS } from '../projections/index.js'
import { patientRecord } from '../projections/patient-record.js'
import { policeQuarterly } from '../projections/police-quarterly.feed.js'
import { politicalLegalQuarterly } from '../projections/political-legal-quarterly.feed.js'
import type { Config } from './config.js'
import { projectionId } from './domain/define-projection.js'
import { createFeeds } from './feeds/create-feeds.js'
import type { Feeds } from './feeds/port.js'
import { type HubCore, openHubCore } from './hub-core.js'
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
  stop(): Promise<void>
}

const SPOOL_DIRECTORY = 'spool'
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
  let ticking: NodeJS.Timeout | undefined
  if (follows) {
    await readModels.start()
    await feeds.start()
    ticking = setInterval(feeds.tick, CALENDAR_CHECK_MS).unref()
  }

  const readiness = (): Promise<Readiness> => readinessOf(core, readModels, follows)
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
    recorder: core.recorder,
    hubRecorder: core.hubRecorder,
    administration: core.administration,
    held: core.held,
    vault: core.store.vault,
    resolvePseudonym: core.resolvePseudonym,
    feeds,
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
        outbox: { oldestUnsentSeconds: 0, parked: 0 },
        openAlerts: {},
      }
    },
    async stop() {
      clearInterval(ticking)
      await feeds.stop()
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
    onError: (error) => logger.error({ err: error }, 'a feed could not be closed or released; it is tried again'),
    onUnmapped: (feed, period, people) => {
      if (people > 0)
        logger.warn({ feed, period, people }, 'people in scope live where no agency of the audience is in charge')
    },
  })
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

async function readinessOf(core: HubCore, readModels: ReadModels, follows: boolean): Promise<Readiness> {
  const vault = await core.store.vault.check().then(
    () => undefined,
    (error: unknown) => (isHubError(error) ? error.message : 'away'),
  )
  const behindMs = core.clockGuard.behindMs()
  const unsettled = core.recorder.unsettledStreams()
  const { error } = readModels.status()
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
    ...(follows
      ? [{ name: 'read models', isOk: error === undefined, ...(error ? { detail: error.message } : {}) }]
      : []),
  ]
  return { isReady: checks.every(({ isOk }) => isOk), checks }
}
