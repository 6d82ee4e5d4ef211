/**
 * From matches to outboxes: renders each message, gives it its number, and issues `MessageQueued` with `AlertRaised` beside
 * it. Both go out in the same turn, the message first, so that one commit takes them and an alert never stands alone.
 */
import type {
  EarlierMessage,
  MessageDraft,
  MessageKind,
  Outlet,
  PersonAtCause,
  RenderedMessage,
  Renderer,
} from '../delivery/port.js'
import type { AlertClass } from '../domain/alert-events.js'
import { causeIdOf } from '../domain/derived-ids.js'
import type { Directory, Subscription } from '../domain/directory.js'
import type { EventData, StoredEvent } from '../domain/event.js'
import { readText } from '../domain/read-data.js'
import { RECALLED } from '../domain/recalls.js'
import { alertStream, outboxStream, streamKeyOf, streamKindOf } from '../domain/streams.js'
import { canonicalJson } from '../kernel/jcs.js'
import { type LogReader, type Position, START } from '../log/port.js'
import type { Appender } from './appender.js'
import { toldRiskOf } from './beliefs.js'
import type { StateWrite } from './dispatch-state-sqlite.js'
import type { Match } from './match.js'
import type { Matched } from './matching.js'
import type { OutboxBook } from './outbox-book.js'
import type { Patience } from './patience.js'
import type { DispatchMetrics, Unreached } from './port.js'
import { subscriptionsOn } from './rungs.js'

export interface QueueingDeps {
  readonly log: LogReader
  readonly renderer: Renderer
  readonly outlet: Outlet
  readonly directory: Directory
  /** Agency → how many events of its stream had been seen when it was last enrolled. */
  readonly centres: ReadonlyMap<string, number>
  readonly book: OutboxBook
  readonly appender: Appender
  /** What was said to a subscription about a person, as of the cursor. */
  readonly earlier: (patientId: string, subscription: string) => readonly EarlierMessage[]
  readonly metrics?: DispatchMetrics
  readonly patience: Patience
}

export interface Queued {
  readonly writes: readonly StateWrite[]
  readonly appends: readonly Promise<void>[]
}

export interface Queueing {
  queue(cause: StoredEvent, matched: Matched | undefined): Promise<Queued>
  queueDocument(release: StoredEvent): Promise<Queued>
  queueTest(request: StoredEvent): Promise<Queued>
  /** Up to this position alerts may stand already: each is looked for before it is appended. */
  replayThrough(head: Position, from: Position): void
  passed(position: Position): void
}

/** The field set that a test is queued under: it says nothing of anybody. */
const TEST_FIELD_SET = 'test@1'
/** Classes that somebody has to look at: they stand on the duty desk. */
const ON_THE_DESK: ReadonlySet<AlertClass> = new Set(['ALARM', 'RETRACTION'])

interface Place {
  readonly subscription: string
  readonly sequence: number
}

interface MessagePlace {
  readonly stream: string
  readonly revision: number
}

/** What stands already, by subscription. */
type Standing = ReadonlyMap<
  string,
  { readonly kind: MessageKind; readonly fieldSet: string; readonly sequence: number }
>

interface QueuedMatch {
  readonly match: Match
  readonly told: Told
  readonly messages: readonly RenderedMessage[]
  /** The first message of the agency, which the alert names. */
  readonly place: MessagePlace | undefined
  /** True where the agency takes no alerts by any channel: what stands on the desk it was told all the same. */
  readonly isUnreachable: boolean
}

type Told = Omit<MessageDraft, 'sequence' | 'versions' | 'supersedes' | 'subscription' | 'agency' | 'cause'>

function isSameButBytes(a: EventData, b: EventData): boolean {
  return canonicalJson({ ...a, digest: '' }) === canonicalJson({ ...b, digest: '' })
}

