/**
 * The dispatcher: follows the log in order, finds who must know, and fills the outboxes. Message k of an outbox is the k-th
 * match in log order, so every node queues the same message under the same number. It delivers nothing and waits for nobody:
 * appends go out as matches are found, and the checkpoint follows what has been answered.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { EarlierMessage, Outlet, Renderer } from '../delivery/port.js'
import { storedDefinitionOf } from '../domain/catalogue.js'
import { createDirectory, type Directory } from '../domain/directory.js'
import type { StoredEvent } from '../domain/event.js'
import { readObject, readText } from '../domain/read-data.js'
import { recallOf } from '../domain/recalls.js'
import { mayChangeRestriction } from '../domain/restriction.js'
import { streamKeyOf, streamKindOf } from '../domain/streams.js'
import { HubError } from '../kernel/errors.js'
import { type EventLog, type LogReader, START } from '../log/port.js'
import type { HubRecorder } from '../recording/port.js'
import { createAppender } from './appender.js'
import type { PushScope } from './decide.js'
import { openDispatchState, type StateWrite } from './dispatch-state-sqlite.js'
import type { FoldedState } from './lives.js'
import { createMatching } from './matching.js'
import { createOutboxBook } from './outbox-book.js'
import { createPatience } from './patience.js'
import { createPipeline } from './pipeline.js'
import type { Dispatcher, DispatchMetrics } from './port.js'
import { createQueueing, type Queueing } from './queueing.js'
import { createTaken, type Taken as TakenThrough } from './taken.js'
import { PROGRESS_TYPES } from './watch-outboxes.js'

export interface DispatcherDeps {
  readonly logId: string
  readonly log: EventLog
  /** The log itself, where `log` reads a replica of it. */
  readonly authority?: LogReader
  readonly recorder: Pick<HubRecorder, 'appendAt'>
  readonly renderer: Renderer
  readonly outlet: Outlet
  /** `<dataDir>/readmodels/dispatch@3.sqlite`: disposable. */
  readonly stateFile: string
  readonly pushScope: PushScope
  /** Persons kept in memory, about 3 KiB each. Defaults to 20000, and is no more than that. */
  readonly cachedLives?: number
  /** What recording has folded already: asked before a state is folded here. */
  readonly folded?: FoldedState
  readonly metrics?: DispatchMetrics
  /** Called once when it stops for good; the error says why. */
  readonly onFault?: (error: unknown) => void
}

/** Only these change what the dispatcher must know of agencies and subscriptions. */
const DIRECTORY_TYPES = new Set([
  'LogCreated',
  'VersionActivated',
  'AgencyEnrolled',
  'AgencyAreaAssigned',
  'UnitWentLive',
  'SubscriptionOpened',
  'SubscriptionChanged',
  'SubscriptionClosed',
  'SecretRotated',
  'SecretRetired',
  'PublicKeyRegistered',
])
/** Events after which other work gets its turn, where many lie ready. */
const TURN = 32
const STALL_CHECK_MS = 50
/** Whoever is not in mind is read from the log: what recording keeps is no measure for this. */
const MAX_LIVES = 20_000

interface Run {
  readonly stopping: AbortController
  readonly pipeline: ReturnType<typeof createPipeline>
  readonly appender: ReturnType<typeof createAppender>
  /** Why nothing moves, while nothing does. */
  stall(): unknown
  readonly following: Promise<void>
  readonly taken: TakenThrough
  close(): void
}

export function createDispatcher(deps: DispatcherDeps): Dispatcher {
  const { log } = deps
  let run: Run | undefined
  let fault: unknown
  let wakeOnFault: (() => void)[] = []

  const fail = (error: unknown): void => {
    if (fault !== undefined || !run || run.stopping.signal.aborted) return
    fault = error
    run.stopping.abort()
    run.appender.stop()
    for (const wake of wakeOnFault) wake()
    wakeOnFault = []
    deps.onFault?.(error)
  }

  return {
    async start() {
      if (run) return
      fault = undefined
      run = await begin(deps, fail)
      const { following } = run
      following.catch(fail)
    },
    async stop() {
      if (!run) return
      const { stopping, pipeline, appender, following, close } = run
      // Where the log refuses, what is under way would not come back: the checkpoint stays before it.
      stopping.abort()
      while (!pipeline.isEmpty() && !pipeline.isBroken() && appender.stall() === undefined) {
        await Promise.race([pipeline.progress(), delay(STALL_CHECK_MS)])
      }
      appender.stop()
      await following.catch(() => undefined)
      close()
      run = undefined
    },
    async idle() {
      for (;;) {
        if (fault !== undefined) throw fault
        if (!run) return
        const { pipeline } = run
        const head = await log.head()
        // It may have stopped meanwhile, and then nothing would wake us.
        if (fault !== undefined) throw fault
        if (pipeline.settled() === head && pipeline.isEmpty()) return
        await new Promise<void>((resolve) => {
          wakeOnFault.push(resolve)
          pipeline.progress().then(resolve)
        })
      }
    },
    settled: () => run?.pipeline.settled() ?? START,
    async told(patientId) {
      if (fault !== undefined) throw fault
      if (!run) throw new HubError('HUB_STOPPING', 'the dispatcher is not running')
      const { pipeline, taken } = run
      await taken.all(log)
      return pipeline.toldOf(patientId).map(({ agency, revision }) => ({ agency, revision }))
    },
    health() {
      if (fault !== undefined) return { state: 'faulted', error: fault }
      if (!run) return { state: 'stopped' }
      const stall = run.stall()
      return stall === undefined ? { state: 'running' } : { state: 'stalled', error: stall }
    },
  }
}

