/**
 * Takes a return: finds the document, looks at all items, and only where all of them can be recorded records them, those of one
 * person together, through recording like any other facts of the agency; then says in the document's own stream that it came back.
 * What a crash or a failure leaves out is recorded by sending the same again.
 */
import { type DocumentReturnsRow, documentReturns, returnsOf } from '../../projections/document-returns.js'
import { scopedId } from '../domain/derived-ids.js'
import type { StoredEvent } from '../domain/event.js'
import { DOCUMENT_RETURNED } from '../domain/return-events.js'
import { documentStream, returnStream } from '../domain/streams.js'
import type { Clock } from '../kernel/clock.js'
import { dayOf } from '../kernel/dates.js'
import { type Fault, HubError, isHubError } from '../kernel/errors.js'
import { faultsOf } from '../kernel/zod-faults.js'
import { dataSchemaOf, type ReturnItemKind, returnItemsOf } from '../policy/returns.js'
import type { ReadModels } from '../readmodel/port.js'
import type { HubRecorder, Principal, Recorder } from '../recording/port.js'
import { agencyKeyName, type Vault } from '../vault/port.js'
import type { ItemPlace, ReturnDraft, ReturnedItem, ReturnOutcome } from './port.js'
import { fault, memberPlace, refused, saidTwice } from './return-faults.js'
import { returnDigest, returnIds } from './return-ids.js'
import {
  byPerson,
  type CheckDeps,
  countsOf,
  faultsOfPeople,
  type ReadyItem,
  type ReturnedCounts,
  recordPeople,
} from './returned-people.js'

export interface TakeDeps extends CheckDeps {
  readonly recorder: Pick<Recorder, 'record'>
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
  const ready = checked.map((one, i) => readyItem(one, ids[i] ?? ''))
  refuseTwice(ready)
  const people = byPerson(row.document, ready)
  const found = await faultsOfPeople(principal, people, dayOf(deps.calendar.now()), deps)
  if (found.length > 0) throw refused(found)
  await recordPeople(principal, people, deps.recorder)
  const told = countsOf(ready)
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

function readyItem({ item, itemKind, place }: CheckedItem, id: string): ReadyItem {
  const event = { id, type: itemKind.type, ...itemKind.eventOf(item.data) }
  return { pseudonym: item.pseudonym, itemKind, place, event }
}

/** What says the very same has the same id: a line that was copied. */
function refuseTwice(ready: readonly ReadyItem[]): void {
  const places = new Map<string, ItemPlace>()
  const faults: Fault[] = []
  for (const { event, place } of ready) {
    const first = places.get(event.id)
    if (first) faults.push(saidTwice(place, first))
    else places.set(event.id, place)
  }
  if (faults.length > 0) throw refused(faults)
}

/** Once for the same content, whoever else returns something at the same time. */
async function noteReturned(
  by: Principal,
  { document, agency, feed, period, release }: DocumentReturnsRow,
  told: ReturnedCounts & { readonly digest: string },
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
