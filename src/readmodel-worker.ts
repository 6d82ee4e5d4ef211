/**
 * Entry file of the read models' worker thread: wires the log's reader and the hub's projections into the runner, at a lower
 * priority than the thread that answers people.
 */
import { setPriority } from 'node:os'
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { PROJECTIONS } from '../projections/index.js'
import { CATALOGUE } from './domain/catalogue.js'
import { openSqliteLogReader } from './log/sqlite-reader.js'
import { serveReadModels } from './readmodel/worker.js'

/** What the main thread passes as worker data. */
export interface ReadModelWorkerData {
  readonly dataDir: string
  readonly logFile: string
}

export const READ_MODELS_DIRECTORY = 'readmodels'

const NICENESS = 5

/** `RiskAssessed` → its versions: asked once per event, so no key is built. */
const versions = new Map<string, Set<number>>()
for (const { type, version } of CATALOGUE.values()) versions.set(type, (versions.get(type) ?? new Set()).add(version))

/** True for a type and version that this node may project. */
export function isInCatalogue(type: string, version: number): boolean {
  return versions.get(type)?.has(version) ?? false
}

if (parentPort) {
  const { dataDir, logFile } = workerData as ReadModelWorkerData
  // On Linux this is the thread's own priority; elsewhere it would be the whole process's.
  if (process.platform === 'linux') setPriority(NICENESS)
  const log = openSqliteLogReader(logFile)
  serveReadModels(
    parentPort,
    {
      log,
      projections: PROJECTIONS,
      directory: join(dataDir, READ_MODELS_DIRECTORY),
      isKnown: isInCatalogue,
    },
    () => log.close(),
  )
}
