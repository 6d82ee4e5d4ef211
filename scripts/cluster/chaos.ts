/**
 * `npm run chaos -- --seed N --seconds S`: two hubs on one log, one Redis, one PostgreSQL, tormented while they record, raise
 * alarms and release a quarter. Ends with 0 only if nothing was lost, doubled or out of order. The seed chooses faults and load;
 * what the machine makes of them is its own.
 */
import { parseArgs } from 'node:util'
import { HOUR } from '../../src/kernel/dates.js'
import { seededRandom } from '../../src/rehearsal/seeded-random.js'
import { torment } from './faults.js'
import { runCluster } from './run.js'
import { onStage, wholeNumber } from './stage.js'
import { isSound, verdictLines } from './verdict.js'

/** Not by itself: it ends for all hubs together, in the middle of the run. */
const QUARTER_ENDS_AFTER_MS = 4 * HOUR

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '60' },
    people: { type: 'string', default: '60' },
    'keep-data': { type: 'boolean', default: false },
  },
})
const seed = wholeNumber('seed', values.seed)

await onStage('chaos', { keepData: values['keep-data'] }, async ({ directory, say }) => {
  const { verdict, blames, isQuiet } = await runCluster({
    directory,
    people: wholeNumber('people', values.people),
    perSecond: 40,
    seconds: wholeNumber('seconds', values.seconds),
    quarterEndsAfterMs: QUARTER_ENDS_AFTER_MS,
    random: seededRandom('chaos', seed),
    say,
    async disturb(deps, until) {
      const counts = await torment({ ...deps, random: seededRandom('faults', seed) }, until)
      for (const [name, count] of counts) say(`${count} × ${name}`)
    },
  })
  for (const line of verdictLines(verdict)) console.log(line)
  for (const text of blames) console.log(`WRONG: ${text}`)
  return isQuiet && blames.length === 0 && isSound(verdict)
})
