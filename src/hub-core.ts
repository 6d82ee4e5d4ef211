/**
 * The heart of a hub, without what follows the log: store, directory, clocks and the way in. `openHub` adds read models,
 * alerts, delivery and feeds; benchmarks and the command line may stop here.
 */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from './config.js'
import type { StoredEvent } from './domain/event.js'
import { isResponsibleFor } from './domain/jurisdiction.js'
import { watchAppends } from './hub-appends.js'
import { type ClockActs, createClockActs, doubtIn } from './hub-clock.js'
import { beginLog, nameFirstVersions } from './hub-versions.js'
import { type Clock, wallClock } from './kernel/clock.js'
import { epochMsOf } from './kernel/dates.js'
import { HubError } from './kernel/errors.js'
import type { EventLog } from './log/port.js'
import { type Administration, createAdministration } from './recording/administration.js'
import { type ClockGuard, createClockGuard, MAX_CLOCK_BEHIND_MS } from './recording/clock-guard.js'
import { createHeldWrites, type HeldWrites } from './recording/held-writes.js'
import { createHubRecorder } from './recording/hub-recorder.js'
import { type LiveDirectory, startLiveDirectory } from './recording/live-directory.js'
import { readLife } from './recording/lives.js'
import type { HubRecorder } from './recording/port.js'
import { createPseudonyms, type ResolvePseudonym } from './recording/pseudonyms.js'
import { createRecorder, type RecordingService } from './recording/recorder.js'
import type { Store } from './store.js'
import { firstLineOf, openStoreOf } from './store-of.js'
import { createMasterKeyFile, openMasterKeyFile } from './vault/master-key.js'

export interface HubCore {
  readonly config: Config
  readonly logId: string
  readonly simulated: boolean
  readonly store: Store
  readonly calendar: Clock
  readonly wall: Clock
  readonly clockGuard: ClockGuard
  readonly clock: ClockActs
  /** True from an append that the log refused for good until the next one that is stored. */
  readonly isReadOnly: () => boolean
  /** Looks whether a log that refused has space again. */
  readonly lookForSpace: () => Promise<void>
  readonly directory: LiveDirectory
  readonly recorder: RecordingService
  readonly hubRecorder: HubRecorder
  readonly administration: Administration
  readonly held: HeldWrites
  readonly resolvePseudonym: ResolvePseudonym
  stop(): Promise<void>
}

export interface CoreOptions {
  readonly config: Config
  readonly passphrase: string
  /** Makes master key and log where the data directory holds none. */
  readonly init?: boolean
  /** Only a simulated log takes another calendar than the wall clock. */
  readonly calendar?: Clock
  /** Every patient there is, for the way back from a pseudonym. */
  readonly patientIds?: () => Iterable<string>
  /** Called whenever an event is committed from the start on. */
  readonly onCommitted?: () => void
  /** Told when the connection to a cluster's log was lost and made anew. */
  readonly onReconnect?: (reason: string) => void
}

export const MASTER_KEY_FILE = 'master.key'
const TAIL_PAGE = 1000
const DIRECTORY_SNAPSHOT = 'directory.json'

