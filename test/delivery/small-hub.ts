/**
 * A small hub of real parts (store, vault, recording, dispatcher, delivery) with a calendar that is driven by hand: what tests
 * of alerts and delivery start from. Its log is simulated, so webhooks go to loopback.
 */
import { join } from 'node:path'
import type { PushScope } from '../../src/alerts/decide.js'
import { createDispatcher } from '../../src/alerts/dispatch.js'
import type { FoldedState } from '../../src/alerts/lives.js'
import type { Dispatcher, DispatchMetrics } from '../../src/alerts/port.js'
import type { InlineDocument } from '../../src/delivery/compose.js'
import { createDelivery } from '../../src/delivery/deliver.js'
import type { CreateJobs } from '../../src/delivery/jobs.js'
import type { Delivery, DeliveryMetrics, Subscriptions } from '../../src/delivery/port.js'
import { createSubscriptions } from '../../src/delivery/subscriptions.js'
import type { Timers } from '../../src/delivery/timers.js'
import type { Directory } from '../../src/domain/directory.js'
import type { Role, Source, StoredEvent } from '../../src/domain/event.js'
import { agencyStream, HUB_STREAM, outboxStream, patientStream } from '../../src/domain/streams.js'
import { type DrivenClock, drivenClock, wallClock } from '../../src/kernel/clock.js'
import { epochMsOf, momentOf } from '../../src/kernel/dates.js'
import { uuidv7 } from '../../src/kernel/ids.js'
import { type EventLog, type LogReader, START } from '../../src/log/port.js'
import { createClockGuard } from '../../src/recording/clock-guard.js'
import { createHubRecorder } from '../../src/recording/hub-recorder.js'
import { startLiveDirectory } from '../../src/recording/live-directory.js'
import type { HubRecorder, Principal } from '../../src/recording/port.js'
import { createRecorder } from '../../src/recording/recorder.js'
import type { Store } from '../../src/store.js'
import type { Vault } from '../../src/vault/port.js'
import { EXAMPLE_TOWNSHIP, EXAMPLE_UNIT, exampleBody } from '../fixtures/example-events.js'
import { doctor, LOG_ID, principalOf, START_MS } from '../fixtures/recording.js'

export interface SmallHub {
  readonly log: EventLog
  readonly recorder: HubRecorder
  readonly calendar: DrivenClock
  readonly dispatcher: Dispatcher
  readonly delivery: Delivery
  readonly subscriptions: Subscriptions
  readonly directory: () => Directory
  readonly stateFile: string
  /** Enrols an agency for areas and answers with its id. */
  enrol(role: Role, areas: readonly string[], id?: string, superior?: string): Promise<string>
  /** States the superior of an agency that is enrolled already. */
  placeUnder(agency: string, superior: string): Promise<void>
  /** Puts a version of the alerts in force: a log of the rig names none, which is the first. */
  putAlertsInForce(version: number): Promise<void>
  /** Registers the example person (with changes) and answers with the patient id. */
  register(changes?: Readonly<Record<string, unknown>>): Promise<string>
  /** Records example events of one person, each at a later moment of the calendar; answers with their ids. */
  record(patientId: string, type: string, changes?: Readonly<Record<string, unknown>>, by?: Principal): Promise<string>
  /** Records it as history from before the hub. */
  recordHistory(patientId: string, type: string, changes?: Readonly<Record<string, unknown>>): Promise<string>
  /** Records it as part of a return. */
  recordReturned(patientId: string, type: string, changes?: Readonly<Record<string, unknown>>): Promise<string>
  retract(patientId: string, id: string, scope?: 'VERSION' | 'FACT', by?: Principal): Promise<string>
  /** Takes a retraction back. */
  restore(patientId: string, retraction: string, by?: Principal): Promise<string>
  correct(
    patientId: string,
    id: string,
    type: string,
    changes: Readonly<Record<string, unknown>>,
    by?: Principal,
  ): Promise<string>
  /** Asks one agency to delete what it was told of a person, by some field sets or all. */
  recall(patientId: string, agency: string, more?: Readonly<Record<string, unknown>>): Promise<void>
  /** Writes down that the person's keys are to go, and destroys them once a dispatcher that runs has passed that. */
  erase(patientId: string, more?: Readonly<Record<string, unknown>>): Promise<void>
  /** Opens a mailbox of the agency for alerts and answers with its id. */
  mailbox(agency: string, feeds?: readonly string[]): Promise<string>
  /** Opens a mailbox marked `duty` that takes no alerts otherwise. */
  dutyDesk(agency: string): Promise<string>
  webhook(agency: string, url: string): Promise<string>
  /** Opens a subscription by files whose packages are encrypted to this key. */
  files(agency: string, pem: string): Promise<string>
  /** Waits until everything in the log is dispatched and delivery rests. */
  idle(): Promise<void>
  /** What stands in an outbox. */
  outbox(subscription: string): Promise<readonly StoredEvent[]>
  events(stream: string): Promise<readonly StoredEvent[]>
  stop(): Promise<void>
}

