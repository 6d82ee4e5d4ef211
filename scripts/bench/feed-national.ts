/**
 * `feed.national`: one quarter's police feed of a nation of 6,600,000 patients and 40,000 stations, from the cut to the last
 * `FeedReleased`: read, sealed fields really opened, disclosed, hashed, signed, spooled encrypted, accounted, released. The read model
 * and the keys are seeded: a few people come through the one way in, the others are their records, those named sealed anew
 * (`nation-people.ts`). A tenth of the nation by default, with a tenth of the stations and of the time; `--scale=1` is all of it.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { uuidv7 } from '../../src/kernel/ids.js'
import { followUpBody } from './bench-hub.js'
import { type BenchChild, startChild } from './child.js'
import { type BenchOptions, type Figure, figure, median, percentile, round, say } from './measure.js'
import { NATION_MIX } from './nation-samples.js'
import type { NationHello, NationRun } from './nation-server.js'

const PATIENTS = 6_600_000
const STATIONS = 40_000
const SECONDS = 75
const SECONDS_ALL_NAMED = 150
const RSS_LIMIT_MIB = 1024
const PREVIEW_MS = 200
const PREVIEWS = 9
/** Compiled in part of the size too: what grows faster than the number of people shows. */
const PART = 0.1
/** Follow-ups a second while a quarter compiles, and before for so long. */
const RATE = 100
const IDLE_SECONDS = 20
const WARM_UP_SECONDS = 5

interface Size {
  readonly patients: number
  readonly stations: number
  readonly isNamed: boolean
}

export async function feedNational({ scale }: BenchOptions): Promise<readonly Figure[]> {
  const whole = sizeOf(scale)
  const part = await withNation(sizeOf(scale * PART), closeTwice)
  const { runs, loaded } = await withNation(whole, async (hub) => ({
    runs: await closeTwice(hub),
    loaded: await closeUnderLoad(hub),
  }))
  const named = await withNation(sizeOf(scale, true), closeTwice)
  const seconds = slowestOf(runs)
  const mix = NATION_MIX.map(([level, share]) => `level ${level} ${round(share * 100)} %`).join(', ')
  const of = `${whole.patients} seeded people, ${whole.stations} stations`
  const note = `${of}, ${mix}, the slower of two quarters; ${toldOf(runs)}; the baseline is the target in proportion`
  return [
    figure('feed.national', { value: seconds, unit: 's', baseline: SECONDS * scale, note }, { atMost: 1 }),
    figure(
      'feed.national.rss',
      {
        value: peakOf(runs),
        unit: 'MiB',
        baseline: RSS_LIMIT_MIB,
        note: 'of the whole hub; the baseline is the limit',
      },
      { atMost: 1 },
    ),
    figure(
      'feed.national.growth',
      {
        value: seconds,
        unit: 's',
        baseline: slowestOf(part) / PART,
        note: `against ten times what a tenth of it took; ${toldOf(part)}`,
      },
      { atMost: 1.15 },
    ),
    figure(
      'feed.national.named',
      {
        value: slowestOf(named),
        unit: 's',
        baseline: SECONDS_ALL_NAMED * scale,
        note: `${of}, every row named and its sealed fields opened; ${toldOf(named)}; ${round(peakOf(named))} MiB; the baseline is the target in proportion`,
      },
      { atMost: 1 },
    ),
    figure(
      'feed.national.post.p99',
      {
        value: percentile(loaded.busy, 99),
        unit: 'ms',
        baseline: percentile(loaded.idle, 99),
        note: `POST /v1/events, ${RATE} follow-ups a second, open loop, while a quarter compiled for ${round(loaded.seconds)} s; the baseline is the same hub idle`,
      },
      { atMost: 3 },
    ),
  ]
}

