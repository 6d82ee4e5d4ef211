/**
 * Entry file of a thread that compiles feeds: wires the read model's reader and the hub's feeds into the compiler. It
 * appends nothing and answers nobody but the thread that started it.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { FEEDS } from '../projections/feeds.js'
import { patientRecord } from '../projections/patient-record.js'
import { projectionId } from './domain/define-projection.js'
import type { CompilerStart } from './feeds/compile-messages.js'
import { serveCompiler } from './feeds/compile-worker.js'
import { openSqliteLogReader } from './log/sqlite-reader.js'
import { currentFile } from './readmodel/file-names.js'
import { openProjectionReader } from './readmodel/projection-reader.js'
import type { VaultFile } from './store.js'
import { openSqliteVaultReader } from './vault/sqlite-vault-reader.js'

/** What the main thread passes as worker data. */
export interface FeedsWorkerData {
  /** Where the read models' files lie. */
  readonly readModelsDirectory: string
  /** The log, or its replica, as a file. */
  readonly logFile: string
  /** Read here at the thread's own priority; without it each batch of keys is asked of the main thread. */
  readonly vaultFile?: VaultFile
}

if (parentPort) {
  const { data, pace } = workerData as CompilerStart
  const { readModelsDirectory, logFile, vaultFile } = data as FeedsWorkerData
  serveCompiler({
    ...(vaultFile && { openVault: () => openSqliteVaultReader(vaultFile.file, vaultFile.master, vaultFile.identity) }),
    port: parentPort,
    pace,
    definitions: FEEDS,
    openPlaced: () => openSqliteLogReader(logFile),
    openPatients: () =>
      openProjectionReader(currentFile(readModelsDirectory, projectionId(patientRecord)), { snapshot: true }),
  })
}
