/**
 * Copies a log into another: every event with its id, bytes and place, in the same order. What stands there already must be
 * the beginning of it; then the copy goes on from there. Equal roots say that the logs are equal.
 */
import type { NewEvent, StoredEvent } from './domain/event.js'
import { eventLeaf } from './domain/leaf.js'
import { HubError } from './kernel/errors.js'
import { toBase64url } from './kernel/hash.js'
import { canonicalJson } from './kernel/jcs.js'
import { treeHasher } from './kernel/merkle.js'
import { type EventLog, START } from './log/port.js'

export interface CopyDeps {
  readonly source: Pick<EventLog, 'readAll'>
  readonly target: Pick<EventLog, 'append' | 'readAll'>
  readonly onProgress?: (events: number) => void
}

export interface LogCopied {
  readonly events: number
  /** Those that were not there before. */
  readonly appended: number
  /** RFC 6962 tree hash over all leaves in log order, base64url: of the source, and of what is read back. */
  readonly root: string
  readonly copiedRoot: string
}

/** Events of one stream that stand together go in one append, up to these limits. */
const GROUP_EVENTS = 50
const GROUP_BYTES = 512 * 1024

/** @throws HUB_CONFIG where the target holds other events, and whatever its appends throw */
export async function copyLog({ source, target, onProgress }: CopyDeps): Promise<LogCopied> {
  const tree = treeHasher()
  const standing = target.readAll(START)[Symbol.asyncIterator]()
  let group: StoredEvent[] = []
  let bytes = 0
  let appended = 0
  let hasMore = true

  const flush = async (): Promise<void> => {
    const [first] = group
    if (!first) return
    const events = group.map(withoutPlace)
    await target.append(first.stream, events, first.revision === 0 ? 'new' : { revision: first.revision - 1 })
    appended += group.length
    group = []
    bytes = 0
  }

  for await (const { event } of source.readAll(START)) {
    tree.add(eventLeaf(event))
    if (hasMore) {
      const { value, done } = await standing.next()
      if (done) hasMore = false
      else if (canonicalJson(value.event) !== canonicalJson(event)) throw foreign(tree.size())
    }
    if (!hasMore) {
      const size = Buffer.byteLength(JSON.stringify(event))
      const isFull = group.length >= GROUP_EVENTS || bytes + size > GROUP_BYTES
      if (group[0]?.stream !== event.stream || isFull) await flush()
      group.push(event)
      bytes += size
    }
    if (tree.size() % 100 === 0) onProgress?.(tree.size())
  }
  await flush()
  if (hasMore && !(await standing.next()).done) throw foreign(tree.size() + 1)
  const copied = treeHasher()
  for await (const { event } of target.readAll(START)) copied.add(eventLeaf(event))
  return {
    events: tree.size(),
    appended,
    root: toBase64url(tree.root()),
    copiedRoot: toBase64url(copied.root()),
  }
}

function withoutPlace({ stream: _, revision: __, ...event }: StoredEvent): NewEvent {
  return event
}

function foreign(n: number): HubError {
  return new HubError('HUB_CONFIG', `expected an empty log, or the beginning of this one; event ${n} is another`, {
    hint: 'Nothing was overwritten. Name an empty event store.',
  })
}
