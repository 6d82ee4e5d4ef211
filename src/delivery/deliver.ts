/**
 * Delivery: takes what was queued to where it was subscribed. It reads outboxes and subscriptions, queues nothing, drops
 * nothing, and knows of no person more than an ordering key.
 */
import type { Subscription } from '../domain/directory.js'
import { readText } from '../domain/read-data.js'
import { outboxStream } from '../domain/streams.js'
import type { Clock } from '../kernel/clock.js'
import { momentOf } from '../kernel/dates.js'
import { HubError, isHubError } from '../kernel/errors.js'
import type { LogReader } from '../log/port.js'
import type { HubRecorder, Principal } from '../recording/port.js'
import { type Vault, webhookSecretName } from '../vault/port.js'
import { createGate } from './gate.js'
import { createInProcessJobs } from './jobs.js'
import { createLane, type Lane } from './lane.js'
import { createLedger } from './ledger.js'
import { acknowledgeThrough, readMailbox } from './mailbox.js'
import type { Delivery, DeliveryMetrics, Outlet, RenderedMessage } from './port.js'
import { createRenderer, type RendererDeps } from './render.js'
import { handedOverFrom, messagesOf, parkedMessages, resend } from './resend.js'
import { type Timers, wallTimers } from './timers.js'
import { isSending, outboxLength, readProgress, type Track } from './track.js'
import { createWebhookSender, type SendOutcome } from './webhook.js'

export interface DeliveryOptions {
  /** Longest wait for the answer of a webhook. */
  readonly timeoutMs: number
  /** Hosts that webhooks may go to. */
  readonly allowedHosts: readonly string[]
  /** Subscriptions that are sent to at the same time. */
  readonly concurrency: number
  /** A simulated log sends to loopback only. */
  readonly simulated: boolean
}

export interface DeliveryDeps extends Omit<RendererDeps, 'vault' | 'options'> {
  readonly log: LogReader
  readonly vault: Pick<Vault, 'secret' | 'cachedSecret' | 'keyById'>
  readonly recorder: Pick<HubRecorder, 'appendNext'>
  readonly calendar: Clock
  readonly options: DeliveryOptions & RendererDeps['options']
  readonly timers?: Timers
  readonly metrics?: DeliveryMetrics
  /** Told of what needs an operator: a message that does not render, a record that the log refuses. */
  readonly onProblem?: (subscription: string, error: unknown) => void
}

/** Messages of one subscription that may be under way at the same time, at most. */
const PER_SUBSCRIPTION = 8

