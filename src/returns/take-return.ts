/**
 * Takes a return: finds the document, looks at every item, and only where all of them can be recorded records them, each through
 * recording like any other fact of its agency; then says in the document's own stream that it came back. A crash in between is
 * mended by sending the same again.
 */
import { type DocumentReturnsRow, documentReturns, returnsOf } from '../../projections/document-returns.js'
import { scopedId } from '../domain/derived-ids.js'
import type { StoredEvent } from '../domain/event.js'
import { DOCUMENT_RETURNED } from '../domain/return-events.js'
import { documentStream, returnStream } from '../domain/streams.js'
import type { Clock } from '../kernel/clock.js'
import { type CalendarDate, dayOf } from '../kernel/dates.js'
import { type Fault, HubError, isHubError } from '../kernel/errors.js'
import { faultsOf } from '../kernel/zod-faults.js'
import { dataSchemaOf, isForCentre, type ReturnItemKind, returnItemsOf } from '../policy/returns.js'
import type { ReadModels } from '../readmodel/port.js'
import type { HubRecorder, Principal, ProposedWrite, Recorder } from '../recording/port.js'
import { agencyKeyName, type Vault } from '../vault/port.js'
import type { ItemPlace, ReturnDraft, ReturnedItem, ReturnOutcome } from './port.js'
import { returnDigest, returnIds } from './return-ids.js'
import { type ReturnableDeps, returnablePerson } from './returnable.js'

export interface TakeDeps extends ReturnableDeps {
  readonly recorder: Pick<Recorder, 'record'>
  /** Throws what recording would refuse a write with. */
  readonly check: (principal: Principal, write: ProposedWrite) => Promise<void>
  readonly hubRecorder: Pick<HubRecorder, 'appendNext'>
  readonly readModels: Pick<ReadModels, 'notify' | 'through' | 'reader'>
  readonly vault: Pick<Vault, 'secret' | 'keysById'>
  readonly calendar: Clock
}

/** An item that fits its kind, and where it stands in what was sent. */
interface CheckedItem {
  readonly item: ReturnedItem
  readonly itemKind: ReturnItemKind
  readonly place: ItemPlace
}

/** With what it becomes. */
interface ReadyItem extends CheckedItem {
  readonly write: ProposedWrite
}

/** People whose items are recorded at the same time; those of one person come in order. */
const AT_ONCE = 32
/** More faults help nobody. */
const MOST_FAULTS = 200

export async function takeReturn(principal: Principal, draft: ReturnDraft, deps: TakeDeps): Promise<ReturnOutcome> {
  const key = await deps.vault.secret(agencyKeyName(principal.agency))
  const row = await documentOf(principal, draft.document, key, deps)
  const faults: Fault[] = []
  const checked = draft.items.flatMap((item, i) => checkedItem(principal, item, draft.places[i], faults))
  if (faults.length > 0) throw refused(faults)
  const ids = returnIds(
    key,
    row.document,
    checked.map(({ item }) => item),
  )
  const ready = checked.map((one, i) => ({ ...one, write: writeOf(one, ids[i] ?? '', row.document) }))
  await checkPeople(principal, ready, faults, deps)
  if (faults.length > 0) throw refused(faults)
  await recordAll(principal, ready, deps)
  const forCentre = ready.filter(({ itemKind }) => isForCentre(itemKind)).length
  const told = { recorded: ready.length - forCentre, forCentre }
  const outcome = await noteReturned(principal, row, { ...told, digest: returnDigest(key, ids) }, deps)
  return { outcome, document: draft.document, ...told }
}

/** Among the agency's own documents alone: whatever else an id names is as unknown as one that names nothing. */
async function documentOf(
  { agency }: Principal,
  document: string,
  key: Uint8Array,
  { readModels }: TakeDeps,
): Promise<DocumentReturnsRow> {
  readModels.notify()
  await readModels.through()
  for (const { row } of readModels.reader(documentReturns).withPrefix(returnsOf(agency))) {
    if (row.release !== '' && scopedId(key, 'document', row.document) === document) return row
  }
  throw new HubError('HUB_NOT_FOUND', 'no such document')
}

function checkedItem(
  { role }: Principal,
  item: ReturnedItem,
  place: ItemPlace | undefined,
  faults: Fault[],
): readonly CheckedItem[] {
  if (!place) throw new Error('checkedItem: every item has a place')
  const itemKind = returnItemsOf(role).find(({ kind }) => kind === item.kind)
  if (!itemKind) {
    const known = returnItemsOf(role).map(({ kind }) => kind)
    faults.push(fault(place.pseudonym, `a kind that this role returns: ${known.join(', ')}`, '本单位不反馈此类内容'))
    return []
  }
  const parsed = dataSchemaOf(itemKind).safeParse(item.data)
  if (parsed.success) return [{ item: { ...item, data: parsed.data }, itemKind, place }]
  for (const one of faultsOf(parsed.error, item.data)) faults.push({ ...one, pointer: memberPlace(place, one.pointer) })
  return []
}

