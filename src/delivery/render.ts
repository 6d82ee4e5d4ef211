/**
 * Renders messages and remembers the latest. One that stands in the log is drafted again from the log as of its cause;
 * bytes that no longer match the recorded digest are never sent, unless they are a tombstone.
 */
import { LRUCache } from 'lru-cache'
import { ALERT_CLASSES } from '../domain/alert-events.js'
import type { StoredEvent } from '../domain/event.js'
import { readObject, readText } from '../domain/read-data.js'
import { RECALLED, recallOf } from '../domain/recalls.js'
import { outboxStream, subscriptionStream } from '../domain/streams.js'
import { HubError } from '../kernel/errors.js'
import { createLru } from '../kernel/lru.js'
import type { LogReader } from '../log/port.js'
import { fieldSetOf } from '../policy/field-sets.js'
import { type ComposerDeps, createComposer } from './compose.js'
import { ENVELOPE_VERSION } from './envelope.js'
import { createOutboxIndex } from './outbox-index.js'
import { findCause, personAtCause } from './person-at.js'
import { openRef } from './person-facts.js'
import { MESSAGE_KINDS, type MessageDraft, type RenderedMessage, type Renderer } from './port.js'
import { createTakenBack } from './recall.js'
import { supersededBy } from './supersede.js'

export interface RenderOptions {
  /** Days after which a level reads "not currently assessed". */
  readonly staleAfterDays: number
  /** Hours after which an alarm that nobody acknowledged expires. */
  readonly alertHours: number
}

export interface RendererDeps extends ComposerDeps {
  readonly options: RenderOptions
}

/** Memory for rendered messages, kept for handing over; a character of Chinese text takes two bytes. */
const REMEMBERED_BYTES = 8 * 1024 * 1024
const CACHED_SUBSCRIPTIONS = 50_000

export function createRenderer(deps: RendererDeps): Renderer {
  const { log, options } = deps
  const compose = createComposer(deps)
  const remembered = new LRUCache<string, RenderedMessage>({
    maxSize: REMEMBERED_BYTES,
    sizeCalculation: ({ body }) => body.length * 2 + 512,
  })
  const agencies = createLru<string, string>(CACHED_SUBSCRIPTIONS)
  const index = createOutboxIndex(log)
  const takenBack = createTakenBack(log)

  const agencyOf = async (subscription: string): Promise<string> => {
    const known = agencies.get(subscription)
    if (known !== undefined) return known
    const opened = await eventAt(log, subscriptionStream(subscription), 0)
    if (!opened) throw new HubError('HUB_NOT_FOUND', 'no such subscription')
    const agency = readText(opened.data, 'agency')
    agencies.set(subscription, agency)
    return agency
  }

  const draftAgain = async (subscription: string, queued: StoredEvent): Promise<MessageDraft> => {
    const { revision: sequence, data } = queued
    const reference = readObject(data, 'cause')
    const found = await findCause(log, readText(reference, 'stream'), readText(reference, 'id'))
    if (!found) throw new HubError('HUB_LOG_CORRUPT', `message ${sequence} has a cause that the log does not hold`)
    const { cause, person } = found
    const kind = memberOf(MESSAGE_KINDS, data, 'kind')
    const earlier = person ? await index.earlier(subscription, readText(data, 'key'), sequence) : []
    const agency = await agencyOf(subscription)
    const fieldSet = readText(data, 'fieldSet')
    const isGone = person !== undefined && (await takenBack(person, { kind, agency, fieldSet }))
    return {
      subscription,
      sequence,
      agency,
      cause,
      kind,
      class: memberOf(ALERT_CLASSES, data, 'class'),
      fieldSet,
      versions: versionsOf(data),
      supersedes: superseded({ kind, cause, person }, earlier, sequence),
      isQueued: true,
      ...(isGone ? { isTakenBack: true } : {}),
      ...(person ? { person } : {}),
    }
  }

  /** What was rendered since something was last taken back. */
  let fresh = new WeakSet<RenderedMessage>()
  const remember = (message: RenderedMessage): RenderedMessage => {
    if (fresh.has(message)) remembered.set(`${message.subscription} ${message.sequence}`, message)
    return message
  }
  const composed = async (draft: MessageDraft): Promise<RenderedMessage> => {
    const since = fresh
    const message = await compose(draft)
    since.add(message)
    return message
  }

  return {
    personAt: (cause) => personAtCause(log, cause),
    open: (person, ref) => openRef(person, ref, deps.vault),
    supersededBy: superseded,
    versionsFor(fieldSet, { centre, hospital }) {
      return {
        envelope: ENVELOPE_VERSION,
        alertHours: options.alertHours,
        staleAfterDays: options.staleAfterDays,
        ...(centre !== undefined && speaksOf(fieldSet, 'healthCentre') ? { centre } : {}),
        ...(hospital !== undefined && speaksOf(fieldSet, 'discharge') ? { hospital } : {}),
      }
    },
    draft: composed,
    keep(message) {
      remember(message)
    },
    forget() {
      fresh = new WeakSet()
      remembered.clear()
    },
    isFresh: (message) => fresh.has(message),
    isTakenBack: takenBack,
    async render(subscription, sequence) {
      const known = remembered.get(`${subscription} ${sequence}`)
      if (known) return known
      const queued = await eventAt(log, outboxStream(subscription), sequence)
      if (!queued) throw new HubError('HUB_NOT_FOUND', `the outbox holds no message ${sequence}`)
      const since = fresh
      const message = await compose(await draftAgain(subscription, queued))
      since.add(message)
      if (!message.isTombstone && message.digest !== queued.data.digest) {
        throw new HubError('HUB_LOG_CORRUPT', `message ${sequence} no longer renders to the bytes that were recorded`)
      }
      return remember(message)
    },
  }
}

const superseded: Renderer['supersededBy'] = ({ kind, cause, person }, earlier, before) => {
  const recall = kind === RECALLED ? recallOf(cause) : undefined
  return supersededBy({ kind, recall, waits: person?.discharge !== undefined }, earlier, before)
}

function speaksOf(fieldSet: string, fact: string): boolean {
  return fieldSetOf(fieldSet).rules.some(({ field, action }) => action !== 'withhold' && field.startsWith(`${fact}.`))
}

async function eventAt(log: LogReader, stream: string, revision: number): Promise<StoredEvent | undefined> {
  for await (const event of log.readStream(stream, revision)) return event
  return undefined
}

function memberOf<T extends string>(known: readonly T[], data: StoredEvent['data'], member: string): T {
  const text = readText(data, member)
  const found = known.find((candidate) => candidate === text)
  if (found === undefined) {
    throw new HubError('HUB_UNKNOWN_VERSION', `the outbox holds a ${member} that this node does not know`)
  }
  return found
}

function versionsOf(data: StoredEvent['data']): Record<string, number> {
  const versions: Record<string, number> = {}
  for (const [name, version] of Object.entries(readObject(data, 'versions'))) {
    if (typeof version === 'number') versions[name] = version
  }
  return versions
}
