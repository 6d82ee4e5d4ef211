/**
 * A server under load, in a process of its own: `bare` is a fastify route that parses the same request and answers the same
 * receipt; `recording` is the hub without followers; `live` is the whole hub. Says `{url, key, patients}` on one line, then
 * answers each line on standard input with its resident memory and how far its read models are behind.
 */
import { createInterface } from 'node:readline'
import fastify from 'fastify'
import { createHttp } from '../../src/http/create-http.js'
import { openBenchHub, registerPatients } from './bench-hub.js'

const [mode = 'recording', patientCount = '20000'] = process.argv.slice(2)
const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`)

if (mode === 'bare') {
  const app = fastify({ logger: false })
  app.post('/v1/events', (request, reply) => {
    const { id, patientId } = request.body as { id: string; patientId: string }
    reply.code(201).send({
      receipts: [{ id, stream: `patient-${patientId}`, revision: 12, recordedAt: '2026-03-02T09:31:07.214+08:00' }],
    })
  })
  say({ url: `${await app.listen({ port: 0, host: '127.0.0.1' })}/v1/events`, key: 'lh_bare', patients: [] })
  createInterface({ input: process.stdin })
    .on('line', () => say({ rssMiB: rss(), behind: 0 }))
    .on('close', () => process.exit(0))
} else {
  const bench = await openBenchHub({ follow: mode === 'live' ? 'everything' : 'recording' })
  const patients = await registerPatients(bench, Number(patientCount))
  const app = createHttp(bench.hub)
  say({ url: `${await app.listen({ port: 0, host: '127.0.0.1' })}/v1/events`, key: bench.key, patients })
  createInterface({ input: process.stdin })
    .on('line', async () => {
      const { readModels } = await bench.hub.status()
      say({ rssMiB: rss(), behind: mode === 'live' ? Math.max(...readModels.map(({ behind }) => behind)) : 0 })
    })
    .on('close', async () => {
      await app.close()
      await bench.close()
      process.exit(0)
    })
}

function rss(): number {
  return Math.round(process.memoryUsage.rss() / 1048576)
}
