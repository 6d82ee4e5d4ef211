/**
 * `enrol.bulk`: 40,000 agencies through one `POST /v1/agencies/batch`, then the same file again, of which every line has to be
 * answered as known. Against raw better-sqlite3 inserts of the rows that it wrote. `enrol.bulk.rss`: the hub's largest resident memory.
 */
import { Readable } from 'node:stream'
import { request } from 'undici'
import { uuidv7 } from '../../src/kernel/ids.js'
import { startChild } from './child.js'
import { type Figure, figure, round, say } from './measure.js'

const AGENCIES = 40_000
/** Every so many stand below the one before them. */
const PER_SUPERIOR = 20
const RSS_LIMIT_MIB = 400

interface Posted {
  readonly seconds: number
  readonly created: number
  readonly known: number
}

export async function enrolBulk(): Promise<readonly Figure[]> {
  const hub = await startChild<{ readonly url: string; readonly key: string }>('enrol-server.js', [])
  try {
    const lines = agencies()
    const first = await post(hub.hello, lines)
    const { peakMiB } = await hub.ask<{ peakMiB: number }>('peak')
    const again = await post(hub.hello, lines)
    const { peakMiB: peakAgain } = await hub.ask<{ peakMiB: number }>('peak')
    say(
      `  ${first.created} enrolled in ${round(first.seconds)} s, again: ${again.known} known in ${round(again.seconds)} s`,
    )
    if (first.created !== AGENCIES) throw new Error(`${first.created} of ${AGENCIES} were enrolled`)
    if (again.known !== AGENCIES) throw new Error(`${again.known} of ${AGENCIES} were known the second time`)
    const { rows, rowsPerSecond } = await hub.ask<{ rows: number; rowsPerSecond: number }>('raw')
    // The second posting adds a code for each: what the first wrote is two events a line.
    const note = `${AGENCIES} lines in ${round(first.seconds)} s, each with an enrolment code; the same file again, all known, in ${round(again.seconds)} s; the baseline is raw inserts of the ${rows} rows`
    const flat = `the largest, ${round(peakMiB)} MiB after the first posting; the baseline is the limit`
    return [
      figure(
        'enrol.bulk',
        { value: AGENCIES / first.seconds, unit: 'lines/s', baseline: rowsPerSecond / 2, note },
        'reported',
      ),
      figure('enrol.bulk.rss', { value: peakAgain, unit: 'MiB', baseline: RSS_LIMIT_MIB, note: flat }, { atMost: 1 }),
    ]
  } finally {
    await hub.stop()
  }
}

function agencies(): readonly string[] {
  let superior = ''
  return Array.from({ length: AGENCIES }, (_, n) => {
    const id = uuidv7(Date.now())
    const isSuperior = n % PER_SUPERIOR === 0
    if (isSuperior) superior = id
    const below = isSuperior ? {} : { superior }
    return `${JSON.stringify({ id, role: 'POLICE', name: `测试派出所${n}`, phone: '0000-0000002', ...below })}\n`
  })
}

async function post(
  { url, key }: { readonly url: string; readonly key: string },
  lines: readonly string[],
): Promise<Posted> {
  const started = performance.now()
  const response = await request(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' },
    body: Readable.from(lines, { objectMode: false }),
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  const answers = (await response.body.text()).trim().split('\n')
  const seconds = (performance.now() - started) / 1000
  const count = (status: number): number =>
    answers.filter((line) => line.includes(`"status":${status},"agencyId"`)).length
  const [created, known] = [count(201), count(200)]
  if (created + known !== lines.length)
    throw new Error(`enrol: ${answers.find((line) => !line.includes('"agencyId"'))}`)
  return { seconds, created, known }
}
