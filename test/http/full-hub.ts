/**
 * A process of its own with a hub over HTTP on a small disk: fills the disk, posts, asks for readiness and metrics, frees
 * space, posts again, and prints what it was answered as one JSON object. `full-hub <directory>`
 */
import { appendFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig } from '../../src/config.js'
import { createHttp } from '../../src/http/create-http.js'
import { openHub } from '../../src/hub.js'
import { drivenClock } from '../../src/kernel/clock.js'
import { createLogger } from '../../src/kernel/logger.js'
import { operatorAgencyId } from '../../src/recording/administration.js'
import type { Principal } from '../../src/recording/port.js'
import { EXAMPLE_TOWNSHIP, EXAMPLE_UNIT, exampleBody } from '../fixtures/example-events.js'

export interface Seen {
  readonly posted: number
  readonly code: string
  readonly readyz: number
  /** Names of the checks that are not met. */
  readonly unmet: readonly string[]
  readonly gauge: string
}

export interface FullHubReport {
  readonly before: Seen
  readonly full: Seen
  readonly after: Seen
}

const BLOCK = Buffer.alloc(4096)
/** More than the log and the vault can still take from what they have reserved. */
const MANY = 400
const [directory = ''] = process.argv.slice(2)
const filler = join(directory, 'filler')
const config = loadConfig({ file: { dataDir: join(directory, 'data'), simulated: true, port: 0 } })
const logger = createLogger({ level: 'silent', redact: new Set() })
const calendar = drivenClock(Date.parse('2026-04-20T09:30:00+08:00'))
const hub = await openHub({ config, logger, passphrase: 'a test', init: true, calendar, follow: 'recording' })
const app = createHttp(hub)
const url = await app.listen({ host: '127.0.0.1', port: 0 })
const operator: Principal = { agency: operatorAgencyId(hub.logId), role: 'HUB', client: 'test', isOperator: true }
const { administration } = hub
const draft = { role: 'CHC', name: '示例中心', phone: '0631-1' } as const
await administration.enrolAgency(operator, draft, EXAMPLE_UNIT)
await administration.assignAreas(operator, [{ agency: EXAMPLE_UNIT, areas: [EXAMPLE_TOWNSHIP], from: '2026-01-01' }])
const { key } = await administration.issueKey(operator, { agency: EXAMPLE_UNIT, staffName: '测试医生甲' })
const registered = await post(exampleBody('PatientRegistered'))
const patientId = String(registered.body.receipts[0].stream).slice('patient-'.length)

const before = await seen(await assess())
fill()
let answer = await assess()
for (let i = 0; i < MANY && answer.status === 201; i++) answer = await assess()
const full = await seen(answer)
rmSync(filler)
const after = await seen(await assess())
const report: FullHubReport = { before, full, after }
process.stdout.write(JSON.stringify(report))
await app.close()
await hub.stop()

// biome-ignore lint/suspicious/noExplicitAny: answers are compared, not trusted
async function post(body: unknown): Promise<{ readonly status: number; readonly body: any }> {
  const reply = await fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: reply.status, body: await reply.json() }
}

function assess(): ReturnType<typeof post> {
  return post({ patientId, ...exampleBody('RiskAssessed', { level: 1, targets: 'PROPERTY' }) })
}

async function seen({ status, body }: Awaited<ReturnType<typeof post>>): Promise<Seen> {
  const reply = await fetch(`${url}/readyz`)
  const { checks } = (await reply.json()) as { readonly checks: readonly { name: string; isOk: boolean }[] }
  const page = await (await fetch(`${url}/metrics`)).text()
  return {
    posted: status,
    code: body.code ?? '',
    readyz: reply.status,
    unmet: checks.filter(({ isOk }) => !isOk).map(({ name }) => name),
    gauge: /^lianhu_read_only .*$/m.exec(page)?.[0] ?? '',
  }
}

function fill(): void {
  try {
    for (;;) appendFileSync(filler, BLOCK)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
  }
}
