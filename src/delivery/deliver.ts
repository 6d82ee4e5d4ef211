/**
 * Delivery: takes what was queued to where it was subscribed. It reads outboxes and subscriptions, queues nothing, drops
 * nothing, and knows of no person more than an ordering key.
 */
import type { Subscription } from '../domain/directory.js'
import { subscriptionStream } from '../domain/streams.js'
import type { Clock } from '../kernel/clock.js'
import { momentOf } from '../kernel/dates.js'
import { HubError, isHubError } from '../kernel/errors.js'
import type { LogReader } from '../log/port.js'
import type { HubRecorder, Principal } from '../recording/port.js'
import { agencyKeyName, type Vault } from '../vault/port.js'
import { createDrain } from './drain.js'
import { addressTo, createFileDrop } from './file-drop.js'
import { hasAcknowledgements } from './file-folder.js'
import { createGate } from './gate.js'
import { readHistory } from './history.js'
import type { CreateJobs } from './jobs.js'
import { createInProcessJobs } from './jobs-in-process.js'
import { scheduleFrom } from './lane-schedule.js'
import { createLedger } from './ledger.js'
import { acknowledgeThrough, noteOpened, readMailbox } from './mailbox.js'
import type { Delivery, DeliveryMetrics, DeliveryStatus, Outlet, RenderedMessage, ResendPlan } from './port.js'
import { createRenderer, type RendererDeps } from './render.js'
import { handedOverFrom, parkedMessages, resend } from './resend.js'
import { secretsInForce } from './secrets.js'
import { createSignals } from './signals.js'
import { type Timers, wallTimers } from './timers.js'
import { isBehind, isIdle, isSending, loadTrack, measure, readOn, type Track, totalsOf } from './track.js'
import { look, MOST_LOOKS, noteUnsent, oldestUnsentAt } from './unsent.js'
import { createWebhookSender, type SendOutcome } from './webhook.js'
import { createWithheld, type WithheldDeps } from './withheld.js'

export interface DeliveryOptions {
  /** Longest wait for the answer of a webhook. */
  readonly timeoutMs: number
  /** Hosts that webhooks may go to. */
  readonly allowedHosts: readonly string[]
  /** Certificates of authorities, PEM, that receivers' certificates may come from too. */
  readonly authorities?: string
  /** Where packages are written, in a folder for each subscription; none is where it is absent. */
  readonly filesDirectory?: string
  /** Hours between two heartbeats to one webhook; 0 sends none. */
  readonly heartbeatHours: number
  /** Subscriptions that are sent to at the same time. */
  readonly concurrency: number
  /** A simulated log sends to loopback only. */
  readonly simulated: boolean
}

