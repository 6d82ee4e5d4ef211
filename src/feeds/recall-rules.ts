/**
 * Who is asked to delete what, why (policy §6.3.2, §6.4, design §6; PIPL 15, 16, 47; MHL 35). Pure: by a person's stream, the rows that
 * were released of them, and who was told by message. Whatever a recall in the stream asks for already is not asked again, so that
 * looking twice asks once.
 *
 * - A data consent that was withdrawn asks for the rows that rested on that very consent. What rests on an application, or on the
 *   office's own duty, stays: whoever withdraws loses no aid (PIPL 16).
 * - A diagnosis that was excluded asks for every row and for all that was said in messages: what all of it is about was never so,
 *   and `withdrawn` tells that it no longer holds, not that copies go. Who treats keeps the record (MHL 47) and is not asked.
 * - A registration that was retracted asks for the same: nobody should have been told of this person at all.
 * - A consent that was retracted, or corrected so that it is one to something else, asks for the rows that rested on it: they left in
 *   error. A corrected day or signature changes nothing of what may be given.
 * - An application that was retracted, or corrected so that it is one to another office, asks for the rows that rested on it, unless
 *   another one to that office, which the row knew of, stands. A decision on one is no basis: it asks for nothing.
 * - A disclosure that went astray asks whoever got it for what it was told by that field set, or for all, whether or not the hub knows
 *   of a row or a message: paper goes astray too. Once, however often the record of it is corrected, unless it names another agency.
 * - Processing that is restricted asks for nothing: storing is what it leaves lawful (PIPL 47), there as here, and a copy that was
 *   deleted could not be taken up again when the restriction is lifted. The next document goes without the row.
 *
 * A cause that no longer stands when it is looked at asks for nothing. What was asked stays asked, whatever is corrected later: the
 * copies may be gone, and the next document says what then stands.
 */
import { isHealthRole } from '../domain/authority.js'
import { type CorrectionLedger, correctionLedger } from '../domain/effective-history.js'
import { ERASURE_TYPE, RECALL_TYPE } from '../domain/erasure-events.js'
import type { EventData, Role, StoredEvent } from '../domain/event.js'
import { foldPatient } from '../domain/patient-fold.js'
import { readObjects, readText } from '../domain/read-data.js'
import { MISDIRECTED } from '../domain/safeguard-events.js'
import { type CalendarDate, dayOfTime } from '../kernel/dates.js'
import type { PlacedEvent } from '../log/port.js'
import type { RowBasisSaid } from './port.js'
import { isStrayAsked, strayRecall, wentAstray } from './stray-recalls.js'

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

type RecallReason = 'CONSENT_WITHDRAWN' | 'DIAGNOSIS_EXCLUDED' | 'SENT_IN_ERROR'

/** What asks for rows, as it stands. */
export interface RecallCause extends PlacedEvent {
  readonly reason: RecallReason
  /** True where every row is asked for, and all that was told by message. */
  readonly asksAll: boolean
  readonly asksFor: (row: HeldRow) => boolean
}

export interface DueRecall {
  readonly cause: StoredEvent
  readonly agency: string
  readonly reason: RecallReason
  /** Absent where all that was told is asked for. */
  readonly fieldSets?: readonly string[]
  readonly rows: readonly Pick<HeldRow, 'document' | 'row' | 'commitment'>[]
}

const WITHDRAWN = 'DataConsentWithdrawn'
const EXCLUDED = 'DiagnosisExcluded'
const CONSENT = 'DataConsentGiven'
const APPLICATION = 'ServiceApplied'
const DECISION = 'ApplicationDecided'
const REGISTRATION = 'PatientRegistered'
/** Each is a cause by itself. */
const STATED: ReadonlySet<string> = new Set([WITHDRAWN, EXCLUDED, MISDIRECTED])

