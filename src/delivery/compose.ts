/**
 * From a draft to the bytes of its message. The same draft gives the same bytes: it reads nothing but the draft, the
 * agency's key, the person's keys, and the cards of health centre and hospital as far as the draft says they had come.
 */
import { QUIET_DAYS } from '../domain/alert-class.js'
import { ALERT_RUNGS } from '../domain/alert-events.js'
import { scopedId } from '../domain/derived-ids.js'
import type { StoredEvent } from '../domain/event.js'
import { readNumber, readObjects, readText } from '../domain/read-data.js'
import { RECALLED } from '../domain/recalls.js'
import { agencyStream, documentStream, streamKeyOf } from '../domain/streams.js'
import { DAY, epochMsOf, HOUR, momentOf } from '../kernel/dates.js'
import { HubError, isHubError } from '../kernel/errors.js'
import { createLru } from '../kernel/lru.js'
import type { LogReader } from '../log/port.js'
import { disclose } from '../policy/disclosure.js'
import { fieldSetOf } from '../policy/field-sets.js'
import { agencyKeyName, type Vault } from '../vault/port.js'
import {
  type DocumentNotice,
  type EnvelopeData,
  envelopeBytes,
  envelopeDigest,
  envelopeOf,
  messageIdOf,
  type RecallNotice,
} from './envelope.js'
import { messageText, TOMBSTONE_TEXT } from './message-text.js'
import { gatherFacts } from './person-facts.js'
import type { MessageDraft, PersonAtCause, RenderedMessage } from './port.js'

export interface ComposerDeps {
  readonly logId: string
  readonly log: LogReader
  readonly vault: Pick<Vault, 'secret' | 'cachedSecret' | 'keyById'>
  /** The canonical text of a document that is small enough to ride inside its message. */
  readonly inlineDocument?: (release: StoredEvent) => Promise<InlineDocument | undefined>
}

export interface InlineDocument {
  readonly content: string
  /** Rows that were taken back: their commitments stand in the content. */
  readonly recalled: number
}

export type Compose = (draft: MessageDraft) => Promise<RenderedMessage>

const CACHED_CARDS = 1000

interface AgencyCard {
  readonly name: string
  readonly phone: string
}

interface Content {
  readonly data: EnvelopeData
  readonly versions: Readonly<Record<string, number>>
  readonly isErased: boolean
}

