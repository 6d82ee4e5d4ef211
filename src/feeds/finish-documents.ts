/**
 * From sorted rows and accounts to finished documents: one after the other, one in memory at a time. A recipient whom
 * nothing concerns gets a nil document, whose shape tells nothing about why.
 */
import { type AccountLine, type Assembly, openAssembly } from './assembly.js'
import type { CommittedLine } from './committed-line.js'
import type { Account } from './compile-sink.js'
import { accountingBytes, type Edition } from './document.js'
import type { FinishedDocument, FinishSetup } from './finished-document.js'
import type { Entry } from './sorted-runs.js'

/** `sha256:` and 43 characters. */
const COMMITMENT_CHARS = 50

/** Entries as a collector keeps them, of all recipients, sorted by agency. */
export function* finishDocuments(
  setup: FinishSetup,
  rows: EntriesOf,
  accounts: EntriesOf,
): Generator<FinishedDocument> {
  const assembly = openAssembly()
  for (const recipient of setup.recipients) {
    addEntries(assembly, rows(recipient.agency), accounts(recipient.agency))
    yield assembly.finish(setup, recipient)
  }
}

export function addEntries(assembly: Assembly, rows: Iterable<Entry>, accounts: Iterable<Entry>): void {
  for (const { id, value } of rows) {
    assembly.encodedRow(id, value.toString('latin1', 0, COMMITMENT_CHARS), value.subarray(COMMITMENT_CHARS + 1))
  }
  for (const { id, value } of accounts) assembly.account(accountLine(id, value))
}

/** The value of a row's entry. */
export function rowEntry({ line, commitment }: CommittedLine): string {
  return `${commitment} ${line}`
}

/** The accounting of those whom no agency answers for, a line at a time: a document of nobody's, and of any number of people. */
export function* unmappedAccounting(
  edition: Edition,
  { unmapped, suppressionsThrough }: Pick<FinishSetup, 'unmapped' | 'suppressionsThrough'>,
  entries: Iterable<Entry>,
): Generator<Buffer> {
  const lines = entries[Symbol.iterator]()
  let next = lines.next()
  yield accountingBytes(edition, { suppressionsThrough, counts: { unmapped } }, next.done ? [] : [lineIn(next.value)])
  for (next = lines.next(); !next.done; next = lines.next()) yield Buffer.from(`${lineIn(next.value)}\n`, 'latin1')
}

function lineIn({ id, value }: Entry): string {
  return accountLine(id, value).line
}

/** What is kept of an account until its document is finished. */
export function accountLineOf(account: Account): AccountLine {
  const { outcome, group, rule = '', unit = '', patient } = account
  return {
    // One person may be counted by the agency that has let go of them.
    id: outcome === 'CLOSED' ? `${patient}~` : patient,
    outcome,
    group,
    isStopped: outcome === 'EXCLUDED' && (rule === 'ERASED' || rule.startsWith('STOPPED_')),
    unit,
    line: accountJson(account),
  }
}

/** `outcome group stopped unit line`, `-` where there is none: cheaper to read back than the line itself. */
export function accountEntry({ outcome, group = '-', isStopped, unit, line }: AccountLine): string {
  return `${outcome} ${group} ${isStopped ? 'y' : '-'} ${unit === '' ? '-' : unit} ${line}`
}

/** JCS of an account: its values are ids and codes, which need no escaping. */
function accountJson({ fieldSet, group, outcome, patient, row, rule, unit }: Account): string {
  let json = fieldSet === undefined ? '{' : `{"fieldSet":"${fieldSet}",`
  if (group !== undefined) json += `"group":"${group}",`
  json += `"outcome":"${outcome}","patient":"${patient}"`
  if (row !== undefined) json += `,"row":"${row}"`
  if (rule !== undefined) json += `,"rule":"${rule}"`
  if (unit !== undefined) json += `,"unit":"${unit}"`
  return `${json}}`
}

/** Longest prefix: `EXCLUDED notAssessed y <uuid> `. */
const PREFIX_BYTES = 64

function accountLine(id: string, value: Buffer): AccountLine {
  const [outcome = '', group = '', stopped = '', unit = ''] = value.toString('latin1', 0, PREFIX_BYTES).split(' ', 4)
  return {
    id,
    outcome: outcome as Account['outcome'],
    group: group === '-' ? undefined : group,
    isStopped: stopped === 'y',
    unit: unit === '-' ? '' : unit,
    line: value.toString('latin1', outcome.length + group.length + stopped.length + unit.length + 4),
  }
}

/** The entries of an agency, in order; asked for in the order of agencies, each once, and taken before the next is asked for. */
export type EntriesOf = (agency: string) => Iterable<Entry>

export function entriesByAgency(entries: Iterable<Entry>): EntriesOf {
  const iterator = entries[Symbol.iterator]()
  let next = iterator.next()
  return function* of(agency) {
    while (!next.done && next.value.group < agency) next = iterator.next()
    while (!next.done && next.value.group === agency) {
      yield next.value
      next = iterator.next()
    }
  }
}
