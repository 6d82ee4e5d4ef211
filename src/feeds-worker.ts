/**
 * Entry file of a thread that compiles feeds: wires the read model's reader and the hub's feeds into the compiler. It
 * appends nothing and answers nobody but the thread that started it.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { FEEDS } from '../projections/feeds.js'
import { patientRecord } from '../projections/patient-record.js'
import { projectionId } from './domain/define-projection.js'
import { serveCompiler } from './feeds/compile-worker.js'
import { currentFile } from './readmodel/file-names.js'
import { openProjectionReader } from './readmodel/projection-reader.js'

/** What the main thread passes as worker data: where the read models' files lie. */
export interface FeedsWorkerData {
  readonly readModelsDirectory: string
}

if (parentPort) {
  const { readModelsDirectory } = workerData as FeedsWorkerData
  serveCompiler({
    port: parentPort,
    definitions: FEEDS,
    openPatients: () =>
      openProjectionReader(currentFile(readModelsDirectory, projectionId(patientRecord)), { snapshot: true }),
  })
}