export function createComposer({ logId, log, vault, inlineDocument }: ComposerDeps): Compose {
  const cards = createLru<string, AgencyCard>(CACHED_CARDS)

  /** An agency as it stood when so many events of its stream had been seen. */
  const cardOf = async (agency: string, seen: number): Promise<AgencyCard | undefined> => {
    const known = cards.get(`${agency} ${seen}`)
    if (known) return known
    let card: AgencyCard | undefined
    for await (const event of log.readStream(agencyStream(agency))) {
      if (event.revision >= seen) break
      if (event.type !== 'AgencyEnrolled') continue
      card = { name: readText(event.data, 'name'), phone: readText(event.data, 'phone') }
    }
    if (card) cards.set(`${agency} ${seen}`, card)
    return card
  }

  /** @param pseudonym by which the agency knows the person */
  const aboutPerson = async (
    draft: MessageDraft,
    {
      person,
      pseudonym,
      agencyKey,
    }: { readonly person: PersonAtCause; readonly pseudonym: string; readonly agencyKey: Uint8Array },
  ): Promise<Content> => {
    const { versions, cause } = draft
    if (draft.isTakenBack) return tombstone(draft, agencyKey)
    const fieldSet = fieldSetOf(draft.fieldSet)
    const unit = person.state.responsibleUnit
    const centre = unit === undefined || versions.centre === undefined ? undefined : await cardOf(unit, versions.centre)
    const staleAfterDays = frozen(versions, 'staleAfterDays')
    const ward = person.discharge?.recordedBy.agency
    const hospital =
      ward === undefined || versions.hospital === undefined ? undefined : await cardOf(ward, versions.hospital)
    const named = { ...(centre ? { centre } : {}), ...(hospital ? { hospital } : {}) }
    const sources = { person, cause, fieldSet, staleAfterDays, ...named }
    const gathered = await gatherFacts(sources, vault)
    if (gathered.isErased) return tombstone(draft, agencyKey)
    const common = commonData(draft, agencyKey)
    const facts = disclose(fieldSet, gathered.facts, () => pseudonym)
    const extras = {
      ...(fieldSet.instruction ? { instruction: fieldSet.instruction.zh } : {}),
      ...(facts.level !== undefined && gathered.staleAfter !== undefined ? { staleAfter: gathered.staleAfter } : {}),
    }
    const rung = ALERT_RUNGS.find((step) => cause.type === 'AlertEscalated' && cause.data.step === step)
    const isStale = cause.type === 'LevelWentStale'
    const recall = draft.kind === RECALLED ? await recallNotice(draft, agencyKey) : undefined
    const told = {
      ...extras,
      ...(rung ? { rung } : {}),
      ...(isStale ? { isStale } : {}),
      ...(recall ? { deleteBy: recall.deleteBy } : {}),
    }
    const text = messageText({ kind: draft.kind, class: draft.class, facts, ...told })
    const data = { ...common, ...extras, text, facts, ...(recall ? { recall } : {}) }
    return { data, versions, isErased: false }
  }

  /** The rows that this recipient was given, as it knows them. */
  const recallNotice = async ({ cause, agency }: MessageDraft, agencyKey: Uint8Array): Promise<RecallNotice> => {
    const rows: { document: string; row: string }[] = []
    for (const row of readObjects(cause.data, 'rows')) {
      const document = readText(row, 'document')
      const released = await log.readTail(documentStream(document))
      if (released?.data.agency !== agency) continue
      rows.push({ document: scopedId(agencyKey, 'document', document), row: readText(row, 'row') })
    }
    return { deleteBy: readText(cause.data, 'deleteBy'), ...(rows.length === 0 ? {} : { rows }) }
  }

  const aboutDocument = async (draft: MessageDraft, agencyKey: Uint8Array): Promise<Content> => {
    const { cause } = draft
    const inline = await contentFor(draft)
    const recalled = inline?.recalled ?? 0
    const feed = readText(cause.data, 'feed')
    const period = readText(cause.data, 'period')
    const document: DocumentNotice = {
      id: scopedId(agencyKey, 'document', streamKeyOf(cause.stream)),
      feed,
      period,
      rows: readNumber(cause.data, 'rows'),
      digest: readText(cause.data, 'documentDigest'),
      root: readText(cause.data, 'root'),
      href: `/v1/feeds/${feed}/periods/${period}/documents/${draft.agency}`,
      ...(inline ? { content: inline.content } : {}),
      ...(recalled === 0 ? {} : { recalled }),
    }
    const versions = inline === undefined ? draft.versions : { ...draft.versions, inline: 1 }
    const text = messageText({ kind: draft.kind, class: draft.class, facts: {}, document })
    return { data: { ...commonData(draft, agencyKey), text, facts: {}, document }, versions, isErased: recalled > 0 }
  }

  /** A message that once carried its document is not sent without it, nor one that did not with it: its bytes are fixed. */
  const contentFor = async (draft: MessageDraft): Promise<InlineDocument | undefined> => {
    const { cause, sequence, versions, isQueued } = draft
    if (isQueued && versions.inline === undefined) return undefined
    let content: InlineDocument | undefined
    try {
      content = await inlineDocument?.(cause)
    } catch (error) {
      // Who cannot be given the document is told of it: it can be fetched.
      if (isQueued || (isHubError(error) && error.status === 503)) throw error
    }
    if (content === undefined && isQueued) {
      throw new HubError('HUB_NOT_READY', `the document that rides in message ${sequence} is not at hand`)
    }
    return content
  }

  const contentOf = async (draft: MessageDraft, agencyKey: Uint8Array, key: string): Promise<Content> => {
    const { person } = draft
    if (person) return aboutPerson(draft, { person, pseudonym: key, agencyKey })
    if (draft.kind === 'document') return aboutDocument(draft, agencyKey)
    const text = messageText({ kind: draft.kind, class: draft.class, facts: {} })
    return {
      data: { ...commonData(draft, agencyKey), text, facts: {} },
      versions: draft.versions,
      isErased: false,
    }
  }

  return async (draft) => {
    const name = agencyKeyName(draft.agency)
    const agencyKey = vault.cachedSecret(name) ?? (await vault.secret(name))
    const key = orderingKeyOf(draft, agencyKey)
    const { data, versions, isErased } = await contentOf(draft, agencyKey, key)
    const { subscription, sequence, kind } = draft
    const id = messageIdOf(agencyKey, subscription, sequence)
    const time = draft.cause.recordedAt
    const body = envelopeBytes(envelopeOf({ logId, id, subject: key, time, sequence, kind, class: draft.class, data }))
    const digest = envelopeDigest(agencyKey, body)
    return { subscription, sequence, id, key, class: draft.class, versions, body, digest, isTombstone: isErased }
  }
}

/** In the place of what was said: nothing of the person, and nothing of what it took the place of. */
function tombstone(draft: MessageDraft, agencyKey: Uint8Array): Content {
  const { expiresAt, fieldSet, versions } = commonData(draft, agencyKey)
  const data = { expiresAt, fieldSet, versions, text: TOMBSTONE_TEXT, facts: {}, tombstone: true } as const
  return { data, versions: draft.versions, isErased: true }
}

/** What every message says of itself. */
function commonData(draft: MessageDraft, agencyKey: Uint8Array): Omit<EnvelopeData, 'text' | 'facts'> {
  const { cause, subscription, versions, supersedes } = draft
  const lifeMs = draft.class === 'ALARM' ? frozen(versions, 'alertHours') * HOUR : QUIET_DAYS * DAY
  return {
    expiresAt: momentOf(epochMsOf(cause.recordedAt) + lifeMs),
    fieldSet: draft.fieldSet,
    versions: { envelope: frozen(versions, 'envelope') },
    ...(supersedes.length === 0
      ? {}
      : { supersedes: supersedes.map((earlier) => messageIdOf(agencyKey, subscription, earlier)) }),
  }
}

/** One person, one document, or the tests: what must not overtake itself. */
function orderingKeyOf({ person, kind, cause }: MessageDraft, agencyKey: Uint8Array): string {
  if (person) return scopedId(agencyKey, 'pseudonym', person.patientId)
  return kind === 'document' ? scopedId(agencyKey, 'document', streamKeyOf(cause.stream)) : 'test'
}

function frozen(versions: MessageDraft['versions'], name: string): number {
  const value = versions[name]
  if (value === undefined) throw new Error(`compose: a message without its version of ${name}`)
  return value
}
