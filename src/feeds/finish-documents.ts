/**
 * From sorted rows and accounts to finished documents: one after the other, one in memory at a time. A recipient whom
 * nothing concerns gets a nil document, whose shape tells nothing about why.
 */
import type { PatientRecord } from '../../projections/patient-record.js'
import { toBase64url } from '../kernel/hash.js'
import type { FeedDefinition, GroupCounts, Tally } from '../policy/define-feed.js'
import type { Recipient } from './areas.js'
import { sealedRowsRoot } from './commitments.js'
import type { Account } from './compile-people.js'
import {
  accountingBytes,
  digestOf,
  type Edition,
  headerLine,
  linesToBytes,
  recipientManifestBytes,
} from './document.js'
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
  /** Exact and internal: inScope, rows, high, low, notAssessed, excluded, stopped, unmapped. */
  readonly counts: Readonly<Record<string, number>>
  readonly root: string
  readonly documentDigest: string
  readonly accountingDigest: string
  readonly suppressionsThrough: number
}

export interface FinishedDocument {
  readonly summary: DocumentSummary
  readonly ndjson: Buffer
  readonly manifest: Buffer
  readonly accounting: Buffer
}

export interface FinishSetup {
  readonly feed: FeedDefinition<PatientRecord>
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
}

/** Keys of entries: the agency, a blank, and the row id or patient id. */
export function entryKey(agency: string, id: string): string {
  return `${agency} ${id}`
}

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
export type AccountsOf = (agency: string) => readonly Account[]

export function accountsOf(entries: Iterable<Entry>): AccountsOf {
  const take = byAgency(entries)
  return (agency) => take(agency).map(([, json]) => JSON.parse(json) as Account)
}

/** The accounting of those whom no agency answers for: a document of nobody's. */
export function unmappedAccounting(
  edition: Edition,
  suppressionsThrough: number,
  accounts: readonly Account[],
): Buffer {
  return accountingBytes(edition, { suppressionsThrough, counts: { unmapped: unmappedIn(accounts) } }, accounts)
}

/** Those who would stand in a document if anybody answered for their residence. */
export function unmappedIn(accounts: readonly Account[]): number {
  return accounts.filter(({ outcome }) => outcome !== 'EXCLUDED').length
}

/** Entries arrive in order, so each agency's are taken once, in the order of agencies. */
function byAgency(entries: Iterable<Entry>): (agency: string) => readonly Entry[] {
  const iterator = entries[Symbol.iterator]()
  let next = iterator.next()
  return (agency) => {
    const taken: Entry[] = []
    const prefix = `${agency} `
    while (!next.done && next.value[0] < prefix) next = iterator.next()
    while (!next.done && next.value[0].startsWith(prefix)) {
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
  accounts: readonly Account[],
): FinishedDocument {
  const { feed, edition, logId, idKeys, signer, suppressionsThrough } = setup
  const { agency, name } = recipient
  const key = idKeys.get(agency)
  if (!key) throw new Error(`finishDocuments: no id key of agency ${agency}`)
  const document = internalDocumentId(logId, feed.name, edition.period, agency)
  const { documentId, accountingSalt } = recipientIds(key, document)
  const tally = tallyOf(rows.length, accounts, setup.unitName)
  const counts = internalCounts(tally, accounts, setup.unmapped)

  const commitments: { id: string; commitment: string }[] = []
  const lines: string[] = []
  const head = { documentId, agency, agencyName: name, rows: rows.length, counts: feed.counts(tally) }
  lines.push(headerLine(edition, head))
  for (const [entry, value] of rows) {
    const space = value.indexOf(' ')
    commitments.push({ id: entry.slice(agency.length + 1), commitment: value.slice(0, space) })
    lines.push(value.slice(space + 1))
  }
  const ndjson = linesToBytes(lines)
  const accounting = accountingBytes(
    edition,
    { document, agency, salt: accountingSalt, suppressionsThrough, counts },
    accounts,
  )
  const root = `sha256:${toBase64url(sealedRowsRoot(commitments.map(({ commitment }) => commitment)))}`
  const digests = { root, documentDigest: digestOf(ndjson), accountingDigest: digestOf(accounting) }
  return {
    summary: { agency, document, documentId, rows: rows.length, counts, ...digests, suppressionsThrough },
    ndjson,
    manifest: recipientManifestBytes(edition, { ...head, commitments, ...digests }, signer),
    accounting,
  }
}

function tallyOf(rows: number, accounts: readonly Account[], unitName: (id: string) => string): Tally {
  const groups = { high: 0, low: 0, notAssessed: 0 }
  const units = new Map<string, { high: number; low: number; notAssessed: number }>()
  for (const { group, unit = '' } of accounts) {
    if (group === undefined) continue
    groups[group]++
    let ofUnit = units.get(unit)
    if (!ofUnit) {
      ofUnit = { high: 0, low: 0, notAssessed: 0 }
      units.set(unit, ofUnit)
    }
    ofUnit[group]++
  }
  const named: { name: string; groups: GroupCounts }[] = [...units.keys()].sort().map((id) => ({
    name: unitName(id),
    groups: units.get(id) ?? groups,
  }))
  return { rows, groups, units: named }
}

function internalCounts(
  tally: Tally,
  accounts: readonly Account[],
  unmapped: number,
): Readonly<Record<string, number>> {
  const excluded = accounts.filter(({ outcome }) => outcome === 'EXCLUDED')
  const stopped = excluded.filter(({ rule = '' }) => rule === 'ERASED' || rule.startsWith('STOPPED_')).length
  return {
    inScope: accounts.length - excluded.length + stopped,
    rows: tally.rows,
    ...tally.groups,
    excluded: excluded.length - stopped,
    stopped,
    unmapped,
  }
}
