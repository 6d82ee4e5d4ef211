/**
 * Compiles in threads of low priority that rest while this one is busy, so that those who ask and record notice nothing. Each
 * thread has a share of the people, then a part of the recipients; all read the same state. The documents are those of one
 * thread, to the byte.
 */
import { Worker } from 'node:worker_threads'
import { SECOND } from '../kernel/dates.js'
import { assertNever, HubError } from '../kernel/errors.js'
import type { KeysById } from './compile.js'
import {
  type CompileOrder,
  type CompilerStart,
  type FromCompiler,
  isNothing,
  prefixesOf,
  type ToCompiler,
  together,
  transferOf,
} from './compile-messages.js'
import type { DocumentSummary } from './finished-document.js'
import { type Pace, type PaceCell, startPace } from './pace.js'

export interface CompileThreads {
  /** The compiled entry file, which calls `serveCompiler`. */
  readonly entry: URL
  /** Plain data for that file, e.g. `{ dataDir }`. */
  readonly data: unknown
  /** How many; 2 where absent. */
  readonly count?: number
}

export interface CompileJob {
  readonly order: CompileOrder
  readonly cutId: string
  readonly spoolDirectory: string
  /** Documents to keep, by their id in the log. */
  readonly missing: ReadonlySet<string>
}

export interface CompiledToSpool {
  readonly summaries: readonly DocumentSummary[]
  readonly unmapped: number
}

/** Threads agree on what they see almost at once: the read models commit every few milliseconds at most. */
const LOOKS = 200
/** Threads that nobody needs end: the next compile is a quarter away. */
const IDLE_MS = 30 * SECOND

export interface ThreadedCompiler {
  /** One job at a time. */
  compile(job: CompileJob, signal: AbortSignal): Promise<CompiledToSpool>
  close(): Promise<void>
}

export function threadedCompiler(threads: CompileThreads, keysById: KeysById): ThreadedCompiler {
  let running: Running | undefined
  let idle: NodeJS.Timeout | undefined
  const close = async (): Promise<void> => {
    clearTimeout(idle)
    const ending = running
    running = undefined
    ending?.pace.stop()
    await Promise.all(ending?.compilers.map((compiler) => compiler.end()) ?? [])
  }
  return {
    async compile(job, signal) {
      signal.throwIfAborted()
      clearTimeout(idle)
      running ??= start(threads, keysById)
      const { compilers } = running
      const abort = (): void => {
        for (const compiler of compilers) compiler.fail(signal.reason)
      }
      signal.addEventListener('abort', abort, { once: true })
      try {
        return await compileIn(compilers, job)
      } catch (error) {
        // Nobody knows in which state they are: the next attempt starts its own.
        await close()
        throw error
      } finally {
        signal.removeEventListener('abort', abort)
        idle = setTimeout(() => void close(), IDLE_MS).unref()
      }
    },
    close,
  }
}

interface Running {
  readonly compilers: readonly Compiler[]
  readonly pace: Pace
}

function start(threads: CompileThreads, keysById: KeysById): Running {
  const pace = startPace()
  try {
    const compilers = Array.from({ length: threads.count ?? 2 }, () => startCompiler(threads, pace.cell, keysById))
    return { compilers, pace }
  } catch (error) {
    pace.stop()
    throw error
  }
}

async function compileIn(compilers: readonly Compiler[], job: CompileJob): Promise<CompiledToSpool> {
  const suppressionsThrough = await openAll(compilers, job)
  try {
    return await compileOpened(compilers, job, suppressionsThrough)
  } finally {
    for (const compiler of compilers) compiler.tell({ kind: 'close' })
  }
}

