/**
 * A process of its own with a hub over HTTP whose spool lies on a small disk: the disk is full when a quarter closes, then it is
 * not, then the spool is lost while it is full again; what was answered and said is printed as one JSON object.
 * `full-spool <spool directory> <data directory>`
 */
import { appendFileSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig } from '../../src/config.js'
import { createHttp } from '../../src/http/create-http.js'
import { openHub } from '../../src/hub.js'
import { drivenClock } from '../../src/kernel/clock.js'
import { createLogger } from '../../src/kernel/logger.js'
import { operatorAgencyId } from '../../src/recording/administration.js'
import type { Principal } from '../../src/recording/port.js'
import { EXAMPLE_TOWNSHIP, EXAMPLE_UNIT, exampleBody } from '../fixtures/example-events.js'

export interface SpoolSeen {
  readonly document: number
  readonly code: string
  readonly releases: number
  readonly readyz: number
  readonly failing: string
}

export interface FullSpoolReport {
  readonly full: SpoolSeen
  readonly after: SpoolSeen
  readonly lost: SpoolSeen
  readonly found: SpoolSeen
  /** Codes that the process log named while it was full. */
  readonly said: readonly string[]
}

const STATION = '0198f0aa-0000-7000-8000-00000000a11e'
const [spool = '', dataDir = ''] = process.argv.slice(2)
const filler = join(spool, 'filler')
const said: string[] = []
const logger = createLogger({
  level: 'error',
  redact: new Set(),
  destination: { write: (line: string) => void said.push(JSON.parse(line).err?.code ?? JSON.parse(line).message) },
})
const calendar = drivenClock(Date.parse('2026-03-20T09:30:00+08:00'))
const hub = await openHub({
  config: loadConfig({ file: { dataDir, simulated: true, port: 0 } }),
  ...{ logger, passphrase: 'a test', init: true, calendar },
})
const app = createHttp(hub)
const url = await app.listen({ host: '127.0.0.1', port: 0 })
const operator: Principal = { agency: operatorAgencyId(hub.logId), role: 'HUB', client: 'test', isOperator: true }
const doctorKey = await enrol('CHC', EXAMPLE_UNIT)
const stationKey = await enrol('POLICE', STATION)
await ask(doctorKey, 'POST', '/v1/events', exampleBody('PatientRegistered', { presentArea: `${EXAMPLE_TOWNSHIP}003` }))

fill()
calendar.advanceTo(Date.parse('2026-04-08T09:00:00+08:00'))
hub.feeds.tick()
await hub.feeds.idle().catch(() => undefined)
const full = await seen()
const saidWhenFull = [...new Set(said)]
rmSync(filler)
while ((await releases()) < 1) await new Promise((resolve) => setTimeout(resolve, 100))
await hub.feeds.idle()
const after = await seen()
for (const name of readdirSync(join(spool, 'police-quarterly', '2026Q1'))) {
  rmSync(join(spool, 'police-quarterly', '2026Q1', name))
}
fill()
const lost = await seen()
rmSync(filler)
const found = await seen()
const report: FullSpoolReport = { full, after, lost, found, said: saidWhenFull }
process.stdout.write(JSON.stringify(report))
await app.close()
await hub.stop()

async function enrol(role: 'CHC' | 'POLICE', agency: string): Promise<string> {
  const { administration } = hub
  await administration.enrolAgency(operator, { role, name: '示例单位', phone: '0631-1' }, agency)
  await administration.assignAreas(operator, [{ agency, areas: [EXAMPLE_TOWNSHIP], from: '2026-01-01' }])
  return (await administration.issueKey(operator, { agency, staffName: '测试人员甲' })).key
}

function ask(key: string, method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

async function seen(): Promise<SpoolSeen> {
  const document = await ask(stationKey, 'GET', `/v1/feeds/police-quarterly/periods/2026Q1/documents/${STATION}`)
  const text = await document.text()
  const page = await (await fetch(`${url}/metrics`)).text()
  return {
    document: document.status,
    code: document.ok ? '' : JSON.parse(text).code,
    releases: await releases(),
    readyz: (await fetch(`${url}/readyz`)).status,
    failing: /^lianhu_feed_failing\{.*$/m.exec(page)?.[0] ?? '',
  }
}

async function releases(): Promise<number> {
  let count = 0
  for await (const { event } of hub.log.readAll('')) if (event.type === 'FeedReleased') count++
  return count
}

function fill(): void {
  try {
    for (;;) appendFileSync(filler, Buffer.alloc(4096))
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
  }
}
