/**
 * A thread's share of a compile, in two steps. First the people whom a place does not tell alone: who has changed since the cut or
 * may be owed something, where nobody answers or a sealed area says who. What is said of them is sorted by recipient. Then the
 * documents, one recipient's after the other's; one to whom something went astray meanwhile is made again.
 */
import { type CompileInputs, collector } from './compile.js'
import { type Finishing, type PartRuns, partOf, together } from './compile-messages.js'
import { type CutPerson, peopleCompiler } from './compile-people.js'
import { type CompileSink, UNMAPPED } from './compile-sink.js'
import { unmappedAccounting } from './finish-documents.js'
import type { DocumentSummary } from './finished-document.js'
import { placePlan } from './place-plan.js'
import { makeDocuments, saidIn } from './share-documents.js'
import { finishPeople, peopleOn, type SharePeople, type ShareSources, unsettledPeople } from './share-people.js'
import { mergeRuns } from './sorted-runs.js'
import { openSpool } from './spool.js'

export interface ShareSetup extends ShareSources {
  readonly inputs: CompileInputs
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

export function compileShare(setup: ShareSetup): CompileShare {
  const { inputs, part, parts, name } = setup
  const { feed, edition, scratch } = inputs
  const compiler = peopleCompiler({ ...inputs, period: edition.period })
  const people = { ...setup, compiler }
  const plan = placePlan(setup.snapshot.shelves(), compiler.onShelf)
  const spool = openSpool(setup.spoolDirectory, scratch.key)
  const documents = { inputs, people, plan, spool }
  const partOfAgency = new Map(
    compiler.recipients.map(({ agency }, position) => [agency, partOf(position, compiler.recipients.length, parts)]),
  )
  const own = compiler.recipients.filter(({ agency }) => partOfAgency.get(agency) === part)
  /** What is nobody’s goes to the last share. */
  const collecting = (of: string): InParts =>
    inParts({ scratch, name: `${name}.${of}`, parts, partFor: (agency) => partOfAgency.get(agency) ?? parts - 1 })
  let kept: Finishing | undefined

  return {
    async collect() {
      const { sink, handOver, unmapped } = collecting('apart')
      await finishPeople(people, peopleApart({ people, setup, shelves: plan.apart, sink }), sink)
      return { parts: handOver(), unmapped: unmapped() }
    },
    async finish(finishing) {
      kept = finishing
      const said = saidIn(finishing.runs, scratch.key)
      const { sink: astray, handOver } = collecting('astray')
      const summaries = await makeDocuments(documents, { recipients: own, said, finishing, astray })
      if (part === parts - 1) {
        spool.putUnmapped(feed.name, edition.period, unmappedAccounting(edition, finishing, said.accounts(UNMAPPED)))
      }
      return { summaries, astray: handOver() }
    },
    async amend(astray) {
      if (!kept) throw new Error('compileShare: nothing was finished yet')
      const owed = new Set(Array.from(mergeRuns(astray.accounts, scratch.key), ({ group }) => group))
      return makeDocuments(documents, {
        recipients: own.filter(({ agency }) => owed.has(agency)),
        said: saidIn(together([kept.runs, astray]), scratch.key),
        finishing: kept,
        astray: NOWHERE,
      })
    },
  }
}

/** What went astray went so when the documents were made first. */
const NOWHERE: CompileSink = { row() {}, account() {} }

interface Apart {
  readonly people: SharePeople
  readonly setup: Pick<ShareSetup, 'part' | 'parts' | 'prefixes'>
  readonly shelves: readonly string[]
  readonly sink: CompileSink
}

function* peopleApart({ people, setup, shelves, sink }: Apart): Generator<CutPerson> {
  yield* unsettledPeople(people, setup.prefixes)
  for (const [position, shelf] of shelves.entries()) {
    if (position % setup.parts === setup.part) yield* peopleOn(people, shelf, { sink })
  }
}

/** Rows and accounts, each with those of the share that its recipient belongs to. */
interface InParts {
  readonly sink: CompileSink
  /** By share; nothing is left here. */
  handOver(): readonly PartRuns[]
  /** People in scope whom nobody answers for. */
  unmapped(): number
}

interface InPartsSetup {
  readonly scratch: CompileInputs['scratch']
  readonly name: string
  readonly parts: number
  readonly partFor: (agency: string) => number
}

function inParts({ scratch, name, parts, partFor }: InPartsSetup): InParts {
  const collectors = Array.from({ length: parts }, (_, to) => collector(scratch, `${name}.${to}`))
  const sinkFor = (agency: string): CompileSink | undefined => collectors[partFor(agency)]?.sink
  return {
    sink: {
      row: (agency, rowId, committed) => sinkFor(agency)?.row(agency, rowId, committed),
      account: (agency, account) => sinkFor(agency)?.account(agency, account),
    },
    handOver: () => collectors.map(({ rows, accounts }) => ({ rows: rows.handOver(), accounts: accounts.handOver() })),
    unmapped: () => collectors.reduce((sum, { unmapped }) => sum + unmapped(), 0),
  }
}
