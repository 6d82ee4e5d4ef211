/**
 * Which messages of an outbox speak of the same person: read from the log when first asked for, extended as the outbox
 * grows, kept for the outboxes asked for last. It holds keys and kinds, no contents.
 */
import { LRUCache } from 'lru-cache'
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
  readonly byKey: Map<string, EarlierMessage[]>
}

const KEPT_OUTBOXES = 64

export function createOutboxIndex(log: LogReader): OutboxIndex {
  const outboxes = new LRUCache<string, Indexed>({ max: KEPT_OUTBOXES })
  return {
    async earlier(subscription, key, before) {
      const indexed = outboxes.get(subscription) ?? { length: 0, byKey: new Map<string, EarlierMessage[]>() }
      outboxes.set(subscription, indexed)
      if (indexed.length < before) {
        for await (const { revision, data } of log.readStream(outboxStream(subscription), indexed.length)) {
          // Two readers may extend it at once: each message is taken once.
          if (revision !== indexed.length) continue
          indexed.length = revision + 1
          const about = readText(data, 'key')
          const message = { sequence: revision, kind: readText(data, 'kind'), fieldSet: readText(data, 'fieldSet') }
          const known = indexed.byKey.get(about)
          if (known) known.push(message)
          else indexed.byKey.set(about, [message])
        }
      }
      return (indexed.byKey.get(key) ?? []).filter(({ sequence }) => sequence < before)
    },
  }
}
