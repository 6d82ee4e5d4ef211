/**
 * The receivers' side of the demo as the parent sees it: child processes that verify what they get, and a book of all that
 * they accepted. It ends every child that it started.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { ReceivedMessage } from '../../kit/envelope.js'
import type { ReceiverOrder, ReceiverReport } from './demo-receiver.js'

export interface Accepted {
  readonly message: ReceivedMessage
  readonly atMs: number
}

export interface Receiver {
  readonly agency: string
  readonly url: string
  /** What was accepted, by sequence, first copies only. */
  readonly accepted: ReadonlyMap<number, Accepted>
  /** Messages that came again, and those that were not believed. */
  readonly again: () => number
  readonly rejected: readonly string[]
  /** Tells the child its secret; before that it takes nothing. */
  begin(order: ReceiverOrder): void
  stop(): Promise<void>
}

/** Resolves when the child listens. */
export async function startReceiver(agency: string, onLine: (text: string) => void): Promise<Receiver> {
  const child = fork(fileURLToPath(new URL('./demo-receiver.js', import.meta.url)), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const accepted = new Map<number, Accepted>()
  const rejected: string[] = []
  let again = 0
  const port = await new Promise<number>((resolve, reject) => {
    child.on('message', (report: ReceiverReport) => {
      if (report.kind === 'listening') resolve(report.port)
      else if (report.kind === 'line') onLine(report.text)
      else if (report.kind === 'rejected') rejected.push(report.reason)
      else if (report.isAgain) again += 1
      else accepted.set(report.message.sequence, report)
    })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`a receiver ended with ${code}`)))
  })
  return {
    agency,
    url: `http://127.0.0.1:${port}/`,
    accepted,
    rejected,
    again: () => again,
    begin: (order) => void child.send(order),
    stop: () => ended(child),
  }
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    if (child.connected) child.disconnect()
    else child.kill()
  })
}
