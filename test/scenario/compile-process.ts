/**
 * What closes, compiles and releases, alone in a process of its own: `compile-process.js <data directory> <calendar, ms> <passphrase>
 * <threads|here> [points]`. Every write of a file and every message to a thread (appends, keys, shares of a compile) is a point; once
 * a cut is open it kills itself with -9 at the given one, before the effect or right after it. Else it says how many there were.
 */
import fs, { writeSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { FEEDS } from '../../projections/feeds.js'
import { PROJECTIONS } from '../../projections/index.js'
import { patientRecord } from '../../projections/patient-record.js'
import { CATALOGUE } from '../../src/domain/catalogue.js'
import { projectionId } from '../../src/domain/define-projection.js'
import { HUB_STREAM } from '../../src/domain/streams.js'
import { createFeeds } from '../../src/feeds/create-feeds.js'
import type { FeedsWorkerData } from '../../src/feeds-worker.js'
import { MASTER_KEY_FILE } from '../../src/hub-core.js'
import { INITIAL_VERSIONS } from '../../src/hub-versions.js'
import { drivenClock, wallClock } from '../../src/kernel/clock.js'
import { openSqliteLogReader } from '../../src/log/sqlite-reader.js'
import { LOG_FILE } from '../../src/log/sqlite-schema.js'
import { WEIHAI_2019 } from '../../src/policy/pack.js'
import { currentFile } from '../../src/readmodel/file-names.js'
import { inProcess } from '../../src/readmodel/follower.js'
import { openProjectionReader } from '../../src/readmodel/projection-reader.js'
import { createReadModels } from '../../src/readmodel/read-models.js'
import { createClockGuard } from '../../src/recording/clock-guard.js'
import { createHubRecorder } from '../../src/recording/hub-recorder.js'
import { openStore } from '../../src/store.js'
import { openMasterKeyFile } from '../../src/vault/master-key.js'

const [dataDir = '', calendarMs = '', passphrase = '', way = '', fatal = ''] = process.argv.slice(2)
let points = 0
let isCounting = false

function mayDie(): void {
  if (isCounting && ++points === Number(fatal)) process.kill(process.pid, 'SIGKILL')
}

/** Two points: before the effect, and after it. */
function mortal<A extends unknown[], R>(act: (this: unknown, ...args: A) => R) {
  return function mayNotReturn(this: unknown, ...args: A): R {
    mayDie()
    const result = act.apply(this, args)
    mayDie()
    return result
  }
}

const say = writeSync.bind(undefined, 1)
fs.writeFileSync = mortal(fs.writeFileSync)
fs.renameSync = mortal(fs.renameSync)
fs.rmSync = mortal(fs.rmSync)
syncBuiltinESMExports()
Worker.prototype.postMessage = mortal(Worker.prototype.postMessage)

const calendar = drivenClock(Number(calendarMs))
const store = await openStore(dataDir, openMasterKeyFile(join(dataDir, MASTER_KEY_FILE), passphrase), wallClock)
const { log, vault, vaultFile } = store
const directory = join(dataDir, 'readmodels')
const logFile = join(dataDir, LOG_FILE)
const isKnown = (type: string, version: number): boolean => CATALOGUE.has(`${type}@${version}`)
const readModels = createReadModels({
  directory,
  projections: PROJECTIONS,
  follower: inProcess({ log: log.reader, projections: PROJECTIONS, directory, isKnown }),
})
await readModels.start()
let logId = ''
for await (const { data } of log.readStream(HUB_STREAM)) logId ||= String(data.logId ?? '')
const clockGuard = createClockGuard(calendar, undefined)
const versions = new Map(INITIAL_VERSIONS.map(({ kind, name, version }) => [`${kind}:${name}`, version]))
const feeds = createFeeds({
  ...{ logId, log, vault, calendar, readModels },
  isSimulated: true,
  placed: log.reader,
  openLog: () => openSqliteLogReader(logFile),
  recorder: createHubRecorder({ logId, log, vault, clockGuard, wall: wallClock }),
  openPatients: () => openProjectionReader(currentFile(directory, projectionId(patientRecord)), { snapshot: true }),
  definitions: FEEDS,
  pack: WEIHAI_2019,
  versions: () => versions,
  isClockDoubted: () => false,
  spoolDirectory: join(dataDir, 'spool'),
  ...(way === 'threads' && {
    threads: {
      entry: new URL('../../src/feeds-worker.js', import.meta.url),
      data: {
        readModelsDirectory: directory,
        logFile,
        ...(vaultFile ? { vaultFile } : {}),
      } satisfies FeedsWorkerData,
    },
    threadsFrom: 0,
  }),
})
// Not before a period is closed: what is closed at another moment is another document.
readModels.onCut(() => {
  isCounting = true
})
await feeds.start()
await feeds.idle()
isCounting = false
await feeds.stop()
await readModels.stop()
await store.close()
say(`${JSON.stringify({ points })}\n`)
