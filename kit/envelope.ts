/**
 * Reads the envelope of a message: CloudEvents 1.0 in JSON, what the hub adds beside it, and all that it says in `data`.
 * Strict on what a receiver relies on; members that it does not know are let be, so that the hub may add some.
 */
import { KitError } from './kit-error.js'

/** The kinds of this version. Another one is handed to the application as unknown, never refused. */
export const KINDS = [
  'risk-assessed',
  'loss-of-contact',
  'contact-regained',
  'danger',
  'discharge-ready',
  'moved',
  'died',
  'withdrawn',
  'reinstated',
  'recalled',
  'returned',
  'document',
  'test',
] as const

export interface ReceivedMessage {
  /** The same for the same message, however often and by whatever way it comes. Keep it with what you store. */
  readonly id: string
  /** The hub that it comes from: `urn:lianhu:log:…`. */
  readonly source: string
  /** Its number in the outbox: counts from 0 without gaps. */
  readonly sequence: number
  /** Your name for the person, or the document, or `test`. Messages of one subject are applied in order. */
  readonly subject: string
  readonly kind: string
  readonly isKnownKind: boolean
  /** `ALARM` rings and wants an answer; `NOTICE` does not ring; `RETRACTION` takes back; `ROUTINE` is the rest. */
  readonly class: string
  /** When its cause was recorded. */
  readonly time: string
  /** What a duty officer reads, in Chinese. */
  readonly text: string
  readonly instruction?: string
  readonly expiresAt: string
  /** From this day on the level reads "not currently assessed". */
  readonly staleAfter?: string
  /** Ids of earlier messages that this one takes the place of. */
  readonly supersedes: readonly string[]
  readonly fieldSet: string
  readonly versions: Readonly<Record<string, number>>
  /** What you may know of the person; a member that you may not know is absent. */
  readonly facts: Readonly<Record<string, unknown>>
  readonly document?: DocumentNotice
  /** Of `recalled`: delete what `supersedes` and the rows name, and every copy of it, by that day. */
  readonly recall?: RecallNotice
  /** What it said was taken back, or the person erased: same id, same number, no content. Delete what you hold of this message. */
  readonly isTombstone: boolean
  /** The envelope as text: the very bytes, where it came by webhook. */
  readonly body: string
}

export interface RecallNotice {
  /** A day, such as `2026-04-15`. */
  readonly deleteBy: string
  /** Rows of documents, by the ids that stand in them. */
  readonly rows: readonly { readonly document: string; readonly row: string }[]
}

export interface DocumentNotice {
  readonly id: string
  readonly feed: string
  readonly period: string
  readonly rows: number
  /** `sha256:` + base64url, of the bytes of the NDJSON. */
  readonly digest: string
  readonly root: string
  /** Where it is fetched from, relative to the hub's address. */
  readonly href: string
  /** The NDJSON itself, where it is small enough to ride along. */
  readonly content?: string
  /** Rows of `content` that were taken back since: their commitments stand in their place. */
  readonly recalled?: number
}

const KNOWN_KINDS: ReadonlySet<string> = new Set(KINDS)

/** Throws `MALFORMED_ENVELOPE`. The bytes must be UTF-8. */
export function parseEnvelope(body: Uint8Array | string): ReceivedMessage {
  try {
    const text = typeof body === 'string' ? body : new TextDecoder('utf-8', { fatal: true }).decode(body)
    return read(objectAt(JSON.parse(text), 'envelope'), text)
  } catch (cause) {
    if (cause instanceof KitError) throw cause
    throw new KitError('MALFORMED_ENVELOPE', 'expected one JSON object in UTF-8', { cause })
  }
}

/** What tells silence from nothing to report. It is no message: nothing of it is applied. */
export interface Heartbeat {
  readonly id: string
  readonly source: string
  /** The number of the last message in the outbox; -1 where there is none. */
  readonly tail: number
}

/**
 * The heartbeat that a body is; undefined for anything else, a message among it.
 * `{"id":"0199…","source":"urn:lianhu:log:…","specversion":"1.0","tail":12,"time":"…","type":"lianhu.heartbeat"}`
 */
