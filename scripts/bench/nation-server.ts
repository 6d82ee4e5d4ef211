/**
 * The hub of `feed.national`, in a process of its own. Arguments: its data directory, then `seed`, so many patients, so many stations
 * and `named` where everybody is to be; or `serve`. `seed` says `{}` when everything lies there. `serve` says `NationHello`, then answers
 * each line of standard input: `close` ends a quarter and answers `NationRun` when its last document is released; `preview` answers
 * `{ms}` for one station.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { patientRecord } from '../../projections/patient-record.js'
import { projectionId } from '../../src/domain/define-projection.js'
import { createHttp } from '../../src/http/create-http.js'
import { MASTER_KEY_FILE } from '../../src/hub-core.js'
import { drivenClock } from '../../src/kernel/clock.js'
import { READ_MODELS_DIRECTORY } from '../../src/readmodel-worker.js'
import { operatorAgencyId } from '../../src/recording/administration.js'
import type { Principal } from '../../src/recording/port.js'
import { openMasterKeyFile } from '../../src/vault/master-key.js'
import { VAULT_FILE } from '../../src/vault/sqlite-vault-writer.js'
import { openBenchHub, openEmptyHub, PASSPHRASE, registerPatients } from './bench-hub.js'
import { type Nation, writeNation } from './nation-people.js'
import { enrolNation, NAMED_MIX, NATION_MIX, readSamples } from './nation-samples.js'

export interface NationHello {
  readonly url: string
  readonly key: string
  /** People who were registered through the one way in: others post about them. */
  readonly patients: readonly string[]
}

export interface NationRun {
  readonly seconds: number
  /** Of all threads, from the closing to the last release. */
  readonly cpuSeconds: number
  readonly rows: number
  readonly documents: number
  /** The largest resident memory since the process began. */
  readonly peakMiB: number
}

const FEED = 'police-quarterly'
/** Assessments of this day are current at three cuts. */
const START_MS = Date.parse('2025-03-31T09:00:00+08:00')
const CLOSINGS = [
  ['2025Q1', Date.parse('2025-04-01T00:00:01+08:00')],
  ['2025Q2', Date.parse('2025-07-01T00:00:01+08:00')],
  ['2025Q3', Date.parse('2025-10-01T00:00:01+08:00')],
] as const
/** No other feed closes meanwhile. */
const POLICY = { graceDays: 60 }
/** Levels that a document names: what it opens of them is sealed anew for each. */
const NAMED_FROM = 3
const POSTED_ABOUT = 500
/** What `seed` leaves for `serve`. */
const HELLO_FILE = 'bench.json'

const [dataDir = '', mode = 'serve', ...rest] = process.argv.slice(2)
const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`)
if (mode === 'seed') await seed(Number(rest[0]), Number(rest[1]), rest[2] === 'named' ? NAMED_MIX : NATION_MIX)
else await serve()

async function seed(patients: number, stations: number, mix: Nation['mix']): Promise<void> {
  const bench = await openBenchHub({ dataDir, calendar: { now: () => START_MS } })
  const { townships, units } = await enrolNation(bench, stations)
  const samples = await readSamples(bench)
  const hello = { key: bench.key, patients: await registerPatients(bench, POSTED_ABOUT) }
  await bench.hub.readModels.through()
  await bench.hub.dispatcher.idle()
  await bench.close()
  writeFileSync(join(dataDir, HELLO_FILE), JSON.stringify(hello))
  writeNation(
    { patients, townships, units, samples, mix, namedFrom: NAMED_FROM },
    {
      records: join(dataDir, READ_MODELS_DIRECTORY, `${projectionId(patientRecord)}.sqlite`),
      vault: join(dataDir, VAULT_FILE),
      master: openMasterKeyFile(join(dataDir, MASTER_KEY_FILE), PASSPHRASE),
    },
  )
  say({})
  process.stdin.resume().on('end', () => process.exit(0))
}

async function serve(): Promise<void> {
  const calendar = drivenClock(START_MS)
  const { hub, close } = await openEmptyHub({ dataDir, calendar, policy: POLICY })
  const agency = operatorAgencyId(hub.logId)
  const client = hub.directory().keysOf(agency)[0]?.keyId ?? ''
  const operator: Principal = { agency, role: 'HUB', client, isOperator: true }
  const app = createHttp(hub)
  const url = `${await app.listen({ port: 0, host: '127.0.0.1' })}/v1/events`
  const hello = JSON.parse(readFileSync(join(dataDir, HELLO_FILE), 'utf8')) as Pick<NationHello, 'key' | 'patients'>
  const closings = [...CLOSINGS]
  say({ url, ...hello } satisfies NationHello)
  createInterface({ input: process.stdin })
    .on('line', async (line) => say(line === 'close' ? await closeNext() : await preview()))
    .on('close', async () => {
      await app.close()
      await close()
      process.exit(0)
    })

  async function closeNext(): Promise<NationRun> {
    const [period, atMs] = closings.shift() ?? ['', 0]
    calendar.advanceTo(atMs)
    // What else the calendar has made due is done before, not counted here.
    await hub.tick()
    await hub.feeds.idle()
    const before = process.cpuUsage()
    const started = performance.now()
    await hub.feeds.close(FEED, period, operator)
    await hub.feeds.idle()
    const seconds = (performance.now() - started) / 1000
    const { user, system } = process.cpuUsage(before)
    const released = (await hub.feeds.periods(FEED)).find((one) => one.period === period)
    if (released?.state !== 'RELEASED') throw new Error(`${period} is ${released?.state}`)
    const { documents } = released
    return {
      ...{ seconds, cpuSeconds: (user + system) / 1e6, documents: documents.length },
      rows: documents.reduce((sum, { rows }) => sum + rows, 0),
      peakMiB: process.resourceUsage().maxRSS / 1024,
    }
  }

  async function preview(): Promise<{ readonly ms: number; readonly rows: number }> {
    const station = hub
      .directory()
      .agencies()
      .findLast(({ role }) => role === 'POLICE')
    const started = performance.now()
    const { rows } = await hub.feeds.preview(FEED, station?.id ?? '')
    return { ms: performance.now() - started, rows }
  }
}
