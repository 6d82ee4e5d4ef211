/**
 * `alert.p99` at 500 events a second: from the request leaving the client to the receiver holding the verified alert, against
 * its bare steps at the same rate in the same run.
 * `memory.rss`: the hub's resident memory while it does so.
 */
import { type AlertTarget, createInbox, sendAlerts, toldOf } from './alert-client.js'
import { type BenchChild, startChild } from './child.js'
import { type Figure, figure, median, percentile, say } from './measure.js'

interface Hello {
  readonly url: string
  readonly key: string
  readonly patients: readonly string[]
  /** Those by which the police station knows the patients, in the same order. */
  readonly pseudonyms: readonly string[]
  readonly secret: string
}

const RATE = 500
const SECONDS = 10
const PAIRS = 3
const RSS_LIMIT_MIB = 400

export async function alertP99(): Promise<readonly Figure[]> {
  const inbox = createInbox()
  const address = await inbox.listen()
  const hub = await startChild<Hello>('alert-server.js', ['hub', address])
  const bare = await startChild<Hello>('alert-server.js', ['bare', address])
  const resident: number[] = []
  const sampling = setInterval(
    () => void hub.ask<{ rssMiB: number }>().then(({ rssMiB }) => resident.push(rssMiB)),
    1000,
  )
  try {
    const run = (server: BenchChild<Hello>, seconds: number): Promise<readonly number[]> =>
      sendAlerts(targetOf(server.hello, hub.hello), inbox, { rate: RATE, seconds })
    await run(hub, 3)
    await run(bare, 3)
    const ours: number[] = []
    const theirs: number[] = []
    let middle = 0
    for (let pair = 0; pair < PAIRS; pair++) {
      const bareTimes = await run(bare, SECONDS)
      const hubTimes = await run(hub, SECONDS)
      theirs.push(percentile(bareTimes, 99))
      ours.push(percentile(hubTimes, 99))
      middle = percentile(hubTimes, 50)
      say(`  alert ${pair + 1}/${PAIRS}: ${toldOf(hubTimes, bareTimes)}`)
    }
    const ratio = median(ours.map((value, i) => value / (theirs[i] ?? Number.NaN)))
    const best = ours.findIndex((value, i) => value / (theirs[i] ?? Number.NaN) === ratio)
    clearInterval(sampling)
    const note = `${RATE} RiskAssessed/s for ${SECONDS} s, median of ${PAIRS} pairs, last p50 ${middle.toFixed(1)} ms, signatures checked by the standardwebhooks package`
    const flat = `from ${Math.min(...resident)} to ${Math.max(...resident)} MiB over ${resident.length} s; the baseline is the limit`
    return [
      figure(
        'alert.p99',
        { value: ours[best] ?? Number.NaN, unit: 'ms', baseline: theirs[best] ?? Number.NaN, note },
        { atMost: 3 },
      ),
      figure(
        'memory.rss',
        { value: Math.max(...resident), unit: 'MiB', baseline: RSS_LIMIT_MIB, note: flat },
        { atMost: 1 },
      ),
    ]
  } finally {
    clearInterval(sampling)
    await hub.stop()
    await bare.stop()
    inbox.close()
  }
}

/** Both are sent what the hub knows: to the bare one its people are names like any other. */
function targetOf({ url, key, secret }: Hello, { patients, pseudonyms }: Hello): AlertTarget {
  const people = patients.map((patient, i) => ({ patient, pseudonym: pseudonyms[i] ?? '' }))
  return { url, key, people, secrets: secret === '' ? {} : { '/': secret } }
}
