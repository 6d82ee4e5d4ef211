/**
 * From sorted rows and accounts to finished documents: one after the other, one in memory at a time. A recipient whom
 * nothing concerns gets a nil document, whose shape tells nothing about why.
 */
import type { PatientFeed } from '../../projections/feeds.js'
import type { Group, GroupCounts, Tally } from '../policy/define-feed.js'
import type { Recipient } from './areas.js'
import type { Account } from './compile-people.js'
import {
  accountingBytes,
  digestOf,
  type Edition,
  headerLine,
  linesToBytes,
  recipientManifestBytes,
} from './document.js'
import { type ErasedRows, lineInPlaceOf } from './erased-rows.js'
import { treeRootOf } from './fast-digests.js'
import { internalDocumentId, recipientIds } from './recipient-ids.js'
import type { Signer } from './signing.js'
import type { Entry } from './sorted-runs.js'

/** What `FeedReleased` says, and a recompute must find again. */
export interface DocumentSummary {
  readonly agency: string
  /** The id in the log. */
  readonly document: string
  /** The recipient's own id. */
  readonly documentId: string
  readonly rows: number
  /** Exact and internal: inScope, rows, closings where there are any, each group of the feed, excluded, stopped, unmapped. */
  readonly counts: Readonly<Record<string, number>>
  readonly root: string
  readonly documentDigest: string
  readonly accountingDigest: string
  readonly suppressionsThrough: number
  /**
   * Rows of people who were erased since the release, where there are any: `ndjson` holds their commitments, and `documentDigest`
   * is the released one, since the bytes that it was made of are gone.
   */
  readonly erased?: number
  /** Bytes of the document as it was released, where `ndjson` lacks rows that were taken out after it was spooled. */
  readonly wholeBytes?: number
}

export interface FinishedDocument {
  readonly summary: DocumentSummary
  readonly ndjson: Buffer
  readonly manifest: Buffer
  readonly accounting: Buffer
}

export interface FinishSetup {
  readonly feed: PatientFeed
  readonly edition: Edition
  readonly logId: string
  /** By id. */
  readonly recipients: readonly Recipient[]
  readonly idKeys: ReadonlyMap<string, Uint8Array>
  readonly unitName: (id: string) => string
  readonly signer: Signer
  readonly suppressionsThrough: number
  /** People in scope whom no recipient answers for. */
  readonly unmapped: number
  readonly erased?: Pick<ErasedRows, 'releasedDigestOf'>
}

const SHA256 = 'sha256:'
const COMMITMENT_CHARS = SHA256.length + 43

export function* finishDocuments(
  setup: FinishSetup,
  rows: Iterable<Entry>,
  accounts: AccountsOf,
): Generator<FinishedDocument> {
  const rowsOf = byAgency(rows)
  for (const recipient of setup.recipients) {
    yield finish(setup, recipient, rowsOf(recipient.agency), accounts(recipient.agency))
  }
}

/** The accounts of an agency; asked for in the order of agencies, each once. */
export type AccountsOf = (agency: string) => readonly AccountLine[]

export function accountsOf(entries: Iterable<Entry>): AccountsOf {
  const take = byAgency(entries)
  return (agency) => take(agency).map(({ value }) => accountLine(value))
}

/** The accounting of those whom no agency answers for: a document of nobody's. */
export function unmappedAccounting(edition: Edition, through: number, accounts: readonly AccountLine[]): Buffer {
  const unmapped = accounts.filter(({ outcome }) => outcome !== 'EXCLUDED').length
  return accountingBytes(edition, { suppressionsThrough: through, counts: { unmapped } }, linesOf(accounts))
}

/** One person's account as its canonical line, beside what is counted of it. */
export interface AccountLine {
  readonly outcome: Account['outcome']
  readonly group: Group | undefined
  readonly isStopped: boolean
  readonly unit: string
  readonly line: Buffer
}

