/**
 * `npm run chaos -- --seed N --seconds S`: two hubs on one log, one Redis, one PostgreSQL, tormented while they record, raise
 * alarms and release a quarter. Ends with 0 only if nothing was lost, doubled or out of order. The seed chooses faults and load;
 * what the machine makes of them is its own.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { seededRandom } from '../../src/rehearsal/seeded-random.js'
import { torment } from './faults.js'
import { runCluster } from './run.js'
import { isSound, verdictLines } from './verdict.js'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '60' },
    people: { type: 'string', default: '60' },
    'keep-data': { type: 'boolean', default: false },
  },
})
const [seed, seconds, people] = [values.seed, values.seconds, values.people].map(Number)
const directory = mkdtempSync(join(tmpdir(), 'lianhu-chaos-'))
const startedAt = Date.now()
const say = (text: string): void =>
  console.log(`${((Date.now() - startedAt) / 1000).toFixed(1).padStart(6)} s  ${text}`)

let code = 1
try {
  const verdict = await runCluster({
    directory,
    people: people ?? 60,
    perSecond: 40,
    seconds: seconds ?? 60,
    random: seededRandom('chaos', seed ?? 7),
    say,
    async disturb(deps, until) {
      const counts = await torment({ ...deps, random: seededRandom('faults', seed ?? 7) }, until)
      for (const [name, count] of counts) say(`${count} × ${name}`)
    },
  })
  for (const line of verdictLines(verdict)) console.log(line)
  const { sent, applied, lost, doubled, outOfOrder } = verdict
  console.log(`sent ${sent}, applied ${applied}, lost ${lost}, doubled ${doubled}, out of order ${outOfOrder}`)
  code = isSound(verdict) ? 0 : 1
} finally {
  if (values['keep-data'] || code !== 0) console.log(`what it left is kept in ${directory}`)
  else rmSync(directory, { recursive: true, force: true })
}
process.exit(code)