export function createQueueing(deps: QueueingDeps): Queueing {
  const { log, renderer, outlet, directory, book, appender, metrics, patience } = deps
  let replayEnd: Position | undefined
  /** Outboxes to which a document is on its way. */
  const slow = new Map<string, Promise<void>>()

  const render = (
    cause: StoredEvent,
    { id: subscription, agency }: Subscription,
    told: Told,
    earlier: readonly EarlierMessage[],
  ): Promise<RenderedMessage> => {
    const sequence = book.take(subscription)
    const { state, discharge } = told.person ?? {}
    const versions = renderer.versionsFor(told.fieldSet, {
      centre: deps.centres.get(state?.responsibleUnit ?? ''),
      hospital: deps.centres.get(discharge?.recordedBy.agency ?? ''),
    })
    const supersedes = renderer.supersededBy({ kind: told.kind, cause, person: told.person }, earlier, sequence)
    return patience.run(() => renderer.draft({ ...told, subscription, sequence, agency, cause, versions, supersedes }))
  }

  const issueMessage = (cause: StoredEvent, message: RenderedMessage, told: Told): Promise<void> => {
    const { subscription, sequence, key, versions, digest } = message
    const { kind, class: alertClass, fieldSet, person } = told
    const reference = { stream: cause.stream, id: cause.id }
    const data = { key, cause: reference, kind, class: alertClass, fieldSet, versions, digest }
    let isOther = false
    const standing = appender.append(sequence === 0 ? 'new' : { after: sequence - 1 }, {
      stream: outboxStream(subscription),
      type: 'MessageQueued',
      data,
      causation: reference,
      // Where keys went between two hubs' drafts of it, one is a tombstone, and what stands is sent as one.
      isServedBy: async (other) => {
        if (!isSameButBytes(other.data, data)) return false
        // So does a document, of which rows were taken back between two drafts.
        isOther = kind === 'document' || (await renderer.render(subscription, sequence)).isTombstone
        return isOther
      },
    })
    metrics?.queued?.({ class: alertClass, kind })
    const handOver = async (): Promise<void> => {
      await standing
      // A dispatcher that is behind drafts what a recall further on has taken back: it counts, and goes as a tombstone.
      const agency = directory.subscription(subscription)?.agency ?? ''
      const isGone = isOther || (person && (await renderer.isTakenBack(person, { kind, agency, fieldSet })))
      outlet.queued({ subscription, sequence, ...(isGone ? {} : { rendered: message }) })
    }
    return handOver()
  }

  /** Issues when `ready` resolves; what follows in the same outbox waits for it, and nothing else does. */
  const issueAfter = <T>(
    subscription: string,
    ready: Promise<T>,
    issue: (value: T) => Promise<void>,
  ): Promise<void> => {
    // Wrapped, so that the turn passes on when the append is issued, not when it is answered.
    const issued = ready.then((value) => ({ standing: issue(value) }))
    const turn = issued.then(() => undefined)
    slow.set(subscription, turn)
    const done = (): void => {
      if (slow.get(subscription) === turn) slow.delete(subscription)
    }
    turn.then(done, done)
    return issued.then(({ standing }) => standing)
  }

  const appendMessage = (cause: StoredEvent, message: RenderedMessage, told: Told): Promise<void> => {
    const before = slow.get(message.subscription)
    const issue = (): Promise<void> => issueMessage(cause, message, told)
    return before ? issueAfter(message.subscription, before, issue) : issue()
  }

  /** A document may be large, or have to be compiled again: it is rendered aside, so that no alert waits for it. */
  const appendAside = async (cause: StoredEvent, subscription: Subscription, told: Told): Promise<void> => {
    const rendered = render(cause, subscription, told, [])
    const ready = Promise.all([rendered, slow.get(subscription.id)])
    await issueAfter(subscription.id, ready, ([message]) => issueMessage(cause, message, told))
  }

  const appendAlert = async (cause: StoredEvent, match: Match, message: MessagePlace | undefined): Promise<void> => {
    const stream = alertStream(causeIdOf(cause.stream, cause.id), match.agency)
    const reference = { stream: cause.stream, id: cause.id }
    const { agency, kind, class: alertClass, tasks } = match
    const event = {
      stream,
      type: 'AlertRaised',
      data: {
        agency,
        cause: reference,
        kind,
        class: alertClass,
        ...(message ? { message } : {}),
        ...(tasks ? { tasks } : {}),
      },
      causation: reference,
    }
    if (replayEnd !== undefined && (await log.readTail(stream))) return
    metrics?.raised?.({ class: alertClass, kind })
    await appender.append('new', event)
  }

  /** What stands for this cause from an earlier run: it is counted, told and handed out, never queued again. */
  const takeStanding = async (cause: StoredEvent): Promise<Standing> => {
    const standing = await book.standing(cause)
    const taken = new Map<string, { kind: MessageKind; fieldSet: string; sequence: number }>()
    for (const { subscription, message } of standing) {
      const kind = readText(message.data, 'kind') as MessageKind
      taken.set(subscription, { kind, fieldSet: readText(message.data, 'fieldSet'), sequence: message.revision })
      outlet.queued({ subscription, sequence: message.revision })
    }
    return taken
  }

  const outboxWrite = (subscription: string, sequence: number): StateWrite => ({
    kind: 'outbox',
    subscription,
    length: sequence + 1,
  })

  /** Messages about no person: they stand on no desk and nobody's belief follows from them. */
  const queueAside = async (
    cause: StoredEvent,
    subscriptions: readonly Subscription[],
    told: Told,
  ): Promise<Queued> => {
    const standing = await takeStanding(cause)
    const writes = [...standing].map(([id, { sequence }]) => outboxWrite(id, sequence))
    const appends: Promise<void>[] = []
    for (const subscription of subscriptions) {
      if (standing.has(subscription.id) || book.isAhead(subscription.id)) continue
      writes.push(outboxWrite(subscription.id, book.length(subscription.id)))
      appends.push(appendAside(cause, subscription, told))
    }
    return { writes, appends }
  }

  /** One agency's messages, to every subscription of it that takes alerts, and its place on the desk. */
  const queueMatch = async (
    cause: StoredEvent,
    { match, person, standing }: { readonly match: Match; readonly person: PersonAtCause; readonly standing: Standing },
  ): Promise<QueuedMatch> => {
    const { agency, kind, class: alertClass, fieldSet, rung } = match
    const told = { kind, class: alertClass, fieldSet, person }
    const messages: RenderedMessage[] = []
    let place: MessagePlace | undefined
    const subscriptions = rung
      ? subscriptionsOn(rung, agency, directory)
      : // What is to be deleted may have gone by any of them.
        directory.subscriptionsFor(kind === RECALLED ? { agency } : { alerts: true, agency })
    for (const subscription of subscriptions) {
      const { id } = subscription
      const stood = standing.get(id)
      if (stood) place ??= { stream: outboxStream(id), revision: stood.sequence }
      if (stood || book.isAhead(id)) continue
      const message = await render(cause, subscription, told, deps.earlier(person.patientId, id))
      place ??= { stream: outboxStream(id), revision: message.sequence }
      messages.push(message)
    }
    return { match, told, messages, place, isUnreachable: subscriptions.length === 0 }
  }

  const roleAndKind = ({ agency, kind }: Match): Unreached => ({ role: directory.agency(agency)?.role ?? 'HUB', kind })

  const countUnreached = (matched: Matched | undefined): void => {
    for (const one of matched?.unmapped ?? []) metrics?.unmapped?.(one)
    if (matched?.unclimbed) metrics?.unclimbed?.(matched.unclimbed)
  }

  return {
    async queue(cause, matched) {
      if (matched?.isGone) await patience.run(() => book.lookAgain())
      const standing = await takeStanding(cause)
      // What stands from an earlier run was counted by it.
      if (standing.size === 0) countUnreached(matched)
      const writes: StateWrite[] = []
      const note = (agency: string, said: Pick<Match, 'kind' | 'fieldSet'>, place?: Place): void => {
        if (place) writes.push(outboxWrite(place.subscription, place.sequence))
        const about = streamKindOf(cause.stream) === 'patient' ? cause : matched?.about
        if (!about) return
        const { kind, fieldSet } = said
        const risk = matched && toldRiskOf(matched.person.state)
        const told = {
          ...{ agency, revision: about.revision, causeId: about.id, kind, fieldSet, ...place },
          ...(risk === undefined ? {} : { risk }),
        }
        writes.push({ kind: 'told', patientId: streamKeyOf(about.stream), told })
      }
      for (const [subscription, { kind, fieldSet, sequence }] of standing) {
        const agency = directory.subscription(subscription)?.agency
        if (agency !== undefined) note(agency, { kind, fieldSet }, { subscription, sequence })
      }
      const queued: QueuedMatch[] = []
      for (const match of matched?.matches ?? []) {
        if (matched) queued.push(await queueMatch(cause, { match, person: matched.person, standing }))
      }
      const appends: Promise<void>[] = []
      for (const { match, told, messages, isUnreachable } of queued) {
        for (const message of messages) {
          const { subscription, sequence } = message
          note(match.agency, match, { subscription, sequence })
          appends.push(appendMessage(cause, message, told))
        }
        if (!isUnreachable) continue
        if (match.rung) metrics?.unclimbed?.({ ...roleAndKind(match), reason: 'NO_RUNG' })
        else if (ON_THE_DESK.has(match.class)) note(match.agency, match)
        else metrics?.unseen?.(roleAndKind(match))
      }
      for (const { match, place } of queued) {
        // An alarm that climbs stands already: one alert has one end.
        if (ON_THE_DESK.has(match.class) && !match.rung) appends.push(appendAlert(cause, match, place))
      }
      return { writes, appends }
    },
    async queueDocument(release) {
      const agency = readText(release.data, 'agency')
      const subscriptions = directory.subscriptionsFor({ feed: readText(release.data, 'feed'), agency })
      const fieldSet = readText(release.data, 'fieldSet')
      return queueAside(release, subscriptions, { kind: 'document', class: 'ROUTINE', fieldSet })
    },
    async queueTest(request) {
      const subscription = directory.subscription(streamKeyOf(request.stream))
      const subscriptions = subscription?.isOpen ? [subscription] : []
      return queueAside(request, subscriptions, { kind: 'test', class: 'ROUTINE', fieldSet: TEST_FIELD_SET })
    },
    replayThrough(head, from) {
      replayEnd = head === from || head === START ? undefined : head
    },
    passed(position) {
      if (position === replayEnd) replayEnd = undefined
    },
  }
}
