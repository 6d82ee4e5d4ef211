/**
 * What happened in the demo, counted from the log itself in one pass: events, alerts by class and agency, documents, rows,
 * facts that were kept back, and what each receiver must therefore have got.
 */
import type { StoredEvent } from '../domain/event.js'
import { readNumber, readObject, readText } from '../domain/read-data.js'
import { streamKeyOf, streamKindOf } from '../domain/streams.js'
import { dayOfTime, quarterOf } from '../kernel/dates.js'
import type { LogReader } from '../log/port.js'
import { START } from '../log/port.js'
import { FIELD_SETS } from '../policy/field-sets.js'

export interface QueuedMessage {
  readonly sequence: number
  readonly causeId: string
  readonly kind: string
  readonly class: string
  readonly fieldSet: string
  readonly digest: string
}

export interface ReleasedDocument {
  readonly feed: string
  readonly period: string
  readonly agency: string
  readonly rows: number
  readonly documentDigest: string
}

export interface Tally {
  readonly events: number
  /** Said of people: imported, and recorded since the county is live. */
  readonly imported: number
  readonly recorded: number
  /** Class → alerts raised at all agencies. */
  readonly alerts: ReadonlyMap<string, number>
  /** Agency → quarter → alarms: how often the telephone would have rung. */
  readonly rings: ReadonlyMap<string, ReadonlyMap<string, number>>
  readonly documents: readonly ReleasedDocument[]
  readonly rows: number
  /** Facts of the vocabulary that a rule kept back, over all messages and rows. */
  readonly withheld: number
  /** Subscription → everything in its outbox, in order. */
  readonly outboxes: ReadonlyMap<string, readonly QueuedMessage[]>
}

const WITHHELD_BY_SET: ReadonlyMap<string, number> = new Map(
  FIELD_SETS.map(({ id, rules }) => [id, rules.filter(({ action }) => action === 'withhold').length]),
)

export async function tallyOf(log: LogReader): Promise<Tally> {
  const alerts = new Map<string, number>()
  const rings = new Map<string, Map<string, number>>()
  const outboxes = new Map<string, QueuedMessage[]>()
  const documents: ReleasedDocument[] = []
  const counts = { events: 0, imported: 0, recorded: 0, rows: 0, withheld: 0 }
  for await (const { event } of log.readAll(START)) {
    counts.events += 1
    switch (event.type) {
      case 'AlertRaised':
        add(alerts, readText(event.data, 'class'))
        if (event.data.class === 'ALARM') ring(rings, event)
        break
      case 'MessageQueued': {
        const message = queuedIn(event)
        const subscription = streamKeyOf(event.stream)
        const outbox = outboxes.get(subscription)
        if (outbox) outbox.push(message)
        else outboxes.set(subscription, [message])
        counts.withheld += WITHHELD_BY_SET.get(message.fieldSet) ?? 0
        break
      }
      case 'FeedReleased':
        documents.push(documentIn(event))
        counts.rows += readNumber(event.data, 'rows')
        counts.withheld += withheldInRows(event)
        break
      default:
        if (streamKindOf(event.stream) !== 'patient') break
        if (event.source.kind === 'backfill') counts.imported += 1
        else counts.recorded += 1
    }
  }
  return { ...counts, alerts, rings, documents, outboxes }
}

function ring(rings: Map<string, Map<string, number>>, event: StoredEvent): void {
  const agency = readText(event.data, 'agency')
  const ofAgency = rings.get(agency) ?? new Map<string, number>()
  rings.set(agency, ofAgency)
  add(ofAgency, quarterOf(dayOfTime(event.recordedAt)))
}

function queuedIn({ revision, data }: StoredEvent): QueuedMessage {
  return {
    sequence: revision,
    causeId: readText(readObject(data, 'cause'), 'id'),
    kind: readText(data, 'kind'),
    class: readText(data, 'class'),
    fieldSet: readText(data, 'fieldSet'),
    digest: readText(data, 'digest'),
  }
}

function documentIn({ data }: StoredEvent): ReleasedDocument {
  return {
    feed: readText(data, 'feed'),
    period: readText(data, 'period'),
    agency: readText(data, 'agency'),
    rows: readNumber(data, 'rows'),
    documentDigest: readText(data, 'documentDigest'),
  }
}

/** Of an office all rows are by one field set; else rows of people at level 3 and above, and token rows of all others. */
function withheldInRows({ data }: StoredEvent): number {
  const rows = readNumber(data, 'rows')
  const sets = readText(data, 'fieldSet')
    .split(' ')
    .filter((set) => !set.includes('.closing@'))
  const only = sets.length === 1 ? WITHHELD_BY_SET.get(sets[0] ?? '') : undefined
  if (only !== undefined) return rows * only
  const high = Math.min(rows, readNumber(readObject(data, 'counts'), 'high'))
  const withheldBy = (tier: string): number => WITHHELD_BY_SET.get(sets.find((set) => set.includes(tier)) ?? '') ?? 0
  return high * withheldBy('.high@') + (rows - high) * withheldBy('.token@')
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}
