/**
 * What delivery keeps of one subscription while the hub runs: how far it has come, what it writes down, who waits for new
 * messages, and the lane of a webhook. Loaded from the subscription's stream.
 */
import type { Subscription } from '../domain/directory.js'
import { outboxStream, subscriptionStream } from '../domain/streams.js'
import type { LogReader } from '../log/port.js'
import type { Lane } from './lane.js'
import type { Ledger } from './ledger.js'
import { createProgress, foldProgress, type Progress } from './progress.js'

export interface Track {
  subscription: Subscription
  readonly progress: Progress
  readonly ledger: Ledger
  /** Absent for a mailbox. */
  lane: Lane | undefined
  /** The next sequence to be handed to the lane. */
  loaded: number
  /** Messages in the outbox, as far as we know. */
  length: number
  readonly waiters: Set<() => void>
}

/** The fold of a subscription's stream: a restart takes up where the log says that delivery was. */
export async function readProgress(log: LogReader, subscription: string): Promise<Progress> {
  const progress = createProgress()
  for await (const event of log.readStream(subscriptionStream(subscription))) foldProgress(progress, event)
  return progress
}

export async function outboxLength(log: LogReader, subscription: string): Promise<number> {
  const tail = await log.readTail(outboxStream(subscription))
  return tail ? tail.revision + 1 : 0
}

export function isSending({ isOpen, paused, channel, url }: Subscription): boolean {
  return isOpen && !paused && channel === 'webhook' && url !== undefined
}
