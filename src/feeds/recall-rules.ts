/**
 * Who is asked to delete what, why (policy §6.3.2, design §6; PIPL 15, 16, 47; MHL 35). Pure: by a person's stream, the rows that
 * were released of them, and who was told by message. Whatever a recall in the stream asks for already is not asked again, so that
 * looking twice asks once.
 *
 * - A data consent that was withdrawn asks for the rows that rested on that very consent. What rests on an application, or on the
 *   office's own duty, stays: whoever withdraws loses no aid (PIPL 16).
 * - A diagnosis that was excluded asks for every row and for all that was said in messages: what all of it is about was never so,
 *   and `withdrawn` tells that it no longer holds, not that copies go. Who treats keeps the record (MHL 47) and is not asked.
 * - Processing that is restricted asks for nothing: storing is what it leaves lawful (PIPL 47), there as here, and a copy that was
 *   deleted could not be taken up again when the restriction is lifted. The next document goes without the row.
 *
 * A cause that no longer stands when it is looked at asks for nothing. What was asked stays asked, whatever is corrected later: the
 * copies may be gone, and the next document says what then stands.
 */
import { isHealthRole } from '../domain/authority.js'
import { correctionLedger } from '../domain/effective-history.js'
import { ERASURE_TYPE, RECALL_TYPE } from '../domain/erasure-events.js'
import type { Role, StoredEvent } from '../domain/event.js'
import { readObjects, readText } from '../domain/read-data.js'
import { type CalendarDate, dayOfTime } from '../kernel/dates.js'
import type { PlacedEvent } from '../log/port.js'
import type { RowBasisSaid } from './port.js'

/** A row that was released, with what the rules ask of it. */
export interface HeldRow {
  readonly agency: string
  readonly audience: Role
  readonly document: string
  readonly row: string
  readonly commitment: string
  readonly fieldSet: string
  readonly purpose: string
  readonly basis?: RowBasisSaid
  /** The last leaf that it knew of: the later of its cut and its release's suppressions. */
  readonly standsThrough: number
  /** Copies are deleted by then anyway. */
  readonly deleteBy: CalendarDate
}

/** Somebody who was told by message, from a revision of the person's stream. */
export interface ToldByMessage {
  readonly agency: string
  readonly role: Role
  readonly revision: number
}

export interface DueRecall {
  readonly cause: StoredEvent
  readonly agency: string
  readonly reason: 'CONSENT_WITHDRAWN' | 'DIAGNOSIS_EXCLUDED'
  /** Absent where all that was told is asked for. */
  readonly fieldSets?: readonly string[]
  readonly rows: readonly Pick<HeldRow, 'document' | 'row' | 'commitment'>[]
}

const WITHDRAWN = 'DataConsentWithdrawn'
const EXCLUDED = 'DiagnosisExcluded'

/** The causes of a person's stream that stand, in the order of the log; none of somebody who was erased: that asks everybody. */
export function standingCauses(life: readonly PlacedEvent[]): readonly PlacedEvent[] {
  if (life.some(({ event }) => event.type === ERASURE_TYPE)) return []
  if (!life.some(({ event }) => isCause(event))) return []
  const ledger = correctionLedger<StoredEvent>()
  for (const { event } of life) ledger.apply(event)
  const standing = new Set(ledger.effective().map(({ id }) => id))
  return life.filter(({ event }) => isCause(event) && standing.has(event.id))
}

export function isExclusion({ type }: Pick<StoredEvent, 'type'>): boolean {
  return type === EXCLUDED
}

/** @param life the person's whole stream */
export function dueRecalls(
  life: readonly PlacedEvent[],
  held: { readonly rows: readonly HeldRow[]; readonly told: readonly ToldByMessage[] },
  today: CalendarDate,
): readonly DueRecall[] {
  const asked = askedIn(life)
  let rows = held.rows.filter((row) => row.deleteBy >= today && !asked.rows.has(keyOf(row)))
  let told = held.told.filter(({ agency, role, revision }) => {
    return !isHealthRole(role) && revision >= (asked.allSince.get(agency) ?? -1)
  })
  const due: DueRecall[] = []
  for (const cause of standingCauses(life)) {
    const covered = rows.filter((row) => covers(cause, row))
    rows = rows.filter((row) => !covered.includes(row))
    const isTold = ({ revision }: ToldByMessage): boolean => isExclusion(cause.event) && revision < cause.event.revision
    const hearers = told.filter(isTold)
    told = told.filter((one) => !isTold(one))
    const agencies = new Set([...covered, ...hearers].map(({ agency }) => agency))
    for (const agency of [...agencies].sort()) due.push(recallOf(cause.event, agency, covered))
  }
  return due
}

function isCause({ type }: StoredEvent): boolean {
  return type === WITHDRAWN || type === EXCLUDED
}

function covers({ event, leafIndex }: PlacedEvent, row: HeldRow): boolean {
  // What knew of the cause left because of something else.
  if (row.standsThrough >= leafIndex) return false
  if (isExclusion(event)) return true
  const { basis } = row
  return (
    basis?.kind === 'CONSENT' &&
    row.audience === event.data.recipientRole &&
    row.purpose === event.data.purposeCode &&
    row.fieldSet === event.data.fieldSetId &&
    // A withdrawal that was recorded late is of a consent before it, not of one that was given since.
    (basis.since === undefined || basis.since <= dayOfTime(event.occurredAt ?? event.recordedAt))
  )
}

function recallOf(cause: StoredEvent, agency: string, covered: readonly HeldRow[]): DueRecall {
  const own = covered.filter((row) => row.agency === agency)
  const rows = own.map(({ document, row, commitment }) => ({ document, row, commitment }))
  if (isExclusion(cause)) return { cause, agency, reason: 'DIAGNOSIS_EXCLUDED', rows }
  const fieldSets = [...new Set(own.map(({ fieldSet }) => fieldSet))].sort()
  return { cause, agency, reason: 'CONSENT_WITHDRAWN', fieldSets, rows }
}

/** What recalls in the stream ask for already: rows by key, and from which revision all that was told before is asked for. */
function askedIn(life: readonly PlacedEvent[]) {
  const rows = new Set<string>()
  const allSince = new Map<string, number>()
  for (const { event } of life) {
    if (event.type !== RECALL_TYPE) continue
    for (const row of readObjects(event.data, 'rows')) {
      rows.add(keyOf({ document: readText(row, 'document'), row: readText(row, 'row') }))
    }
    if (event.data.fieldSets === undefined) allSince.set(readText(event.data, 'agency'), event.revision)
  }
  return { rows, allSince }
}

function keyOf({ document, row }: Pick<HeldRow, 'document' | 'row'>): string {
  return `${document} ${row}`
}