/** `outcome group stopped unit line`, `-` where there is none: cheaper to read back than the line itself. */
export function accountEntry(account: Account): string {
  const { outcome, group = '-', rule = '', unit = '-' } = account
  const isStopped = outcome === 'EXCLUDED' && (rule === 'ERASED' || rule.startsWith('STOPPED_'))
  const stopped = isStopped ? 'y' : '-'
  return `${outcome} ${group} ${stopped} ${unit} ${accountJson(account)}`
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

function accountLine(value: Buffer): AccountLine {
  const [outcome = '', group = '', stopped = '', unit = ''] = value.toString('latin1', 0, PREFIX_BYTES).split(' ', 4)
  return {
    outcome: outcome as Account['outcome'],
    group: group === '-' ? undefined : group,
    isStopped: stopped === 'y',
    unit: unit === '-' ? '' : unit,
    line: value.subarray(outcome.length + group.length + stopped.length + unit.length + 4),
  }
}

function linesOf(accounts: readonly AccountLine[]): readonly Buffer[] {
  return accounts.map(({ line }) => line)
}

/** Entries are grouped by agency and arrive in order, so each agency's are taken once, in the order of agencies. */
function byAgency(entries: Iterable<Entry>): (agency: string) => readonly Entry[] {
  const iterator = entries[Symbol.iterator]()
  let next = iterator.next()
  return (agency) => {
    const taken: Entry[] = []
    while (!next.done && next.value.group < agency) next = iterator.next()
    while (!next.done && next.value.group === agency) {
      taken.push(next.value)
      next = iterator.next()
    }
    return taken
  }
}

function finish(
  setup: FinishSetup,
  recipient: Recipient,
  rows: readonly Entry[],
  accounts: readonly AccountLine[],
): FinishedDocument {
  const { feed, edition, logId, idKeys, signer, suppressionsThrough } = setup
  const { agency, name } = recipient
  const key = idKeys.get(agency)
  if (!key) throw new Error(`finishDocuments: no id key of agency ${agency}`)
  const document = internalDocumentId(logId, feed.name, edition.period, agency)
  const { documentId, accountingSalt } = recipientIds(key, document)
  const closings = accounts.filter(({ outcome }) => outcome === 'CLOSED').length
  const tally = { ...tallyOf(accounts, setup), rows: rows.length - closings, closings }
  const counts = internalCounts(tally, accounts, setup.unmapped)

  const head = { documentId, agency, agencyName: name, rows: rows.length, counts: feed.counts(tally) }
  const commitments = rows.map((row) => ({
    id: row.id,
    commitment: row.value.toString('latin1', 0, COMMITMENT_CHARS),
  }))
  const ndjson = linesToBytes(
    headerLine(edition, head),
    rows.map(({ value }) => value.subarray(COMMITMENT_CHARS + 1)),
  )
  const accounting = accountingBytes(
    edition,
    { document, agency, salt: accountingSalt(), suppressionsThrough, counts },
    linesOf(accounts),
  )
  const root = `${SHA256}${treeRootOf(commitments.map(({ commitment }) => commitment.slice(SHA256.length)))}`
  const erased = setup.erased ? rows.filter(isErased).length : 0
  const documentDigest = (erased > 0 && setup.erased?.releasedDigestOf(document)) || digestOf(ndjson)
  const digests = { root, documentDigest, accountingDigest: digestOf(accounting) }
  return {
    summary: {
      ...{ agency, document, documentId, rows: rows.length, counts, ...digests, suppressionsThrough },
      ...(erased === 0 ? {} : { erased }),
    },
    ndjson,
    manifest: recipientManifestBytes(edition, { ...head, commitments, ...digests }, signer),
    accounting,
  }
}

/** True where the commitment stands in the place of the row. No row is such a line: it would lack its salt. */
function isErased({ id, value }: Entry): boolean {
  const commitment = value.toString('latin1', 0, COMMITMENT_CHARS)
  return value.toString('utf8', COMMITMENT_CHARS + 1) === lineInPlaceOf(id, commitment)
}

function tallyOf(
  accounts: readonly AccountLine[],
  { feed, unitName }: Pick<FinishSetup, 'feed' | 'unitName'>,
): Pick<Tally, 'groups' | 'units'> {
  const none = (): Record<Group, number> => Object.fromEntries(feed.groups.map((group) => [group, 0]))
  const groups = none()
  const units = new Map<string, Record<Group, number>>()
  for (const { group, unit } of accounts) {
    if (group === undefined) continue
    let ofUnit = units.get(unit)
    if (!ofUnit) {
      ofUnit = none()
      units.set(unit, ofUnit)
    }
    groups[group] = (groups[group] ?? 0) + 1
    ofUnit[group] = (ofUnit[group] ?? 0) + 1
  }
  const named: { name: string; groups: GroupCounts }[] = [...units.keys()].sort().map((id) => ({
    name: unitName(id),
    groups: units.get(id) ?? groups,
  }))
  return { groups, units: named }
}

function internalCounts(
  tally: Tally,
  accounts: readonly AccountLine[],
  unmapped: number,
): Readonly<Record<string, number>> {
  const excluded = accounts.filter(({ outcome }) => outcome === 'EXCLUDED').length
  const stopped = accounts.filter(({ isStopped }) => isStopped).length
  return {
    inScope: accounts.length - excluded + stopped - tally.closings,
    rows: tally.rows,
    ...(tally.closings === 0 ? {} : { closings: tally.closings }),
    ...tally.groups,
    excluded: excluded - stopped,
    stopped,
    unmapped,
  }
}
