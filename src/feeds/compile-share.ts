/**
 * A thread's share of a compile, in two steps. First the people whom a place does not tell alone: who has changed since the cut or
 * may be owed something, where nobody answers or a sealed area says who. What is said of them is sorted by recipient. Then the
 * recipients, one after the other: everybody on their shelves and what was said before, and the document is done. What somebody on
 * one recipient's shelf is owed by another, whose document may be done already, goes astray, and that one is made again.
 */
import type { Recipient } from './areas.js'
import { type Assembly, openAssembly } from './assembly.js'
import { batchesOf, type Collector, type CompileInputs, collector, finishSetup, type KeysById } from './compile.js'
import { type Finishing, type PartRuns, partOf, together } from './compile-messages.js'
import { type CutPerson, peopleCompiler } from './compile-people.js'
import { type CompileSink, UNMAPPED } from './compile-sink.js'
import type { PatientSnapshot } from './feeds-deps.js'
import { accountLineOf, addEntries, type EntriesOf, entriesByAgency, unmappedAccounting } from './finish-documents.js'
import type { DocumentSummary } from './finished-document.js'
import { resting } from './pace.js'
import { parseGlimpse, parsePerson } from './parse-record.js'
import { type PlannedShelf, placePlan } from './place-plan.js'
import { type Entry, mergeRuns } from './sorted-runs.js'
import { openSpool } from './spool.js'

export interface ShareSetup {
  readonly inputs: CompileInputs
  readonly cutId: string
  readonly snapshot: PatientSnapshot
  readonly keysById: KeysById
  /** Between two pieces of work. */
  readonly rest: () => void
  /** Which of so many shares this is. */
  readonly part: number
  readonly parts: number
  /** First characters of the patient ids that are its own. */
  readonly prefixes: readonly string[]
  /** Of its temporary files. */
  readonly name: string
  readonly spoolDirectory: string
}

export interface CompileShare {
  /** The first step: runs for the recipients of each share. */
  collect(): Promise<{ readonly parts: readonly PartRuns[]; readonly unmapped: number }>
  /** The second step: documents to the spool, and what went astray, by the share that it belongs to. */
  finish(finishing: Finishing): Promise<{
    readonly summaries: readonly DocumentSummary[]
    readonly astray: readonly PartRuns[]
  }>
  /** Makes again, with what went astray, the documents that it belongs to. */
  amend(astray: PartRuns): Promise<readonly DocumentSummary[]>
}

/** Batches or documents whose keys are being fetched while others are worked off. */
const IN_FLIGHT = 4
/** A few milliseconds of work. */
const PEOPLE_BETWEEN_RESTS = 64
const NO_KEYS: ReadonlyMap<string, Uint8Array> = new Map()

