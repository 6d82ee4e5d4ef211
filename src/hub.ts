/**
 * The composition root: opens the store, starts what follows the log, and hands edges one object. Whatever it starts it
 * stops, in reverse order.
 */
import { join } from 'node:path'
import { alerts as alertRows } from '../projections/alerts.js'
import { heldWrites } from '../projections/held-writes.js'
import { PROJECTIONS } from '../projections/index.js'
import { patientRecord } from '../projections/patient-record.js'
import { createAccount } from './account/create-account.js'
import { createAlerts } from './alerts/acts.js'
import type { Dispatcher } from './alerts/port.js'
import type { Config } from './config.js'
import type { Delivery } from './delivery/port.js'
import type { RecallKeeper } from './feeds/recall-keeper.js'
import { alertKeeperOf, stalenessKeeperOf, waitingAlerts, whereAlarmsWait } from './hub-alerts.js'
import { type HubCore, openHubCore } from './hub-core.js'
import { createCounters } from './hub-counters.js'
import { erasureOf } from './hub-erasure.js'
import { checkQueueOf, deliveryOf, dispatcherOf, feedsOf, subscriptionsOf } from './hub-followers.js'
import { oneOffsOf } from './hub-one-off.js'
import type { Hub, HubStatus, Readiness } from './hub-port.js'
import { isClockInDoubt, type ReplicaLag, readinessOf, replicaLagOf } from './hub-readiness.js'
import { recallKeeperOf, recallsOf } from './hub-recalls.js'
import { keptFrom } from './hub-restrictions.js'
import { returnsOf } from './hub-returns.js'
import { versionsOf } from './hub-version-acts.js'
import type { Clock } from './kernel/clock.js'
import { dayOf, SECOND } from './kernel/dates.js'
import { isHubError } from './kernel/errors.js'
import type { Logger } from './kernel/logger.js'
import type { ReadModels } from './readmodel/port.js'
import { createReadModels } from './readmodel/read-models.js'
import { inThread } from './readmodel/thread-follower.js'
import { READ_MODELS_DIRECTORY } from './readmodel-worker.js'
import { isListedTo } from './recording/held-writes.js'
import { logFileOf } from './store-of.js'

/**
 * What follows the log. `everything` serves. `closing` projects, closes and releases, and `reading` only projects: a command at
 * the machine raises no alert and sends nothing. `recording` leaves out whatever follows the log.
 */
export type Follow = 'everything' | 'closing' | 'reading' | 'recording'

export interface HubOptions {
  readonly config: Config
  readonly logger: Logger
  readonly passphrase: string
  /** Makes master key and log where the data directory holds none. */
  readonly init?: boolean
  /** A driven calendar; only for a log created simulated. */
  readonly calendar?: Clock
  /** Defaults to `everything`. What is left out is taken up by the next hub that does follow: the log says where it was. */
  readonly follow?: Follow
}

export interface RunningHub extends Hub {
  readonly core: HubCore
  readonly readModels: ReadModels
  readonly dispatcher: Dispatcher
  readonly delivery: Delivery
  readonly recallKeeper: RecallKeeper
  /** Looks at calendar, clock and vault now, which a serving hub does by itself every 10 seconds. */
  tick(): Promise<void>
  stop(): Promise<void>
}

/** How often the calendar is looked at for a period to close, the clock for doubt, and the vault for its file. */
const CALENDAR_CHECK_MS = 10 * SECOND
const NO_ALERTS: HubStatus['alerts'] = { waiting: {}, oldestAlarmSeconds: 0 }

