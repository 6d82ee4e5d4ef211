/**
 * `npm run bench`: measures the product against a baseline in the same run and prints ratios. `-- NAME…` runs some, `--json`
 * prints one object a line, `--scale=1` runs those of a nation at full size, a tenth by default. Medians on a machine that is
 * doing nothing else; no test depends on a figure.
 */
import { cpus, totalmem } from 'node:os'
import { alertP99 } from './alerts.js'
import { alertP99Loaded } from './alerts-loaded.js'
import { closeBigLog } from './big-log.js'
import { deliveryBullmq, deliveryWebhook } from './delivery.js'
import { deliveryIdle } from './delivery-idle.js'
import { disclosuresP99 } from './disclosures.js'
import { enrolBulk } from './enrol-bulk.js'
import { eventStoreDb } from './eventstoredb.js'
import { feedCompile } from './feed-compile.js'
import { feedNational, feedPreview } from './feed-national.js'
import { ingestLive, ingestSingle } from './ingest.js'
import { ingestBatch } from './ingest-batch.js'
import { type Benchmark, type Figure, say } from './measure.js'
import { historyP99, rebuildPatientRecord } from './reading.js'

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  'ingest.single': ingestSingle,
  'ingest.live': ingestLive,
  'ingest.batch': ingestBatch,
  'rebuild.patient-record': rebuildPatientRecord,
  'history.p99': historyP99,
  'disclosures.p99': disclosuresP99,
  'feed.compile': feedCompile,
  'feed.national': feedNational,
  'feed.preview': feedPreview,
  'alert.p99': alertP99,
  'alert.p99.loaded': alertP99Loaded,
  'delivery.webhook': deliveryWebhook,
  'delivery.bullmq': deliveryBullmq,
  'delivery.idle': deliveryIdle,
  'enrol.bulk': enrolBulk,
  eventstoredb: eventStoreDb,
}

const args = process.argv.slice(2)
const isJson = args.includes('--json')
const scale = Number(args.find((argument) => argument.startsWith('--scale='))?.slice('--scale='.length) ?? 0.1)
const names = args.filter((argument) => !argument.startsWith('--'))
const unknown = names.filter((name) => !(name in BENCHMARKS))
if (unknown.length > 0) {
  say(`expected names of ${Object.keys(BENCHMARKS).join(', ')}; got ${unknown.join(', ')}`)
  process.exit(2)
}

say(
  `${cpus().length} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`,
)
for (const [name, benchmark] of Object.entries(BENCHMARKS)) {
  if (names.length > 0 && !names.includes(name)) continue
  say(`${name} …`)
  for (const result of await benchmark({ scale })) print(result)
}

await closeBigLog()

function print(result: Figure): void {
  if (isJson) {
    process.stdout.write(`${JSON.stringify(result)}\n`)
    return
  }
  const { name, value, unit, baseline, ratio, target, met, note } = result
  const verdict = met === 'reported' ? 'reported' : met ? 'met' : 'NOT MET'
  process.stdout.write(
    `${name.padEnd(24)} ${value} ${unit}, baseline ${baseline}, ratio ${ratio} (${target}: ${verdict})${note ? `; ${note}` : ''}\n`,
  )
}
