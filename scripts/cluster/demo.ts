/**
 * `npm run demo -- --cluster`: two hub processes on one log, one Redis, one PostgreSQL; one hub is killed on the way. Says which
 * event store it ran on, and ends with 0 only if nothing was lost, doubled or out of order.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { seededRandom } from '../../src/rehearsal/seeded-random.js'
import { runCluster } from './run.js'
import { onStage, wholeNumber } from './stage.js'
import { isSound } from './verdict.js'

const SECONDS = 55
/** So that its documents are closed, compiled and released on the way. */
const QUARTER_ENDS_AFTER_MS = 45_000
const KILL_AFTER_MS = 20_000
const DOWN_MS = 8000

const { values } = parseArgs({
  options: { seed: { type: 'string', default: '7' }, 'keep-data': { type: 'boolean', default: false } },
})

await onStage('cluster', { keepData: values['keep-data'] }, async ({ directory, say }) => {
  const { verdict, isQuiet } = await runCluster({
    directory,
    people: 60,
    perSecond: 30,
    seconds: SECONDS,
    quarterEndsAfterMs: QUARTER_ENDS_AFTER_MS,
    random: seededRandom('cluster demo', wholeNumber('seed', values.seed)),
    say,
    async disturb({ hubs }) {
      await delay(KILL_AFTER_MS)
      const [first] = hubs
      await first?.kill()
      say('hub-1 killed with -9; whoever was asking it asks hub-2')
      await delay(DOWN_MS)
      await first?.start()
      say('hub-1 is back')
    },
  })
  const { events, documents, alarms, acknowledged, forgotten, storedTwice } = verdict
  const { sent, applied, lost, doubled, outOfOrder } = verdict
  console.log(`\n日志 ${events} 条：报送文件 ${documents} 份，ALARM ${alarms} 条`)
  console.log(`记录：已回执 ${acknowledged} 条，丢失 ${forgotten}，重复 ${storedTwice}`)
  console.log(`投递：应达 ${sent} 条，已处理 ${applied}，丢失 ${lost}，重复 ${doubled}，乱序 ${outOfOrder}`)
  const isShown = isQuiet && isSound(verdict) && documents > 0
  console.log(isShown ? '两台枢纽共用一份日志，一台中途被杀，未丢失任何内容。' : '未达到预期。')
  return isShown
})
