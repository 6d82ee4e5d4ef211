/**
 * Makes and reads workbooks in a thread of its own, one at a time: a large one takes seconds and hundreds of megabytes, and whoever
 * records or is alerted meanwhile shall notice nothing. The thread ends with its workbook, and gives its memory back; what a hostile
 * one would take beyond its share ends the thread and nothing else.
 */
import { Worker } from 'node:worker_threads'
import { SECOND } from '../kernel/dates.js'
import { type ErrorCode, HubError } from '../kernel/errors.js'
import type { XlsxOrder } from './render-xlsx.js'
import type { ReturnSheetOrder } from './return-sheet.js'
import type { ReadSheet } from './xlsx.js'
import { isWithin, type ZipBounds } from './zip-bounds.js'

export interface XlsxRenderer {
  /** Throws `HUB_TOO_MANY_ROWS`, and `HUB_OVERLOADED` where too many wait. */
  render(order: XlsxOrder): Promise<Buffer>
  /** A return sheet; throws as `render`. */
  returnSheet(order: ReturnSheetOrder): Promise<Buffer>
  /** Throws `HUB_BAD_RETURN` for what is no workbook, or a larger one than anybody fills in, and `HUB_OVERLOADED`. */
  read(bytes: Buffer): Promise<readonly ReadSheet[]>
  close(): Promise<void>
}

/** What the thread is asked. */
export type WorkbookOrder =
  | { readonly kind: 'document'; readonly order: XlsxOrder }
  | { readonly kind: 'return'; readonly order: ReturnSheetOrder }
  | { readonly kind: 'read'; readonly bytes: Uint8Array }

export type FromRenderer =
  | { readonly kind: 'rendered'; readonly bytes: Uint8Array }
  | { readonly kind: 'read'; readonly sheets: readonly ReadSheet[] }
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly message: string }

export interface XlsxLimits {
  /** What a rendering may hold. */
  readonly heapMb: number
  /** Renderings under way and waiting, each with its document. */
  readonly mostWaiting: number
}

const XLSX_LIMITS: XlsxLimits = { heapMb: 1024, mostWaiting: 64 }
/** What reading a sheet that people fill in may take: 5,000 full lines take a small part of it. Others wait meanwhile. */
const READ_HEAP_MB = 256
const MOST_READING_MS = 30 * SECOND
/** And what it may unpack to. */
export const SHEET_BOUNDS: ZipBounds = { mostEntries: 200, mostBytes: 16 * 1024 * 1024 }

export function createXlsxRenderer({ heapMb, mostWaiting }: XlsxLimits = XLSX_LIMITS): XlsxRenderer {
  let last: Promise<unknown> = Promise.resolve()
  let waiting = 0
  let running: Worker | undefined
  let isClosed = false

  function refuseWhereClosed(): void {
    if (isClosed) throw new HubError('HUB_STOPPING', 'feeds are stopping')
  }

  async function workNow(order: WorkbookOrder): Promise<Worked> {
    refuseWhereClosed()
    const worker = new Worker(new URL('./xlsx-worker.js', import.meta.url), {
      ...{ workerData: order, name: 'xlsx-renderer' },
      resourceLimits: { maxOldGenerationSizeMb: order.kind === 'read' ? READ_HEAP_MB : heapMb },
    })
    running = worker
    const tooLong = order.kind === 'read' ? setTimeout(() => void worker.terminate(), MOST_READING_MS) : undefined
    try {
      return await answerOf(worker, order.kind, heapMb)
    } catch (error) {
      refuseWhereClosed()
      throw error
    } finally {
      clearTimeout(tooLong)
      running = undefined
      await worker.terminate()
    }
  }

  async function work(order: WorkbookOrder): Promise<Worked> {
    refuseWhereClosed()
    if (waiting >= mostWaiting) throw new HubError('HUB_OVERLOADED', 'too many workbooks are being made or read')
    waiting++
    const worked = last.then(() => workNow(order)).finally(() => waiting--)
    last = worked.catch(() => undefined)
    return worked
  }

  return {
    render: async (order) => bytesOf(await work({ kind: 'document', order })),
    returnSheet: async (order) => bytesOf(await work({ kind: 'return', order })),
    async read(bytes) {
      if (!isWithin(bytes, SHEET_BOUNDS)) throw unreadable()
      const worked = await work({ kind: 'read', bytes })
      if (worked.kind !== 'read') throw new Error('read: the thread made a workbook instead')
      return worked.sheets
    },
    async close() {
      isClosed = true
      await running?.terminate()
      await last
    },
  }
}

type Worked = Exclude<FromRenderer, { readonly kind: 'failed' }>

function answerOf(worker: Worker, asked: WorkbookOrder['kind'], heapMb: number): Promise<Worked> {
  return new Promise((resolve, reject) => {
    worker.on('message', (message: FromRenderer) => {
      if (message.kind === 'failed') reject(new HubError(message.code, message.message))
      else resolve(message)
    })
    worker.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY') reject(error)
      else if (asked === 'read') reject(unreadable())
      else reject(new HubError('HUB_TOO_MANY_ROWS', `it takes more than ${heapMb} MiB to make it`))
    })
    worker.on('exit', () =>
      reject(asked === 'read' ? unreadable() : new HubError('HUB_INTERNAL', 'a rendering thread ended unexpectedly')),
    )
  })
}

function bytesOf(worked: Worked): Buffer {
  if (worked.kind !== 'rendered') throw new Error('bytesOf: the thread read a workbook instead')
  return Buffer.from(worked.bytes.buffer, worked.bytes.byteOffset, worked.bytes.byteLength)
}

/** Nothing of what stands in it is repeated. */
export function unreadable(): HubError {
  const expected = 'a workbook (.xlsx) without a password, as it was given out and filled in'
  const [messageZh, pointer, rule] = ['不是可读取的 .xlsx 文件，或文件过大、设有密码', '', 'sheet']
  return new HubError('HUB_BAD_RETURN', 'the file cannot be read', {
    faults: [{ pointer, rule, message: `expected ${expected}`, messageZh, expected }],
  })
}
