/**
 * Builds a projection again and compares: beside the live file while that moves on, for a switch; or beside a file that
 * nobody writes, for `verify`. It changes no row of the live file.
 */
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Projection, projectionId } from '../domain/define-projection.js'
import { batchesAfter, type IsKnown } from './batches.js'
import { buildProjectionFile } from './build-file.js'
import { ASIDE_PREFIX, currentFile, nextFile } from './file-names.js'
import { type FollowedProjection, followProjection } from './followed-projection.js'
import type { FollowedLog } from './log-reads.js'
import { compareBuilds } from './parity.js'
import type { ParityReport } from './port.js'
import { openProjectionFile, type ProjectionFile } from './projection-file.js'
import { openProjectionReader, PARITY_CUT_PREFIX } from './projection-reader.js'
import { removeDatabase } from './projection-schema.js'

/** Runs a step while no batch is being folded. */
export type Exclusively = <T>(step: () => T | Promise<T>) => Promise<T>

export interface RebuildOptions {
  readonly log: FollowedLog
  readonly directory: string
  readonly followed: FollowedProjection
  readonly isKnown: IsKnown
  readonly exclusively: Exclusively
  readonly signal: AbortSignal
  /** Makes the new file the one that is followed, read and pointed at. */
  readonly adopt: (file: ProjectionFile) => void
}

export interface VerifyOptions {
  readonly log: FollowedLog
  readonly directory: string
  readonly projection: Projection
  /** Ends the build with the signal's reason. */
  readonly signal?: AbortSignal
}

const CATCH_UP_BATCH = 1000

/**
 * The fixed end is the live file's checkpoint, kept readable there by a cut of our own. The comparison is of that state;
 * then the new file catches up and takes the live one's place, whatever the report says: it is what the log says.
 */
export async function rebuildBeside(options: RebuildOptions): Promise<ParityReport> {
  const { log, directory, followed, isKnown, exclusively, signal, adopt } = options
  const liveCut = `${PARITY_CUT_PREFIX}${randomUUID()}`
  const path = nextFile(directory, followed.id)
  removeDatabase(path)
  try {
    const end = await exclusively(() => {
      const checkpoint = followed.file().checkpoint()
      const cuts = followed
        .file()
        .cuts()
        .filter(({ id }) => !id.startsWith(PARITY_CUT_PREFIX))
      followed.file().openCut({ id: liveCut, feed: '', period: '', closedAt: '', ...checkpoint })
      return { ...checkpoint, cuts }
    })
    await buildProjectionFile({ log, projection: followed.projection, path, end, signal })
    const openCuts = await stillOpen(
      options,
      end.cuts.map(({ id }) => id),
    )
    const report = comparedAt(followed, path, end.leafIndex, liveCut, openCuts)
    await exclusively(async () => {
      const fresh = openProjectionFile(path)
      await catchUp(log, followed, fresh, isKnown)
      adopt(fresh)
    })
    return report
  } catch (error) {
    if (followed.file().path !== path) removeDatabase(path)
    throw error
  } finally {
    await exclusively(() => followed.file().dropCut(liveCut))
  }
}

/**
 * Compares a projection's file with a build from the log up to where the file stands, reading one snapshot of it. The hub
 * may run meanwhile: the build stands aside and is removed.
 */
export async function verifyProjection({ log, directory, projection, signal }: VerifyOptions): Promise<ParityReport> {
  const id = projectionId(projection)
  const live = openProjectionReader(currentFile(directory, id), { snapshot: true })
  const aside = mkdtempSync(join(directory, ASIDE_PREFIX))
  try {
    const end = live.buildEnd()
    const path = join(aside, 'rebuilt.sqlite')
    await buildProjectionFile({ log, projection, path, end, ...(signal ? { signal } : {}) })
    const rebuilt = openProjectionReader(path)
    try {
      const openCuts = end.cuts.map((cut) => cut.id)
      return compareBuilds({ projection: id, leafIndex: end.leafIndex, live, rebuilt, openCuts })
    } finally {
      rebuilt.close()
    }
  } finally {
    live.close()
    rmSync(aside, { recursive: true, force: true })
  }
}

/** Cuts that were dropped while the file was built need no comparison. */
function stillOpen(options: RebuildOptions, ids: readonly string[]): Promise<readonly string[]> {
  return options.exclusively(() => {
    const open = new Set(
      options.followed
        .file()
        .cuts()
        .map(({ id }) => id),
    )
    return ids.filter((id) => open.has(id))
  })
}

function comparedAt(
  followed: FollowedProjection,
  path: string,
  leafIndex: number,
  liveCut: string,
  openCuts: readonly string[],
): ParityReport {
  const live = openProjectionReader(followed.file().path)
  const rebuilt = openProjectionReader(path)
  try {
    return compareBuilds({ projection: followed.id, leafIndex, live, liveCut, rebuilt, openCuts })
  } finally {
    live.close()
    rebuilt.close()
  }
}

/** Folds what the live file has folded since, and ends the cuts that were dropped meanwhile. */
async function catchUp(
  log: FollowedLog,
  live: FollowedProjection,
  fresh: ProjectionFile,
  isKnown: IsKnown,
): Promise<void> {
  const candidate = followProjection(live.projection, fresh, log)
  const open = new Set(
    live
      .file()
      .cuts()
      .map(({ id }) => id),
  )
  const through = live.file().checkpoint().leafIndex
  const opensCut = ({ id }: { readonly id: string }): boolean => open.has(id)
  for await (const batch of batchesAfter(log, fresh.checkpoint(), {
    size: CATCH_UP_BATCH,
    isKnown,
    opensCut,
    through,
  })) {
    await candidate.take(batch)
  }
  for (const { id } of fresh.cuts()) if (!open.has(id)) fresh.dropCut(id)
}
