/**
 * How long each outbox is as of the cursor. While an outbox in the log is longer than the dispatcher has come (a restart, a
 * rebuild, another node), what stands there is taken as it stands: nothing of it is derived anew, whatever has been erased or
 * configured since.
 */
import type { StoredEvent } from '../domain/event.js'
import { readObject } from '../domain/read-data.js'
import { outboxStream } from '../domain/streams.js'
import type { LogReader } from '../log/port.js'

export interface OutboxBook {
  /** Looks whether the outbox is ahead of the cursor; once for each subscription, before anything is queued for it. */
  open(subscription: string, length: number): Promise<void>
  /** The messages that stand already and have this cause; they are counted by this. */
  standing(cause: { readonly stream: string; readonly id: string }): Promise<readonly StandingMessage[]>
  /** True while the outbox is ahead: what is not standing for a cause was not queued for it. */
  isAhead(subscription: string): boolean
  /** Takes the next sequence of an outbox that is not ahead. */
  take(subscription: string): number
  length(subscription: string): number
  /** Looks at every outbox anew, in the log itself: what stands for a cause may have come since. */
  lookAgain(): Promise<void>
}

export interface StandingMessage {
  readonly subscription: string
  readonly message: StoredEvent
}

interface Ahead {
  readonly messages: AsyncIterator<StoredEvent>
  next: StoredEvent
}

/** @param authority the log itself, where `log` reads a replica of it */
export function createOutboxBook(log: LogReader, authority: LogReader = log): OutboxBook {
  const lengths = new Map<string, number>()
  const ahead = new Map<string, Ahead>()
  const byCause = new Map<string, Set<string>>()

  const expect = async (subscription: string, messages: AsyncIterator<StoredEvent>): Promise<void> => {
    const next = await messages.next()
    if (next.done) {
      ahead.delete(subscription)
      return
    }
    ahead.set(subscription, { messages, next: next.value })
    const cause = causeKey(readObject(next.value.data, 'cause'))
    const expecting = byCause.get(cause) ?? new Set()
    byCause.set(cause, expecting.add(subscription))
  }

  return {
    async open(subscription, length) {
      lengths.set(subscription, length)
      await expect(subscription, log.readStream(outboxStream(subscription), length)[Symbol.asyncIterator]())
    },
    async lookAgain() {
      for (const [subscription, length] of lengths) {
        if (ahead.has(subscription)) continue
        await expect(subscription, authority.readStream(outboxStream(subscription), length)[Symbol.asyncIterator]())
      }
    },
    async standing(cause) {
      if (ahead.size === 0) return []
      const key = causeKey(cause)
      const expecting = byCause.get(key)
      if (!expecting) return []
      byCause.delete(key)
      const standing: StandingMessage[] = []
      for (const subscription of expecting) {
        const found = ahead.get(subscription)
        if (!found) continue
        standing.push({ subscription, message: found.next })
        lengths.set(subscription, found.next.revision + 1)
        await expect(subscription, found.messages)
      }
      return standing
    },
    isAhead: (subscription) => ahead.has(subscription),
    take(subscription) {
      const sequence = lengths.get(subscription) ?? 0
      lengths.set(subscription, sequence + 1)
      return sequence
    },
    length: (subscription) => lengths.get(subscription) ?? 0,
  }
}

function causeKey({ stream, id }: { readonly stream?: unknown; readonly id?: unknown }): string {
  return `${stream} ${id}`
}
