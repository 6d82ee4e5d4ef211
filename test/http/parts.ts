/** A hub from its parts on a real store, with the HTTP edge on top and requests injected: what the tests of routes start from. */
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { loadConfig } from '../../src/config.js'
import { CATALOGUE } from '../../src/domain/catalogue.js'
import type { Role } from '../../src/domain/event.js'
import { HUB_STREAM } from '../../src/domain/streams.js'
import { createHttp } from '../../src/http/create-http.js'
import type { Hub } from '../../src/hub-port.js'
import { type DrivenClock, drivenClock, wallClock } from '../../src/kernel/clock.js'
import { createLogger, personalMembers } from '../../src/kernel/logger.js'
import type { EventLog } from '../../src/log/port.js'
import { type Administration, createAdministration, type IssuedKey } from '../../src/recording/administration.js'
import { createClockGuard } from '../../src/recording/clock-guard.js'
import { createHeldWrites } from '../../src/recording/held-writes.js'
import { createHubRecorder } from '../../src/recording/hub-recorder.js'
import { type LiveDirectory, startLiveDirectory } from '../../src/recording/live-directory.js'
import type { Principal } from '../../src/recording/port.js'
import { createPseudonyms } from '../../src/recording/pseudonyms.js'
import { createRecorder } from '../../src/recording/recorder.js'
import type { Vault } from '../../src/vault/port.js'
import { sealingOf } from '../fixtures/recording.js'
import { type Cleanup, openTempStore } from '../fixtures/store.js'
import { described } from './described.js'

export const LOG_ID = '0199aaaa-0000-7000-8000-000000000001'
export const START_MS = Date.parse('2026-03-02T09:30:00+08:00')
export const OPERATOR: Principal = { agency: LOG_ID, role: 'HUB', client: 'test', isOperator: true }

export interface Parts {
  readonly app: FastifyInstance
  readonly hub: Hub
  readonly administration: Administration
  readonly calendar: DrivenClock
  readonly logLines: string[]
  readonly live: LiveDirectory
  readonly vault: Vault
  /** The persons whose pseudonyms are resolved. */
  readonly patientIds: Set<string>
  /** Enrols an agency (with an id where one is needed) and issues a key, a named person's unless told otherwise. */
  enrol(
    role: Role,
    options?: { readonly id?: string; readonly name?: string; readonly staffName?: string | null },
  ): Promise<IssuedKey>
}

export interface PartsOptions {
  readonly through?: (log: EventLog) => EventLog
  readonly config?: Readonly<Record<string, unknown>>
  readonly overrides?: (hub: Hub) => Partial<Hub>
}

export async function openParts(t: Cleanup, options: PartsOptions = {}): Promise<Parts> {
  const { store, dataDir } = await openTempStore(t)
  const log = (options.through ?? ((same) => same))(store.log)
  const { vault } = store
  const calendar = drivenClock(START_MS)
  const logLines: string[] = []
  const logger = createLogger({
    level: 'debug',
    redact: personalMembers(CATALOGUE.values()),
    destination: { write: (line) => logLines.push(line) },
  })
  const clockGuard = createClockGuard(calendar, undefined)
  const hubRecorder = createHubRecorder({ logId: LOG_ID, log, vault, clockGuard, wall: wallClock })
  await hubRecorder.appendNext({
    stream: HUB_STREAM,
    type: 'LogCreated',
    data: { logId: LOG_ID, format: 1, simulated: true },
  })
  const live = await startLiveDirectory(log, LOG_ID, join(dataDir, 'directory.json'))
  const directory = () => live.current
  const patientIds = new Set<string>()
  const resolvePseudonym = createPseudonyms(vault, wallClock, () => patientIds)
  const recorder = createRecorder({
    logId: LOG_ID,
    log,
    sealing: sealingOf(store.log, log, vault),
    vault,
    directory,
    calendar,
    wall: wallClock,
    clockGuard,
    resolvePseudonym,
    options: { cachedLives: 100, maxFollowUpDays: 92 },
  })
  const administration = createAdministration({
    logId: LOG_ID,
    hubRecorder,
    directory,
    through: (receipt) => live.through(receipt),
    calendar,
    wall: wallClock,
  })
  const held = createHeldWrites({
    log,
    vault,
    hubRecorder,
    calendar,
    directory,
    recordHeld: async () => {
      throw new Error('not in these parts')
    },
    isResponsible: async () => false,
  })
  const parts: Hub = {
    config: loadConfig({ file: options.config ?? {} }),
    logger,
    logId: LOG_ID,
    calendar,
    wall: wallClock,
    log,
    directory,
    recorder,
    hubRecorder,
    administration,
    confirmClock: absent('the clock'),
    held,
    heldFor: () => [],
    vault,
    resolvePseudonym,
    readModels: absent('read models'),
    feeds: absent('feeds'),
    account: absent('the account'),
    alerts: absent('alerts'),
    returns: absent('returns'),
    oneOffs: absent('one-off disclosures'),
    erasures: absent('erasures'),
    versions: absent('versions'),
    recalls: absent('recalls'),
    subscriptions: absent('subscriptions'),
    delivery: absent('delivery'),
    through: (receipt) => live.through(receipt),
    readiness: async () => ({ isReady: true, checks: [{ name: 'log', isOk: true }] }),
    status: async () => ({
      readiness: { isReady: true, checks: [] },
      logEvents: 7,
      readModels: [{ name: 'patient-record', version: 1, behind: 2 }],
      outbox: { waiting: 2, pausedReceivers: 1, parked: 0, oldestUnsentSeconds: 75 },
      counts: {
        queued: { ALARM: 1 },
        handedOver: 1,
        attempts: { accepted: 1, failed: 3 },
        parkings: {},
        feedFailures: 3,
        feedFailing: { code: 'HUB_DISK_FULL', seconds: 60 },
        unmapped: { 'police-quarterly': 2 },
        unreached: [{ reason: 'UNMAPPED', role: 'POLICE', kind: 'risk-assessed', count: 2 }],
        climbed: { DUTY: 2 },
        ended: { UNANSWERED: 1 },
        signals: { 'ping accepted': 2 },
      },
      heldWrites: 3,
      overdueReturns: { POLICE: 2, PL: 0 },
      alerts: { waiting: { ALARM: 4, RETRACTION: 1 }, oldestAlarmSeconds: 90 },
      dispatcher: 'stalled',
      isClockInDoubt: true,
      isQueueAway: false,
      replicaBehindSeconds: undefined,
      isReadOnly: false,
    }),
  }
  const hub = { ...parts, ...options.overrides?.(parts) }
  const app = described(createHttp(hub), undefined, hub.config.role)
  await app.ready()
  t.teardown(async () => {
    await app.close()
    await recorder.stop()
    await live.stop()
  })
  return {
    app,
    hub,
    administration,
    calendar,
    logLines,
    live,
    vault,
    patientIds,
    async enrol(role, { id, name = `单位 ${role}`, staffName = '测试员甲' } = {}) {
      const { agencyId } = await administration.enrolAgency(OPERATOR, { role, name, phone: '0631-0000000' }, id)
      return administration.issueKey(OPERATOR, { agency: agencyId, ...(staffName === null ? {} : { staffName }) })
    },
  }
}

export function bearer(key: { readonly key: string }): { readonly authorization: string } {
  return { authorization: `Bearer ${key.key}` }
}

/** A part that these tests do without: whoever asks it anything is told. */
function absent<Part extends object>(name: string): Part {
  const refuse = (): never => {
    throw new Error(`${name} is not in these parts`)
  }
  return new Proxy({}, { get: () => refuse }) as Part
}
