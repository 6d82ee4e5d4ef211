/**
 * Entry file of the thread that makes or reads a workbook, at the lowest priority where the system has one for threads. It knows
 * nothing but its order.
 */
import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { isHubError } from '../kernel/errors.js'
import { renderXlsx } from './render-xlsx.js'
import { renderReturnSheet } from './return-sheet.js'
import { readWorkbook } from './xlsx.js'
import type { FromRenderer, WorkbookOrder } from './xlsx-thread.js'

const NICENESS = 19

if (parentPort) {
  // On Linux this is the thread's own priority; elsewhere it would be the whole process's.
  if (process.platform === 'linux') setPriority(NICENESS)
  parentPort.postMessage(await answer(workerData as WorkbookOrder))
}

async function answer(order: WorkbookOrder): Promise<FromRenderer> {
  try {
    if (order.kind === 'read') return { kind: 'read', sheets: await readWorkbook(order.bytes) }
    const rendered = order.kind === 'document' ? renderXlsx(order.order) : renderReturnSheet(order.order)
    return { kind: 'rendered', bytes: await rendered }
  } catch (error) {
    if (isHubError(error)) return { kind: 'failed', code: error.code, message: error.message }
    // What the package says of a file may quote it.
    if (order.kind === 'read') return { kind: 'failed', code: 'HUB_BAD_RETURN', message: 'the file cannot be read' }
    const message = `rendering failed: ${error instanceof Error ? error.name : 'error'}`
    return { kind: 'failed', code: 'HUB_INTERNAL', message }
  }
}
