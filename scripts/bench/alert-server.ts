/**
 * The sending side of `alert.p99`, in a process of its own. `hub`: the whole hub, with a police station that takes alerts by
 * webhook. `bare`: the same steps with nothing around them: a loopback POST in, two fsynced appends, a loopback POST out.
 * First argument the mode, second the receiver's address. Says `{url, key, patients, pseudonyms, secret}`; ends with its standard input.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import Database from 'better-sqlite3'
import fastify from 'fastify'
import { Agent, request } from 'undici'
import { scopedId } from '../../src/domain/derived-ids.js'
import { createHttp } from '../../src/http/create-http.js'
import type { Principal } from '../../src/recording/port.js'
import { agencyKeyName } from '../../src/vault/port.js'
import { openBenchHub, registerPatients, TOWNSHIP } from './bench-hub.js'

const PATIENTS = 20_000
const [mode = 'hub', receiver = ''] = process.argv.slice(2)
const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`)
const rssMiB = (): number => Math.round(process.memoryUsage.rss() / 1048576)
const close = mode === 'bare' ? await serveBare() : await serveHub()
createInterface({ input: process.stdin })
  .on('line', () => say({ rssMiB: rssMiB() }))
  .on('close', async () => {
    await close()
    process.exit(0)
  })

async function serveHub(): Promise<() => Promise<void>> {
  const bench = await openBenchHub()
  const { hub, operator } = bench
  const { agencyId } = await hub.administration.enrolAgency(operator, {
    role: 'POLICE',
    name: '测试派出所',
    phone: '0000-0000002',
  })
  await hub.administration.assignAreas(operator, [{ agency: agencyId, areas: [TOWNSHIP], from: '2020-01-01' }])
  const key = await hub.administration.issueKey(operator, { agency: agencyId, staffName: '测试民警' })
  const police: Principal = {
    agency: agencyId,
    role: 'POLICE',
    client: key.keyId,
    person: key.person ?? '',
    isOperator: false,
  }
  const { secret = '' } = await hub.subscriptions.open(police, {
    alerts: true,
    feeds: [],
    channel: 'webhook',
    url: `${receiver}/`,
  })
  const patients = await registerPatients(bench, PATIENTS)
  const agencyKey = await hub.core.store.vault.secret(agencyKeyName(agencyId))
  const pseudonyms = patients.map((id) => scopedId(agencyKey, 'pseudonym', id))
  const app = createHttp(hub)
  say({
    url: `${await app.listen({ port: 0, host: '127.0.0.1' })}/v1/events`,
    key: bench.key,
    patients,
    pseudonyms,
    secret,
  })
  return async () => {
    await app.close()
    await bench.close()
  }
}

async function serveBare(): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'lianhu-bare-'))
  const database = new Database(join(folder, 'bare.sqlite'))
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  database.exec('CREATE TABLE event (pos INTEGER PRIMARY KEY, json TEXT NOT NULL)')
  const add = database.prepare('INSERT INTO event (json) VALUES (?)')
  const dispatcher = new Agent({ connections: 16, keepAliveTimeout: 60_000 })
  const app = fastify({ logger: false })
  app.post('/v1/events', async (incoming, reply) => {
    const { id } = incoming.body as { id: string }
    add.run(JSON.stringify(incoming.body))
    reply.code(201).send({ id })
    add.run(JSON.stringify({ id }))
    const answer = await request(`${receiver}/`, {
      method: 'POST',
      dispatcher,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ cause: id }),
    })
    await answer.body.dump()
    return reply
  })
  say({
    url: `${await app.listen({ port: 0, host: '127.0.0.1' })}/v1/events`,
    key: 'lh_bare',
    patients: [],
    pseudonyms: [],
    secret: '',
  })
  return async () => {
    await app.close()
    database.close()
    rmSync(folder, { recursive: true })
  }
}
