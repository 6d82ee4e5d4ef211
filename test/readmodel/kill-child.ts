/**
 * The child of the kill tests: follows a log and is killed without warning at a moment that it picks: before, inside or
 * after some commit of some projection's file, while it follows or while it rebuilds. Run as
 * `node kill-child.js <data directory> <commits to let pass> <before|inside|after> <following|rebuilding>`.
 */
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { openSqliteLogReader } from '../../src/log/sqlite-reader.js'
import { createRunner } from '../../src/readmodel/runner.js'
import { isKnown } from './county.js'
import { FOLLOWED } from './following.js'

const [dataDir = '', commits = '0', fatalMoment = 'before', fatalPhase = 'following'] = process.argv.slice(2)
let left = Number(commits)
let phase = 'following'

function mayDie(moment: string): void {
  if (moment === fatalMoment && phase === fatalPhase && left-- <= 0) process.kill(process.pid, 'SIGKILL')
}

// Every write of the runner ends in a transaction of better-sqlite3: count those, and die at one of them.
const transaction = Database.prototype.transaction
Database.prototype.transaction = function wrapped(this: Database.Database, run: (...args: unknown[]) => unknown) {
  const real = transaction.call(this, (...args: unknown[]) => {
    const result = run(...args)
    mayDie('inside')
    return result
  })
  return Object.assign((...args: unknown[]) => {
    mayDie('before')
    const result = real(...args)
    mayDie('after')
    return result
  }, real)
} as typeof transaction

const log = openSqliteLogReader(join(dataDir, 'log.sqlite'))
const runner = createRunner(
  { log, projections: FOLLOWED, directory: join(dataDir, 'readmodels'), isKnown, batchSize: 7 },
  { onProgress: () => {}, onCut: () => {}, onSwitched: () => {} },
)
await runner.open()
await runner.drain()
phase = 'rebuilding'
await runner.rebuild('patient-record')
await runner.close()
log.close()
process.disconnect?.()
