/**
 * The hub of `alert.p99.loaded`, in a process of its own: a county with 300,000 registered people, a police station with a webhook in
 * each township, one in ten of them dead: the one refuses connections, the other takes them and never answers. Arguments: the origins
 * of the receiver that lives and of the two that do not. Says `{url, people, secrets}`, then answers each line of standard input:
 * `close` moves the calendar a quarter on and closes both feeds' period, `{day}`; `released` when both are released, `{at}`.
 */
import { createInterface } from 'node:readline'
import { scopedId } from '../../src/domain/derived-ids.js'
import { createHttp } from '../../src/http/create-http.js'
import { DAY, dayOf } from '../../src/kernel/dates.js'
import { createCounty } from '../../src/rehearsal/county.js'
import { enrolCounty, goLive } from '../../src/rehearsal/enrol.js'
import { seedPatients } from '../../src/rehearsal/measure.js'
import { personOf } from '../../src/rehearsal/people.js'
import { agencyKeyName } from '../../src/vault/port.js'
import type { AlertPerson } from './alert-client.js'
import { openEmptyHub } from './bench-hub.js'
import { say as tell } from './measure.js'

export interface LoadedHello {
  readonly url: string
  readonly people: readonly AlertPerson[]
  readonly secrets: Readonly<Record<string, string>>
}

const PATIENTS = 300_000
/** Those who are assessed. */
const SAMPLE = 20_000
const FEEDS = ['police-quarterly', 'political-legal-quarterly'] as const
const START_MS = Date.parse('2025-01-06T09:00:00+08:00')
const AFTER_Q1_MS = Date.parse('2025-04-01T09:00:00+08:00')
const QUARTER_MS = 92 * DAY
/** A calendar that runs and that is moved on: nothing climbs, and nothing goes stale meanwhile. */
const POLICY = { graceDays: 60, staleAfterDays: 3660, dutyAfterMinutes: 0, superiorAfterMinutes: 0 }

const [live = '', silent = '', refusing = ''] = process.argv.slice(2)
const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`)
let aheadMs = START_MS - Date.now()
const calendar = { now: (): number => Date.now() + aheadMs }
const { hub, close } = await openEmptyHub({ calendar, policy: POLICY })
const county = createCounty({ seed: 1, patients: PATIENTS })
const { operator, keys, principalOf } = await enrolCounty(hub.administration, county, START_MS)
const app = createHttp(hub)
const url = `${await app.listen({ port: 0, host: '127.0.0.1' })}/v1/events`
const secrets: Record<string, string> = {}
const pseudonymIn = new Map<string, (patient: string) => string>()
say({ url, people: await people(), secrets } satisfies LoadedHello)

let quarters = 0
createInterface({ input: process.stdin })
  .on('line', async (line) => say(line === 'close' ? await closeQuarter() : await released()))
  .on('close', async () => {
    await app.close()
    await close()
    process.exit(0)
  })

async function openStations(): Promise<void> {
  for (const [i, { id }] of county.ofRole('POLICE').entries()) {
    const origin = i === 3 ? refusing : i === 13 ? silent : live
    const draft = { alerts: true, feeds: [], channel: 'webhook', url: `${origin}/${i}` } as const
    const { secret = '' } = await hub.subscriptions.open(principalOf(id), draft)
    if (origin !== live) continue
    secrets[`/${i}`] = secret
    const key = await hub.core.store.vault.secret(agencyKeyName(id))
    pseudonymIn.set(id, (patient) => scopedId(key, 'pseudonym', patient))
  }
}

/** Registered before anybody subscribes, so that only what is assessed from then on is sent. */
async function people(): Promise<readonly AlertPerson[]> {
  tell(`  registering ${PATIENTS} people with guardian and level`)
  const onProgress = (done: number): void => {
    if (done % 50_000 === 0) tell(`  ${done}`)
  }
  const { recorder } = hub
  const seeded = await seedPatients({ recorder, county, nowMs: START_MS, principalOf, onProgress })
  await goLive(hub.administration, county, operator, START_MS)
  await hub.readModels.through()
  tell('  deciding their alerts')
  await hub.dispatcher.idle()
  await openStations()
  const step = Math.floor(PATIENTS / SAMPLE)
  return seeded.flatMap(({ patientId: patient, unit, person }, i) => {
    if (i % step !== 0) return []
    const station = county.inCharge('POLICE', personOf(county, person))?.id ?? ''
    const pseudonym = pseudonymIn.get(station)?.(patient)
    return [{ patient, key: keys.get(unit)?.key ?? '', ...(pseudonym === undefined ? {} : { pseudonym }) }]
  })
}

/** What else the new day makes due (alarms of the last run that end unanswered) is done before the periods close. */
async function closeQuarter(): Promise<{ readonly day: string }> {
  aheadMs = AFTER_Q1_MS + quarters * QUARTER_MS - Date.now()
  await hub.tick()
  await hub.dispatcher.idle()
  await hub.readModels.through()
  for (const feed of FEEDS) await hub.feeds.close(feed, periodNow(), operator)
  quarters++
  return { day: dayOf(calendar.now()) }
}

async function released(): Promise<{ readonly at: number }> {
  await hub.feeds.idle()
  const at = Date.now()
  await hub.dispatcher.idle()
  for (const feed of FEEDS) {
    const last = (await hub.feeds.periods(feed)).findLast(({ documents }) => documents.length > 0)
    const rows = last?.documents.reduce((sum, { rows: count }) => sum + count, 0) ?? 0
    if (last?.state !== 'RELEASED') throw new Error(`${feed} is ${last?.state}`)
    if (feed === FEEDS[0] && rows < PATIENTS * 0.9) throw new Error(`${rows} rows for ${PATIENTS} people`)
  }
  return { at }
}

function periodNow(): string {
  return `${2025 + Math.floor(quarters / 4)}Q${(quarters % 4) + 1}`
}
