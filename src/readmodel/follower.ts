/**
 * Keeps a runner going: looks when told that the log has grown and, as a safety net, once a second; remembers who waits for
 * what. It runs where the runner runs: in this process, or in the worker thread.
 */
import type { HubError } from '../kernel/errors.js'
import type { OpenCut, ParityReport, ReadModelsStatus } from './port.js'
import { createRunner, type Runner, type RunnerOptions } from './runner.js'

/** What the hub's handle hears from its follower, wherever that runs. */
export interface FollowerEvents {
  onStatus(status: ReadModelsStatus): void
  onCut(cut: OpenCut): void
  onSwitched(projection: string): void
}

export interface Follower {
  /** Resolves once the files can be read. */
  start(): Promise<void>
  /** The log has grown. */
  head(): void
  /** See `ReadModels.through`. */
  through(leafIndex?: number): Promise<void>
  dropCut(cutId: string): Promise<void>
  rebuild(projectionName: string): Promise<ParityReport>
  /** See `ReadModels.verify`. */
  verify(projectionName: string): Promise<ParityReport>
  stop(): Promise<void>
}

export type FollowerFactory = (events: FollowerEvents) => Follower

/** How often it looks unasked. */
export const POLL_MS = 1000

/** Runs in this process: for tests, the CLI, and inside the worker thread. */
export function inProcess(options: RunnerOptions): FollowerFactory {
  return (events) => {
    const waiting = new Set<{ readonly leafIndex: number; resolve(): void; reject(error: unknown): void }>()
    const runner: Runner = createRunner(options, {
      onProgress(status) {
        const passed = Math.min(...status.projections.map(({ checkpoint }) => checkpoint.leafIndex))
        for (const one of waiting) {
          if (passed < one.leafIndex) continue
          waiting.delete(one)
          one.resolve()
        }
        events.onStatus(status)
      },
      onCut: (cut) => events.onCut(cut),
      onSwitched: (projection) => events.onSwitched(projection),
    })
    let poll: NodeJS.Timeout | undefined
    let stopped: Promise<void> | undefined

    const refuseAll = (error: HubError): void => {
      for (const one of waiting) one.reject(error)
      waiting.clear()
    }
    // The failure stands in the runner's status, which the handle has heard; whoever waits hears it here.
    const look = (): void => void runner.drain().catch(refuseAll)

    return {
      async start() {
        await runner.open()
        events.onStatus(runner.status())
        poll = setInterval(look, POLL_MS)
        poll.unref()
        look()
      },
      head: look,
      through(leafIndex) {
        if (leafIndex === undefined) return runner.drain()
        const { projections, error } = runner.status()
        if (projections.every(({ checkpoint }) => checkpoint.leafIndex >= leafIndex)) return Promise.resolve()
        if (error?.code === 'HUB_UNKNOWN_VERSION') return runner.drain()
        return new Promise((resolve, reject) => {
          waiting.add({ leafIndex, resolve, reject })
          look()
        })
      },
      dropCut: (cutId) => runner.dropCut(cutId),
      rebuild: (projectionName) => runner.rebuild(projectionName),
      verify: (projectionName) => runner.verify(projectionName),
      stop() {
        clearInterval(poll)
        stopped ??= runner.close()
        return stopped
      },
    }
  }
}