/** The causes of a person's stream that stand, in the order of the log; none of somebody who was erased: that asks everybody. */
export function standingCauses(life: readonly PlacedEvent[]): readonly RecallCause[] {
  if (life.some(({ event }) => event.type === ERASURE_TYPE)) return []
  if (!life.some(({ event }) => mayBeCause(event))) return []
  const ledger = correctionLedger<StoredEvent>()
  const facts = changedFacts(life, ledger)
  const effective = ledger.effective()
  const standing = new Set(effective.map(({ id }) => id))
  const leafOf = new Map(life.map(({ event, leafIndex }) => [event.id, leafIndex]))
  const beganAt = ({ stream, id }: StoredEvent): number => leafOf.get(ledger.rootOf(stream, id)?.id ?? id) ?? -1
  const stated = life.filter(({ event }) => standing.has(event.id)).flatMap(statedCause)
  const undone = facts.flatMap((fact): readonly RecallCause[] => {
    const [first] = fact.versions
    if (first?.event.type === CONSENT) return [changedConsent(fact, effective, ledger)]
    if (first?.event.type === APPLICATION) return [changedApplication(fact, effective, beganAt)]
    if (first?.event.type !== REGISTRATION || fact.versions.some(({ event }) => standing.has(event.id))) return []
    return [{ ...fact.change, reason: 'SENT_IN_ERROR', asksAll: true, asksFor: () => true }]
  })
  return [...stated, ...undone].sort((a, b) => a.leafIndex - b.leafIndex)
}

function mayBeCause({ type, corrects }: StoredEvent): boolean {
  return STATED.has(type) || type === 'RecordRetracted' || (!!corrects && (type === CONSENT || type === APPLICATION))
}

function statedCause(placed: PlacedEvent): readonly RecallCause[] {
  const { type } = placed.event
  if (type === EXCLUDED) return [{ ...placed, reason: 'DIAGNOSIS_EXCLUDED', asksAll: true, asksFor: () => true }]
  if (type === MISDIRECTED) {
    return [{ ...placed, reason: 'SENT_IN_ERROR', asksAll: false, asksFor: (row) => wentAstray(placed, row) }]
  }
  if (type !== WITHDRAWN) return []
  return [{ ...placed, reason: 'CONSENT_WITHDRAWN', asksAll: false, asksFor: (row) => isWithdrawn(placed.event, row) }]
}

interface ChangedFact {
  /** Every version that was ever in force. */
  readonly versions: readonly PlacedEvent[]
  /** What corrected it last, or took it back. */
  readonly change: PlacedEvent
}

/** What was corrected or taken back, and still is. @param ledger empty; it holds the whole life afterwards */
function changedFacts(life: readonly PlacedEvent[], ledger: CorrectionLedger<StoredEvent>): readonly ChangedFact[] {
  const versions = new Map<string, PlacedEvent[]>()
  const changes = new Map<string, PlacedEvent | undefined>()
  /** Retraction → its fact, and what had changed that before. */
  const retracted = new Map<string, { readonly root: string; readonly before: PlacedEvent | undefined }>()
  for (const placed of life) {
    const { id, stream, corrects } = placed.event
    const root = corrects === undefined ? id : ledger.rootOf(stream, corrects)?.id
    const undone = corrects === undefined ? undefined : retracted.get(corrects)
    const applied = ledger.apply(placed.event)
    if (applied === 'restored' && undone) changes.set(undone.root, undone.before)
    if (root === undefined) continue
    if (applied === 'added' || applied === 'replaced') versions.set(root, [...(versions.get(root) ?? []), placed])
    if (applied === 'withdrew') retracted.set(id, { root, before: changes.get(root) })
    if (applied === 'withdrew' || applied === 'replaced') changes.set(root, placed)
  }
  return [...changes].flatMap(([root, change]) => (change ? [{ versions: versions.get(root) ?? [], change }] : []))
}

