/**
 * Puts a person's account together: rows of released documents, messages, readings of the record and what was asked back. All of
 * it is computed when it is asked for; nothing is kept, appended or decided here, who may ask least of all.
 */
import { alerts } from '../../projections/alerts.js'
import { deliveries } from '../../projections/deliveries.js'
import { disclosures } from '../../projections/disclosures.js'
import { oneOffs } from '../../projections/one-offs.js'
import { subscriptions } from '../../projections/subscriptions.js'
import type { Directory } from '../domain/directory.js'
import { ERASURE_TYPE } from '../domain/erasure-events.js'
import { ROLES, type StoredEvent } from '../domain/event.js'
import { findText, readObjects, readText, readTexts } from '../domain/read-data.js'
import { isCovered, RECALLED, recallOf } from '../domain/recalls.js'
import { patientStream } from '../domain/streams.js'
import type { DisclosedField, Feeds, ReleasedRow } from '../feeds/port.js'
import type { Clock } from '../kernel/clock.js'
import { dayOf } from '../kernel/dates.js'
import { compareText } from '../kernel/text-order.js'
import type { LogReader, PlacedReads } from '../log/port.js'
import type { OneOffsTold } from '../oneoff/port.js'
import type { FieldSet } from '../policy/disclosure.js'
import { labelAsLeft } from '../policy/facts.js'
import { fieldSetOf } from '../policy/field-sets.js'
import type { ReadModels } from '../readmodel/port.js'
import { misdirectedEntries } from './misdirected-entry.js'
import { oneOffEntries } from './one-off-entry.js'
import type {
  AccountEntry,
  AccountOf,
  DocumentEntry,
  MessageEntry,
  Party,
  RecallEntry,
  Said,
  TakenBack,
  ToldField,
  ViewEntry,
} from './port.js'
import { createToldReader, messageOf, relayedOf, type Told, type ToldMessage, type ToldReader } from './told.js'

export interface AccountDeps {
  readonly log: Pick<LogReader, 'head'>
  readonly placed: PlacedReads
  readonly readModels: Pick<ReadModels, 'reader' | 'through'>
  readonly feeds: Pick<Feeds, 'releasedRows' | 'definitions'>
  readonly directory: () => Directory
  readonly oneOffsTold: OneOffsTold
  readonly calendar: Clock
}

interface Person {
  readonly events: readonly StoredEvent[]
  /** `RecallSent` and `IdentityErased`, in stream order. */
  readonly recalls: readonly StoredEvent[]
  readonly told: Told
  readonly reader: ToldReader
}

export function createAccount(deps: AccountDeps): AccountOf {
  return async (patientId, reader) => {
    await caughtUp(deps)
    const told = createToldReader(deps.readModels)
    const oneOffs = await deps.oneOffsTold(patientId)
    const rows = await deps.feeds.releasedRows(patientId)
    const events = deps.placed.placedStream(patientStream(patientId)).map(({ event }) => event)
    const recalls = events.filter((event) => recallOf(event) !== undefined)
    const person: Person = { events, recalls, told: told.about(patientId), reader: told }
    const erasedAt = recalls.find(({ type }) => type === ERASURE_TYPE)?.recordedAt
    const telling = {
      ...{ today: dayOf(deps.calendar.now()), reader },
      partyOf: (agency: string) => partyOf(deps, agency),
    }
    const entries: readonly AccountEntry[] = [
      ...rows.map((row) => documentEntry(deps, row, person)),
      ...messageEntries(deps, person),
      ...deskEntries(deps, person),
      ...viewEntries(deps, person),
      ...recalls.flatMap((recall) => recallEntries(deps, recall, { person, rows })),
      ...misdirectedEntries(events, telling.partyOf),
      ...oneOffs.flatMap((one) => oneOffEntries(one, telling)),
    ]
    return {
      entries: entries.toSorted((a, b) => compareText(b.at, a.at) || compareText(a.id, b.id)),
      ...(erasedAt === undefined ? {} : { erasedAt }),
    }
  }
}

/** Waits for what is behind alone: to ask the thread that folds costs a turn of it, at low priority. */
async function caughtUp({ log, readModels }: AccountDeps): Promise<void> {
  const head = await log.head()
  const isAt = (projection: Parameters<typeof readModels.reader>[0]): boolean =>
    readModels.reader(projection).checkpoint().position === head
  if (![disclosures, deliveries, alerts, subscriptions, oneOffs].every(isAt)) await readModels.through()
}

function documentEntry(deps: AccountDeps, released: ReleasedRow, { recalls, reader }: Person): DocumentEntry {
  const { feed, period, agency, document, row, commitment, cut, releasedAt, deleteBy, isClosing, said } = released
  const recall = recalls.find(({ data }) =>
    readObjects(data, 'rows').some((one) => one.document === document && one.row === row),
  )
  return {
    kind: 'DOCUMENT',
    id: `document:${document}`,
    at: releasedAt,
    to: partyOf(deps, agency),
    ...{ feed, period, document, row, commitment, deleteBy, isClosing },
    label: deps.feeds.definitions().find(({ name }) => name === feed)?.label ?? { zh: feed, en: feed },
    cutAt: cut.at,
    ...(said ? { said: saidBy(said.fieldSet, said.fields) } : {}),
    ...(said?.amendments ? { amendments: said.amendments.map(amendedBy) } : {}),
    deliveries: reader.announcing(document).map((message) => reader.deliveryOf(message)),
    ...(recall ? { takenBack: takenBackBy(recall) } : {}),
  }
}

