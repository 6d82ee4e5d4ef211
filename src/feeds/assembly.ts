/**
 * One document as it grows: takes rows and accounts of one recipient in any order, and makes the finished document of them. Rows
 * lie in one buffer, not on the heap: as strings they tripled the time that a compile spends collecting garbage.
 */
import type { Group, GroupCounts, Tally } from '../policy/define-feed.js'
import type { Recipient } from './areas.js'
import { type CommittedLine, MOST_BYTES } from './committed-line.js'
import type { Account } from './compile-sink.js'
import { accountingBytes, digestOf, headerLine, placesToBytes, recipientManifestBytes } from './document.js'
import { lineInPlaceOf } from './erased-rows.js'
import { treeRootOf } from './fast-digests.js'
import type { FinishedDocument, FinishSetup } from './finished-document.js'
import { internalDocumentId, recipientIds } from './recipient-ids.js'

/** What is counted of one person's account, beside its canonical line. */
export interface AccountLine {
  /** Lines are written in this order. */
  readonly id: string
  readonly outcome: Account['outcome']
  readonly group: Group | undefined
  readonly isStopped: boolean
  readonly unit: string
  readonly line: string
}

export interface Assembly {
  row(rowId: string, committed: CommittedLine): void
  /** A row whose line is encoded already. */
  encodedRow(rowId: string, commitment: string, line: Uint8Array): void
  account(account: AccountLine): void
  /** The document; nothing of it is left here afterwards. */
  finish(setup: FinishSetup, recipient: Recipient): FinishedDocument
}

const SHA256 = 'sha256:'
const FIRST_BYTES = 256 * 1024

interface Row {
  readonly id: string
  readonly commitment: string
  readonly start: number
  readonly end: number
}

export function openAssembly(): Assembly {
  let buffer = Buffer.allocUnsafeSlow(FIRST_BYTES)
  let used = 0
  let rows: Row[] = []
  let accounts: AccountLine[] = []

  const reserve = (bytes: number): void => {
    if (used + bytes <= buffer.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(used + bytes, buffer.length * 2))
    buffer.copy(larger, 0, 0, used)
    buffer = larger
  }
  const written = (id: string, commitment: string, bytes: number): void => {
    rows.push({ id, commitment, start: used, end: used + bytes })
    used += bytes
  }

  return {
    row(rowId, { line, commitment }) {
      reserve(line.length * MOST_BYTES)
      written(rowId, commitment, buffer.write(line, used, 'utf8'))
    },
    encodedRow(rowId, commitment, line) {
      reserve(line.length)
      buffer.set(line, used)
      written(rowId, commitment, line.length)
    },
    account(account) {
      accounts.push(account)
    },
    finish(setup, recipient) {
      if (!isSorted(rows)) rows.sort(byId)
      if (!isSorted(accounts)) accounts.sort(byId)
      const finished = finishedDocument(setup, recipient, { rows, accounts, bytes: buffer })
      rows = []
      accounts = []
      used = 0
      return finished
    },
  }
}

function isSorted(items: readonly { readonly id: string }[]): boolean {
  for (let i = 1; i < items.length; i++) if ((items[i - 1]?.id ?? '') > (items[i]?.id ?? '')) return false
  return true
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1
}

interface Gathered {
  readonly rows: readonly Row[]
  readonly accounts: readonly AccountLine[]
  /** Where rows lie. */
  readonly bytes: Buffer
}

function finishedDocument(
  setup: FinishSetup,
  { agency, name }: Recipient,
  { rows, accounts, bytes }: Gathered,
): FinishedDocument {
  const { feed, edition, logId, idKeys, signer, suppressionsThrough } = setup
  const key = idKeys.get(agency)
  if (!key) throw new Error(`openAssembly: no id key of agency ${agency}`)
  const document = internalDocumentId(logId, feed.name, edition.period, agency)
  const { documentId, accountingSalt } = recipientIds(key, document)
  const closings = accounts.filter(({ outcome }) => outcome === 'CLOSED').length
  const tally = { ...tallyOf(accounts, setup), rows: rows.length - closings, closings }
  const counts = internalCounts(tally, accounts, setup.unmapped)

  const head = { documentId, agency, agencyName: name, rows: rows.length, counts: feed.counts(tally) }
  const ndjson = placesToBytes(headerLine(edition, head), rows, bytes)
  const accounting = accountingBytes(
    edition,
    { document, agency, salt: accountingSalt(), suppressionsThrough, counts },
    accounts.map(({ line }) => line),
  )
  const root = `${SHA256}${treeRootOf(rows.map(({ commitment }) => commitment.slice(SHA256.length)))}`
  const erased = setup.erased ? rows.filter((row) => isErased(row, bytes)).length : 0
  const documentDigest = (erased > 0 && setup.erased?.releasedDigestOf(document)) || digestOf(ndjson)
  const digests = { root, documentDigest, accountingDigest: digestOf(accounting) }
  return {
    summary: {
      ...{ agency, document, documentId, rows: rows.length, counts, ...digests, suppressionsThrough },
      ...(erased === 0 ? {} : { erased }),
    },
    ndjson,
    manifest: recipientManifestBytes(edition, { ...head, commitments: rows, ...digests }, signer),
    accounting,
  }
}

/** True where the commitment stands in the place of the row. No row is such a line: it would lack its salt. */
function isErased({ id, commitment, start, end }: Row, bytes: Buffer): boolean {
  return bytes.toString('utf8', start, end) === lineInPlaceOf(id, commitment)
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
