/** Entry file of the thread that renders a workbook, at the lowest priority where the system has one for threads. It reads nothing but its order. */
import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { isHubError } from '../kernel/errors.js'
import { renderXlsx, type XlsxOrder } from './render-xlsx.js'
import type { FromRenderer } from './xlsx-thread.js'

const NICENESS = 19

if (parentPort) {
  // On Linux this is the thread's own priority; elsewhere it would be the whole process's.
  if (process.platform === 'linux') setPriority(NICENESS)
  parentPort.postMessage(await answer(workerData as XlsxOrder))
}

async function answer(order: XlsxOrder): Promise<FromRenderer> {
  try {
    return { kind: 'rendered', bytes: await renderXlsx(order) }
  } catch (error) {
    const { code, message } = isHubError(error)
      ? error
      : { code: 'HUB_INTERNAL' as const, message: `rendering failed: ${error instanceof Error ? error.name : 'error'}` }
    return { kind: 'failed', code, message }
  }
}
