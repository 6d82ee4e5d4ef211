/**
 * Plays histories that come on standard input on one thread, and answers with the files of each: run under another time zone and
 * language.
 */
import { text } from 'node:stream/consumers'
import { manualCleanup } from '../readmodel/following.js'
import { type History, play } from './random-histories.js'

const told: (readonly string[])[] = []
for (const history of JSON.parse(await text(process.stdin)) as readonly History[]) {
  const cleanup = manualCleanup()
  try {
    told.push((await play(cleanup, history, { inThreads: false })).files)
  } finally {
    await cleanup.run()
  }
}
process.stdout.write(JSON.stringify(told))
