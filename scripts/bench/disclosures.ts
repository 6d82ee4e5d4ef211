/**
 * `disclosures.p99`: the account of one person over HTTP after five years: twenty quarters of two feeds, visits, assessments that
 * were pushed to a station and an office, and what those have acknowledged.
 */
import { createHttp } from '../../src/http/create-http.js'
import { drivenClock } from '../../src/kernel/clock.js'
import { DAY } from '../../src/kernel/dates.js'
import { assessmentOf, followUpOf } from '../../src/rehearsal/measure.js'
import { LEVEL_MIX, type Level } from '../../src/rehearsal/proportions.js'
import { seededRandom } from '../../src/rehearsal/seeded-random.js'
import { type BenchHub, openBenchHub, registerPatients, TOWNSHIP } from './bench-hub.js'
import { startChild } from './child.js'
import type { RecordsRead } from './history-client.js'
import { type Figure, figure, percentile, say } from './measure.js'

const PATIENTS = 100
const QUARTERS = 20
const READS = 500
const TARGET_MS = 20
const START_MS = Date.parse('2024-01-08T09:00:00+08:00')
const QUARTER_MS = 91.3125 * DAY

export async function disclosuresP99(): Promise<readonly Figure[]> {
  const calendar = drivenClock(START_MS)
  const bench = await openBenchHub({ calendar })
  const { hub, key } = bench
  const app = createHttp(hub)
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  const client = await startChild('history-client.js', [])
  try {
    await subscribed(bench)
    const patients = await registerPatients(bench, PATIENTS)
    for (let quarter = 0; quarter < QUARTERS; quarter++) {
      calendar.advanceTo(START_MS + (quarter + 0.5) * QUARTER_MS)
      await visited(bench, patients, { quarter, nowMs: calendar.now() })
      calendar.advanceTo(START_MS + (quarter + 1) * QUARTER_MS)
      await hub.tick()
      await hub.feeds.idle()
      await hub.dispatcher.idle()
      say(`  quarter ${quarter + 1}/${QUARTERS}`)
    }
    await hub.readModels.through()
    const sample = Array.from({ length: READS }, (_, i) => patients[(i * 7) % PATIENTS] ?? '')
    const read = (): Promise<RecordsRead> =>
      client.ask(JSON.stringify({ url, key, patients: sample, path: 'disclosures', says: 'DOCUMENT' }))
    // Read once before: the `RecordViewed` of the second reading is the first one's, so no append is timed.
    await read()
    const { times } = await read()
    const entries = await Promise.all(patients.map(async (patient) => (await hub.account(patient)).entries.length))
    const note = `median ${percentile(times, 50).toFixed(2)} ms, ${READS} accounts one after another, ${percentile(entries, 50)} entries each, ${QUARTERS} quarters of two feeds; the baseline is the target`
    return [
      figure('disclosures.p99', { value: percentile(times, 99), unit: 'ms', baseline: TARGET_MS, note }, { atMost: 1 }),
    ]
  } finally {
    await client.stop()
    await app.close()
    await bench.close()
  }
}

async function subscribed({ hub, operator }: BenchHub): Promise<void> {
  for (const [role, feed] of [
    ['POLICE', 'police-quarterly'],
    ['PL', 'political-legal-quarterly'],
  ] as const) {
    const { agencyId: agency } = await hub.administration.enrolAgency(operator, {
      role,
      name: `测试${role}`,
      phone: '0',
    })
    await hub.administration.assignAreas(operator, [{ agency, areas: [TOWNSHIP], from: '2020-01-01' }])
    const principal = { agency, role, client: 'bench', isOperator: false }
    await hub.subscriptions.open(principal, { alerts: true, feeds: [feed], channel: 'mailbox' })
  }
}

async function visited(
  { hub, doctor }: BenchHub,
  patients: readonly string[],
  { quarter, nowMs }: { readonly quarter: number; readonly nowMs: number },
): Promise<void> {
  await Promise.all(
    patients.map((patientId, n) => {
      const random = seededRandom(1, 'disclosures', quarter * PATIENTS + n)
      const level: Level = LEVEL_MIX[(n + quarter) % LEVEL_MIX.length]?.[0] ?? 0
      const events = [followUpOf(random, nowMs), assessmentOf(random, nowMs, level)]
      return hub.recorder.record(doctor, { patientId, events })
    }),
  )
}