function changedConsent(
  { versions, change }: ChangedFact,
  effective: readonly StoredEvent[],
  ledger: CorrectionLedger<StoredEvent>,
): RecallCause {
  const roots = new Set(versions.map(({ event }) => event.id))
  const isSame = ({ id, stream }: StoredEvent): boolean => roots.has(ledger.rootOf(stream, id)?.id ?? '')
  return {
    ...{ ...change, reason: 'SENT_IN_ERROR', asksAll: false },
    asksFor(row) {
      const { basis, standsThrough } = row
      const isOfDay = (event: StoredEvent): boolean => basis?.since === undefined || basis.since === dayOf(event)
      const rested = versions.some(
        ({ event, leafIndex }) => leafIndex <= standsThrough && isConsentTo(event, row) && isOfDay(event),
      )
      // Of another consent the row tells nothing but its day.
      const isCovered = (event: StoredEvent): boolean => isConsentTo(event, row) && (isSame(event) || isOfDay(event))
      return basis?.kind === 'CONSENT' && rested && !effective.some(isCovered)
    },
  }
}

/** @param beganAt the leaf at which the fact of an event began, whatever corrected it since */
function changedApplication(
  { versions, change }: ChangedFact,
  effective: readonly StoredEvent[],
  beganAt: (event: StoredEvent) => number,
): RecallCause {
  const acts = effective.filter(({ type }) => type === APPLICATION || type === DECISION)
  return {
    ...{ ...change, reason: 'SENT_IN_ERROR', asksAll: false },
    asksFor({ basis, audience, standsThrough }) {
      if (basis?.kind !== 'APPLICATION') return false
      const rested = versions.some(({ event, leafIndex }) => {
        const isOfDay = basis.since === undefined || basis.since === dayOf(event)
        return leafIndex <= standsThrough && isOfDay && event.data.recipientRole === audience
      })
      const { applications = [] } = foldPatient(acts.filter((act) => beganAt(act) <= standsThrough))
      return rested && !applications.some(({ recipient }) => recipient === audience)
    },
  }
}

function isConsentTo({ type, data }: StoredEvent, row: HeldRow): boolean {
  return type === CONSENT && isOf(data, row)
}

function isOf(data: EventData, { audience, purpose, fieldSet }: HeldRow): boolean {
  return audience === data.recipientRole && purpose === data.purposeCode && fieldSet === data.fieldSetId
}

function isWithdrawn(event: StoredEvent, row: HeldRow): boolean {
  const { basis } = row
  if (basis?.kind !== 'CONSENT' || !isOf(event.data, row)) return false
  // A withdrawal that was recorded late is of a consent before it, not of one that was given since.
  return basis.since === undefined || basis.since <= dayOf(event)
}

function dayOf({ occurredAt, recordedAt }: StoredEvent): CalendarDate {
  return dayOfTime(occurredAt ?? recordedAt)
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
    if (cause.event.type === MISDIRECTED) {
      const own = rows.filter(cause.asksFor)
      rows = rows.filter((row) => !own.includes(row))
      if (!isStrayAsked(life, cause.event)) due.push(strayRecall(cause.event, own))
      continue
    }
    // What knew of the cause left because of something else.
    const covered = rows.filter((row) => row.standsThrough < cause.leafIndex && cause.asksFor(row))
    rows = rows.filter((row) => !covered.includes(row))
    const isTold = ({ revision }: ToldByMessage): boolean => cause.asksAll && revision < cause.event.revision
    const hearers = told.filter(isTold)
    told = told.filter((one) => !isTold(one))
    const agencies = new Set([...covered, ...hearers].map(({ agency }) => agency))
    for (const agency of [...agencies].sort()) due.push(recallOf(cause, agency, covered))
  }
  return due
}

function recallOf(
  { event: cause, reason, asksAll }: RecallCause,
  agency: string,
  covered: readonly HeldRow[],
): DueRecall {
  const own = covered.filter((row) => row.agency === agency)
  const rows = own.map(({ document, row, commitment }) => ({ document, row, commitment }))
  if (asksAll) return { cause, agency, reason, rows }
  return { cause, agency, reason, fieldSets: [...new Set(own.map(({ fieldSet }) => fieldSet))].sort(), rows }
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
