/**
 * Entry file of the thread that makes or reads a workbook, at the lowest priority where the system has one for threads. It knows
 * nothing but its order.
 */
import { setPriority } from 'node:os'
import { parentPort, workerData } from 'node:worker_threads'
import { HubError, isHubError } from '../kernel/errors.js'
import { readReturnSheet, type SaidInSheet, unreadable } from './read-return-sheet.js'
import { renderXlsx } from './render-xlsx.js'
import { RETURN_COVER, RETURN_LIST } from './return-columns.js'
import { renderReturnSheet } from './return-sheet.js'
import { readWorkbook } from './xlsx.js'
import { type FromWorker, READ_BOUNDS, type WorkbookOrder } from './xlsx-thread.js'

const NICENESS = 19

if (parentPort) {
  // On Linux this is the thread's own priority; elsewhere it would be the whole process's.
  if (process.platform === 'linux') setPriority(NICENESS)
  parentPort.postMessage(await answer(workerData as WorkbookOrder))
}

async function answer(order: WorkbookOrder): Promise<FromWorker> {
  try {
    if (order.kind === 'read') return { kind: 'said', said: await read(order) }
    const rendered = order.kind === 'document' ? renderXlsx(order.order) : renderReturnSheet(order.order)
    return { kind: 'rendered', bytes: await rendered }
  } catch (error) {
    if (isHubError(error)) return failed(error)
    // What the package says of a file may quote it.
    if (order.kind === 'read') return failed(unreadable())
    const message = `rendering failed: ${error instanceof Error ? error.name : 'error'}`
    return failed(new HubError('HUB_INTERNAL', message))
  }
}

/** Reads the workbook and what it says here: the same text in many cells is one here, and would be as many where it is sent to. */
async function read({ bytes, role }: Extract<WorkbookOrder, { readonly kind: 'read' }>): Promise<SaidInSheet> {
  return readReturnSheet(await readWorkbook(bytes, [RETURN_COVER, RETURN_LIST], READ_BOUNDS), role)
}

function failed({ code, message, faults }: HubError): FromWorker {
  return { kind: 'failed', code, message, faults }
}
