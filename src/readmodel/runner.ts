/**
 * Follows the log with every projection at once: one reading of the log, one transaction per projection and batch. It stops
 * for good at a type or version that this node does not know: it never skips. It has no clock and no timer; who runs it says
 * when to look.
 */
import type { Projection } from '../domain/define-projection.js'
import { HubError, isHubError } from '../kernel/errors.js'
import { batchesAfter, type IsKnown } from './batches.js'
import { switchTo } from './file-names.js'
import type { FollowedProjection } from './followed-projection.js'
import { type FollowedLog, yieldToLoop } from './log-reads.js'
import { openFiles } from './open-files.js'
import type { Checkpoint, OpenCut, ParityReport, ReadModelsStatus } from './port.js'
import type { ProjectionFile } from './projection-file.js'
import { PARITY_CUT_PREFIX } from './projection-reader.js'
import { removeDatabase } from './projection-schema.js'
import { type Exclusively, rebuildBeside, verifyProjection } from './rebuild.js'

export interface RunnerOptions {
  readonly log: FollowedLog
  readonly projections: readonly Projection[]
  /** Where the files lie; made where it is absent. */
  readonly directory: string
  readonly isKnown: IsKnown
  /** Most events in one transaction. Defaults to 500. */
  readonly batchSize?: number
}

export interface RunnerEvents {
  /** After each batch, and at the end of each pass. */
  onProgress(status: ReadModelsStatus): void
  /** Once every projection has opened the cut. */
  onCut(cut: OpenCut): void
  /** A rebuilt file has taken the place of `projection`'s. */
  onSwitched(projection: string): void
}

export interface Runner {
  /** Opens every file, and builds those that are missing or did not follow this log. */
  open(): Promise<void>
  /** Folds what the log holds. Resolves when a pass that began after this call has reached the end. */
  drain(): Promise<void>
  dropCut(cutId: string): Promise<void>
  rebuild(projectionName: string): Promise<ParityReport>
  verify(projectionName: string): Promise<ParityReport>
  status(): ReadModelsStatus
  /** Ends the pass after its batch and closes the files. */
  close(): Promise<void>
}

const BATCH_SIZE = 500
const SWEPT_PER_TURN = 500

export function createRunner(options: RunnerOptions, events: RunnerEvents): Runner {
  const { log, directory, isKnown } = options
  let followed: readonly FollowedProjection[] = []
  /** Closings that the first build found released: their cuts are over. */
  let isOver: ReadonlySet<string> = new Set()
  const stop = new AbortController()
  const { signal } = stop
  let isCaughtUp = false
  let foldedThrough: string | undefined
  let failure: HubError | undefined
  let turn: Promise<unknown> = Promise.resolve()
  let rebuilding: Promise<unknown> = Promise.resolve()
  let current: Promise<void> | undefined
  let next: Promise<void> | undefined

  const exclusively: Exclusively = (step) => {
    const result = turn.then(step)
    turn = result.catch(() => undefined)
    return result
  }

  const status = (): ReadModelsStatus => ({
    projections: followed.map((one) => {
      const { position, leafIndex } = one.file().checkpoint()
      const cuts = one
        .file()
        .cuts()
        .map(({ id }) => id)
      return {
        projection: one.id,
        checkpoint: { position, leafIndex },
        openCuts: cuts.filter((id) => !id.startsWith(PARITY_CUT_PREFIX)),
      }
    }),
    isCaughtUp,
    foldedThrough,
    error: failure && { code: failure.code, message: failure.message },
  })

  async function pass(): Promise<void> {
    if (failure?.code === 'HUB_UNKNOWN_VERSION') throw failure
    try {
      const batches = batchesAfter(log, laggard(followed), {
        size: options.batchSize ?? BATCH_SIZE,
        isKnown,
        opensCut: ({ id }) => !isOver.has(id),
      })
      for await (const batch of batches) {
        signal.throwIfAborted()
        await exclusively(async () => {
          for (const one of followed) await one.take(batch)
        })
        foldedThrough = batch.records.at(-1)?.event.recordedAt
        events.onProgress(status())
        if (batch.opens) events.onCut(batch.opens)
        await yieldToLoop()
      }
      failure = undefined
      isCaughtUp = true
    } catch (error) {
      failure = asHubError(error)
      isCaughtUp = false
      throw failure
    } finally {
      events.onProgress(status())
    }
  }

  async function sweep(): Promise<void> {
    for (const one of followed) {
      const more = () => exclusively(() => !signal.aborted && one.file().sweep(SWEPT_PER_TURN))
      while (await more()) await yieldToLoop()
    }
  }

  function adopt(one: FollowedProjection, file: ProjectionFile): void {
    switchTo(directory, one.id, file.path)
    const old = one.swap(file)
    old.close()
    removeDatabase(old.path)
    events.onSwitched(one.id)
  }

  const named = (projectionName: string): FollowedProjection => {
    const one = followed.find(({ projection }) => projection.name === projectionName)
    if (!one) throw new HubError('HUB_NOT_FOUND', `there is no projection named ${JSON.stringify(projectionName)}`)
    return one
  }

  /** Two rebuilds would build the same file, and a verification must not see its file replaced. */
  const oneBuildAtATime = (build: () => Promise<ParityReport>): Promise<ParityReport> => {
    const result = rebuilding.then(build)
    rebuilding = result.catch(() => undefined)
    return result
  }

  const runner: Runner = {
    async open() {
      const { projections } = options
      const files = await openFiles({ log, projections, directory, isKnown, signal })
      followed = files.followed
      isOver = files.over
    },
    drain() {
      if (signal.aborted) return Promise.reject(stopping())
      if (!current) {
        current = pass().finally(() => {
          current = undefined
        })
        return current
      }
      next ??= current
        .catch(() => undefined)
        .then(() => {
          next = undefined
          return runner.drain()
        })
      return next
    },
    async dropCut(cutId) {
      await exclusively(() => {
        for (const one of followed) one.file().dropCut(cutId)
      })
      await sweep()
    },
    async rebuild(projectionName) {
      const one = named(projectionName)
      const adopted = (file: ProjectionFile): void => adopt(one, file)
      return oneBuildAtATime(() =>
        rebuildBeside({ log, directory, followed: one, isKnown, exclusively, signal, adopt: adopted }),
      )
    },
    async verify(projectionName) {
      const { projection } = named(projectionName)
      return oneBuildAtATime(() => verifyProjection({ log, directory, projection, signal }))
    },
    status,
    async close() {
      stop.abort(stopping())
      await current?.catch(() => undefined)
      await rebuilding
      await exclusively(() => {
        for (const one of followed) one.file().close()
        followed = []
      })
    },
  }
  return runner
}

/** Where the projection stands that has folded least. */
function laggard(followed: readonly FollowedProjection[]): Checkpoint {
  const checkpoints = followed.map((one) => one.file().checkpoint())
  const least = checkpoints.sort((a, b) => a.leafIndex - b.leafIndex)[0]
  if (!least) throw new HubError('HUB_NOT_READY', 'the read models are not open')
  return least
}

function stopping(): HubError {
  return new HubError('HUB_STOPPING', 'the read models are stopping')
}

function asHubError(error: unknown): HubError {
  return isHubError(error) ? error : new HubError('HUB_INTERNAL', 'projecting failed', { cause: error })
}