export async function openHub(options: HubOptions): Promise<RunningHub> {
  const { config, logger } = options
  const { follow = 'everything' } = options
  const serves = follow === 'everything'
  const works = config.role !== 'api'
  if (serves) await checkQueueOf(config)
  const readModels = createReadModels({
    directory: join(config.dataDir, READ_MODELS_DIRECTORY),
    projections: PROJECTIONS,
    follower: inThread({
      entry: new URL('./readmodel-worker.js', import.meta.url),
      data: { dataDir: config.dataDir, logFile: logFileOf(config) },
    }),
  })
  const core = await openHubCore({
    config,
    passphrase: options.passphrase,
    ...(options.init === undefined ? {} : { init: options.init }),
    ...(options.calendar === undefined ? {} : { calendar: options.calendar }),
    patientIds: () => patientIds(readModels),
    onCommitted: () => readModels.notify(),
    onReconnect: (reason) => logger.warn({ reason }, 'the connection to the event store was lost; it is made anew'),
  })
  core.store.died.then((error) =>
    logger.fatal({ err: error }, 'a thread of the store stopped: this hub is of no use until it is started again'),
  )
  core.directory.failed.catch((error: unknown) =>
    logger.error({ err: error }, 'the directory no longer follows the log'),
  )
  const counters = createCounters(logger, core.wall)
  const feeds = feedsOf(core, readModels, counters, logger)
  const delivery = deliveryOf(core, { readModels, feeds, counters, logger })
  const dispatcher = dispatcherOf(core, delivery, counters, logger)
  const alerts = createAlerts({
    log: core.store.log,
    recorder: core.hubRecorder,
    calendar: core.calendar,
    rows: () => readModels.reader(alertRows),
    keptFrom: (role) => keptFrom(readModels, role),
  })
  const alertKeeper = alertKeeperOf(core, readModels, counters)
  const stalenessKeeper = stalenessKeeperOf(core, readModels)
  const oneOff = oneOffsOf(core, readModels)
  const { recallCopies } = oneOff
  const recallKeeper = recallKeeperOf(core, { readModels, feeds, dispatcher, recallCopies, logger })
  const erasure = erasureOf(core, readModels, { feeds, dispatcher })
  const versions = versionsOf(core, readModels, feeds)
  const returns = returnsOf(core, readModels)
  /** Apart from the other chores: it waits for read models and cuts, and alarms climb meanwhile. */
  const carryOut = once(async () => {
    if (!works) return
    await erasure.keeper.keep().catch((error: unknown) => {
      if (!isHubError(error, 'HUB_STOPPING'))
        logger.error({ err: error }, 'an approved erasure could not go on; it is tried again')
    })
  })
  const tick = once(async () => {
    feeds.tick()
    void carryOut()
    // In the background: no alarm waits for it to climb.
    if (serves && works) recallKeeper.tick()
    const ring = async (): Promise<void> => {
      if (serves && works) delivery.ring(await whereAlarmsWait(core, readModels))
    }
    const chores = [
      [ring(), 'bells of mailboxes where alarms wait could not be rung'],
      [core.lookForSpace(), 'how much space is free is not known'],
      [core.clock.look(), 'the doubt about the clock could not be written down'],
      [versions.keeper.keep(), 'a version that was approved could not be put in force; it is tried again'],
      [erasure.expire(), 'requests that nobody approved could not be ended; they are tried again'],
      [expireHeld(core, readModels), 'held writes that ran out could not be ended; they are tried again'],
      [stalenessKeeper.keep(), 'levels that went stale could not be written down; it is tried again'],
      [alertKeeper.keep(), 'what is due of the alerts could not be written down; it is tried again'],
      // A vault that vanished is answered from memory until somebody looks: look.
      [core.store.vault.check(), 'the vault is away: nothing sealed is recorded or read'],
    ] as const
    await Promise.all(
      chores.map(([chore, failed]) => chore.catch((error: unknown) => logger.error({ err: error }, failed))),
    )
  })
  let ticking: NodeJS.Timeout | undefined
  if (follow !== 'recording') await readModels.start()
  if ((serves && works) || follow === 'closing') await feeds.start()
  if (serves) {
    await delivery.start()
    await dispatcher.start()
    void tick()
    ticking = setInterval(() => void tick(), CALENDAR_CHECK_MS).unref()
  }

  const readinessAt = (replica: ReplicaLag): Promise<Readiness> =>
    readinessOf(core, readModels, serves ? dispatcher : undefined, replica)
  const readiness = async (): Promise<Readiness> => readinessAt(await replicaLagOf(core))
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
    confirmClock: core.clock.confirm,
    held: core.held,
    vault: core.store.vault,
    resolvePseudonym: core.resolvePseudonym,
    feeds,
    account: createAccount({
      log: core.store.log,
      placed: core.store.log.reader,
      readModels,
      feeds,
      directory: () => core.directory.current,
      oneOffsTold: oneOff.told,
      calendar: core.calendar,
    }),
    oneOffs: oneOff.oneOffs,
    alerts,
    recalls: recallsOf(core, readModels),
    returns,
    versions,
    delivery,
    dispatcher,
    erasures: erasure.erasures,
    recallKeeper,
    subscriptions: subscriptionsOf(core, feeds),
    heldFor: (agency) => heldFor(core, readModels, agency),
    readiness,
    async status(): Promise<HubStatus> {
      const logEvents = Number(await core.store.log.reader.head())
      const replica = await replicaLagOf(core)
      return {
        readiness: await readinessAt(replica),
        logEvents,
        readModels: readModels.status().projections.map(({ projection, checkpoint }) => {
          const [name = '', version = ''] = projection.split('@')
          return { name, version: Number(version), behind: Math.max(0, logEvents - 1 - checkpoint.leafIndex) }
        }),
        outbox: await outboxOf(delivery, core.calendar),
        counts: counters.counts(),
        heldWrites: follow === 'recording' ? 0 : readModels.reader(heldWrites).count(),
        overdueReturns: follow === 'recording' ? {} : Object.fromEntries(await returns.overdue()),
        alerts: follow === 'recording' ? NO_ALERTS : waitingAlerts(core, readModels),
        dispatcher: dispatcher.health().state,
        isQueueAway: delivery.away() !== undefined,
        replicaBehindSeconds: typeof replica === 'number' ? replica / SECOND : undefined,
        isClockInDoubt: isClockInDoubt(core),
        isReadOnly: core.isReadOnly(),
      }
    },
    tick,
    async stop() {
      clearInterval(ticking)
      await tick.last()
      // It may wait for the dispatcher, which says that it stops.
      const recallsStopped = recallKeeper.stop()
      await feeds.stop()
      await dispatcher.stop()
      await recallsStopped
      await delivery.stop()
      await readModels.stop()
      await carryOut.last()
      await core.stop()
    },
  }
}