export function compileShare(setup: ShareSetup): CompileShare {
  const { inputs, cutId, snapshot, keysById, rest, part, parts, name } = setup
  const { feed, edition, scratch } = inputs
  const compiler = peopleCompiler({ ...inputs, period: edition.period })
  const { recipients, touchedSince } = compiler
  const partOfAgency = new Map(
    recipients.map(({ agency }, position) => [agency, partOf(position, recipients.length, parts)]),
  )
  const plan = placePlan(snapshot.shelves(), compiler.onShelf)
  const settled = touchedSince === undefined ? { cutId } : { cutId, touchedBefore: touchedSince }
  let kept: Finishing | undefined

  const collectors = (of: string): readonly Collector[] =>
    Array.from({ length: parts }, (_, to) => collector(scratch, `${name}.${of}.${to}`))
  /** Rows and accounts go to the share of their recipient; those of nobody to the last. */
  const inParts = (all: readonly Collector[]): CompileSink => {
    const sinkOf = (agency: string) => all[partOfAgency.get(agency) ?? parts - 1]?.sink
    return {
      row: (agency, rowId, committed) => sinkOf(agency)?.row(agency, rowId, committed),
      account: (agency, account) => sinkOf(agency)?.account(agency, account),
    }
  }
  const merged = (runs: PartRuns['rows']): Iterable<Entry> => mergeRuns(runs, scratch.key)

  /** Finishes by their heads whoever can be, and yields the others. */
  function* peopleOn(shelf: string, sink: CompileSink, onShelf?: readonly Recipient[]): Generator<CutPerson> {
    for (const { key, head } of resting(snapshot.headsOn(shelf, settled), rest, PEOPLE_BETWEEN_RESTS)) {
      if (!compiler.finishByHead(parseGlimpse(key, head), sink, onShelf)) yield* personAt(key)
    }
  }
  function* peopleApart(sink: CompileSink): Generator<CutPerson> {
    const own = new Set(setup.prefixes)
    const at = touchedSince === undefined ? { cutId } : { cutId, touchedSince }
    for (const key of resting(snapshot.unsettled(at), rest, PEOPLE_BETWEEN_RESTS)) {
      if (own.has(key.charAt(0))) yield* personAt(key)
    }
    for (const [position, shelf] of plan.apart.entries()) if (position % parts === part) yield* peopleOn(shelf, sink)
  }
  function* personAt(key: string): Generator<CutPerson> {
    const text = snapshot.textAt(cutId, key)
    if (text) yield parsePerson(text)
  }
  async function finishPeople(people: Iterable<CutPerson>, sink: CompileSink): Promise<void> {
    const under = new Set<Promise<void>>()
    for (const batch of batchesOf(people)) {
      const planned = compiler.plan(batch)
      if (planned.kids.length === 0) {
        compiler.finish(planned, NO_KEYS, sink)
        continue
      }
      const work: Promise<void> = keysById(planned.kids).then((keys) => {
        compiler.finish(planned, keys, sink)
        under.delete(work)
      })
      under.add(work)
      if (under.size >= IN_FLIGHT) await Promise.race(under)
    }
    await Promise.all(under)
  }

  interface Said {
    readonly rows: EntriesOf
    readonly accounts: EntriesOf
  }
  const saidIn = (runs: PartRuns): Said => ({
    rows: entriesByAgency(merged(runs.rows)),
    accounts: entriesByAgency(merged(runs.accounts)),
  })

  /** The documents of these recipients, in their order, some of them at a time. */
  async function documentsOf(
    some: readonly Recipient[],
    { rows, accounts }: Said,
    { unmapped, suppressionsThrough, missing }: Finishing,
    astray: CompileSink,
  ): Promise<readonly DocumentSummary[]> {
    const finish = finishSetup({ ...inputs, suppressionsThrough }, recipients, unmapped)
    const spool = openSpool(setup.spoolDirectory, scratch.key)
    const keeps = new Set(missing)
    const summaries: DocumentSummary[] = []
    const assemblies = Array.from({ length: IN_FLIGHT }, openAssembly)
    const make = async (assembly: Assembly, recipient: Recipient): Promise<void> => {
      // Before anything is waited for: entries come in the order of recipients.
      addEntries(assembly, rows(recipient.agency), accounts(recipient.agency))
      for (const planned of plan.shelvesOf(recipient.agency)) {
        const sink = sinkFor(recipient.agency, planned, assembly, astray)
        await finishPeople(peopleOn(planned.shelf, sink, planned.recipients), sink)
      }
    }
    for (let at = 0; at < some.length; at += assemblies.length) {
      const together = some.slice(at, at + assemblies.length)
      await Promise.all(assemblies.map((assembly, i) => together[i] && make(assembly, together[i])))
      for (const [i, assembly] of assemblies.entries()) {
        const recipient = together[i]
        if (!recipient) continue
        const document = assembly.finish(finish, recipient)
        if (!keeps.has(document.summary.document)) continue
        spool.put(feed.name, edition.period, document)
        summaries.push(document.summary)
      }
    }
    return summaries
  }
  const ownRecipients = recipients.filter(({ agency }) => partOfAgency.get(agency) === part)

  return {
    async collect() {
      const all = collectors('apart')
      const sink = inParts(all)
      await finishPeople(peopleApart(sink), sink)
      return { parts: all.map(runsOf), unmapped: all.reduce((sum, { unmapped }) => sum + unmapped(), 0) }
    },
    async finish(finishing) {
      kept = finishing
      const said = saidIn(finishing.runs)
      const all = collectors('astray')
      const summaries = await documentsOf(ownRecipients, said, finishing, inParts(all))
      if (part === parts - 1) {
        const accounting = unmappedAccounting(edition, finishing, said.accounts(UNMAPPED))
        openSpool(setup.spoolDirectory, scratch.key).putUnmapped(feed.name, edition.period, accounting)
      }
      return { summaries, astray: all.map(runsOf) }
    },
    async amend(astray) {
      if (!kept) throw new Error('compileShare: nothing was finished yet')
      const owed = new Set(Array.from(merged(astray.accounts), ({ group }) => group))
      const some = ownRecipients.filter(({ agency }) => owed.has(agency))
      return documentsOf(some, saidIn(together([kept.runs, astray])), kept, NOWHERE)
    },
  }
}

/** What went astray went so when the documents were made first. */
const NOWHERE: CompileSink = { row() {}, account() {} }

/** Keeps what is said to one recipient of a shelf. The others hear it in their own turn; what nobody of the shelf hears goes astray once. */
function sinkFor(agency: string, { recipients }: PlannedShelf, assembly: Assembly, astray: CompileSink): CompileSink {
  const isFirst = recipients[0]?.agency === agency
  const goesAstray = (to: string): boolean => isFirst && !recipients.some((recipient) => recipient.agency === to)
  return {
    row(to, rowId, committed) {
      if (to === agency) assembly.row(rowId, committed)
      else if (goesAstray(to)) astray.row(to, rowId, committed)
    },
    account(to, account) {
      if (to === agency) assembly.account(accountLineOf(account))
      else if (goesAstray(to)) astray.account(to, account)
    },
  }
}

function runsOf({ rows, accounts }: Collector): PartRuns {
  return { rows: rows.handOver(), accounts: accounts.handOver() }
}
