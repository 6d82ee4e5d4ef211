/**
 * Hands out whole lives, one person after the other, in the order of their ids: straight from a log that can be read by
 * stream, else by one pass over it that is partitioned to temporary files. Events hold no personal value in the clear, so
 * neither do those files.
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { StoredEvent } from '../domain/event.js'
import { streamKeyOf } from '../domain/streams.js'
import { START } from '../log/port.js'
import { type FollowedLog, pagesAfter, yieldToLoop } from './log-reads.js'
import type { Checkpoint } from './port.js'

export interface Life {
  readonly key: string
  /** Every event of the person up to the end that was asked for, in stream order. */
  readonly events: readonly StoredEvent[]
}

export interface LifeSource {
  /** All lives up to an end; may be asked again for a later one. */
  through(end: Checkpoint): AsyncIterable<Life>
  close(): void
}

const PREFIX = 'patient-'
const PAGE = 1000
/** At 700 bytes an event, 14 MB of text are in memory at once. */
const EVENTS_PER_PARTITION = 20_000
const MOST_PARTITIONS = 1024
const FLUSH_CHARS = 65_536
/** How long other work of the thread waits. */
const TURN_MS = 20

/** `scratch` is a directory that this makes and removes. */
export async function openLifeSource(log: FollowedLog, end: Checkpoint, scratch: string): Promise<LifeSource> {
  const readByName = log.readStreamsByName?.bind(log)
  if (!readByName) return partitionedSource(log, end, scratch)
  return {
    through: ({ position }) => groupedByStream(readByName(PREFIX, position)),
    close: () => {},
  }
}

async function* groupedByStream(events: Iterable<StoredEvent>): AsyncGenerator<Life> {
  let stream = ''
  let life: StoredEvent[] = []
  let turnEnds = performance.now() + TURN_MS
  for (const event of events) {
    if (event.stream !== stream) {
      if (life.length > 0) yield { key: streamKeyOf(stream), events: life }
      stream = event.stream
      life = []
      if (performance.now() > turnEnds) {
        await yieldToLoop()
        turnEnds = performance.now() + TURN_MS
      }
    }
    life.push(event)
  }
  if (life.length > 0) yield { key: streamKeyOf(stream), events: life }
}

/** Each partition holds a range of ids, so that partition after partition the lives come in the order of the ids. */
async function partitionedSource(log: FollowedLog, end: Checkpoint, scratch: string): Promise<LifeSource> {
  const count = Math.min(MOST_PARTITIONS, Math.max(1, Math.ceil((end.leafIndex + 1) / EVENTS_PER_PARTITION)))
  const fileOf = (partition: number): string => join(scratch, `${partition}.ndjson`)
  const buffers: string[] = new Array(count).fill('')
  mkdirSync(scratch, { recursive: true })

  let leaf = 0
  reading: for await (const page of pagesAfter(log, START, PAGE)) {
    for (const { event } of page) {
      if (leaf > end.leafIndex) break reading
      const line = event.stream.startsWith(PREFIX) ? `${leaf} ${JSON.stringify(event)}\n` : ''
      leaf++
      if (line === '') continue
      const partition = partitionOf(streamKeyOf(event.stream), count)
      const buffer = (buffers[partition] ?? '') + line
      buffers[partition] = buffer.length < FLUSH_CHARS ? buffer : ''
      if (buffer.length >= FLUSH_CHARS) appendFileSync(fileOf(partition), buffer)
    }
    await yieldToLoop()
  }
  for (const [partition, buffer] of buffers.entries()) if (buffer !== '') appendFileSync(fileOf(partition), buffer)

  return {
    async *through(stage) {
      for (let partition = 0; partition < count; partition++) {
        if (!existsSync(fileOf(partition))) continue
        yield* livesIn(readFileSync(fileOf(partition), 'utf8'), stage.leafIndex)
        await yieldToLoop()
      }
    },
    close: () => rmSync(scratch, { recursive: true, force: true }),
  }
}

function livesIn(text: string, throughLeaf: number): readonly Life[] {
  const lives = new Map<string, StoredEvent[]>()
  for (let start = 0; start < text.length; ) {
    const lineEnd = text.indexOf('\n', start)
    const space = text.indexOf(' ', start)
    if (Number(text.slice(start, space)) <= throughLeaf) {
      // Written above, by this process, for this pass.
      const event = JSON.parse(text.slice(space + 1, lineEnd)) as StoredEvent
      const key = streamKeyOf(event.stream)
      const events = lives.get(key)
      if (events) events.push(event)
      else lives.set(key, [event])
    }
    start = lineEnd + 1
  }
  return [...lives].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, events]) => ({ key, events }))
}

/** The range that an id falls into by its first four hexadecimal digits; anything else falls into the first. */
function partitionOf(key: string, count: number): number {
  const head = Number.parseInt(key.slice(0, 4), 16)
  return Number.isNaN(head) ? 0 : Math.min(count - 1, Math.floor((head / 0x10000) * count))
}
