/**
 * `delivery.idle`: what 40,000 webhooks cost that nothing is sent to. Two hubs with the same 40,000 agencies, one with a subscription
 * for each and one with none, both opened anew on what was recorded: resident memory of the whole process, and processor time,
 * once each has come to rest.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startChild } from './child.js'
import type { IdleAnswer } from './idle-server.js'
import { type Figure, figure, median, round, say } from './measure.js'

const SUBSCRIPTIONS = 40_000
const RUNS = 3
const SECONDS = 24
const LIMIT_MIB = 200
/** Of one core: a loop that is busy takes all of it. */
const CPU_LIMIT_PERCENT = 5

interface Rest {
  readonly rssMiB: number
  readonly cpuPercent: number
}

export async function deliveryIdle(): Promise<readonly Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'lianhu-idle-'))
  const [without, among] = [join(folder, 'without'), join(folder, 'among')]
  try {
    say(`  enrolling ${SUBSCRIPTIONS} agencies, then opening a webhook for each`)
    await seed(without, SUBSCRIPTIONS, 0)
    cpSync(without, among, { recursive: true })
    await seed(among, SUBSCRIPTIONS, SUBSCRIPTIONS)
    const bare: Rest[] = []
    const full: Rest[] = []
    for (let run = 0; run < RUNS; run++) {
      bare.push(await rest(without))
      full.push(await rest(among))
      const [a, b] = [bare[run], full[run]]
      say(
        `  idle ${run + 1}/${RUNS}: ${b?.rssMiB.toFixed(0)} MiB and ${b?.cpuPercent.toFixed(2)} % of a core, without ${a?.rssMiB.toFixed(0)} MiB and ${a?.cpuPercent.toFixed(2)} %`,
      )
    }
    const total = median(full.map(({ rssMiB }) => rssMiB))
    const least = median(bare.map(({ rssMiB }) => rssMiB))
    const note = `resident memory of a hub with ${SUBSCRIPTIONS} idle webhooks above that of one without: ${round(total)} MiB against ${round(least)} MiB, both with ${SUBSCRIPTIONS} agencies, median of ${RUNS}; the baseline is the limit`
    const cpuNote = `of one core, all threads, over ${SECONDS} s; without subscriptions ${round(median(bare.map(({ cpuPercent }) => cpuPercent)))} %; the baseline is the limit`
    return [
      figure(
        'delivery.idle',
        { value: Math.max(0, total - least), unit: 'MiB', baseline: LIMIT_MIB, note },
        { atMost: 1 },
      ),
      figure(
        'delivery.idle.cpu',
        {
          value: median(full.map(({ cpuPercent }) => cpuPercent)),
          unit: '%',
          baseline: CPU_LIMIT_PERCENT,
          note: cpuNote,
        },
        { atMost: 1 },
      ),
    ]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function seed(dataDir: string, agencies: number, subscriptions: number): Promise<void> {
  const child = await startChild('idle-server.js', [dataDir, 'seed', String(agencies), String(subscriptions)])
  await child.stop()
}

/** The largest memory seen, and the mean share of a core. */
async function rest(dataDir: string): Promise<Rest> {
  const child = await startChild('idle-server.js', [dataDir, 'open'])
  try {
    const ask = (): Promise<IdleAnswer> => child.ask<IdleAnswer>()
    const first = await ask()
    const started = performance.now()
    let rssMiB = first.rssMiB
    let last = first
    while (performance.now() - started < SECONDS * 1000) {
      await delay(1000)
      last = await ask()
      rssMiB = Math.max(rssMiB, last.rssMiB)
    }
    return { rssMiB, cpuPercent: ((last.cpuMs - first.cpuMs) / (performance.now() - started)) * 100 }
  } finally {
    await child.stop()
  }
}
