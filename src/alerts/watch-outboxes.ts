/**
 * What stands in for the dispatcher at a hub that leaves dispatching to others: it follows the log and tells delivery of
 * subscriptions and of what was queued, so that whoever waits at a mailbox here is woken. It appends nothing.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { Outlet } from '../delivery/port.js'
import type { Directory } from '../domain/directory.js'
import type { Receipt, StoredEvent } from '../domain/event.js'
import { recallOf } from '../domain/recalls.js'
import { mayChangeRestriction } from '../domain/restriction.js'
import { streamKeyOf, streamKindOf } from '../domain/streams.js'
import { type EventLog, type Position, START } from '../log/port.js'
import type { Dispatcher } from './port.js'

export interface OutboxWatchDeps {
  readonly log: EventLog
  readonly outlet: Outlet
  readonly directory: () => Directory
  /** Resolves when the directory has seen an event. */
  readonly through: (receipt: Pick<Receipt, 'stream' | 'revision'>) => Promise<void>
  /** Called once when it stops by itself. */
  readonly onFault?: (error: unknown) => void
}

const IDLE_CHECK_MS = 10
/** What the hub that sends writes down. */
export const PROGRESS_TYPES: ReadonlySet<string> = new Set(['MessageHandedOver', 'MessageParked'])

export function createOutboxWatch({ log, outlet, directory, through, onFault }: OutboxWatchDeps): Dispatcher {
  let stopping: AbortController | undefined
  let following: Promise<void> = Promise.resolve()
  let position: Position = ''
  let fault: unknown

  const see = async (event: StoredEvent): Promise<void> => {
    const key = streamKeyOf(event.stream)
    switch (streamKindOf(event.stream)) {
      case 'patient':
        if (recallOf(event) || mayChangeRestriction(event)) outlet.takenBack()
        return
      case 'outbox':
        return outlet.queued({ subscription: key, sequence: event.revision })
      case 'subscription': {
        if (event.type === 'MessageRedriven') return outlet.redriven(key)
        if (PROGRESS_TYPES.has(event.type)) return outlet.progressed(key)
        if (!event.type.startsWith('Subscription')) return
        await through(event)
        const subscription = directory().subscription(key)
        if (subscription) outlet.subscription(subscription)
      }
    }
  }

  const follow = async (signal: AbortSignal): Promise<void> => {
    for await (const record of log.subscribe(position, signal)) {
      await see(record.event)
      position = record.position
    }
  }

  return {
    async start() {
      if (stopping) return
      stopping = new AbortController()
      position = await log.head()
      for (const subscription of directory().subscriptionsFor({})) outlet.subscription(subscription)
      following = follow(stopping.signal).catch((error: unknown) => {
        fault = error
        onFault?.(error)
      })
    },
    async stop() {
      stopping?.abort()
      await following
      stopping = undefined
    },
    async idle() {
      while (stopping && fault === undefined && position !== (await log.head())) await delay(IDLE_CHECK_MS)
      if (fault !== undefined) throw fault
    },
    // It dispatches nothing: what stands is other hubs' work.
    settled: () => START,
    // It remembers nobody: who sends recalls dispatches too.
    told: async () => [],
    health() {
      if (fault !== undefined) return { state: 'faulted', error: fault }
      return { state: stopping ? 'running' : 'stopped' }
    },
  }
}