/** @throws HUB_VAULT_AWAY, HUB_DATA_LOCKED, HUB_CLOCK_BEHIND, HUB_CONFIG */
export async function openHubCore(options: CoreOptions): Promise<HubCore> {
  const { config } = options
  const wall = wallClock
  const calendar = options.calendar ?? wall
  const opened = await openStoreOf(config, {
    master: masterKey(config.dataDir, options),
    wall,
    ...(options.onReconnect && { onReconnect: options.onReconnect }),
  })
  const appends = watchAppends(opened.log, config.dataDir)
  const store = { ...opened, log: appends.log }
  try {
    const { log, vault } = store
    const hubEvents = await beginLog(log, config, calendar)
    const { logId, simulated } = logFacts(hubEvents[0])
    if (options.calendar && !simulated) {
      throw new HubError('HUB_CONFIG', 'expected a log created simulated, since its calendar is driven; got a real one')
    }
    const doubt = doubtIn(hubEvents, calendar.now())
    const clockGuard = createClockGuard(calendar, await (doubt ? latestRecordedAt(log) : lastRecordedAt(log)))
    if (doubt?.isConfirmed) clockGuard.confirm(doubt.behindMs)
    clockGuard.recordedAt('')
    await nameFirstVersions(log, hubEvents, clockGuard.recordedAt)
    const snapshots = join(config.dataDir, 'readmodels')
    mkdirSync(snapshots, { recursive: true, mode: 0o700 })
    const directory = await startLiveDirectory(log, logId, join(snapshots, DIRECTORY_SNAPSHOT), options.onCommitted)
    const hubRecorder = createHubRecorder({
      ...{ logId, log, vault, clockGuard, wall },
      ...(config.eventStore.url === undefined ? {} : { copy: log.reader }),
    })
    const resolvePseudonym = createPseudonyms(vault, wall, options.patientIds ?? (() => []))
    const recorder = createRecorder({
      logId,
      log,
      authority: log.authority,
      sealing: log,
      vault,
      calendar,
      wall,
      clockGuard,
      directory: () => directory.current,
      resolvePseudonym,
      options: { cachedLives: config.recording.patientCacheSize, maxFollowUpDays: config.policy.followUpMaxDays },
    })
    const held = createHeldWrites({
      log,
      vault,
      hubRecorder,
      calendar,
      directory: () => directory.current,
      recordHeld: recorder.recordMatched,
      isResponsible: (agency, stream) => isResponsible(log, directory, agency, stream),
    })
    const administration = createAdministration({
      logId,
      hubRecorder,
      calendar,
      wall,
      directory: () => directory.current,
      through: directory.through,
    })
    const clock = createClockActs({ clockGuard, directory, hubRecorder })
    return {
      config,
      logId,
      simulated,
      store,
      calendar,
      wall,
      clockGuard,
      clock,
      isReadOnly: appends.isReadOnly,
      lookForSpace: appends.look,
      directory,
      recorder,
      hubRecorder,
      administration,
      held,
      resolvePseudonym,
      async stop() {
        await recorder.stop()
        await directory.stop()
        await store.close()
      },
    }
  } catch (error) {
    await store.close()
    throw error
  }
}

function masterKey(dataDir: string, { passphrase, init }: CoreOptions): Uint8Array {
  const file = join(dataDir, MASTER_KEY_FILE)
  if (init && !existsSync(file)) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
    return createMasterKeyFile(file, passphrase)
  }
  return openMasterKeyFile(file, passphrase)
}

/** The passphrase of a file: its first line. */
export function readPassphrase(file: string): string {
  return firstLineOf('passphraseFile', file)
}

function logFacts(created: StoredEvent | undefined): { readonly logId: string; readonly simulated: boolean } {
  const { logId, format, simulated } = created?.data ?? {}
  if (created?.type !== 'LogCreated' || typeof logId !== 'string' || format !== 1) {
    throw new HubError('HUB_LOG_CORRUPT', 'the log does not begin with LogCreated of format 1')
  }
  return { logId, simulated: simulated === true }
}

async function lastRecordedAt(log: Store['log']): Promise<string | undefined> {
  const head = await log.head()
  return head === '' ? undefined : log.reader.pageAfter(String(Number(head) - 1), 1)[0]?.event.recordedAt
}

/** After a clock was set back, the latest moment of the log is not its last event's: it lies up to a jump before that. */
async function latestRecordedAt(log: Store['log']): Promise<string> {
  let latest = ''
  for (let end = Number(await log.head()); end > 0; end -= TAIL_PAGE) {
    const page = log.reader.pageAfter(String(Math.max(0, end - TAIL_PAGE)), Math.min(end, TAIL_PAGE))
    for (const { event } of page) if (event.recordedAt > latest) latest = event.recordedAt
    const first = page[0]
    if (first && epochMsOf(first.event.recordedAt) < epochMsOf(latest) - 2 * MAX_CLOCK_BEHIND_MS) break
  }
  return latest
}

async function isResponsible(
  log: EventLog,
  directory: LiveDirectory,
  agency: string,
  stream: string,
): Promise<boolean> {
  const { life } = await readLife(log, stream)
  return isResponsibleFor(life.state.responsibleUnit, agency, directory.current)
}
