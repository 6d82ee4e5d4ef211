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
import { batchesOf, type Collector, collector, finished, type KeysById } from './compile.js'
import type { CompileOrder, FromCompiler, PartRuns, ToCompiler } from './compile-messages.js'
import { partOf, transferOf } from './compile-messages.js'
import { type CompileSink, type CutPerson, type PeopleCompiler, peopleCompiler } from './compile-people.js'
import { inputsOf } from './editions.js'
import type { PatientSnapshot } from './feeds-deps.js'
import type { DocumentSummary } from './finish-documents.js'
import type { Past } from './look-back.js'
import { type PaceCell, resting, restsAt } from './pace.js'
import { parseGlimpse, parsePerson } from './parse-record.js'
import { pastOf } from './past.js'
import { type Entry, mergeRuns } from './sorted-runs.js'
import { openSpool } from './spool.js'

const NICENESS = 19
/** Batches whose keys are being fetched while others are worked off. */
const IN_FLIGHT = 4
/** A few milliseconds of work. */
const PEOPLE_BETWEEN_RESTS = 64
const ENTRIES_BETWEEN_RESTS = 128

type Open = Extract<ToCompiler, { kind: 'open' }>
type Finish = Extract<ToCompiler, { kind: 'finish' }>

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

  const post = (message: FromCompiler): void =>
    port.postMessage(message, message.kind === 'collected' ? message.parts.flatMap(transferOf) : [])
  const askForKeys: KeysById = (kids) =>
    kids.length === 0
      ? Promise.resolve(new Map())
      : new Promise((resolve) => {
          const id = ++lastId
          waiting.set(id, resolve)
          post({ kind: 'needs', id, kids })
        })
  const collectWith = async (order: Open, patients: PatientSnapshot): Promise<FromCompiler> => {
    const vault = openVault?.()
    const log = openPlaced()
    try {
      const keysById: KeysById = vault ? async (kids) => vault.keysById(kids) : askForKeys
      return await collect(order, { ...thread, rest, past: pastOf(log) }, patients, keysById)
    } finally {
      log.close()
      vault?.close()
    }
  }
  const look = (): void => {
    snapshot?.close()
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
        post(await collectWith(open, snapshot))
        snapshot.close()
        snapshot = undefined
        return
      case 'finish':
        if (!open) throw new Error('serveCompiler: nothing is open')
        return post({ kind: 'finished', summaries: finishPart(open, { ...thread, rest }, message) })
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

/** Where nobody is compiled any more. */
const NO_PAST: Past = { trustsTouched: true, recordAt: () => undefined, releasedThrough: () => undefined }

interface Work extends Pick<CompilerThread, 'definitions'> {
  /** Between two pieces of work. */
  readonly rest: () => void
}

async function collect(
  { order, cutId, prefixes, parts, name }: Open,
  { definitions, rest, past }: Work & { readonly past: Past },
  snapshot: PatientSnapshot,
  keysById: KeysById,
): Promise<FromCompiler> {
  const compiler = compilerOf(order, definitions, past)
  const scratch = { directory: order.scratch, key: order.spoolKey }
  const collectors = Array.from({ length: parts }, (_, part) => collector(scratch, `${name}.${part}`))
  const sink = sinkInParts(compiler, collectors)
  const under = new Set<Promise<void>>()
  for (const batch of batchesOf(peopleToRead(compiler, snapshot, { cutId, prefixes, rest }, sink))) {
    const plan = compiler.plan(batch)
    if (plan.kids.length === 0) {
      compiler.finish(plan, new Map(), sink)
      continue
    }
    const work: Promise<void> = keysById(plan.kids).then((keys) => {
      compiler.finish(plan, keys, sink)
      under.delete(work)
    })
    under.add(work)
    if (under.size >= IN_FLIGHT) await Promise.race(under)
  }
  await Promise.all(under)
  const runs = collectors.map(
    ({ rows, accounts }): PartRuns => ({ rows: rows.handOver(), accounts: accounts.handOver() }),
  )
  return { kind: 'collected', parts: runs, unmapped: collectors.reduce((sum, { unmapped }) => sum + unmapped(), 0) }
}

/** Finishes by its head whoever can be; yields the others, their records read. */
function* peopleToRead(
  compiler: PeopleCompiler,
  snapshot: PatientSnapshot,
  { cutId, prefixes, rest }: { readonly cutId: string; readonly prefixes: readonly string[] } & Pick<Work, 'rest'>,
  sink: CompileSink,
): Generator<CutPerson> {
  for (const prefix of prefixes) {
    for (const { key, head } of resting(snapshot.heads(cutId, prefix), rest, PEOPLE_BETWEEN_RESTS)) {
      if (head !== undefined && compiler.finishByHead(parseGlimpse(key, head), sink)) continue
      const text = snapshot.textAt(cutId, key)
      if (text) yield parsePerson(text)
    }
  }
}

/** Rows and accounts go to the part of their recipient; those of nobody to the last. */
function sinkInParts(compiler: PeopleCompiler, collectors: readonly Collector[]): CompileSink {
  const { recipients } = compiler
  const last = collectors.length - 1
  const parts = new Map(
    recipients.map(({ agency }, position) => [agency, partOf(position, recipients.length, collectors.length)]),
  )
  const sinkOf = (agency: string): CompileSink | undefined => collectors[parts.get(agency) ?? last]?.sink
  return {
    row: (agency, rowId, committed) => sinkOf(agency)?.row(agency, rowId, committed),
    account: (agency, account) => sinkOf(agency)?.account(agency, account),
  }
}

function finishPart(
  { order, spoolDirectory, parts }: Open,
  { definitions, rest }: Work,
  { part, runs, unmapped, suppressionsThrough, missing }: Finish,
): readonly DocumentSummary[] {
  const { name: feed } = order.feed
  const { period } = order.edition
  const inputs = inputsOf(definitions, { ...order, suppressionsThrough }, NO_PAST)
  const all = compilerOf(order, definitions, NO_PAST).recipients
  const recipients = all.filter((_, position) => partOf(position, all.length, parts) === part)
  const merged = (part: PartRuns['rows']): Iterable<Entry> =>
    resting(mergeRuns(part, order.spoolKey), rest, ENTRIES_BETWEEN_RESTS)
  const [rows, accounts] = [merged(runs.rows), merged(runs.accounts)]
  const compiled = finished(inputs, recipients, unmapped, rows, accounts)
  const spool = openSpool(spoolDirectory, order.spoolKey)
  const kept = new Set(missing)
  const summaries: DocumentSummary[] = []
  for (const document of compiled.documents()) {
    if (!kept.has(document.summary.document)) continue
    spool.put(feed, period, document)
    summaries.push(document.summary)
  }
  if (part === parts - 1) spool.putUnmapped(feed, period, compiled.unmappedAccounting())
  return summaries
}

function compilerOf(order: CompileOrder, definitions: CompilerThread['definitions'], past: Past): PeopleCompiler {
  return peopleCompiler({ ...inputsOf(definitions, order, past), period: order.edition.period })
}
