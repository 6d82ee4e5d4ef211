/**
 * Builds a projection's file from the log up to a fixed end, lives person by person, flows in log order, with the cuts that
 * are to be open then. The file appears under its name only once it is whole and on disk; a crash leaves a stray that the
 * next start removes.
 */
import { closeSync, fsyncSync, openSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import type { LifeProjection, LifeStamp, Projection } from '../domain/define-projection.js'
import { foldLife } from '../domain/fold-life.js'
import { START } from '../log/port.js'
import { batchesAfter } from './batches.js'
import { followProjection } from './followed-projection.js'
import { openLifeSource } from './life-source.js'
import { type FollowedLog, yieldToLoop } from './log-reads.js'
import {
  type FileCheckpoint,
  type HeadChange,
  headChange,
  openProjectionFile,
  type ProjectionFile,
} from './projection-file.js'
import { removeDatabase } from './projection-schema.js'
import type { BuildEnd } from './survey.js'

export interface BuildOptions {
  readonly log: FollowedLog
  readonly projection: Projection
  /** Where the file is to stand. */
  readonly path: string
  readonly end: BuildEnd
  /** Stops the build with the signal's reason. */
  readonly signal?: AbortSignal
}

const ROWS_PER_COMMIT = 1000
const EVENTS_PER_BATCH = 5000
const NOWHERE: FileCheckpoint = { position: START, leafIndex: -1, eventId: '', before: START }

export async function buildProjectionFile(options: BuildOptions): Promise<void> {
  const { path, projection } = options
  const building = `${path}.building`
  removeDatabase(building)
  const file = openProjectionFile(building, 'building')
  try {
    if (projection.kind === 'life') await buildLives(options, projection, file)
    else await buildFlow(options, file)
  } finally {
    file.close()
  }
  sync(building)
  renameSync(building, path)
  sync(dirname(path))
}

/** Up to the first cut, then on to the next: what a later stage changes goes aside as it does in the live file. */
async function buildLives(
  { log, end, signal }: BuildOptions,
  projection: LifeProjection<LifeStamp>,
  file: ProjectionFile,
): Promise<void> {
  const lives = await openLifeSource(log, end, `${file.path}.scratch`, signal)
  try {
    for (const [index, stage] of [...end.cuts, undefined].entries()) {
      let changes = new Map<string, string>()
      let heads = new Map<string, HeadChange>()
      for await (const { key, events } of lives.through(stage ?? end)) {
        signal?.throwIfAborted()
        const folded = foldLife(projection, events)
        const row = JSON.stringify(folded)
        if (index > 0 && file.get(key) === row) continue
        changes.set(key, row)
        if (projection.head) heads.set(key, headChange(projection.head(folded)))
        if (changes.size < ROWS_PER_COMMIT) continue
        file.commit(changes, NOWHERE, undefined, heads)
        changes = new Map()
        heads = new Map()
      }
      file.commit(changes, stage ? NOWHERE : end, stage, heads)
    }
  } finally {
    lives.close()
  }
}

async function buildFlow({ log, projection, end, signal }: BuildOptions, file: ProjectionFile): Promise<void> {
  const cuts = new Set(end.cuts.map(({ id }) => id))
  const followed = followProjection(projection, file, log)
  const batches = batchesAfter(log, NOWHERE, {
    size: EVENTS_PER_BATCH,
    isKnown: () => true,
    opensCut: ({ id }) => cuts.has(id),
    through: end.leafIndex,
  })
  for await (const batch of batches) {
    signal?.throwIfAborted()
    await followed.take(batch)
    await yieldToLoop()
  }
}

function sync(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