function messageEntries(deps: AccountDeps, person: Person): readonly MessageEntry[] {
  const { told, reader } = person
  const alertOf = new Map(told.alerts.map(({ row }) => [messageOf(row), row]))
  return told.messages.flatMap((one): readonly MessageEntry[] => {
    const { message } = one
    if (message.messageKind === RECALLED) return []
    const agency = reader.agencyOf(message)
    const alert = alertOf.get(`${message.subscription}/${message.sequence}`)
    const recall = recallOfMessage(person, one, agency)
    return [
      {
        kind: 'MESSAGE',
        id: `message:${message.subscription}:${message.sequence}`,
        at: message.at,
        to: partyOf(deps, agency),
        about: message.messageKind,
        class: message.class,
        said: saidAtMost(fieldSetOf(message.fieldSet)),
        delivery: reader.deliveryOf(message),
        relayed: alert ? relayedOf(alert) : [],
        ...(recall ? { takenBack: takenBackBy(recall) } : {}),
      },
    ]
  })
}

/** Alerts of agencies that take no messages: they stand on the desk, and people pass them on. */
function deskEntries(deps: AccountDeps, { told }: Person): readonly MessageEntry[] {
  return told.alerts.flatMap(({ row }): readonly MessageEntry[] =>
    row.message
      ? []
      : [
          {
            kind: 'MESSAGE',
            id: `alert:${row.alert}`,
            at: row.raisedAt,
            to: partyOf(deps, row.agency),
            about: row.kind,
            class: row.class,
            relayed: relayedOf(row),
          },
        ],
  )
}

function viewEntries(deps: AccountDeps, { told }: Person): readonly ViewEntry[] {
  return told.views.map(({ id, agency, role, purpose, what, at }) => ({
    kind: 'VIEW',
    id: `view:${id}`,
    at,
    to: { ...partyOf(deps, agency), ...roleIn(role) },
    ...{ purpose, what },
  }))
}

/** A recall asks one agency. An erasure asks whoever was told, by a message or a row. */
function recallEntries(
  deps: AccountDeps,
  recall: StoredEvent,
  { person, rows }: { readonly person: Person; readonly rows: readonly ReleasedRow[] },
): readonly RecallEntry[] {
  const { id, type, data, recordedAt: at } = recall
  const { reader } = person
  const asking = person.told.messages.filter(
    ({ message }) => message.messageKind === RECALLED && message.causeId === id,
  )
  const agencies =
    type === ERASURE_TYPE
      ? [...asking.map(({ message }) => reader.agencyOf(message)), ...rows.map(({ agency }) => agency)]
      : [readText(data, 'agency')]
  const reason = findText(data, 'reason')
  return [...new Set(agencies)].sort().map((agency) => ({
    kind: 'RECALL',
    id: `recall:${id}:${agency}`,
    at,
    to: partyOf(deps, agency),
    by: type === ERASURE_TYPE ? 'ERASURE' : 'RECALL',
    ...(reason === undefined ? {} : { reason }),
    deleteBy: readText(data, 'deleteBy'),
    ...(data.fieldSets === undefined ? {} : { fieldSets: readTexts(data, 'fieldSets') }),
    deliveries: asking
      .filter(({ message }) => reader.agencyOf(message) === agency)
      .map(({ message }) => reader.deliveryOf(message)),
  }))
}

/** The recall of what was told from an event before it. A rung of an alarm speaks of the alarm's own event. */
function recallOfMessage(
  { events, recalls }: Person,
  { message, originId }: ToldMessage,
  agency: string,
): StoredEvent | undefined {
  if (recalls.length === 0) return undefined
  const origin = events.find(({ id }) => id === originId)
  return recalls.find((event) => {
    const recall = recallOf(event)
    if (!recall || !origin || event.revision <= origin.revision) return false
    return isCovered(recall, { agency, fieldSet: message.fieldSet })
  })
}

function takenBackBy({ recordedAt, data }: StoredEvent): TakenBack {
  return { at: recordedAt, deleteBy: readText(data, 'deleteBy') }
}

function partyOf({ directory }: AccountDeps, agency: string): Party {
  const known = directory().agency(agency)
  return known ? { agency, name: known.name, role: known.role } : { agency }
}

function roleIn(role: string): Pick<Party, 'role'> {
  const known = ROLES.find((one) => one === role)
  return known ? { role: known } : {}
}

function saidBy(fieldSet: string, fields: readonly DisclosedField[]): Said {
  return { fieldSet, purpose: fieldSetOf(fieldSet).purpose, fields: fields.map(toldField) }
}

function amendedBy({ period, fields }: { readonly period: string; readonly fields: readonly DisclosedField[] }) {
  return { period, fields: fields.map(toldField) }
}

function toldField({ field, action, clauses, basis }: DisclosedField): ToldField {
  return { field, label: labelAsLeft({ field, action }), clauses, basis }
}

const mostSaid = new WeakMap<FieldSet, Said>()

/** Of each field set it is put together once. */
function saidAtMost(fieldSet: FieldSet): Said {
  const known = mostSaid.get(fieldSet)
  if (known) return known
  const leaves = fieldSet.rules.flatMap((rule) => (rule.action === 'withhold' ? [] : [rule]))
  const said = saidBy(fieldSet.id, leaves)
  mostSaid.set(fieldSet, said)
  return said
}