async function compileOpened(
  compilers: readonly Compiler[],
  job: CompileJob,
  suppressionsThrough: number,
): Promise<CompiledToSpool> {
  const collected = await Promise.all(compilers.map((compiler) => compiler.ask('collected', { kind: 'collect' })))
  const unmapped = collected.reduce((sum, one) => sum + one.unmapped, 0)
  const finished = await Promise.all(
    compilers.map((compiler, part) =>
      compiler.ask('finished', {
        kind: 'finish',
        runs: together(collected.flatMap(({ parts }) => parts[part] ?? [])),
        ...{ unmapped, suppressionsThrough },
        missing: [...job.missing],
      }),
    ),
  )
  const summaries = finished.flatMap((one) => one.summaries)
  if (finished.every(({ astray }) => astray.every(isNothing))) return { summaries, unmapped }
  const amended = await Promise.all(
    compilers.map((compiler, part) =>
      compiler.ask('amended', {
        kind: 'amend',
        astray: together(finished.flatMap(({ astray }) => astray[part] ?? [])),
      }),
    ),
  )
  const anew = new Map(amended.flatMap((one) => one.summaries).map((summary) => [summary.document, summary]))
  return { summaries: summaries.map((summary) => anew.get(summary.document) ?? summary), unmapped }
}

/** Opens a snapshot in each thread until all are of the same state; answers with its leaf index. */
async function openAll(compilers: readonly Compiler[], job: CompileJob): Promise<number> {
  const { order, cutId, spoolDirectory } = job
  const parts = compilers.length
  const open = (compiler: Compiler, thread: number) =>
    compiler.ask('opened', {
      kind: 'open',
      ...{ order, cutId, spoolDirectory, parts },
      part: thread,
      prefixes: prefixesOf(thread, parts),
    })
  let seen = await Promise.all(compilers.map(open))
  for (let look = 0; look < LOOKS; look++) {
    const newest = Math.max(...seen.map(({ leafIndex }) => leafIndex))
    if (seen.every(({ leafIndex }) => leafIndex === newest)) return newest
    seen = await Promise.all(
      compilers.map((compiler, i) => {
        const last = seen[i]
        return last?.leafIndex === newest ? last : compiler.ask('opened', { kind: 'reopen' })
      }),
    )
  }
  throw new HubError('HUB_OVERLOADED', 'the compiling threads found no common state of the read models')
}

type Asked = 'opened' | 'collected' | 'finished' | 'amended'
type Answer<K extends FromCompiler['kind']> = Extract<FromCompiler, { kind: K }>

interface Compiler {
  /** One question at a time. */
  ask<K extends Asked>(expected: K, question: ToCompiler): Promise<Answer<K>>
  /** Expects no answer. */
  tell(message: ToCompiler): void
  fail(error: unknown): void
  end(): Promise<void>
}

function startCompiler({ entry, data }: CompileThreads, pace: PaceCell, keysById: KeysById): Compiler {
  const worker = new Worker(entry, { workerData: { data, pace } satisfies CompilerStart, name: 'feed-compiler' })
  let settle: { resolve(answer: FromCompiler): void; reject(error: unknown): void } | undefined
  let failure: { readonly error: unknown } | undefined
  const post = (message: ToCompiler): void => worker.postMessage(message, transferOf(message))
  const fail = (error: unknown): void => {
    failure ??= { error }
    settle?.reject(error)
  }
  const hear = (message: FromCompiler): void => {
    switch (message.kind) {
      case 'needs':
        keysById(message.kids).then((keys) => post({ kind: 'keys', id: message.id, keys }), fail)
        return
      case 'failed':
        fail(new HubError(message.error.code, message.error.message))
        return
      case 'opened':
      case 'collected':
      case 'finished':
      case 'amended':
        settle?.resolve(message)
        return
      default:
        assertNever(message, 'startCompiler')
    }
  }
  worker.on('message', hear)
  worker.on('error', fail)
  worker.on('exit', () => fail(new HubError('HUB_INTERNAL', 'a compiling thread ended unexpectedly')))
  return {
    async ask<K extends Asked>(expected: K, question: ToCompiler): Promise<Answer<K>> {
      if (failure) throw failure.error
      const answer = await new Promise<FromCompiler>((resolve, reject) => {
        settle = { resolve, reject }
        post(question)
      })
      if (!isAnswer(answer, expected)) throw new Error(`startCompiler: expected ${expected}, got ${answer.kind}`)
      return answer
    },
    tell: post,
    fail,
    async end() {
      await worker.terminate()
    },
  }
}

function isAnswer<K extends FromCompiler['kind']>(answer: FromCompiler, kind: K): answer is Answer<K> {
  return answer.kind === kind
}
