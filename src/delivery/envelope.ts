/**
 * The envelope of a message: CloudEvents 1.0 in JSON, canonical (JCS), the same bytes for ever. Nothing personal stands
 * outside `data`. Sample bytes:
 * `{"class":"ALARM","data":{"expiresAt":"2026-03-03T09:31:07.214+08:00","facts":{"assessedOn":"2026-03-02","level":4,
 * "name":"…","pseudonym":"5166b806-…"},"fieldSet":"alert.police.high@1","staleAfter":"2026-09-02","supersedes":["0b1c…"],
 * "text":"【警示】…","versions":{"envelope":1}},"datacontenttype":"application/json","id":"9d2e…","kind":"risk-assessed",
 * "sequence":12,"source":"urn:lianhu:log:0198…","specversion":"1.0","subject":"5166b806-…",
 * "time":"2026-03-02T09:31:07.214+08:00","type":"lianhu.message.risk-assessed"}`
 */
import type { AlertClass } from '../domain/alert-events.js'
import { scopedId } from '../domain/derived-ids.js'
import { outboxStream } from '../domain/streams.js'
import { hmacSha256, toBase64url } from '../kernel/hash.js'
import { canonicalJson } from '../kernel/jcs.js'
import type { MessageKind } from './port.js'

/** Raised with every change of the format; frozen in each message's `versions`. */
export const ENVELOPE_VERSION = 1

/** Attributes are scalars in lower case, as CloudEvents wants them; all else lies in `data`. */
export interface Envelope {
  readonly specversion: '1.0'
  /** Only the recipient's agency knows it: `scopedId(agency key, 'message', [outbox stream, revision])`. */
  readonly id: string
  readonly source: string
  readonly type: `lianhu.message.${MessageKind}`
  /** The ordering key: the recipient's pseudonym for the person, or the document, or `test`. */
  readonly subject: string
  /** When the cause was recorded. */
  readonly time: string
  readonly datacontenttype: 'application/json'
  /** Revision in the outbox: gapless from 0. */
  readonly sequence: number
  readonly kind: MessageKind
  readonly class: AlertClass
  readonly data: EnvelopeData
}

export interface EnvelopeData {
  /** What a duty officer reads; made of the disclosed facts alone. */
  readonly text: string
  /** What the recipient is asked to do, where the field set says so. */
  readonly instruction?: string
  readonly expiresAt: string
  /** From this day on the level reads "not currently assessed". */
  readonly staleAfter?: string
  /** Message ids that this message takes the place of. */
  readonly supersedes?: readonly string[]
  readonly fieldSet: string
  readonly versions: Readonly<Record<string, number>>
  /** What the field set let out. */
  readonly facts: Readonly<Record<string, unknown>>
  readonly document?: DocumentNotice
  /** Of a message that asks to delete what was told before. */
  readonly recall?: RecallNotice
  /** Present and true where what it said was taken back, or the person's identity erased, after the message was queued. */
  readonly tombstone?: true
}

/** `supersedes` names the messages; the rows of documents stand here, all in the recipient's own terms. */
export interface RecallNotice {
  /** A day: every copy is deleted by then. */
  readonly deleteBy: string
  readonly rows?: readonly { readonly document: string; readonly row: string }[]
}

export interface DocumentNotice {
  readonly id: string
  readonly feed: string
  readonly period: string
  readonly rows: number
  /** Of the canonical NDJSON. */
  readonly digest: string
  readonly root: string
  /** Where it is fetched. */
  readonly href: string
  /** The canonical NDJSON itself, where it is small enough. */
  readonly content?: string
  /** Rows of `content` that were taken back: their commitments stand there, and `digest` is that of the whole. */
  readonly recalled?: number
}

export type EnvelopeParts = Pick<Envelope, 'id' | 'subject' | 'time' | 'sequence' | 'kind' | 'class' | 'data'> & {
  readonly logId: string
}

export function envelopeOf({ logId, ...parts }: EnvelopeParts): Envelope {
  return {
    specversion: '1.0',
    source: `urn:lianhu:log:${logId}`,
    type: `lianhu.message.${parts.kind}`,
    datacontenttype: 'application/json',
    ...parts,
  }
}

/** The canonical bytes, as text in UTF-8. */
export function envelopeBytes(envelope: Envelope): string {
  return canonicalJson(envelope)
}

/** `hmac-sha256:` + base64url of HMAC-SHA-256(agency key, envelope bytes): a level cannot be guessed from it. */
export function envelopeDigest(agencyKey: Uint8Array, bytes: string): string {
  return `hmac-sha256:${toBase64url(hmacSha256(agencyKey, bytes))}`
}

export function messageIdOf(agencyKey: Uint8Array, subscription: string, sequence: number): string {
  return scopedId(agencyKey, 'message', [outboxStream(subscription), sequence])
}
