/**
 * `alert.p99.loaded`: `alert.p99` while both quarterly feeds of 300,000 people (seeded) compile at low priority in the same hub and one
 * receiver in ten is dead. The bare steps are measured beside the same hub while it compiles the next quarter.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type AlertTarget, createInbox, sendAlerts, toldOf } from './alert-client.js'
import type { LoadedHello } from './alert-loaded-server.js'
import { type BenchChild, startChild } from './child.js'
import { type Figure, figure, median, percentile, say } from './measure.js'

const RATE = 500
const SECONDS = 10
const PAIRS = 3
const WARM_UP_SECONDS = 3
/** A port of the loopback on which nobody listens. */
const REFUSING = 'http://127.0.0.1:1'

interface Run {
  readonly times: readonly number[]
  /** How much of the run the feeds were being compiled. */
  readonly share: number
}

export async function alertP99Loaded(): Promise<readonly Figure[]> {
  const inbox = createInbox()
  const address = await inbox.listen()
  const silent = createServer(() => undefined)
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const silentAddress = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
  const hub = await startChild<LoadedHello>('alert-loaded-server.js', [address, silentAddress, REFUSING])
  const bare = await startChild<{ url: string; key: string }>('alert-server.js', ['bare', address])
  try {
    const { people } = hub.hello
    const ours = { ...hub.hello, key: '' }
    // The bare side has no dead receivers: it waits for every message.
    const theirs = { ...bare.hello, secrets: {}, people: people.map((one) => ({ ...one, pseudonym: one.patient })) }
    await sendAlerts({ ...ours, day: '2025-01-06' }, inbox, { rate: RATE, seconds: WARM_UP_SECONDS })
    await sendAlerts(theirs, inbox, { rate: RATE, seconds: WARM_UP_SECONDS })
    const runs: { readonly ours: number; readonly theirs: number }[] = []
    const shares: number[] = []
    for (let pair = 0; pair < PAIRS; pair++) {
      const beside = await runWhileCompiling(hub, theirs, inbox)
      const loaded = await runWhileCompiling(hub, ours, inbox)
      runs.push({ ours: percentile(loaded.times, 99), theirs: percentile(beside.times, 99) })
      shares.push(loaded.share, beside.share)
      say(`  alert loaded ${pair + 1}/${PAIRS}: ${toldOf(loaded.times, beside.times)}`)
    }
    const ratio = median(runs.map((run) => run.ours / run.theirs))
    const middle = runs.find((run) => run.ours / run.theirs === ratio)
    const note = `${RATE} RiskAssessed/s for ${SECONDS} s, both feeds of 300,000 seeded people compiling for at least ${Math.round(Math.min(...shares) * 100)} % of each run, 2 of 21 receivers dead, median of ${PAIRS} pairs`
    return [
      figure(
        'alert.p99.loaded',
        { value: middle?.ours ?? Number.NaN, unit: 'ms', baseline: middle?.theirs ?? Number.NaN, note },
        { atMost: 3 },
      ),
    ]
  } finally {
    await hub.stop()
    await bare.stop()
    inbox.close()
    silent.closeAllConnections()
    silent.close()
  }
}

async function runWhileCompiling(
  hub: BenchChild<LoadedHello>,
  target: AlertTarget,
  inbox: ReturnType<typeof createInbox>,
): Promise<Run> {
  const { day } = await hub.ask<{ day: string }>('close')
  const started = Date.now()
  const released = hub.ask<{ at: number }>('released')
  const times = await sendAlerts({ ...target, day }, inbox, { rate: RATE, seconds: SECONDS })
  const { at } = await released
  return { times, share: Math.min(1, (at - started) / (SECONDS * 1000)) }
}
