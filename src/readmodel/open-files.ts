/**
 * Opens the files of all projections: removes what a crash left, throws away a file that followed another log, and builds
 * at once what would otherwise be folded event by event from the beginning.
 */
import { mkdirSync } from 'node:fs'
import { type Projection, projectionId } from '../domain/define-projection.js'
import { followsLog, type IsKnown } from './batches.js'
import { buildProjectionFile } from './build-file.js'
import { currentFile, removeAsides, removeStrays } from './file-names.js'
import { type FollowedProjection, followProjection } from './followed-projection.js'
import type { FollowedLog } from './log-reads.js'
import { openProjectionFile, type ProjectionFile } from './projection-file.js'
import { PARITY_CUT_PREFIX } from './projection-reader.js'
import { removeDatabase } from './projection-schema.js'
import { surveyLog } from './survey.js'

export interface OpenOptions {
  readonly log: FollowedLog
  readonly projections: readonly Projection[]
  readonly directory: string
  readonly isKnown: IsKnown
  readonly signal: AbortSignal
}

export interface OpenedFiles {
  readonly followed: readonly FollowedProjection[]
  /** Closings whose cuts nobody needs any more; known only where something was built. */
  readonly over: ReadonlySet<string>
}

export async function openFiles({ log, projections, directory, isKnown, signal }: OpenOptions): Promise<OpenedFiles> {
  mkdirSync(directory, { recursive: true })
  removeAsides(directory)
  const opened: { projection: Projection; file: ProjectionFile }[] = []
  for (const projection of projections) {
    opened.push({ projection, file: await openFollowing(log, directory, projection) })
  }
  let over: ReadonlySet<string> = new Set()
  const missing = opened.filter(({ file }) => file.checkpoint().leafIndex < 0)
  if (missing.length > 0) {
    const survey = await surveyLog(log, isKnown, signal)
    over = survey.over
    for (const one of missing) {
      // A flow is folded in log order in any case: following does that.
      if (one.projection.kind !== 'life' || survey.end.leafIndex < 0) continue
      const { path } = one.file
      one.file.close()
      removeDatabase(path)
      await buildProjectionFile({ log, projection: one.projection, path, end: survey.end, signal })
      one.file = openProjectionFile(path)
    }
  }
  return { followed: opened.map(({ projection, file }) => followProjection(projection, file, log)), over }
}

async function openFollowing(log: FollowedLog, directory: string, projection: Projection): Promise<ProjectionFile> {
  const id = projectionId(projection)
  removeStrays(directory, id)
  const path = currentFile(directory, id)
  const file = openProjectionFile(path)
  if (await followsLog(log, file.checkpoint())) {
    // A rebuild that was killed left its own cut behind.
    for (const cut of file.cuts()) if (cut.id.startsWith(PARITY_CUT_PREFIX)) file.dropCut(cut.id)
    return file
  }
  file.close()
  removeDatabase(path)
  return openProjectionFile(path)
}
