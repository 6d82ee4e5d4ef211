/**
 * The hub's handle on its read models: reads their files on this thread, and steers the follower that writes them. It starts
 * and stops; it folds nothing itself.
 */
import { type Projection, projectionId } from '../domain/define-projection.js'
import { HubError } from '../kernel/errors.js'
import { currentFile } from './file-names.js'
import type { FollowerFactory } from './follower.js'
import type { OpenCut, ReadModels, ReadModelsStatus } from './port.js'
import { openProjectionReader } from './projection-reader.js'
import { type SwitchingReader, switchingReader } from './switching-reader.js'

export interface ReadModelsOptions {
  /** Where the files lie, e.g. `<data directory>/readmodels`. */
  readonly directory: string
  readonly projections: readonly Projection[]
  /** `inThread({ entry, data })`, or `inProcess({ … })` for tests and the CLI. */
  readonly follower: FollowerFactory
}

/** Appends in a row are announced to the follower once in this time. */
const QUIET_MS = 50

const NOTHING: ReadModelsStatus = { projections: [], isCaughtUp: false, foldedThrough: undefined, error: undefined }

export function createReadModels({ directory, projections, follower: createFollower }: ReadModelsOptions): ReadModels {
  const readers = new Map<string, SwitchingReader<unknown>>()
  const listeners = new Set<(cut: OpenCut) => void>()
  let status = NOTHING
  let isStarted = false
  let quietUntil = 0
  let announcement: NodeJS.Timeout | undefined

  const follower = createFollower({
    onStatus(next) {
      status = next
    },
    onCut(cut) {
      for (const listener of listeners) listener(cut)
    },
    onSwitched: (id) => readers.get(id)?.reopen(),
  })
  const announce = (): void => {
    announcement = undefined
    quietUntil = performance.now() + QUIET_MS
    follower.head()
  }
  const ids = new Set(projections.map(projectionId))

  return {
    async start() {
      await follower.start()
      isStarted = true
    },
    notify() {
      if (announcement || !isStarted) return
      const wait = quietUntil - performance.now()
      if (wait <= 0) announce()
      else announcement = setTimeout(announce, wait)
    },
    through: (leafIndex) => follower.through(leafIndex),
    reader<Row>(projection: Pick<Projection, 'name' | 'version'>) {
      const id = projectionId(projection)
      if (!ids.has(id)) throw new HubError('HUB_NOT_FOUND', `there is no read model ${id}`)
      if (!isStarted) throw new HubError('HUB_NOT_READY', 'the read models are not started')
      const known = readers.get(id)
      // The file was written by this very projection: its rows are what the caller's type says.
      if (known) return known as SwitchingReader<Row>
      const reader = switchingReader<Row>(() => openProjectionReader<Row>(currentFile(directory, id)))
      readers.set(id, reader)
      return reader
    },
    dropCut: (cutId) => follower.dropCut(cutId),
    onCut(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    rebuild: (projectionName) => follower.rebuild(projectionName),
    verify: (projectionName) => follower.verify(projectionName),
    status: () => status,
    async stop() {
      clearTimeout(announcement)
      isStarted = false
      await follower.stop()
      for (const reader of readers.values()) reader.close()
      readers.clear()
    },
  }
}
