/**
 * Gives orders for workbooks to a thread of their own, one after the other. The thread ends with its workbook, and gives its memory
 * back; what a hostile one would take beyond its share ends the thread and nothing else. It knows no workbook.
 */
import { Worker } from 'node:worker_threads'
import { HubError } from '../kernel/errors.js'
import type { FromWorker, WorkbookOrder } from './xlsx-thread.js'

export interface LaneLimits {
  /** Of each thread. */
  readonly heapMb: number
  /** Orders under way and waiting. */
  readonly mostWaiting: number
  /** Of these, of one agency; as many as there may be at all where absent. */
  readonly mostOfOne?: number
  /** From the start of the thread on; as long as it takes where absent. */
  readonly mostMs?: number
}

/** What is thrown where a thread ends without an answer. */
export interface LaneRefusals {
  readonly tooLarge: () => HubError
  readonly ended: () => HubError
  /** Where its time was over. */
  readonly tooLong: () => HubError
}

export interface WorkbookLane<T> {
  /**
   * Throws what the thread says, what the lane's refusals say, and `HUB_OVERLOADED` where too many wait.
   * @param by the agency that asks, where each has its share
   */
  work(order: WorkbookOrder, by?: string): Promise<T>
  close(): Promise<void>
}

export function workbookLane<T extends FromWorker['kind']>(
  kind: T,
  limits: LaneLimits,
  refusals: LaneRefusals,
): WorkbookLane<Extract<FromWorker, { readonly kind: T }>> {
  type Worked = Extract<FromWorker, { readonly kind: T }>
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  const ofOne = new Map<string, number>()
  let running: Worker | undefined
  let isClosed = false

  function refuseWhereClosed(): void {
    if (isClosed) throw new HubError('HUB_STOPPING', 'feeds are stopping')
  }

  function refuseWhereFull(by: string): void {
    const { mostWaiting, mostOfOne = mostWaiting } = limits
    if (waiting < mostWaiting && (ofOne.get(by) ?? 0) < mostOfOne) return
    throw new HubError('HUB_OVERLOADED', 'too many workbooks are being made or read')
  }

  function count(by: string, change: 1 | -1): void {
    waiting += change
    const own = (ofOne.get(by) ?? 0) + change
    if (own === 0) ofOne.delete(by)
    else ofOne.set(by, own)
  }

  async function workNow(order: WorkbookOrder): Promise<Worked> {
    refuseWhereClosed()
    const worker = new Worker(new URL('./xlsx-worker.js', import.meta.url), {
      ...{ workerData: order, name: 'workbook' },
      resourceLimits: { maxOldGenerationSizeMb: limits.heapMb },
    })
    running = worker
    const { mostMs } = limits
    let isOver = false
    const end = (): void => {
      isOver = true
      void worker.terminate()
    }
    const timeout = mostMs === undefined ? undefined : setTimeout(end, mostMs)
    try {
      return await answerOf(worker)
    } catch (error) {
      refuseWhereClosed()
      throw isOver ? refusals.tooLong() : error
    } finally {
      clearTimeout(timeout)
      running = undefined
      await worker.terminate()
    }
  }

  function answerOf(worker: Worker): Promise<Worked> {
    return new Promise((resolve, reject) => {
      worker.on('message', (message: FromWorker) => {
        if (message.kind === 'failed') {
          const { code, message: said, faults } = message
          reject(new HubError(code, said, { faults }))
        } else if (isOf(message)) resolve(message)
        else reject(new Error(`answerOf: expected ${kind}, got ${message.kind}`))
      })
      worker.on('error', (error: NodeJS.ErrnoException) =>
        reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? refusals.tooLarge() : error),
      )
      worker.on('exit', () => reject(refusals.ended()))
    })
  }

  function isOf(message: FromWorker): message is Worked {
    return message.kind === kind
  }

  return {
    async work(order, by = '') {
      refuseWhereClosed()
      refuseWhereFull(by)
      count(by, 1)
      const worked = last.then(() => workNow(order)).finally(() => count(by, -1))
      last = worked.catch(() => undefined)
      return worked
    },
    async close() {
      isClosed = true
      await running?.terminate()
      await last
    },
  }
}