/** Whoever asks while the work is under way gets that work. */
function once(work: () => Promise<void>): { (): Promise<void>; last(): Promise<void> } {
  let running: Promise<void> | undefined
  const run = (): Promise<void> => {
    running ??= work().finally(() => {
      running = undefined
    })
    return running
  }
  return Object.assign(run, { last: async () => running })
}

/** A clock in doubt ends nothing by the passing of time. */
async function expireHeld(core: HubCore, readModels: ReadModels): Promise<void> {
  if (isClockInDoubt(core)) return
  await core.held.expireDue(Array.from(readModels.reader(heldWrites).all(), ({ row }) => row))
}

async function outboxOf(delivery: Delivery, calendar: Clock): Promise<HubStatus['outbox']> {
  const { waiting, paused, parked } = delivery.totals()
  const oldest = await delivery.oldestUnsentAt()
  const oldestUnsentSeconds = oldest === undefined ? 0 : Math.max(0, (calendar.now() - oldest) / SECOND)
  return { waiting, pausedReceivers: paused, parked, oldestUnsentSeconds }
}

function* patientIds(readModels: ReadModels): Iterable<string> {
  for (const { key } of readModels.reader(patientRecord).all()) yield key
}

function heldFor(core: HubCore, readModels: ReadModels, agency: string): ReturnType<Hub['heldFor']> {
  const [directory, day] = [core.directory.current, dayOf(core.calendar.now())]
  return [...readModels.reader(heldWrites).all()]
    .filter(({ row }) => isListedTo(agency, row, directory, day))
    .map(({ row }) => ({
      heldId: row.held,
      type: row.type,
      heldAt: row.heldAt,
      agency: row.recordedBy.agency,
      ...(row.township === undefined ? {} : { township: row.township }),
    }))
}
