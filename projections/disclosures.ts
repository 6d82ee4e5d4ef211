/**
 * What was sent about somebody and who read their record, found by whom it is about: one small row per message, alert and
 * reading under the stream key of what caused it, so that `withPrefix(disclosedUnder(patientId))` is a person's. A message of an
 * alert lies under the alert, and the alert under the person: following them is the reader's. It holds no value of anybody.
 */
import { defineFlowProjection } from '../src/domain/define-projection.js'
import type { StoredEvent } from '../src/domain/event.js'
import { findText, readObject, readText } from '../src/domain/read-data.js'
import { streamKeyOf, streamKindOf } from '../src/domain/streams.js'
import type { Moment } from '../src/kernel/dates.js'

/** A message in an outbox. */
export interface MessageRow {
  readonly kind: 'message'
  readonly subscription: string
  readonly sequence: number
  /** The event that caused it. */
  readonly causeId: string
  readonly messageKind: string
  readonly class: string
  readonly fieldSet: string
  readonly at: Moment
}

/** An alert that stands on an agency's desk; its own messages lie under its name. */
export interface RaisedRow {
  readonly kind: 'alert'
  readonly alert: string
  readonly agency: string
  readonly alertKind: string
  readonly class: string
  /** The first message that carried it; absent where the agency takes none. */
  readonly message?: { readonly subscription: string; readonly sequence: number }
  readonly at: Moment
}

/** Somebody of an agency read the record. */
export interface ViewRow {
  readonly kind: 'view'
  readonly id: string
  readonly agency: string
  readonly role: string
  readonly purpose: string
  readonly what: string
  readonly at: Moment
}

/** A held write turned out to name this person: who read it read of them. */
export interface MatchedRow {
  readonly kind: 'held'
  readonly held: string
}

export type DisclosureRow = MessageRow | RaisedRow | ViewRow | MatchedRow

/** What a message is caused by, where it is about somebody. */
const ABOUT: ReadonlySet<string> = new Set(['patient', 'alert', 'document'])

export const disclosures = defineFlowProjection<DisclosureRow>({
  name: 'disclosures',
  version: 1,
  handles: new Set(['MessageQueued', 'AlertRaised', 'RecordViewed', 'HeldMatched']),
  initial: { kind: 'held', held: '' },
  keys(event) {
    const about = subjectOf(event)
    return about === undefined ? [] : [`${disclosedUnder(about)}${event.type}/${event.stream}/${event.revision}`]
  },
  evolve: (_row, event) => rowOf(event),
})

/** The prefix of what was disclosed of a person by their id, of an alert or a released document by its stream's key. */
export function disclosedUnder(streamKey: string): string {
  return `${streamKey}/`
}

function subjectOf({ type, data }: StoredEvent): string | undefined {
  if (type === 'RecordViewed') return findText(data, 'patient') ?? findText(data, 'held')
  if (type === 'HeldMatched') return readText(data, 'patientId')
  const cause = readText(readObject(data, 'cause'), 'stream')
  return ABOUT.has(streamKindOf(cause)) ? streamKeyOf(cause) : undefined
}

function rowOf(event: StoredEvent): DisclosureRow {
  const { type, stream, revision, data, recordedAt: at } = event
  switch (type) {
    case 'MessageQueued':
      return {
        kind: 'message',
        subscription: streamKeyOf(stream),
        sequence: revision,
        causeId: readText(readObject(data, 'cause'), 'id'),
        messageKind: readText(data, 'kind'),
        class: readText(data, 'class'),
        fieldSet: readText(data, 'fieldSet'),
        at,
      }
    case 'AlertRaised':
      return { kind: 'alert', alert: streamKeyOf(stream), ...raisedIn(event), at }
    case 'RecordViewed': {
      const { agency, role } = event.recordedBy
      const [purpose, what] = [readText(data, 'purpose'), readText(data, 'kind')]
      return { kind: 'view', id: event.id, agency, role, purpose, what, at }
    }
    case 'HeldMatched':
      return { kind: 'held', held: streamKeyOf(stream) }
    default:
      throw new Error(`disclosures: impossible type ${type}`)
  }
}

function raisedIn({ data }: StoredEvent): Omit<RaisedRow, 'kind' | 'alert' | 'at'> {
  const message = readObject(data, 'message')
  const stream = findText(message, 'stream')
  return {
    agency: readText(data, 'agency'),
    alertKind: readText(data, 'kind'),
    class: readText(data, 'class'),
    ...(stream === undefined
      ? {}
      : { message: { subscription: streamKeyOf(stream), sequence: Number(message.revision) } }),
  }
}
