/**
 * The hub of `enrol.bulk`, in a process of its own. Says `{url, key}`, then answers each line of standard input: `peak` with the
 * largest resident memory since it began, `raw` with how many of the log's rows a second go into bare tables of the same kind.
 */
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createHttp } from '../../src/http/create-http.js'
import { START } from '../../src/log/port.js'
import { openEmptyHub } from './bench-hub.js'
import { openRawLog } from './ingest-raw-log.js'

const EVERYTHING = 1_000_000
const say = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value)}\n`)
const { hub, dataDir, close } = await openEmptyHub()
const app = createHttp(hub)
const { key } = await hub.administration.createOperatorKey('运维')
say({ url: `${await app.listen({ port: 0, host: '127.0.0.1' })}/v1/agencies/batch`, key })
createInterface({ input: process.stdin })
  .on('line', (line) => say(line === 'raw' ? raw() : { peakMiB: process.resourceUsage().maxRSS / 1024 }))
  .on('close', async () => {
    await app.close()
    await close()
    process.exit(0)
  })

function raw(): { readonly rows: number; readonly rowsPerSecond: number } {
  const log = openRawLog(join(dataDir, 'raw.sqlite'))
  const records = hub.core.store.log.reader.rawPageAfter(START, EVERYTHING)
  const rowsPerSecond = log.insert(records)
  log.close()
  return { rows: records.length, rowsPerSecond }
}
