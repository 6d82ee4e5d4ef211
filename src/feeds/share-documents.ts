/**
 * The documents of a compile's share: everybody on a recipient's shelves and what was said of others before, and the document is done.
 * What somebody on one recipient's shelf is owed by another, whose document may be done already, goes astray.
 */
import type { Recipient } from './areas.js'
import { type Assembly, openAssembly } from './assembly.js'
import { type CompileInputs, finishSetup } from './compile.js'
import type { Finishing, PartRuns } from './compile-messages.js'
import type { CompileSink } from './compile-sink.js'
import { accountLineOf, addEntries, type EntriesOf, entriesByAgency } from './finish-documents.js'
import type { DocumentSummary } from './finished-document.js'
import type { PlacePlan, PlannedShelf } from './place-plan.js'
import { finishPeople, IN_FLIGHT, peopleOn, type SharePeople } from './share-people.js'
import { mergeRuns } from './sorted-runs.js'
import type { Spool } from './spool.js'

/** What was said to recipients before their documents are made. */
export interface Said {
  readonly rows: EntriesOf
  readonly accounts: EntriesOf
}

export interface ShareDocuments {
  readonly inputs: CompileInputs
  readonly people: SharePeople
  readonly plan: PlacePlan
  readonly spool: Spool
}

export interface DocumentsAsked {
  readonly recipients: readonly Recipient[]
  readonly said: Said
  readonly finishing: Omit<Finishing, 'runs'>
  readonly astray: CompileSink
}

export function saidIn({ rows, accounts }: PartRuns, key: Uint8Array): Said {
  return { rows: entriesByAgency(mergeRuns(rows, key)), accounts: entriesByAgency(mergeRuns(accounts, key)) }
}

/** Makes these documents in the order of their recipients, some of them at a time, and spools those that are missing. */
export async function makeDocuments(
  share: ShareDocuments,
  { recipients, said, finishing, astray }: DocumentsAsked,
): Promise<readonly DocumentSummary[]> {
  const { inputs, people, spool } = share
  const { suppressionsThrough, unmapped } = finishing
  const finish = finishSetup({ ...inputs, suppressionsThrough }, people.compiler.recipients, unmapped)
  const missing = new Set(finishing.missing)
  const summaries: DocumentSummary[] = []
  const assemblies = Array.from({ length: IN_FLIGHT }, openAssembly)
  for (let at = 0; at < recipients.length; at += assemblies.length) {
    const begun = assemblies.flatMap((assembly, i) => {
      const recipient = recipients[at + i]
      return recipient ? [{ assembly, recipient }] : []
    })
    await Promise.all(begun.map((one) => gather(share, { ...one, said, astray })))
    for (const { assembly, recipient } of begun) {
      const document = assembly.finish(finish, recipient)
      if (!missing.has(document.summary.document)) continue
      spool.put(inputs.feed.name, inputs.edition.period, document)
      summaries.push(document.summary)
    }
  }
  return summaries
}

interface Begun {
  readonly assembly: Assembly
  readonly recipient: Recipient
  readonly said: Said
  readonly astray: CompileSink
}

async function gather({ people, plan }: ShareDocuments, { assembly, recipient, said, astray }: Begun): Promise<void> {
  const { agency } = recipient
  // Before anything is waited for: entries come in the order of recipients.
  addEntries(assembly, said.rows(agency), said.accounts(agency))
  for (const planned of plan.shelvesOf(agency)) {
    const sink = sinkFor(agency, planned, { assembly, astray })
    await finishPeople(people, peopleOn(people, planned.shelf, { sink, recipients: planned.recipients }), sink)
  }
}

/** Keeps what is said to one recipient of a shelf. The others hear it in their own turn; what nobody of the shelf hears goes astray once. */
function sinkFor(
  agency: string,
  { recipients }: PlannedShelf,
  { assembly, astray }: Pick<Begun, 'assembly' | 'astray'>,
): CompileSink {
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
