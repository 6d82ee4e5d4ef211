/**
 * `ingest.single`, `ingest.live`: durable single-event posts of a follow-up over 20,000 patients at 64 connections, against a
 * bare fastify route that parses the same request and answers the same receipt, in alternating pairs.
 */
import { addDays, dayOf } from '../../src/kernel/dates.js'
import { CLINICAL, followUpBody } from './bench-hub.js'
import { type BenchChild, startChild } from './child.js'
import { load } from './load.js'
import { type Figure, figure, median, say } from './measure.js'

interface Hello {
  readonly url: string
  readonly key: string
  readonly patients: readonly string[]
}
interface Status {
  readonly rssMiB: number
  readonly behind: number
}

const PATIENTS = 20_000
const PAIRS = 9
const SECONDS = 4

export async function ingestSingle(): Promise<readonly Figure[]> {
  const plain = await pairs('recording', body(), PAIRS)
  const clinical = await pairs('recording', body(CLINICAL), 3)
  return [figure('ingest.single', plain, { atLeast: 0.25 }), figure('ingest.single.clinical', clinical, 'reported')]
}

export async function ingestLive(): Promise<readonly Figure[]> {
  return [figure('ingest.live', await pairs('live', body(), PAIRS), { atLeast: 0.15 })]
}

function body(clinical?: unknown): string {
  const today = dayOf(Date.now())
  const text = followUpBody(addDays(today, -1), addDays(today, 80))
  return clinical === undefined ? text : `${text.slice(0, -2)},"clinical":${JSON.stringify(clinical)}}}`
}

/** The value and its baseline are those of the pair with the median ratio. */
async function pairs(mode: 'recording' | 'live', request: string, count: number) {
  const hub = await startChild<Hello>('ingest-server.js', [mode, String(PATIENTS)])
  const bare = await startChild<Hello>('ingest-server.js', ['bare'])
  try {
    const results: { readonly ours: number; readonly theirs: number }[] = []
    let tool = ''
    let behind = 0
    await load(target(bare, hub, request, 0), 2)
    await load(target(hub, hub, request, 1), 2)
    for (let pair = 0; pair < count; pair++) {
      const theirs = await load(target(bare, hub, request, 2 + pair * 2), SECONDS)
      const ours = await load(target(hub, hub, request, 3 + pair * 2), SECONDS)
      if (ours.failed > 0) throw new Error(`${ours.failed} requests failed`)
      behind = Math.max(behind, (await hub.ask<Status>()).behind)
      results.push({ ours: ours.requestsPerSecond, theirs: theirs.requestsPerSecond })
      tool = ours.tool
      say(
        `  ${mode} ${pair + 1}/${count}: ${Math.round(ours.requestsPerSecond)} of ${Math.round(theirs.requestsPerSecond)} per s`,
      )
    }
    const ratio = median(results.map(({ ours, theirs }) => ours / theirs))
    const middle = results.find(({ ours, theirs }) => ours / theirs === ratio) ?? {
      ours: Number.NaN,
      theirs: Number.NaN,
    }
    const { rssMiB } = await hub.ask<Status>()
    const note = `${tool}, 64 connections, median of ${count} pairs, ${PATIENTS} patients, ${rssMiB} MiB at the end${mode === 'live' ? `, read models at most ${behind} events behind after a run` : ''}`
    return { value: middle.ours, unit: 'events/s', baseline: middle.theirs, note }
  } finally {
    await hub.stop()
    await bare.stop()
  }
}

function target(server: BenchChild<Hello>, hub: BenchChild<Hello>, request: string, run: number) {
  return { url: server.hello.url, key: hub.hello.key, patients: hub.hello.patients, run, body: request }
}