export interface SmallHubOptions {
  readonly pushScope?: PushScope
  readonly timers?: Timers
  readonly timeoutMs?: number
  /** Defaults to none. */
  readonly heartbeatHours?: number
  /** Wraps the log that dispatcher and records append to. */
  readonly through?: (log: EventLog) => EventLog
  readonly onFault?: (error: unknown) => void
  readonly onProblem?: (subscription: string, error: unknown) => void
  /** Wraps what dispatcher and delivery open sealed values with. */
  readonly vault?: (vault: Vault) => Vault
  readonly metrics?: DispatchMetrics
  readonly sent?: DeliveryMetrics
  /** Defaults to one that begins where the log ends. */
  readonly calendar?: DrivenClock
  /** For several hubs on one log, each with a data directory of its own, on one calendar. */
  /** The log itself, where `through` stands for a replica of it. */
  readonly authority?: Pick<LogReader, 'readTail'>
  readonly jobs?: CreateJobs
  /** Where packages are written. */
  readonly filesDirectory?: string
  /** Wraps where the dispatcher asks for a state before it folds one. */
  readonly folded?: (stateAt: FoldedState) => FoldedState
  readonly inlineDocument?: (release: StoredEvent) => Promise<InlineDocument | undefined>
  /** Whom a restriction keeps from an agency. */
  readonly keptFrom?: (agency: string) => readonly string[]
}

/** Each act of the rig takes so long on the calendar. */
const STEP_MS = 60_000

