/**
 * A compiling thread: reads its share of the people, compiles them into runs, and finishes its part of the documents. It
 * keeps no person's key: it is sent them a batch at a time or, where the vault is a file, reads them there, and then has the master
 * key for as long as it lives.
 */
import { setPriority } from 'node:os'
import type { MessagePort } from 'node:worker_threads'
import type { PatientFeed } from '../../projections/feeds.js'
import { assertNever, isHubError } from '../kernel/errors.js'
import type { PlacedReads } from '../log/port.js'
import type { KeysById } from './compile.js'
import { type FromCompiler, type ToCompiler, transferOf } from './compile-messages.js'
import { type CompileShare, compileShare } from './compile-share.js'
import { inputsOf } from './editions.js'
import type { PatientSnapshot } from './feeds-deps.js'
import { type PaceCell, restsAt } from './pace.js'
import { pastOf } from './past.js'

const NICENESS = 19
type Open = Extract<ToCompiler, { kind: 'open' }>

export interface CompilerThread {
  readonly port: MessagePort
  /** How much it rests between two pieces of work. */
  readonly pace: PaceCell
  readonly definitions: readonly PatientFeed[]
  readonly openPatients: () => PatientSnapshot
  /** The log's file, read where an earlier document may be owed something. */
  readonly openPlaced: () => ClosableReads
  /** The vault, where it can be read from here: whoever records does not wait behind half a million keys. */
  readonly openVault?: () => KeySource
}

export interface ClosableReads extends PlacedReads {
  close(): void
}

/** Reads on this thread what is asked for; an order opens it and closes it again. */
export interface KeySource {
  keysById(kids: readonly string[]): ReadonlyMap<string, Uint8Array>
  close(): void
}

/** A share of an order, with what it reads. */
interface Begun {
  readonly share: CompileShare
  close(): void
}

/** Serves one order after another until the port closes. */
export function serveCompiler(thread: CompilerThread): void {
  const { port, openPatients, openVault, openPlaced } = thread
  // On Linux this is the thread's own priority; elsewhere it would be the whole process's.
  if (process.platform === 'linux') setPriority(NICENESS)
  const { begin, rest } = restsAt(thread.pace)
  const waiting = new Map<number, (keys: ReadonlyMap<string, Uint8Array>) => void>()
  let lastId = 0
  let open: Open | undefined
  let snapshot: PatientSnapshot | undefined
  let work: Begun | undefined

  const post = (message: FromCompiler): void => port.postMessage(message, transferOf(message))
  const shareAtWork = (): CompileShare => {
    if (!work) throw new Error('serveCompiler: nothing was collected')
    return work.share
  }
  const askForKeys: KeysById = (kids) =>
    kids.length === 0
      ? Promise.resolve(new Map())
      : new Promise((resolve) => {
          const id = ++lastId
          waiting.set(id, resolve)
          post({ kind: 'needs', id, kids })
        })
  const begun = ({ order, cutId, spoolDirectory, prefixes, part, parts }: Open, patients: PatientSnapshot): Begun => {
    const vault = openVault?.()
    const log = openPlaced()
    const share = compileShare({
      inputs: inputsOf(thread.definitions, order, pastOf(log)),
      ...{ cutId, snapshot: patients, rest, part, parts, prefixes, spoolDirectory },
      keysById: vault ? async (kids) => vault.keysById(kids) : askForKeys,
      name: `thread-${part}`,
    })
    return {
      share,
      close() {
        log.close()
        vault?.close()
      },
    }
  }
  const close = (): void => {
    work?.close()
    work = undefined
    snapshot?.close()
    snapshot = undefined
  }
  const look = (): void => {
    close()
    snapshot = openPatients()
    post({ kind: 'opened', leafIndex: snapshot.checkpoint().leafIndex })
  }

  async function hear(message: ToCompiler): Promise<void> {
    switch (message.kind) {
      case 'open':
        open = message
        begin()
        return look()
      case 'reopen':
        return look()
      case 'keys':
        waiting.get(message.id)?.(message.keys)
        waiting.delete(message.id)
        return
      case 'collect':
        if (!open || !snapshot) throw new Error('serveCompiler: nothing is open')
        work = begun(open, snapshot)
        return post({ kind: 'collected', ...(await work.share.collect()) })
      case 'finish':
        return post({ kind: 'finished', ...(await shareAtWork().finish(message)) })
      case 'amend':
        return post({ kind: 'amended', summaries: await shareAtWork().amend(message.astray) })
      case 'close':
        return close()
      default:
        assertNever(message, 'serveCompiler')
    }
  }
  port.on('message', (message: ToCompiler) => {
    hear(message).catch((error: unknown) => {
      const { code, message: text } = isHubError(error)
        ? error
        : { code: 'HUB_INTERNAL' as const, message: String(error) }
      post({ kind: 'failed', error: { code, message: text } })
    })
  })
}