export interface DeliveryDeps extends Omit<RendererDeps, 'vault' | 'options'>, Pick<WithheldDeps, 'keptFrom'> {
  readonly log: LogReader
  /** The log itself, where `log` reads a replica of it: whose tail is asked of it, `log` reads at least so far. */
  readonly authority?: Pick<LogReader, 'readTail'>
  readonly vault: Pick<Vault, 'secret' | 'cachedSecret' | 'keyById'>
  readonly recorder: Pick<HubRecorder, 'appendNext'>
  readonly calendar: Clock
  readonly options: DeliveryOptions & RendererDeps['options']
  readonly timers?: Timers
  /** Who runs what when; a cluster gives `createBullmqJobs(…)`. Defaults to a hub that has its log to itself. */
  readonly jobs?: CreateJobs
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
  const subscriptions = new Map<string, Subscription>()
  const tracks = new Map<string, Track>()
  const loading = new Map<string, Promise<Track>>()
  /** Subscriptions that somebody has asked about: whoever waits there holds the track. */
  const asked = new Set<string>()
  /** Subscriptions with a message that nobody here has looked after: another hub sends it, or the queue of jobs is away. */
  const unseen = new Set<string>()
  const mailboxDeps = { log, recorder, renderer, calendar, timers, withheld: createWithheld(deps) }
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
    // What was taken back since is not sent as it was.
    let message = rendered && renderer.isFresh(rendered) ? rendered : undefined
    try {
      message ??= await renderer.render(id, sequence)
      const secrets = await secretsInForce(vault, track.subscription, startedAt)
      outcome = await sender.send(message, { url: url ?? '', secrets, parked: [...track.progress.parked().keys()] })
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

  const trackOf = async (id: string): Promise<Track> => {
    const known = tracks.get(id)
    if (known) return known
    const underWay = loading.get(id)
    if (underWay) return underWay
    const subscription = subscriptions.get(id)
    if (!subscription) throw new HubError('HUB_NOT_FOUND', 'no such subscription')
    const load = async (): Promise<Track> => {
      const ledger = createLedger({
        ...{ subscription: id, recorder, calendar, timers },
        onRefusal: (error) => problem(id, error),
        onWritten: (revision) => wrote(track, revision),
      })
      const track: Track = await loadTrack(log, { subscription, ledger })
      await look(log, track)
      track.subscription = subscriptions.get(id) ?? subscription
      tracks.set(id, track)
      unseen.delete(id)
      return track
    }
    const track = load().finally(() => {
      loading.delete(id)
      changed()
    })
    loading.set(id, track)
    return track
  }

  /** A record of ours that follows what we know is known; where others wrote before it, theirs is read with it. */
  const wrote = (by: Track, revision: number): void => {
    const track = tracks.get(by.subscription.id)
    if (track === by && track.seen === revision) track.seen++
    else if (track && track.seen <= revision) catchUp(track)
  }

  /** Tens of thousands of receivers are owed nothing: what is read again in a moment is not kept for each of them. */
  const letGo = (track: Track): void => {
    const { id } = track.subscription
    if (!asked.has(id) && isIdle(track, timers.now()) && tracks.get(id) === track) tracks.delete(id)
  }

  /** Runs with a track that nobody lets go of meanwhile: another would be loaded beside it, with a lane of its own. */
  const holding = async <T>(id: string, run: (track: Track) => Promise<T>): Promise<T> => {
    let track = await trackOf(id)
    while (tracks.get(id) !== track) track = await trackOf(id)
    track.users++
    try {
      return await run(track)
    } finally {
      track.users--
      letGo(track)
    }
  }

  const catchUp = (track: Track): void => {
    drain
      .catchUp(track)
      .then(() => letGo(track))
      .catch((error) => problem(track.subscription.id, error))
  }

  const drain = createDrain({
    ...{ log, timers, send },
    firstAttempts: createGate(options.concurrency * PER_SUBSCRIPTION),
    repeats: createGate(options.concurrency * PER_SUBSCRIPTION),
    onRoom: ({ subscription }) => jobs.drain(subscription.id),
    onHandedOver: () => metrics?.handedOver?.({ channel: 'webhook' }),
    onParked: (reason) => metrics?.parked?.({ reason }),
    onChange: changed,
  })

  const dropFiles = createFileDrop({
    ...{ log, timers, recorder, calendar },
    directory: options.filesDirectory,
    render: (track, sequence) => renderer.render(track.subscription.id, sequence),
    secrets: (subscription) => secretsInForce(vault, subscription, timers.now()),
    onHandedOver: () => metrics?.handedOver?.({ channel: 'files' }),
    onParked: (reason) => metrics?.parked?.({ reason }),
    onProblem: problem,
  })
  const hasFiles = async ({ id, channel }: Subscription): Promise<boolean> =>
    channel === 'files' && hasAcknowledgements(options.filesDirectory ?? '', id)

  const jobs = (deps.jobs ?? createInProcessJobs)({
    timers,
    async handle(id, lease) {
      // A subscription that is not known yet calls by itself as soon as it is.
      const channel = subscriptions.get(id)?.channel
      // What the last holder wrote down as handed over is not sent again because a replica lags.
      if (!lease.isLasting) await deps.authority?.readTail(subscriptionStream(id))
      if (channel === 'files') return holding(id, (track) => dropFiles(track, lease))
      return channel === 'webhook' ? holding(id, (track) => drain.run(track, lease)) : undefined
    },
    async isBehind(id) {
      const track = await trackOf(id)
      await readOn(log, track)
      await measure(log, track)
      letGo(track)
      if (!isSending(track.subscription)) return false
      return isBehind(track) || hasFiles(track.subscription)
    },
    all: () => [...subscriptions.values()].filter(isSending).map(({ id }) => id),
    onDone: changed,
    onFailure: problem,
  })

  const signals = createSignals({
    ...{ logId: deps.logId, timers, subscriptions, jobs, metrics, receivers: options, onProblem: problem },
    heartbeatHours: options.heartbeatHours,
    secrets: (subscription) => secretsInForce(vault, subscription, timers.now()),
    async track(id) {
      const track = await trackOf(id)
      await readOn(log, track)
      await measure(log, track)
      letGo(track)
      return track
    },
  })

  /** Somebody has to send. A run that holds its lane open here looks by itself; a receiver that is left alone is so still. */
  const call = (track: Track): void => {
    if (track.wake) track.wake()
    else if (track.lane || (isSending(track.subscription) && track.pausedUntil <= timers.now())) {
      jobs.drain(track.subscription.id)
    }
  }

  /** Tells who waits, and hands the message over where its turn has come. True where nobody will render it. */
  const pass = ({ subscription, sequence, rendered }: Parameters<Outlet['queued']>[0]): boolean => {
    const track = tracks.get(subscription)
    if (!track) {
      if ((subscriptions.get(subscription)?.channel ?? 'mailbox') !== 'mailbox') {
        unseen.add(subscription)
        jobs.drain(subscription)
      }
      return false
    }
    noteUnsent(track, sequence, calendar.now())
    track.length = Math.max(track.length, sequence + 1)
    for (const wake of [...track.waiters]) wake()
    const { lane } = track
    const isDone = track.progress.isDone(sequence)
    if (lane && rendered && sequence === track.loaded && !lane.isFull() && !isDone) {
      track.loaded = sequence + 1
      return lane.push({ sequence, key: rendered.key }, rendered)
    }
    if (sequence >= track.loaded) call(track)
    return isDone
  }

  const outlet: Outlet = {
    subscription(subscription) {
      const { id } = subscription
      const before = subscriptions.get(id)
      subscriptions.set(id, subscription)
      const track = tracks.get(id)
      if (track) track.subscription = subscription
      track?.lane?.hold(!isSending(subscription) || subscription.channel !== 'webhook')
      if (before && addressTo(before) !== addressTo(subscription)) {
        if (track) track.pausedUntil = 0
        track?.lane?.resume()
      }
      if (!isSending(subscription)) return
      if (before) jobs.drain(id)
      else jobs.check(id)
    },
    queued(message) {
      signals.queued(message.subscription)
      if (!pass(message) && message.rendered) renderer.keep(message.rendered)
    },
    takenBack: () => renderer.forget(),
    progressed(subscription) {
      const track = tracks.get(subscription)
      // Who has a lane here wrote it itself.
      if (track && !track.lane) catchUp(track)
    },
    redriven(subscription) {
      const track = tracks.get(subscription)
      if (track) catchUp(track)
    },
  }

  /**
   * The track of a subscription of the principal's own agency, as the log has it by now; nobody learns of other agencies'
   * subscriptions.
   */
  const ownTrack = async (principal: Principal, id: string, mayOperate: boolean): Promise<Track> => {
    const subscription = subscriptions.get(id)
    if (!subscription || (subscription.agency !== principal.agency && !(mayOperate && principal.isOperator))) {
      throw new HubError('HUB_NOT_FOUND', 'no such subscription')
    }
    asked.add(id)
    const track = await trackOf(id)
    await drain.catchUp(track)
    return track
  }

  /** Asks for messages once more; whoever holds the lease sends them. */
  const askAgain = async (track: Track, asked: Parameters<typeof resend>[2]): Promise<ResendPlan> => {
    const plan = await resend(mailboxDeps, track, asked)
    if (plan.isDryRun || plan.sequences.length === 0) return plan
    await drain.catchUp(track)
    if (!track.lane) jobs.drain(track.subscription.id)
    return plan
  }

  /** Where it stands with its receiver: this hub knows, or whoever sent last has left it behind. */
  const pauseOf = async ({ subscription, lane }: Track): Promise<{ pause?: NonNullable<DeliveryStatus['pause']> }> => {
    const left = lane ? undefined : scheduleFrom(await jobs.left(subscription.id), addressTo(subscription))
    const pause = lane?.pause() ?? left
    return pause && pause.until > timers.now() ? { pause: { until: momentOf(pause.until), reason: pause.reason } } : {}
  }

  /** What nobody here has looked after is looked at first, the longest waiting before the others. */
  const oldestUnsent = async (): Promise<number | undefined> => {
    const seen = await Promise.all([...unseen].slice(0, MOST_LOOKS).map(trackOf))
    const oldest = await oldestUnsentAt(log, tracks.values())
    for (const track of seen) letGo(track)
    return oldest
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
      await jobs.start()
      signals.start()
    },
    async stop() {
      await signals.stop()
      await jobs.stop()
      await Promise.all([...tracks.values()].map(({ lane }) => lane?.stop()))
      await Promise.all([...tracks.values()].map(({ ledger }) => ledger.close()))
      for (const { waiters } of tracks.values()) for (const wake of [...waiters]) wake()
      tracks.clear()
      await sender.close()
    },
    async idle() {
      while (!isSettled()) await new Promise<void>((resolve) => onChange.push(resolve))
    },
    messages: async (principal, id, query) => readMailbox(mailboxDeps, await ownTrack(principal, id, false), query),
    opened: async (principal, id, sequences) =>
      noteOpened(mailboxDeps, await ownTrack(principal, id, false), { principal, sequences }),
    acknowledge: async (principal, id, through) =>
      acknowledgeThrough(mailboxDeps, await ownTrack(principal, id, false), { principal, through }),
    async redrive(principal, id, { dryRun }) {
      const track = await ownTrack(principal, id, true)
      return askAgain(track, { messages: parkedMessages(track), principal, dryRun })
    },
    async rewind(principal, id, { from, dryRun }) {
      const track = await ownTrack(principal, id, true)
      return askAgain(track, { messages: await handedOverFrom(log, track, from), principal, dryRun })
    },
    async status(principal, id) {
      const track = await ownTrack(principal, id, true)
      await measure(log, track)
      const { progress } = track
      return {
        subscription: id,
        length: track.length,
        cursor: progress.cursor(),
        parked: [...progress.parked()].map(([sequence, key]) => ({ sequence, key })),
        redriving: [...progress.redriving()],
        collectedThrough: progress.collectedThrough(),
        acknowledgedThrough: progress.acknowledgedThrough(),
        ...(await pauseOf(track)),
      }
    },
    async history(principal, id, query) {
      const { subscription } = await ownTrack(principal, id, false)
      const name = agencyKeyName(subscription.agency)
      const agencyKey = vault.cachedSecret(name) ?? (await vault.secret(name))
      return readHistory(log, { subscription: id, agencyKey }, query)
    },
    ring: signals.ring,
    away: () => jobs.away(),
    oldestUnsentAt: oldestUnsent,
    totals: () => totalsOf([...tracks.values()], timers.now()),
  }
}
