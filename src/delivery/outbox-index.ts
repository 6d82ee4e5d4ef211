/**
 * Which messages of an outbox speak of the same person: read from the log when first asked for, extended as the outbox
 * grows, kept for the outboxes asked for last. It holds keys and kinds, no contents.
 */
import { readText } from '../domain/read-data.js'
import { outboxStream } from '../domain/streams.js'
import type { LogReader } from '../log/port.js'
import type { EarlierMessage } from './port.js'

export interface OutboxIndex {
  /** The messages under this ordering key with a lower sequence, in order. */
  earlier(subscription: string, key: string, before: number): Promise<readonly EarlierMessage[]>
}

interface Indexed {
  length: number
  /** One who reads on, for all who ask meanwhile. */
  reading: Promise<void> | undefined
  readonly byKey: Map<string, EarlierMessage[]>
}

/**
 * Messages kept in mind, about 150 bytes each: outboxes are of very different lengths. Of the outbox asked for last all are kept.
 * With room for 64 outboxes, 200 that were sent at the same time were each read from the start for every single message.
 */
const KEPT_MESSAGES = 200_000

export function createOutboxIndex(log: LogReader, keptMessages = KEPT_MESSAGES): OutboxIndex {
  /** In the order in which they were asked for. */
  const outboxes = new Map<string, Indexed>()
  let kept = 0

  const open = (subscription: string): Indexed => {
    const indexed: Indexed = outboxes.get(subscription) ?? { length: 0, reading: undefined, byKey: new Map() }
    outboxes.delete(subscription)
    outboxes.set(subscription, indexed)
    return indexed
  }

  const forgetOldest = (): void => {
    for (const [subscription, { length }] of outboxes) {
      if (kept <= keptMessages || outboxes.size === 1) return
      outboxes.delete(subscription)
      kept -= length
    }
  }

  const extend = async (subscription: string, indexed: Indexed): Promise<void> => {
    for await (const { revision, data } of log.readStream(outboxStream(subscription), indexed.length)) {
      indexed.length = revision + 1
      // Forgotten while it is read: whoever asks next begins anew.
      if (outboxes.get(subscription) === indexed) kept++
      const about = readText(data, 'key')
      const message = { sequence: revision, kind: readText(data, 'kind'), fieldSet: readText(data, 'fieldSet') }
      const known = indexed.byKey.get(about)
      if (known) known.push(message)
      else indexed.byKey.set(about, [message])
    }
    forgetOldest()
  }

  return {
    async earlier(subscription, key, before) {
      const indexed = open(subscription)
      // Who reads may have begun before the message was queued: then it is read on.
      for (let from = -1; indexed.length < before && indexed.length > from; ) {
        from = indexed.reading ? -1 : indexed.length
        indexed.reading ??= extend(subscription, indexed).finally(() => {
          indexed.reading = undefined
        })
        await indexed.reading
      }
      return (indexed.byKey.get(key) ?? []).filter(({ sequence }) => sequence < before)
    },
  }
}
