/**
 * The main thread's side of the read models' worker: sends messages, matches answers, and starts a new worker where one
 * died. A dead worker loses nothing: what it had committed stands, the rest is in the log.
 */
import { Worker } from 'node:worker_threads'
import { assertNever, HubError } from '../kernel/errors.js'
import { WORKER_LIMITS } from '../kernel/worker-limits.js'
import type { Follower, FollowerFactory } from './follower.js'
import type { ParityReport, ReadModelsStatus } from './port.js'
import { type FromWorker, hubErrorOf, type ToWorker } from './worker-messages.js'

export interface ThreadOptions {
  /** The compiled entry file, which calls `serveReadModels`. */
  readonly entry: URL
  /** Plain data for that file, e.g. `{ dataDir }`. */
  readonly data: unknown
}

/** How long a worker that died stays dead. */
const RESTART_MS = 1000

const NOTHING: Omit<ReadModelsStatus, 'error'> = { projections: [], isCaughtUp: false, foldedThrough: undefined }

interface Waiting {
  resolve(report: ParityReport | undefined): void
  reject(error: HubError): void
}

/** A request without its number. */
type Request = ToWorker extends infer M ? (M extends { readonly id: number } ? Omit<M, 'id'> : never) : never

export function inThread({ entry, data }: ThreadOptions): FollowerFactory {
  return (events) => {
    const waiting = new Map<number, Waiting>()
    let worker: Worker | undefined
    let restart: NodeJS.Timeout | undefined
    let lastId = 0
    let isStarted = false
    let stopped: Promise<void> | undefined

    const post = (message: ToWorker): void => worker?.postMessage(message)
    const ask = (request: Request): Promise<ParityReport | undefined> => {
      if (!worker) return Promise.reject(new HubError('HUB_NOT_READY', 'the read models’ worker is not running'))
      return new Promise((resolve, reject) => {
        const id = ++lastId
        waiting.set(id, { resolve, reject })
        post({ ...request, id })
      })
    }
    const reportOn = async (kind: 'rebuild' | 'verify', projection: string): Promise<ParityReport> => {
      const report = await ask({ kind, projection })
      if (!report) throw new Error(`inThread: ${kind} answered without a report`)
      return report
    }
    const settle = (id: number): Waiting | undefined => {
      const one = waiting.get(id)
      waiting.delete(id)
      return one
    }
    const hear = (message: FromWorker): void => {
      switch (message.kind) {
        case 'done':
          settle(message.id)?.resolve(message.report)
          break
        case 'failed':
          settle(message.id)?.reject(hubErrorOf(message.error))
          break
        case 'status':
          events.onStatus(message.status)
          break
        case 'cut':
          events.onCut(message.cut)
          break
        case 'switched':
          events.onSwitched(message.projection)
          break
        default:
          assertNever(message, 'inThread')
      }
    }
    const died = (cause: unknown): void => {
      worker = undefined
      const message = stopped ? 'the read models are stopping' : 'the read models’ worker ended unexpectedly'
      const error = new HubError(stopped ? 'HUB_STOPPING' : 'HUB_INTERNAL', message, { cause })
      for (const one of waiting.values()) one.reject(error)
      waiting.clear()
      if (!isStarted || stopped) return
      events.onStatus({ ...NOTHING, error: { code: error.code, message } })
      // A failure here ends the new worker too, and with it comes the next try.
      restart = setTimeout(() => void begin().catch(() => undefined), RESTART_MS)
    }
    const begin = async (): Promise<void> => {
      const started = new Worker(entry, { workerData: data, name: 'read-models', resourceLimits: WORKER_LIMITS })
      worker = started
      let cause: unknown
      started.on('message', hear)
      started.on('error', (error) => {
        cause = error
      })
      started.on('exit', () => died(cause))
      try {
        await ask({ kind: 'start' })
      } catch (error) {
        await started.terminate()
        throw error
      }
    }

    const follower: Follower = {
      async start() {
        await begin()
        isStarted = true
      },
      head: () => post({ kind: 'head' }),
      async through(leafIndex) {
        await ask({ kind: 'through', ...(leafIndex === undefined ? {} : { leafIndex }) })
      },
      async dropCut(cut) {
        await ask({ kind: 'drop-cut', cut })
      },
      rebuild: (projection) => reportOn('rebuild', projection),
      verify: (projection) => reportOn('verify', projection),
      stop() {
        stopped ??= end()
        return stopped
      },
    }
    const end = async (): Promise<void> => {
      clearTimeout(restart)
      const ending = worker
      if (!ending) return
      const exited = new Promise<void>((resolve) => ending.once('exit', () => resolve()))
      await ask({ kind: 'stop' }).catch(() => undefined)
      await exited
    }
    return follower
  }
}
