/**
 * What the operator watches, in the Prometheus text format: requests, what was recorded, the log's head, how far read models
 * lag, messages queued, waiting and parked, who was not told, what stands in the hub's way. Labels are routes, types, classes,
 * roles, feeds and states; never anything of a person or an agency. What a scrape costs does not grow with the log.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { HubStatus } from '../hub-port.js'

const DISPATCHER_STATES = [
  'running',
  'stalled',
  'faulted',
  'stopped',
] as const satisfies readonly HubStatus['dispatcher'][]
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60]

export interface HttpMetrics {
  /** One request: its route's pattern, its status, how long it took. */
  request(route: string, status: number, seconds: number): void
  /** Events that a write recorded, or one refusal. */
  ingest(outcome: 'recorded' | 'known' | 'held' | 'refused', events: number, warnings: number): void
  /** The whole page. */
  page(): Promise<string>
  readonly contentType: string
}

export function createHttpMetrics(status: () => Promise<HubStatus>): HttpMetrics {
  const registry = new Registry()
  const registers = [registry]
  const requests = new Histogram({
    name: 'lianhu_http_request_seconds',
    help: 'Time to answer, by route and class of status',
    labelNames: ['route', 'status'],
    buckets: SECONDS,
    registers,
  })
  const events = new Counter({
    name: 'lianhu_ingest_events_total',
    help: 'Events sent, by what became of them',
    labelNames: ['outcome'],
    registers,
  })
  const warnings = new Counter({
    name: 'lianhu_ingest_warnings_total',
    help: 'Warnings answered with what was recorded',
    registers,
  })
  const gauge = (name: string, help: string, labelNames: readonly string[] = []): Gauge =>
    new Gauge({ name, help, labelNames: [...labelNames], registers })
  const head = gauge('lianhu_log_events', 'Events in the log')
  const lag = gauge('lianhu_projection_lag_events', 'Events that a read model has still to fold', ['projection'])
  const waiting = gauge(
    'lianhu_outbox_waiting_messages',
    'Messages that are under way to webhooks or wait for them; mailboxes are collected from and not counted',
  )
  const oldestUnsent = gauge(
    'lianhu_outbox_oldest_unsent_seconds',
    'Age of the oldest message that is to be brought somewhere and was not handed over; 0 where none waits',
  )
  const paused = gauge('lianhu_outbox_paused_receivers', 'Webhooks that failed and are tried again on the schedule')
  const parked = gauge('lianhu_outbox_parked_messages', 'Messages that were refused for good and wait for a person')
  const queued = gauge('lianhu_messages_queued_total', 'Messages queued since the start, by class', ['class'])
  const handedOver = gauge('lianhu_messages_handed_over_total', 'Messages handed over since the start')
  const attempts = gauge('lianhu_delivery_attempts_total', 'Requests to webhooks since the start, by outcome', [
    'outcome',
  ])
  const parkings = gauge('lianhu_messages_parked_total', 'Messages parked since the start, by reason', ['reason'])
  const held = gauge('lianhu_held_writes', 'Writes that named a person and wait for a health centre')
  const overdueReturns = gauge(
    'lianhu_returns_overdue',
    'Documents whose return is overdue, by the role that owes it; counted anew every ten minutes',
    ['role'],
  )
  const unmapped = gauge(
    'lianhu_feed_unmapped_people',
    'People in scope of the last compile since the start whom no agency answers for, by feed',
    ['feed'],
  )
  const feedFailures = gauge('lianhu_feed_failures_total', 'Closes and releases that failed and are tried again')
  const feedFailing = gauge(
    'lianhu_feed_failing',
    '1 while the last attempt to close, compile or release failed, by its code',
    ['code'],
  )
  const feedFailingSeconds = gauge(
    'lianhu_feed_failing_seconds',
    'For how long no attempt to close, compile or release has succeeded; 0 where the last one did',
  )
  const dispatcher = gauge('lianhu_dispatcher_state', '1 for the state that the dispatcher is in', ['state'])
  const clock = gauge('lianhu_clock_in_doubt', '1 while the clock is in doubt and no period closes')
  const readOnly = gauge('lianhu_read_only', '1 from an append that the log refused until the next one that is stored')
  const queueAway = gauge(
    'lianhu_queue_away',
    '1 while Redis is away: this hub sends no message, heartbeat or ping, and records all the same',
  )
  const replica = gauge('lianhu_replica_behind_seconds', "How long this hub's replica has lacked what the log held")
  const unreached = gauge(
    'lianhu_alerts_unreached_total',
    'Agencies of a role that ought to have been told and were not',
    ['reason', 'role', 'kind'],
  )
  const alertsWaiting = gauge('lianhu_alerts_waiting', 'Alerts that nobody has attended to, by class', ['class'])
  const oldestAlarm = gauge(
    'lianhu_alerts_oldest_unacknowledged_seconds',
    'How long the alarm that waits longest has waited; 0 where none does',
  )
  const climbed = gauge('lianhu_alerts_climbed_total', 'Alarms that climbed since the start, by rung', ['step'])
  const ended = gauge('lianhu_alerts_ended_total', 'Alerts that ended without an answer since the start, by end', [
    'end',
  ])
  const signals = gauge('lianhu_signals_total', 'Heartbeats and pings since the start, by what became of them', [
    'signal',
    'outcome',
  ])
  const ready = gauge('lianhu_ready', '1 while the hub records and projects')
  const rss = gauge('lianhu_process_resident_memory_bytes', 'Resident memory of the hub')

  const refresh = async (): Promise<void> => {
    rss.set(process.memoryUsage.rss())
    const now = await status()
    head.set(now.logEvents)
    for (const { name, behind } of now.readModels) lag.set({ projection: name }, behind)
    waiting.set(now.outbox.waiting)
    oldestUnsent.set(now.outbox.oldestUnsentSeconds)
    paused.set(now.outbox.pausedReceivers)
    parked.set(now.outbox.parked)
    const { counts } = now
    for (const [name, count] of Object.entries(counts.queued)) queued.set({ class: name }, count)
    for (const [outcome, count] of Object.entries(counts.attempts)) attempts.set({ outcome }, count)
    for (const [reason, count] of Object.entries(counts.parkings)) parkings.set({ reason }, count)
    for (const [feed, people] of Object.entries(counts.unmapped)) unmapped.set({ feed }, people)
    handedOver.set(counts.handedOver)
    for (const { reason, role, kind, count } of counts.unreached) unreached.set({ reason, role, kind }, count)
    feedFailures.set(counts.feedFailures)
    feedFailing.reset()
    if (counts.feedFailing) feedFailing.set({ code: counts.feedFailing.code }, 1)
    feedFailingSeconds.set(counts.feedFailing?.seconds ?? 0)
    held.set(now.heldWrites)
    for (const [role, count] of Object.entries(now.overdueReturns)) overdueReturns.set({ role }, count)
    for (const [name, count] of Object.entries(now.alerts.waiting)) alertsWaiting.set({ class: name }, count)
    oldestAlarm.set(now.alerts.oldestAlarmSeconds)
    for (const [step, count] of Object.entries(counts.climbed)) climbed.set({ step }, count)
    for (const [end, count] of Object.entries(counts.ended)) ended.set({ end }, count)
    for (const [key, count] of Object.entries(counts.signals)) {
      const [signal = '', outcome = ''] = key.split(' ')
      signals.set({ signal, outcome }, count)
    }
    for (const state of DISPATCHER_STATES) dispatcher.set({ state }, state === now.dispatcher ? 1 : 0)
    clock.set(now.isClockInDoubt ? 1 : 0)
    readOnly.set(now.isReadOnly ? 1 : 0)
    queueAway.set(now.isQueueAway ? 1 : 0)
    replica.set(now.replicaBehindSeconds ?? 0)
    ready.set(now.readiness.isReady ? 1 : 0)
  }

  return {
    contentType: registry.contentType,
    request: (route, code, seconds) =>
      requests.observe({ route, status: STATUS_CLASS[Math.floor(code / 100)] ?? 'x' }, seconds),
    ingest(outcome, count, warned) {
      events.inc({ outcome }, count)
      if (warned > 0) warnings.inc(warned)
    },
    async page() {
      await refresh()
      return registry.metrics()
    },
  }
}

const STATUS_CLASS: readonly string[] = ['0xx', '1xx', '2xx', '3xx', '4xx', '5xx']
