/**
 * The composition root: opens the store, starts what follows the log, and hands edges one object. Whatever it starts it
 * stops, in reverse order.
 */
import { join } from 'node:path'
import { heldWrites } from '../projections/held-writes.js'
import { PROJECTIONS } from '../projections/index.js'
import { patientRecord } from '../projections/patient-record.js'
import type { Config } from './config.js'
import { type HubCore, openHubCore } from './hub-core.js'
import type { Hub, HubStatus, Readiness } from './hub-port.js'
import type { Clock } from './kernel/clock.js'
import { SECOND } from './kernel/dates.js'
import { isHubError } from './kernel/errors.js'
import type { Logger } from './kernel/logger.js'
import type { ReadModels } from './readmodel/port.js'
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
  if (follows) await readModels.start()

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
    heldFor: (agency) => heldFor(readModels, agency),
    readiness,
    async status(): Promise<HubStatus> {
      return {
        readiness: await readiness(),
        logEvents: Number(await core.store.log.head()),
        readModels: readModels.status().projections.map(({ projection, checkpoint }) => ({
          name: projection,
          version: 1,
          behind: checkpoint.leafIndex,
        })),
        outbox: { oldestUnsentSeconds: 0, parked: 0 },
        openAlerts: {},
      }
    },
    async stop() {
      await readModels.stop()
      await core.stop()
    },
  }
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
