/**
 * Renders workbooks in a thread of its own, one at a time: a large one takes seconds and hundreds of megabytes, and whoever records
 * or is alerted meanwhile shall notice nothing. The thread ends with its workbook, and gives its memory back.
 */
import { Worker } from 'node:worker_threads'
import { type ErrorCode, HubError } from '../kernel/errors.js'
import type { XlsxOrder } from './render-xlsx.js'

export interface XlsxRenderer {
  /** Throws `HUB_TOO_MANY_ROWS`, and `HUB_OVERLOADED` where too many wait. */
  render(order: XlsxOrder): Promise<Buffer>
  close(): Promise<void>
}

export type FromRenderer =
  | { readonly kind: 'rendered'; readonly bytes: Uint8Array }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string }

export interface XlsxLimits {
  /** What a rendering may hold. */
  readonly heapMb: number
  /** Renderings under way and waiting, each with its document. */
  readonly mostWaiting: number
}

export const XLSX_LIMITS: XlsxLimits = { heapMb: 1024, mostWaiting: 64 }

export function createXlsxRenderer({ heapMb, mostWaiting }: XlsxLimits = XLSX_LIMITS): XlsxRenderer {
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  let running: Worker | undefined
  let isClosed = false

  function refuseWhereClosed(): void {
    if (isClosed) throw new HubError('HUB_STOPPING', 'feeds are stopping')
  }

  async function renderNow(order: XlsxOrder): Promise<Buffer> {
    refuseWhereClosed()
    const worker = new Worker(new URL('./xlsx-worker.js', import.meta.url), {
      ...{ workerData: order, name: 'xlsx-renderer' },
      resourceLimits: { maxOldGenerationSizeMb: heapMb },
    })
    running = worker
    try {
      return await answerOf(worker, heapMb)
    } catch (error) {
      refuseWhereClosed()
      throw error
    } finally {
      running = undefined
      await worker.terminate()
    }
  }

  return {
    async render(order) {
      refuseWhereClosed()
      if (waiting >= mostWaiting) throw new HubError('HUB_OVERLOADED', 'too many workbooks are being made')
      waiting++
      const rendered = last.then(() => renderNow(order)).finally(() => waiting--)
      last = rendered.catch(() => undefined)
      return rendered
    },
    async close() {
      isClosed = true
      await running?.terminate()
      await last
    },
  }
}

function answerOf(worker: Worker, heapMb: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    worker.on('message', (message: FromRenderer) => {
      if (message.kind === 'failed') reject(new HubError(message.code, message.message))
      else resolve(Buffer.from(message.bytes.buffer, message.bytes.byteOffset, message.bytes.byteLength))
    })
    worker.on('error', (error: NodeJS.ErrnoException) => {
      const isTooLarge = error.code === 'ERR_WORKER_OUT_OF_MEMORY'
      reject(isTooLarge ? new HubError('HUB_TOO_MANY_ROWS', `it takes more than ${heapMb} MiB to make it`) : error)
    })
    worker.on('exit', () => reject(new HubError('HUB_INTERNAL', 'a rendering thread ended unexpectedly')))
  })
}
