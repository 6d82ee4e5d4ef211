/**
 * The read models' side of the worker thread: answers the main thread's messages with an in-process follower. The entry file
 * of the hub gives it the log and the projections; it knows neither by name.
 */
import type { MessagePort } from 'node:worker_threads'
import { assertNever } from '../kernel/errors.js'
import { inProcess } from './follower.js'
import type { ParityReport } from './port.js'
import type { RunnerOptions } from './runner.js'
import { type FromWorker, plainError, type ToWorker } from './worker-messages.js'

/** Serves until `stop`; then closes what it was given and the port. */
export function serveReadModels(port: MessagePort, options: RunnerOptions, closeLog: () => void): void {
  const send = (message: FromWorker): void => port.postMessage(message)
  const follower = inProcess(options)({
    onStatus: (status) => send({ kind: 'status', status }),
    onCut: (cut) => send({ kind: 'cut', cut }),
    onSwitched: (projection) => send({ kind: 'switched', projection }),
  })
  const answer = (id: number, work: Promise<undefined | ParityReport>): void => {
    work.then(
      (report) => send({ kind: 'done', id, ...(report ? { report } : {}) }),
      (error: unknown) => send({ kind: 'failed', id, error: plainError(error) }),
    )
  }
  const confirm = (id: number, work: Promise<void>): void =>
    answer(
      id,
      work.then(() => undefined),
    )

  port.on('message', (message: ToWorker) => {
    switch (message.kind) {
      case 'head':
        follower.head()
        break
      case 'start':
        confirm(message.id, follower.start())
        break
      case 'through':
        confirm(message.id, follower.through(message.leafIndex))
        break
      case 'drop-cut':
        confirm(message.id, follower.dropCut(message.cut))
        break
      case 'rebuild':
        answer(message.id, follower.rebuild(message.projection))
        break
      case 'verify':
        answer(message.id, follower.verify(message.projection))
        break
      case 'stop':
        confirm(
          message.id,
          follower.stop().finally(() => {
            closeLog()
            // After the answer below has been posted.
            setImmediate(() => port.close())
          }),
        )
        break
      default:
        assertNever(message, 'serveReadModels')
    }
  })
}