/** `feed.preview`: what one station would receive if its feed were cut now, in the same nation. */
export async function feedPreview({ scale }: BenchOptions): Promise<readonly Figure[]> {
  const size = sizeOf(scale)
  const { times, rows } = await withNation(size, async (hub) => {
    const previews: { readonly ms: number; readonly rows: number }[] = []
    for (let i = 0; i < PREVIEWS; i++) previews.push(await hub.ask('preview'))
    return { times: previews.map(({ ms }) => ms), rows: previews[0]?.rows ?? 0 }
  })
  const note = `one station's ${rows} rows among ${size.patients} seeded people and ${size.stations} stations, median of ${PREVIEWS}; the baseline is the target`
  return [figure('feed.preview', { value: median(times), unit: 'ms', baseline: PREVIEW_MS, note }, { atMost: 1 })]
}

function sizeOf(scale: number, isNamed = false): Size {
  return { patients: Math.round(PATIENTS * scale), stations: Math.max(1, Math.round(STATIONS * scale)), isNamed }
}

async function withNation<T>(size: Size, work: (hub: BenchChild<NationHello>) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'lianhu-nation-'))
  try {
    say(`  seeding ${size.patients} people${size.isNamed ? ', all named,' : ''} and ${size.stations} stations`)
    const args = [String(size.patients), String(size.stations), size.isNamed ? 'named' : 'mixed']
    const seeding = await startChild('nation-server.js', [folder, 'seed', ...args])
    await seeding.stop()
    const hub = await startChild<NationHello>('nation-server.js', [folder, 'serve'])
    try {
      return await work(hub)
    } finally {
      await hub.stop()
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function closeTwice(hub: BenchChild<NationHello>): Promise<readonly NationRun[]> {
  return [await closeOne(hub), await closeOne(hub)]
}

async function closeOne(hub: BenchChild<NationHello>): Promise<NationRun> {
  const run = await hub.ask<NationRun>('close')
  say(`  ${toldOf([run])}, ${Math.round(run.peakMiB)} MiB`)
  return run
}

/** Times of posts without and with a quarter compiling beside them. */
async function closeUnderLoad(hub: BenchChild<NationHello>) {
  await post(hub.hello, forSeconds(WARM_UP_SECONDS))
  const idle = await post(hub.hello, forSeconds(IDLE_SECONDS))
  const run = { isOver: false }
  const closing = closeOne(hub).finally(() => {
    run.isOver = true
  })
  const busy = await post(hub.hello, () => !run.isOver)
  return { idle, busy, seconds: (await closing).seconds }
}

function forSeconds(seconds: number): () => boolean {
  const until = performance.now() + seconds * 1000
  return () => performance.now() < until
}

/** Posts by the clock and waits for nobody. Milliseconds from sending to the receipt, of each. */
async function post({ url, key, patients }: NationHello, goesOn: () => boolean): Promise<readonly number[]> {
  const dispatcher = new Agent({ connections: 16 })
  const body = followUpBody('2025-03-31', '2025-06-19')
  const started = performance.now()
  const times: Promise<number>[] = []
  for (let n = 0; goesOn(); n++) {
    const due = started + (n * 1000) / RATE
    if (due > performance.now()) await delay(due - performance.now())
    const text = body.replace('@ID@', uuidv7(Date.now())).replace('@PATIENT@', patients[n % patients.length] ?? '')
    times.push(postOne(url, key, text, dispatcher))
  }
  const all = await Promise.all(times)
  await dispatcher.close()
  return all
}

async function postOne(url: string, key: string, body: string, dispatcher: Agent): Promise<number> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` }
  const sent = performance.now()
  const answer = await request(url, { method: 'POST', dispatcher, headers, body })
  const text = await answer.body.text()
  if (answer.statusCode !== 201) throw new Error(`post: ${answer.statusCode} ${text.slice(0, 300)}`)
  return performance.now() - sent
}

function toldOf(runs: readonly NationRun[]): string {
  return runs
    .map(({ seconds, cpuSeconds, rows, documents }) => {
      const perPerson = (cpuSeconds / rows) * 1e6
      return `${rows} rows in ${documents} documents in ${round(seconds)} s (${round(cpuSeconds)} s of processor, ${round(perPerson)} µs a row)`
    })
    .join(', ')
}

function slowestOf(runs: readonly NationRun[]): number {
  return Math.max(...runs.map(({ seconds }) => seconds))
}

function peakOf(runs: readonly NationRun[]): number {
  return Math.max(...runs.map(({ peakMiB }) => peakMiB))
}