/** Loads what was known at the checkpoint, then follows the log from there. */
async function begin(deps: DispatcherDeps, fail: (error: unknown) => void): Promise<Run> {
  const { log, renderer, outlet } = deps
  const stopping = new AbortController()
  const state = openDispatchState(deps.stateFile, deps.logId)
  const appender = createAppender(deps.recorder)
  const taken = createTaken(state.position, stopping.signal)
  const patience = createPatience(stopping.signal)
  const pipeline = createPipeline(state, fail)
  const directory = createDirectory()
  const centres = new Map<string, number>()
  const book = createOutboxBook(log, deps.authority)
  const matching = createMatching({
    log,
    directory,
    memory: pipeline,
    renderer,
    pushScope: deps.pushScope,
    cachedLives: Math.min(deps.cachedLives ?? MAX_LIVES, MAX_LIVES),
    ...(deps.folded ? { folded: deps.folded } : {}),
  })
  const earlier = (patientId: string, subscription: string): readonly EarlierMessage[] =>
    pipeline
      .toldOf(patientId)
      .flatMap(({ subscription: to, sequence, kind, fieldSet }) =>
        to === subscription && sequence !== undefined ? [{ sequence, kind, fieldSet }] : [],
      )
      // An alarm that climbed is remembered beside its cause: later messages came before it.
      .sort((a, b) => a.sequence - b.sequence)
  const queueing = createQueueing({ ...deps, directory, centres, book, appender, earlier, patience })
  try {
    for (const event of state.directoryEvents()) takeDirectory(event, directory, centres)
    const lengths = state.outboxLengths()
    for (const subscription of directory.subscriptionsFor({})) {
      await book.open(subscription.id, lengths.get(subscription.id) ?? 0)
      outlet.subscription(subscription)
    }
    queueing.replayThrough(await log.head(), state.position)
  } catch (error) {
    state.close()
    throw error
  }

  const take = async (event: StoredEvent): Promise<Taken> => {
    storedDefinitionOf(event.type, event.version)
    const writes: StateWrite[] = []
    if (DIRECTORY_TYPES.has(event.type)) {
      takeDirectory(event, directory, centres)
      writes.push({ kind: 'directory', event })
      const subscription = directory.subscription(streamKeyOf(event.stream))
      if (subscription) {
        if (event.type === 'SubscriptionOpened') await book.open(subscription.id, 0)
        outlet.subscription(subscription)
      }
      return { writes, appends: [] }
    }
    switch (streamKindOf(event.stream)) {
      case 'patient':
        if (recallOf(event) || mayChangeRestriction(event)) outlet.takenBack()
        return queueing.queue(event, await patience.run(() => matching.ofPatient(event)))
      case 'alert':
        if (event.type === 'AlertEscalated') {
          return queueing.queue(event, await patience.run(() => matching.ofEscalated(event)))
        }
        if (event.type !== 'AlertOutcomeReported' || event.data.outcome !== 'NOT_OURS') return NOTHING
        return queueing.queue(event, await patience.run(() => matching.ofReturned(event)))
      case 'period':
        if (event.type !== 'FeedPeriodClosed') return NOTHING
        return { writes: [{ kind: 'cut', cut: cutOf(event) }], appends: [] }
      case 'document':
        return event.type === 'FeedReleased' ? takeRelease(event, queueing) : NOTHING
      case 'subscription':
        if (event.type === 'MessageRedriven') outlet.redriven(streamKeyOf(event.stream))
        if (PROGRESS_TYPES.has(event.type)) outlet.progressed(streamKeyOf(event.stream))
        return event.type === 'TestRequested' ? queueing.queueTest(event) : NOTHING
      default:
        return NOTHING
    }
  }

  const follow = async (): Promise<void> => {
    let count = 0
    for await (const { event, position } of log.subscribe(state.position, stopping.signal)) {
      await pipeline.room()
      if (stopping.signal.aborted) return
      const { writes, appends } = await take(event)
      pipeline.add(position, writes, appends)
      queueing.passed(position)
      taken.note(position)
      if (++count % TURN === 0) await new Promise((resolve) => setImmediate(resolve))
    }
  }
  const close = (): void => {
    pipeline.flush()
    state.close()
  }
  const stall = (): unknown => appender.stall() ?? patience.stall()
  return { stopping, pipeline, appender, stall, following: follow(), taken, close }
}

export interface Taken {
  readonly writes: readonly StateWrite[]
  readonly appends: readonly Promise<void>[]
}

const NOTHING: Taken = { writes: [], appends: [] }

function takeDirectory(event: StoredEvent, directory: Directory, centres: Map<string, number>): void {
  directory.apply(event)
  if (event.type === 'AgencyEnrolled') centres.set(streamKeyOf(event.stream), event.revision + 1)
}

function cutOf(event: StoredEvent): { readonly id: string; readonly feed: string; readonly closedAt: string } {
  return { id: event.id, feed: readText(event.data, 'feed'), closedAt: event.recordedAt }
}

async function takeRelease(event: StoredEvent, queueing: Queueing): Promise<Taken> {
  const { writes, appends } = await queueing.queueDocument(event)
  const cutId = readText(readObject(event.data, 'cut'), 'id')
  return { writes: [{ kind: 'release', cutId, agency: readText(event.data, 'agency') }, ...writes], appends }
}