export function findHeartbeat(body: Uint8Array): Heartbeat | undefined {
  try {
    const beat = objectAt(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)), 'heartbeat')
    const { type, tail } = beat
    if (type !== 'lianhu.heartbeat' || !Number.isSafeInteger(tail) || Number(tail) < -1) return undefined
    return { id: textAt(beat, 'id'), source: textAt(beat, 'source'), tail: Number(tail) }
  } catch {
    return undefined
  }
}

function read(envelope: Members, body: string): ReceivedMessage {
  const kind = textAt(envelope, 'kind')
  if (envelope.specversion !== '1.0') throw malformed('specversion', '1.0')
  if (envelope.type !== `lianhu.message.${kind}`) throw malformed('type', `lianhu.message.${kind}`)
  if (envelope.datacontenttype !== 'application/json') throw malformed('datacontenttype', 'application/json')
  const data = objectAt(envelope.data, 'data')
  const isTombstone = data.tombstone === true
  return {
    id: textAt(envelope, 'id'),
    source: textAt(envelope, 'source'),
    sequence: countAt(envelope, 'sequence'),
    subject: textAt(envelope, 'subject'),
    kind,
    isKnownKind: KNOWN_KINDS.has(kind),
    class: textAt(envelope, 'class'),
    time: textAt(envelope, 'time'),
    text: textAt(data, 'text'),
    ...optionalText(data, 'instruction'),
    expiresAt: textAt(data, 'expiresAt'),
    ...optionalText(data, 'staleAfter'),
    supersedes: data.supersedes === undefined ? [] : textsAt(data, 'supersedes'),
    fieldSet: textAt(data, 'fieldSet'),
    versions: versionsAt(data),
    facts: objectAt(data.facts, 'facts'),
    ...(data.document === undefined || isTombstone
      ? {}
      : { document: documentOf(objectAt(data.document, 'document')) }),
    ...(data.recall === undefined || isTombstone ? {} : { recall: recallOf(objectAt(data.recall, 'recall')) }),
    isTombstone,
    body,
  }
}

function documentOf(document: Members): DocumentNotice {
  return {
    id: textAt(document, 'id'),
    feed: textAt(document, 'feed'),
    period: textAt(document, 'period'),
    rows: countAt(document, 'rows'),
    digest: textAt(document, 'digest'),
    root: textAt(document, 'root'),
    href: textAt(document, 'href'),
    ...optionalText(document, 'content'),
    ...(document.recalled === undefined ? {} : { recalled: countAt(document, 'recalled') }),
  }
}

function recallOf(recall: Members): RecallNotice {
  const rows = recall.rows ?? []
  if (!Array.isArray(rows)) throw malformed('recall.rows', 'a list')
  return {
    deleteBy: textAt(recall, 'deleteBy'),
    rows: rows.map((one: unknown) => {
      const row = objectAt(one, 'recall.rows')
      return { document: textAt(row, 'document'), row: textAt(row, 'row') }
    }),
  }
}

type Members = Readonly<Record<string, unknown>>

function malformed(member: string, expected: string): KitError {
  return new KitError('MALFORMED_ENVELOPE', `${member}: expected ${expected}`)
}

function objectAt(value: unknown, member: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(member, 'an object')
  return value as Members
}

function textAt(members: Members, member: string): string {
  const value = members[member]
  if (typeof value !== 'string' || value === '') throw malformed(member, 'text')
  return value
}

function optionalText<Name extends string>(members: Members, member: Name): { readonly [N in Name]?: string } {
  return members[member] === undefined ? {} : ({ [member]: textAt(members, member) } as { [N in Name]: string })
}

function textsAt(members: Members, member: string): readonly string[] {
  const values = members[member]
  if (!Array.isArray(values) || values.some((value) => typeof value !== 'string')) throw malformed(member, 'texts')
  return values as string[]
}

function countAt(members: Members, member: string): number {
  const value = members[member]
  if (!Number.isSafeInteger(value) || Number(value) < 0) throw malformed(member, 'a whole number from 0')
  return Number(value)
}

function versionsAt(data: Members): Readonly<Record<string, number>> {
  const versions = objectAt(data.versions, 'versions')
  for (const [name, version] of Object.entries(versions)) {
    if (typeof version !== 'number') throw malformed(`versions.${name}`, 'a number')
  }
  return versions as Readonly<Record<string, number>>
}
