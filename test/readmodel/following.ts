/** Opens a runner on a log in a directory of its own, with what tests ask of it. */
import { join } from 'node:path'
import { type PatientRecord, patientRecord } from '../../projections/patient-record.js'
import { releases } from '../../projections/releases.js'
import { type Projection, projectionId } from '../../src/domain/define-projection.js'
import { currentFile } from '../../src/readmodel/file-names.js'
import type { FollowedLog } from '../../src/readmodel/log-reads.js'
import type { OpenCut, ReadModel } from '../../src/readmodel/port.js'
import { openProjectionReader, type TextReader } from '../../src/readmodel/projection-reader.js'
import { createRunner, type Runner, type RunnerOptions } from '../../src/readmodel/runner.js'
import { type Cleanup, tempDirectory } from '../fixtures/store.js'
import { isKnown } from './county.js'

export const FOLLOWED: readonly Projection[] = [patientRecord, releases]

export interface Following {
  readonly runner: Runner
  readonly directory: string
  readonly cuts: readonly OpenCut[]
  readonly switched: readonly string[]
  /** A reader of the file as it is current now; closed when the test ends. */
  read<Row = PatientRecord>(projection?: Projection): ReadModel<Row> & TextReader
  records(): Record<string, PatientRecord>
  recordsAt(cutId: string): Record<string, PatientRecord>
  /** Closes the runner and opens another in the same directory. */
  reopen(options?: Partial<RunnerOptions>): Promise<Following>
}

export async function follow(
  t: Cleanup,
  log: FollowedLog,
  options: Partial<RunnerOptions> = {},
  directory = join(tempDirectory(t), 'readmodels'),
): Promise<Following> {
  const cuts: OpenCut[] = []
  const switched: string[] = []
  const readers: { close(): void }[] = []
  const runner = createRunner(
    { log, projections: FOLLOWED, directory, isKnown, ...options },
    { onProgress: () => {}, onCut: (cut) => cuts.push(cut), onSwitched: (id) => switched.push(id) },
  )
  t.teardown(async () => {
    for (const reader of readers) reader.close()
    await runner.close()
  })
  await runner.open()

  const read = <Row = PatientRecord>(projection: Projection = patientRecord): ReadModel<Row> & TextReader => {
    const reader = openProjectionReader<Row>(currentFile(directory, projectionId(projection)))
    readers.push(reader)
    return reader
  }
  const byKey = (rows: Iterable<{ key: string; row: PatientRecord }>): Record<string, PatientRecord> =>
    Object.fromEntries([...rows].map(({ key, row }) => [key, row]))

  return {
    runner,
    directory,
    cuts,
    switched,
    read,
    records: () => byKey(read().all()),
    recordsAt: (cutId) => byKey(read().allAt(cutId)),
    async reopen(changed = {}) {
      await runner.close()
      return follow(t, log, { ...options, ...changed }, directory)
    },
  }
}

/** A cleanup that runs when it is told to: one per run of a property. */
export function manualCleanup(): Cleanup & { run(): Promise<void> } {
  const handlers: (() => unknown)[] = []
  return {
    teardown: (handler) => void handlers.push(handler),
    async run() {
      for (const handler of handlers.reverse()) await handler()
    },
  }
}
