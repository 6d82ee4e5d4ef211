/**
 * Temporary files that take every patient's events once, in log order, each file a range of ids that fits in memory, and
 * give them back person by person in the order of the ids. Bytes go through fixed buffers: as strings the same cost five
 * times as much, most of it collecting garbage (measured). Events hold no personal value in the clear, so neither do these.
 *
 * A line: `<leaf index> <patient id> <revision> <event id> <event as JSON>\n`; the JSON may lack what stands before it.
 */
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { StoredEvent } from '../domain/event.js'
import { patientStream } from '../domain/streams.js'

export interface Life {
  readonly key: string
  /** Every event of the person up to the leaf that was asked for, in stream order. */
  readonly events: readonly StoredEvent[]
}

export interface PartitionFiles {
  add(leaf: number, key: string, revision: number, id: string, json: string): void
  /** Writes out what is buffered; nothing may be added any more. */
  finish(): void
  readonly count: number
  /** The lives of one partition. */
  livesIn(partition: number, throughLeaf: number): Iterable<Life>
  close(): void
}

interface Partition {
  readonly descriptor: number
  readonly buffer: Buffer
  used: number
}

/** At 750 bytes an event, 15 MB are in memory at once. */
const EVENTS_PER_PARTITION = 20_000
/** Each is an open file and a buffer while the log is read. */
const MOST_PARTITIONS = 512
const BUFFER_BYTES = 128 * 1024
const SPACE = 0x20
const NEWLINE = 0x0a

/** Makes the directory; `close` removes it. */
export function openPartitionFiles(directory: string, expectedEvents: number): PartitionFiles {
  const count = Math.min(MOST_PARTITIONS, Math.max(1, Math.ceil(expectedEvents / EVENTS_PER_PARTITION)))
  const fileOf = (partition: number): string => join(directory, `${partition}.lines`)
  mkdirSync(directory, { recursive: true })
  let open: readonly Partition[] = Array.from({ length: count }, (_, i) => ({
    descriptor: openSync(fileOf(i), 'w'),
    buffer: Buffer.allocUnsafe(BUFFER_BYTES),
    used: 0,
  }))
  const closeAll = (): void => {
    for (const { descriptor } of open) closeSync(descriptor)
    open = []
  }

  return {
    count,
    add(leaf, key, revision, id, json) {
      const partition = open[partitionOf(key, count)]
      if (!partition) throw new Error('openPartitionFiles: nothing may be added any more')
      append(partition, `${leaf} ${key} ${revision} ${id} `, json)
    },
    finish() {
      for (const partition of open) flush(partition)
      closeAll()
    },
    livesIn: (partition, throughLeaf) => livesOf(readFileSync(fileOf(partition)), throughLeaf),
    close() {
      closeAll()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

function append(partition: Partition, head: string, json: string): void {
  // Three bytes is the most that one UTF-16 code unit takes.
  const most = (head.length + json.length) * 3 + 1
  if (partition.used + most > BUFFER_BYTES) flush(partition)
  if (most > BUFFER_BYTES) {
    writeAll(partition.descriptor, Buffer.from(`${head}${json}\n`))
    return
  }
  const { buffer } = partition
  partition.used += buffer.write(head, partition.used)
  partition.used += buffer.write(json, partition.used)
  buffer[partition.used++] = NEWLINE
}

function flush(partition: Partition): void {
  writeAll(partition.descriptor, partition.buffer.subarray(0, partition.used))
  partition.used = 0
}

function writeAll(descriptor: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written)
}

/** Parsed person by person: a whole partition of parsed events would outlive every young collection. */
function* livesOf(bytes: Buffer, throughLeaf: number): Generator<Life> {
  const starts = new Map<string, number[]>()
  for (let start = 0; start < bytes.length; ) {
    const space = bytes.indexOf(SPACE, start)
    const next = bytes.indexOf(SPACE, space + 1)
    if (Number(bytes.toString('latin1', start, space)) <= throughLeaf) {
      const key = bytes.toString('utf8', space + 1, next)
      const known = starts.get(key)
      if (known) known.push(next + 1)
      else starts.set(key, [next + 1])
    }
    start = bytes.indexOf(NEWLINE, next) + 1
  }
  for (const key of [...starts.keys()].sort()) {
    const stream = patientStream(key)
    yield { key, events: (starts.get(key) ?? []).map((start) => eventAt(bytes, start, stream)) }
  }
}

function eventAt(bytes: Buffer, start: number, stream: string): StoredEvent {
  const afterRevision = bytes.indexOf(SPACE, start)
  const afterId = bytes.indexOf(SPACE, afterRevision + 1)
  // Written above, by this process, for this pass.
  const event = JSON.parse(bytes.toString('utf8', afterId + 1, bytes.indexOf(NEWLINE, afterId))) as {
    id: string
    stream: string
    revision: number
  } & StoredEvent
  event.id = bytes.toString('latin1', afterRevision + 1, afterId)
  event.stream = stream
  event.revision = Number(bytes.toString('latin1', start, afterRevision))
  return event
}

/** The range that an id falls into by its first four hexadecimal digits; anything else falls into the first. */
function partitionOf(key: string, count: number): number {
  const head = Number.parseInt(key.slice(0, 4), 16)
  return Number.isNaN(head) ? 0 : Math.min(count - 1, Math.floor((head / 0x10000) * count))
}
