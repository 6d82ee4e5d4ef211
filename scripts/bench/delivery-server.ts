/**
 * The sending side of the benchmarks of delivery, in a process of its own: a hub that reads its log, and the dispatcher and the
 * delivery of a serving one, started when asked. The first argument is a list of the receivers' origins. Answers each line of
 * standard input: `{"send": "in-process"}` or `{"send": "redis://…"}` starts to send, `{"queue": true}` fills the outboxes, while
 * nobody sends where that was not asked for before, `{"rest": true}` waits until all is written down and stops sending.
 */
import { createInterface } from 'node:readline'
import type { Dispatcher } from '../../src/alerts/port.js'
import { createDelivery } from '../../src/delivery/deliver.js'
import type { CreateJobs } from '../../src/delivery/jobs.js'
import { createBullmqJobs } from '../../src/delivery/jobs-bullmq.js'
import { createJobsElsewhere } from '../../src/delivery/jobs-elsewhere.js'
import { createInProcessJobs } from '../../src/delivery/jobs-in-process.js'
import type { Delivery } from '../../src/delivery/port.js'
import { createCounters } from '../../src/hub-counters.js'
import { dispatcherOf, subscriptionsOf } from '../../src/hub-followers.js'
import { dayOf } from '../../src/kernel/dates.js'
import { uuidv7 } from '../../src/kernel/ids.js'
import { COUNTY_CODE } from '../../src/rehearsal/county.js'
import { openBenchHub, registerPatients } from './bench-hub.js'

/** Each with a police station and a political-legal office, each of those with one webhook. */
const TOWNSHIPS = 100
const PATIENTS = 5000
/** Assessments of each person in one round, 4 and 3 in turn: each goes to both agencies of the township. */
const LEVELS = [4, 3] as const
const CONCURRENT = 64
/** As `delivery.concurrency` defaults to. */
const CONCURRENCY = 32
/** Longer than any receiver is held. */
const TIMEOUT_MS = 120_000

const origins = (process.argv[2] ?? '').split(',')
const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`)
const bench = await openBenchHub({ follow: 'reading' })
const { hub, operator, unit, doctor } = bench
const { core } = hub
const townships = Array.from({ length: TOWNSHIPS }, (_, i) => `${COUNTY_CODE}${String(i + 101)}`)
let sending: { readonly delivery: Delivery; readonly dispatcher: Dispatcher } | undefined

await hub.administration.assignAreas(operator, [{ agency: unit, areas: townships, from: '2020-01-01' }])
await openWebhooks()
const patients = await registerPatients(bench, PATIENTS, (n) => townships[n % TOWNSHIPS] ?? '')
say({ subscriptions: TOWNSHIPS * 2, patients: PATIENTS })
createInterface({ input: process.stdin })
  .on('line', async (line) => say(await answer(JSON.parse(line) as Record<string, unknown>)))
  .on('close', async () => {
    await rest()
    await bench.close()
    process.exit(0)
  })

async function answer(asked: Record<string, unknown>): Promise<unknown> {
  if (asked.queue) return queue()
  if (typeof asked.send !== 'string') return rest()
  const startedAt = performance.timeOrigin + performance.now()
  await start(
    asked.send === 'in-process'
      ? createInProcessJobs
      : createBullmqJobs({ url: asked.send, prefix: `lianhu-${core.logId}` }),
  )
  return { startedAt }
}

async function openWebhooks(): Promise<void> {
  const subscriptions = subscriptionsOf(core, hub.feeds)
  let opened = 0
  for (const township of townships) {
    for (const role of ['POLICE', 'PL'] as const) {
      const draft = { role, name: `测试${role}${township}`, phone: '0000-0000002' }
      const { agencyId } = await hub.administration.enrolAgency(operator, draft)
      await hub.administration.assignAreas(operator, [{ agency: agencyId, areas: [township], from: '2020-01-01' }])
      const url = `${origins[opened % origins.length]}/${opened}`
      await subscriptions.open(operator, { alerts: true, feeds: [], channel: 'webhook', url }, agencyId)
      opened++
    }
  }
}

/** Assessments are recorded, decided, rendered and numbered. */
async function queue(): Promise<{ readonly messages: number }> {
  const isMute = sending === undefined
  if (isMute) await start(createJobsElsewhere)
  for (const level of LEVELS) {
    const waiting = [...patients]
    const record = async (): Promise<void> => {
      for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
        await hub.recorder.record(doctor, { patientId: id, events: [assessment(level)] })
      }
    }
    await Promise.all(Array.from({ length: CONCURRENT }, record))
  }
  await sending?.dispatcher.idle()
  if (isMute) await rest()
  await hub.readModels.through()
  return { messages: PATIENTS * LEVELS.length * 2 }
}

function assessment(level: number): unknown {
  const data = {
    level,
    assessedAt: dayOf(Date.now()),
    evidence: ['NOT_STOPPABLE', 'AGAINST_PERSON'],
    targets: 'PERSON',
  }
  return { id: uuidv7(Date.now()), type: 'RiskAssessed', version: 1, data }
}

async function start(jobs: CreateJobs): Promise<void> {
  const counters = createCounters(hub.logger, core.wall)
  const { staleAfterDays, alertHours } = core.config.policy
  const delivery = createDelivery({
    logId: core.logId,
    log: core.store.log,
    vault: core.store.vault,
    recorder: core.hubRecorder,
    calendar: core.calendar,
    options: {
      ...{ timeoutMs: TIMEOUT_MS, allowedHosts: [], concurrency: CONCURRENCY, simulated: true },
      ...{ staleAfterDays, alertHours, heartbeatHours: 0 },
    },
    jobs,
    metrics: counters.delivery,
    onProblem: (subscription, error) => hub.logger.error({ subscription, err: error }, 'a message was not sent'),
  })
  const dispatcher = dispatcherOf(core, delivery, counters, hub.logger)
  sending = { delivery, dispatcher }
  await delivery.start()
  await dispatcher.start()
}

async function rest(): Promise<{ readonly rssMiB: number }> {
  await sending?.delivery.idle()
  await sending?.dispatcher.stop()
  await sending?.delivery.stop()
  sending = undefined
  return { rssMiB: Math.round(process.memoryUsage.rss() / 1048576) }
}