export function createDelivery(deps: DeliveryDeps): Delivery {
  const { log, vault, recorder, calendar, options, metrics } = deps
  const timers = deps.timers ?? wallTimers
  const renderer = createRenderer(deps)
  const sender = createWebhookSender(options, timers)
  const firstAttempts = createGate(options.concurrency * PER_SUBSCRIPTION)
  const repeats = createGate(options.concurrency * PER_SUBSCRIPTION)
  const subscriptions = new Map<string, Subscription>()
  const tracks = new Map<string, Track>()
  const loading = new Map<string, Promise<Track>>()
  const mailboxDeps = { log, recorder, renderer, calendar, timers }
  let onChange: (() => void)[] = []

  const changed = (): void => {
    const woken = onChange
    onChange = []
    for (const wake of woken) wake()
  }
  const problem = (subscription: string, error: unknown): void => deps.onProblem?.(subscription, error)

  const send = async (track: Track, sequence: number, rendered?: RenderedMessage): Promise<SendOutcome> => {
    const { id, url } = track.subscription
    const startedAt = timers.now()
    let outcome: SendOutcome
    let message = rendered
    try {
      message ??= await renderer.render(id, sequence)
      const name = webhookSecretName(id)
      const secret = vault.cachedSecret(name) ?? (await vault.secret(name))
      outcome = await sender.send(message, { url: url ?? '', secret, parked: [...track.progress.parked().keys()] })
    } catch (error) {
      problem(id, error)
      const reason = isHubError(error) ? error.code : 'HUB_INTERNAL'
      // Bytes that no longer match what was recorded never will: a person has to look. Anything else passes.
      outcome = reason === 'HUB_LOG_CORRUPT' ? { kind: 'refused', reason } : { kind: 'failed', reason, scope: 'hub' }
    }
    // It will be sent again: without it, each attempt would open the person's seals anew, while a receiver is down.
    if (message && outcome.kind === 'failed') renderer.keep(message)
    metrics?.attempted?.({ outcome: outcome.kind, ms: timers.now() - startedAt })
    return outcome
  }

  const openLane = async (track: Track): Promise<Lane> => {
    const { id } = track.subscription
    const { progress, ledger } = track
    const lane = createLane({
      timers,
      firstAttempts,
      repeats,
      send: (sequence, rendered) => send(track, sequence, rendered),
      onHandedOver({ sequence }) {
        progress.handedOver(sequence, sequence)
        ledger.handedOver(sequence)
        metrics?.handedOver?.({ channel: 'webhook' })
      },
      onParked({ sequence, key }, reason) {
        progress.park(sequence, key)
        ledger.parked(sequence, key, reason)
        metrics?.parked?.({ reason })
      },
      onRoom() {
        if (track.loaded < track.length) jobs.drain(id)
      },
      onChange: changed,
    })
    for (const key of progress.parked().values()) lane.setParked(key, true)
    track.lane = lane
    track.loaded = progress.cursor()
    const again = [...progress.redriving()]
    if (again.length > 0) {
      const messages = await messagesOf(log, id, Math.min(...again))
      lane.again(messages.filter(({ sequence }) => again.includes(sequence)))
    }
    return lane
  }

  const trackOf = async (id: string): Promise<Track> => {
    const known = tracks.get(id)
    if (known) return known
    const underWay = loading.get(id)
    if (underWay) return underWay
    const subscription = subscriptions.get(id)
    if (!subscription) throw new HubError('HUB_NOT_FOUND', 'no such subscription')
    const load = async (): Promise<Track> => {
      const onRefusal = (error: unknown): void => problem(id, error)
      const track: Track = {
        subscription,
        progress: await readProgress(log, id),
        ledger: createLedger({ subscription: id, recorder, calendar, timers, onRefusal }),
        lane: undefined,
        loaded: 0,
        length: await outboxLength(log, id),
        waiters: new Set(),
      }
      track.subscription = subscriptions.get(id) ?? subscription
      tracks.set(id, track)
      return track
    }
    const track = load().finally(() => {
      loading.delete(id)
      changed()
    })
    loading.set(id, track)
    return track
  }

  /** Hands the lane what stands in the outbox, as far as it has room. */
  const fill = async (id: string): Promise<void> => {
    const subscription = subscriptions.get(id)
    if (subscription?.channel !== 'webhook') return
    const track = await trackOf(id)
    if (!track.lane && !isSending(track.subscription)) return
    const lane = track.lane ?? (await openLane(track))
    lane.hold(!isSending(track.subscription))
    track.length = Math.max(track.length, await outboxLength(log, id))
    if (track.loaded >= track.length || lane.isFull()) return
    for await (const { revision, data } of log.readStream(outboxStream(id), track.loaded)) {
      if (lane.isFull()) break
      // A message that was queued meanwhile may have come by the direct way.
      if (revision !== track.loaded) continue
      track.loaded = revision + 1
      if (!track.progress.isDone(revision)) lane.push({ sequence: revision, key: readText(data, 'key') })
    }
  }

  const jobs = createInProcessJobs({
    timers,
    handle: fill,
    all: () => [...subscriptions.values()].filter(isSending).map(({ id }) => id),
    onDone: changed,
    onFailure: problem,
  })

  /** Tells who waits, and hands the message over where its turn has come. True where nobody will render it. */
  const pass = ({ subscription, sequence, rendered }: Parameters<Outlet['queued']>[0]): boolean => {
    const track = tracks.get(subscription)
    if (!track) {
      if (subscriptions.get(subscription)?.channel === 'webhook') jobs.drain(subscription)
      return false
    }
    track.length = Math.max(track.length, sequence + 1)
    for (const wake of [...track.waiters]) wake()
    const { lane } = track
    const isDone = track.progress.isDone(sequence)
    if (!lane) {
      if (isSending(track.subscription)) jobs.drain(subscription)
    } else if (rendered && sequence === track.loaded && !lane.isFull() && !isDone) {
      track.loaded = sequence + 1
      return lane.push({ sequence, key: rendered.key }, rendered)
    } else if (sequence >= track.loaded) jobs.drain(subscription)
    return isDone
  }

  const outlet: Outlet = {
    subscription(subscription) {
      const { id } = subscription
      const before = subscriptions.get(id)
      subscriptions.set(id, subscription)
      const track = tracks.get(id)
      if (track) track.subscription = subscription
      track?.lane?.hold(!isSending(subscription))
      if (before && before.url !== subscription.url) track?.lane?.resume()
      if (isSending(subscription)) jobs.drain(id)
    },
    queued(message) {
      if (!pass(message) && message.rendered) renderer.keep(message.rendered)
    },
  }

  /** The track of a subscription of the principal's own agency; nobody learns of other agencies' subscriptions. */
  const ownTrack = async (principal: Principal, id: string, mayOperate: boolean): Promise<Track> => {
    const subscription = subscriptions.get(id)
    if (!subscription || (subscription.agency !== principal.agency && !(mayOperate && principal.isOperator))) {
      throw new HubError('HUB_NOT_FOUND', 'no such subscription')
    }
    return trackOf(id)
  }

  const isSettled = (): boolean =>
    jobs.isIdle() &&
    loading.size === 0 &&
    [...tracks.values()].every(
      ({ lane, loaded, length }) => !lane || (lane.isResting() && (loaded >= length || lane.isFull())),
    )

  return {
    renderer,
    outlet,
    async start() {
      jobs.start()
    },
    async stop() {
      await jobs.stop()
      await Promise.all([...tracks.values()].map(({ lane }) => lane?.stop()))
      await Promise.all([...tracks.values()].map(({ ledger }) => ledger.flush()))
      for (const { waiters } of tracks.values()) for (const wake of [...waiters]) wake()
      tracks.clear()
      await sender.close()
    },
    async idle() {
      while (!isSettled()) await new Promise<void>((resolve) => onChange.push(resolve))
    },
    messages: async (principal, id, query) => readMailbox(mailboxDeps, await ownTrack(principal, id, false), query),
    async acknowledge(principal, id, through) {
      await acknowledgeThrough(mailboxDeps, await ownTrack(principal, id, false), { principal, through })
    },
    async redrive(principal, id, { dryRun }) {
      const track = await ownTrack(principal, id, true)
      return resend(deps, track, { messages: parkedMessages(track), principal, dryRun })
    },
    async rewind(principal, id, { from, dryRun }) {
      const track = await ownTrack(principal, id, true)
      return resend(deps, track, { messages: await handedOverFrom(log, track, from), principal, dryRun })
    },
    async status(principal, id) {
      const { progress, lane, length } = await ownTrack(principal, id, true)
      const pause = lane?.pause()
      return {
        subscription: id,
        length,
        cursor: progress.cursor(),
        parked: [...progress.parked()].map(([sequence, key]) => ({ sequence, key })),
        redriving: [...progress.redriving()],
        collectedThrough: progress.collectedThrough(),
        acknowledgedThrough: progress.acknowledgedThrough(),
        ...(pause ? { pause: { until: momentOf(pause.until), reason: pause.reason } } : {}),
      }
    },
    totals() {
      const lanes = [...tracks.values()].flatMap(({ lane }) => (lane ? [lane] : []))
      return {
        lanes: lanes.length,
        paused: lanes.filter((lane) => lane.pause() !== undefined).length,
        waiting: lanes.reduce((sum, lane) => sum + lane.waiting(), 0),
        parked: [...tracks.values()].reduce((sum, { progress }) => sum + progress.parked().size, 0),
      }
    },
  }
}