export async function openSmallHub(store: Store, dataDir: string, options: SmallHubOptions = {}): Promise<SmallHub> {
  const { vault } = store
  const log = options.through?.(store.log) ?? store.log
  const calendar = options.calendar ?? drivenClock(await lastMoment(store.log))
  const clockGuard = createClockGuard(calendar, undefined)
  const recorder = createHubRecorder({ logId: LOG_ID, log, vault, clockGuard, wall: wallClock })
  if (!(await log.readTail(HUB_STREAM))) {
    await recorder.appendAt('new', {
      stream: HUB_STREAM,
      type: 'LogCreated',
      data: { logId: LOG_ID, format: 1, simulated: true },
    })
  }
  const directory = await startLiveDirectory(store.log, LOG_ID, join(dataDir, 'directory.json'))
  const recording = createRecorder({
    logId: LOG_ID,
    log: store.log,
    sealing: store.log,
    vault,
    directory: () => directory.current,
    calendar,
    wall: wallClock,
    clockGuard,
    resolvePseudonym: async () => undefined,
    options: { cachedLives: 20_000, maxFollowUpDays: 92 },
  })
  const addresses = { allowedHosts: [], simulated: true }
  const delivery = createDelivery({
    logId: LOG_ID,
    log,
    vault: options.vault?.(vault) ?? vault,
    recorder,
    calendar,
    options: {
      ...addresses,
      timeoutMs: options.timeoutMs ?? 2000,
      concurrency: 32,
      heartbeatHours: options.heartbeatHours ?? 0,
      staleAfterDays: 184,
      alertHours: 24,
      ...(options.filesDirectory === undefined ? {} : { filesDirectory: options.filesDirectory }),
    },
    ...(options.timers ? { timers: options.timers } : {}),
    ...(options.onProblem ? { onProblem: options.onProblem } : {}),
    ...(options.jobs ? { jobs: options.jobs } : {}),
    ...(options.authority ? { authority: options.authority } : {}),
    ...(options.sent ? { metrics: options.sent } : {}),
    ...(options.inlineDocument ? { inlineDocument: options.inlineDocument } : {}),
    ...(options.keptFrom ? { keptFrom: options.keptFrom } : {}),
  })
  const stateFile = join(dataDir, 'readmodels', 'dispatch@3.sqlite')
  const dispatcher = createDispatcher({
    logId: LOG_ID,
    log,
    recorder,
    renderer: delivery.renderer,
    outlet: delivery.outlet,
    stateFile,
    pushScope: options.pushScope ?? 'LITERAL_W46',
    folded: options.folded?.(recording.stateAt) ?? recording.stateAt,
    ...(options.metrics ? { metrics: options.metrics } : {}),
    ...(options.onFault ? { onFault: options.onFault } : {}),
  })
  const subscriptions = createSubscriptions({
    recorder,
    vault,
    directory: () => directory.current,
    wall: wallClock,
    addresses,
    hasFiles: options.filesDirectory !== undefined,
    feedAudience: (feed) =>
      ({ 'police-quarterly': 'POLICE', 'political-legal-quarterly': 'PL' })[feed] as Role | undefined,
  })
  await delivery.start()
  await dispatcher.start()

  const step = (): void => calendar.advanceTo(calendar.now() + STEP_MS)
  const write = async (
    patientId: string | undefined,
    event: Readonly<Record<string, unknown>>,
    by: Principal,
    source?: Source,
  ) => {
    step()
    const outcome = await recording.record(by, {
      ...(patientId === undefined ? {} : { patientId }),
      ...(source ? { source } : {}),
      events: [event],
    })
    const receipt = outcome.kind === 'held' ? undefined : outcome.receipts[0]
    if (!receipt) throw new Error('small hub: expected a receipt')
    return receipt
  }
  const dated = (body: ReturnType<typeof exampleBody>, changes: Readonly<Record<string, unknown>>) =>
    body.type === 'RiskAssessed' && changes.assessedAt === undefined
      ? { ...body, data: { ...body.data, assessedAt: momentOf(calendar.now()) } }
      : body
  const open = async (agency: string, draft: Parameters<Subscriptions['open']>[1]): Promise<string> => {
    step()
    const role = directory.current.agency(agency)?.role ?? 'HUB'
    const { subscription, receipt } = await subscriptions.open(principalOf(agency, role), draft)
    await directory.through(receipt)
    return subscription
  }
  const events = async (stream: string): Promise<readonly StoredEvent[]> => {
    const found: StoredEvent[] = []
    for await (const event of log.readStream(stream)) found.push(event)
    return found
  }

  return {
    log,
    recorder,
    calendar,
    dispatcher,
    delivery,
    subscriptions,
    directory: () => directory.current,
    stateFile,
    events,
    outbox: (subscription) => events(outboxStream(subscription)),
    async enrol(role, areas, id = uuidv7(wallClock.now()), superior) {
      step()
      const stream = agencyStream(id)
      const data = { role, name: `示例${role}`, phone: '0631-5190000', ...(superior ? { superior } : {}) }
      await recorder.appendNext({ stream, type: 'AgencyEnrolled', data })
      const assigned = { areas, from: '2025-01-01' }
      const receipt = await recorder.appendNext({ stream, type: 'AgencyAreaAssigned', data: assigned })
      await directory.through(receipt)
      return id
    },
    async placeUnder(agency, superior) {
      step()
      const role = directory.current.agency(agency)?.role ?? 'HUB'
      const data = { role, name: `示例${role}`, phone: '0631-5190000', superior }
      const receipt = await recorder.appendNext({ stream: agencyStream(agency), type: 'AgencyEnrolled', data })
      await directory.through(receipt)
    },
    async putAlertsInForce(version) {
      step()
      const data = { kind: 'rules', name: 'alerts', version }
      await recorder.appendNext({ stream: HUB_STREAM, type: 'VersionActivated', data })
    },
    async register(changes = {}) {
      const { stream } = await write(undefined, { ...exampleBody('PatientRegistered', changes) }, doctor)
      return stream.slice('patient-'.length)
    },
    async record(patientId, type, { occurredAt, ...changes } = {}, by = doctor) {
      const body = dated(exampleBody(type, changes), changes)
      return (await write(patientId, { ...body, ...(occurredAt === undefined ? {} : { occurredAt }) }, by)).id
    },
    async recordHistory(patientId, type, changes = {}) {
      return (await write(patientId, { ...exampleBody(type, changes) }, doctor, { kind: 'backfill' })).id
    },
    async recordReturned(patientId, type, changes = {}) {
      return (await write(patientId, { ...exampleBody(type, changes) }, doctor, { kind: 'return', ref: 'document-1' }))
        .id
    },
    async retract(patientId, id, scope = 'FACT', by = doctor) {
      const body = { type: 'RecordRetracted', corrects: id, data: { scope, reason: '录入错误' } }
      return (await write(patientId, body, by)).id
    },
    async restore(patientId, retraction, by = doctor) {
      const body = { type: 'RecordRetracted', corrects: retraction, data: { reason: '撤销有误' } }
      return (await write(patientId, body, by)).id
    },
    async correct(patientId, id, type, changes, by = doctor) {
      return (await write(patientId, { ...exampleBody(type, changes), corrects: id }, by)).id
    },
    async recall(patientId, agency, more = {}) {
      step()
      const data = { agency, reason: 'SENT_IN_ERROR', deleteBy: '2026-04-15', ...more }
      await recorder.appendNext({ stream: patientStream(patientId), type: 'RecallSent', data })
    },
    async erase(patientId, more = {}) {
      step()
      const data = { keyId: uuidv7(wallClock.now()), authority: 'RETENTION_ENDED', deleteBy: '2026-04-15', ...more }
      await recorder.appendNext({ stream: patientStream(patientId), type: 'IdentityErased', data })
      if (dispatcher.health().state === 'stopped') return
      await dispatcher.idle()
      await vault.destroy(`patient:${patientId}`)
    },
    mailbox: (agency, feeds = []) => open(agency, { alerts: true, feeds, channel: 'mailbox' }),
    dutyDesk: (agency) => open(agency, { alerts: false, feeds: [], channel: 'mailbox', duty: true }),
    webhook: (agency, url) => open(agency, { alerts: true, feeds: [], channel: 'webhook', url }),
    async files(agency, pem) {
      const id = await open(agency, { alerts: true, feeds: [], channel: 'files' })
      const role = directory.current.agency(agency)?.role ?? 'HUB'
      const { receipt } = await subscriptions.registerKey(principalOf(agency, role), id, { pem })
      await directory.through(receipt)
      return id
    },
    async idle() {
      await dispatcher.idle()
      await delivery.idle()
    },
    async stop() {
      await dispatcher.stop()
      await delivery.stop()
      await recording.stop()
      await directory.stop()
    },
  }
}

/** A reopened hub goes on where its log ends. */
async function lastMoment(log: Store['log']): Promise<number> {
  const head = await log.head()
  const last = head === START ? undefined : log.reader.pageAfter(String(Number(head) - 1), 1)[0]
  return last ? epochMsOf(last.event.recordedAt) : START_MS
}

/** The agencies of one township: a station, an office, a prevention centre, a community, a subdistrict, and the unit itself. */
export async function enrolTownship(hub: SmallHub, township = EXAMPLE_TOWNSHIP) {
  await hub.enrol('CHC', [township], EXAMPLE_UNIT)
  return {
    centre: EXAMPLE_UNIT,
    police: await hub.enrol('POLICE', [township]),
    pl: await hub.enrol('PL', [township]),
    mhpc: await hub.enrol('MHPC', [township.slice(0, 6)]),
    community: await hub.enrol('COMMUNITY', [`${township}003`]),
    subdistrict: await hub.enrol('SUBDISTRICT', [township]),
  }
}