function writeOf({ item, itemKind }: CheckedItem, id: string, document: string): ProposedWrite {
  const event = { id, type: itemKind.type, ...itemKind.eventOf(item.data) }
  return { patientId: item.pseudonym, events: [event], source: { kind: 'return', ref: document }, isBatch: true }
}

async function checkPeople(
  principal: Principal,
  ready: readonly ReadyItem[],
  faults: Fault[],
  deps: TakeDeps,
): Promise<void> {
  const day = dayOf(deps.calendar.now())
  for (const people of inTurns(byPerson(ready))) {
    const found = await Promise.all(people.map((items) => checkPerson(principal, items, day, deps)))
    faults.push(...found.flat())
    if (faults.length >= MOST_FAULTS) return
  }
}

async function checkPerson(
  principal: Principal,
  items: readonly ReadyItem[],
  day: CalendarDate,
  deps: TakeDeps,
): Promise<readonly Fault[]> {
  const pseudonym = items[0]?.item.pseudonym ?? ''
  const isReturnable = (await returnablePerson(principal, pseudonym, day, deps)) !== undefined
  if (!isReturnable) return items.map(({ place }) => unknownPerson(place))
  const faults: Fault[] = []
  for (const { place, write } of items) {
    try {
      await deps.check(principal, write)
    } catch (error) {
      if (!isHubError(error) || error.status >= 500) throw error
      if (error.faults.length === 0) faults.push(unknownPerson(place))
      for (const one of error.faults) faults.push({ ...one, pointer: memberPlace(place, one.pointer) })
    }
  }
  return faults
}

async function recordAll(principal: Principal, ready: readonly ReadyItem[], { recorder }: TakeDeps): Promise<void> {
  for (const people of inTurns(byPerson(ready))) {
    await Promise.all(
      people.map(async (items) => {
        for (const { write } of items) await recorder.record(principal, write)
      }),
    )
  }
}

/** Once for the same content, whoever else returns something at the same time. */
async function noteReturned(
  by: Principal,
  { document, agency, feed, period, release }: DocumentReturnsRow,
  told: { readonly recorded: number; readonly forCentre: number; readonly digest: string },
  { hubRecorder, readModels }: TakeDeps,
): Promise<ReturnOutcome['outcome']> {
  const refuseKnown = (events: readonly StoredEvent[]): void => {
    if (events.some(({ data }) => data.digest === told.digest))
      throw new HubError('HUB_ALREADY_DECIDED', 'taken before')
  }
  const event = {
    stream: returnStream(document),
    type: DOCUMENT_RETURNED,
    data: { agency, feed, period, ...told },
    causation: { stream: documentStream(document), id: release },
    by,
  }
  try {
    await hubRecorder.appendNext(event, refuseKnown)
  } catch (error) {
    if (!isHubError(error, 'HUB_ALREADY_DECIDED')) throw error
    return 'known'
  }
  readModels.notify()
  await readModels.through()
  return 'taken'
}

function byPerson(ready: readonly ReadyItem[]): readonly (readonly ReadyItem[])[] {
  const people = new Map<string, ReadyItem[]>()
  for (const one of ready) people.set(one.item.pseudonym, [...(people.get(one.item.pseudonym) ?? []), one])
  return [...people.values()]
}

function* inTurns<T>(all: readonly T[]): Iterable<readonly T[]> {
  for (let from = 0; from < all.length; from += AT_ONCE) yield all.slice(from, from + AT_ONCE)
}

/** `/at`, `/data/at`, `/data/disabilityCert/level` → where that member was written; the item's own place where it is none of its. */
function memberPlace(place: ItemPlace, pointer: string): string {
  const name = pointer.split('/').at(-1) ?? ''
  return place.member(name === 'occurredAt' ? 'on' : name)
}

/** Unknown, another's, gone from the area, erased: nobody learns which. */
function unknownPerson(place: ItemPlace): Fault {
  const expected = 'the pseudonym of a person in the area of this agency'
  return { ...fault(place.pseudonym, expected, '人员代号不是本辖区现有人员'), rule: 'return.person' }
}

function fault(pointer: string, expected: string, messageZh: string): Fault {
  return { pointer, rule: 'schema', message: `expected ${expected}`, messageZh, expected }
}

function refused(faults: readonly Fault[]): HubError {
  const few = faults.slice(0, MOST_FAULTS)
  return new HubError(
    'HUB_BAD_RETURN',
    `${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}, nothing was recorded`,
    {
      faults: few,
    },
  )
}
