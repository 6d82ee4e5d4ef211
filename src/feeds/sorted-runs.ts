/**
 * Sorts more entries than fit in memory: full buffers are sorted and written as encrypted runs, and what fits is handed on as it
 * lies. They sort by group, then id; both are ASCII of at most 255 characters, compared by code unit, and each pair comes once;
 * values are bytes. Nothing of it survives `discard`.
 *
 * Values lie in one arena, not on the heap: as strings they tripled the time that a compile spends collecting garbage.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { MOST_BYTES } from './committed-line.js'
import { writeToDisk } from './disk-write.js'
import { readRun, writeRun } from './run-files.js'

export interface Entry {
  readonly group: string
  readonly id: string
  /** Of the arena or block: stays as it is until `discard`. */
  readonly value: Buffer
}

export interface RunOptions {
  readonly directory: string
  /** Tells this sorter's files from others'. */
  readonly name: string
  readonly key: Uint8Array
  /** Bytes of ids and values held in memory before a run is written; 16 MiB by default. */
  readonly maxBytes?: number
}

/** A sorted run in memory: plain data for another thread, which takes the buffers over. */
export interface MemoryRun {
  /** Entries of `length(1) ‖ length(4) ‖ id ‖ value`, in the order in which they came. */
  readonly arena: Uint8Array<ArrayBuffer>
  /** By group, then id: where in the arena an entry begins. */
  readonly groups: readonly { readonly group: string; readonly starts: Uint32Array<ArrayBuffer> }[]
}

/** What sorters hold: runs that were written, and what was left in memory. */
export interface Runs {
  readonly files: readonly string[]
  readonly memory: readonly MemoryRun[]
}

export interface SortedRuns {
  /** The value is text, written as UTF-8. */
  add(group: string, id: string, value: string): void
  /**
   * Everything added, for another thread to merge, and the sorter is empty. What is in memory is not written: sealing it,
   * writing it and reading it again cost 2 to 8 % of a compile's rate (measured), most when threads are cold.
   */
  handOver(): Runs
  /** All entries in order. Nothing may be added afterwards. */
  entries(): Iterable<Entry>
  discard(): void
}

/** Ids and where their entries begin, in the order in which they came: often that of the ids already. */
interface Places {
  readonly ids: string[]
  readonly starts: number[]
}

const DEFAULT_BYTES = 16 * 1024 * 1024
const FIRST_BYTES = 256 * 1024
/** The lengths before id and value. */
const HEAD_BYTES = 1 + 4

export function sortedRuns({ directory, name, key, maxBytes = DEFAULT_BYTES }: RunOptions): SortedRuns {
  const files: string[] = []
  // A buffer of its own, never a slice of a pool: it is transferred.
  let arena = Buffer.allocUnsafeSlow(Math.min(FIRST_BYTES, maxBytes))
  let used = 0
  let groups = new Map<string, Places>()
  const clear = (): void => {
    groups = new Map()
    used = 0
  }
  const inMemory = (): MemoryRun => ({ arena, groups: sortedGroups(groups) })
  const write = (): void => {
    const file = join(directory, `${name}.${files.length}.run`)
    writeToDisk(() => writeRun(file, key, readMemory(inMemory())))
    files.push(file)
    clear()
  }
  const reserve = (bytes: number): void => {
    if (used + bytes <= arena.length) return
    if (used > 0 && used + bytes > maxBytes) write()
    if (used + bytes <= arena.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(used + bytes, Math.min(arena.length * 2, maxBytes)))
    arena.copy(larger, 0, 0, used)
    arena = larger
  }
  const placesOf = (group: string): Places => {
    const known = groups.get(group)
    if (known) return known
    const places = { ids: [], starts: [] }
    groups.set(group, places)
    return places
  }
  return {
    add(group, id, value) {
      reserve(HEAD_BYTES + id.length + value.length * MOST_BYTES)
      const from = used + HEAD_BYTES + id.length
      const to = from + arena.write(value, from, 'utf8')
      arena[used] = id.length
      arena.writeUInt32LE(to - from, used + 1)
      arena.write(id, used + HEAD_BYTES, 'latin1')
      const places = placesOf(group)
      places.ids.push(id)
      places.starts.push(used)
      used = to
    },
    handOver() {
      const memory = groups.size > 0 ? [inMemory()] : []
      arena = Buffer.allocUnsafeSlow(0)
      clear()
      return { files, memory }
    },
    entries: () => mergeRuns({ files, memory: [inMemory()] }, key),
    discard() {
      clear()
      for (const file of files) rmSync(file, { force: true })
    },
  }
}

/** All entries in order: of several sorters, as of several threads. */
export function mergeRuns({ files, memory }: Runs, key: Uint8Array): Iterable<Entry> {
  return merged([...files.map((file) => readRun(file, key)), ...memory.map(readMemory)])
}

/** The buffers of runs, to be transferred with them. */
export function buffersOf({ memory }: Runs): readonly ArrayBuffer[] {
  return memory.flatMap(({ arena, groups }) => [arena.buffer, ...groups.map(({ starts }) => starts.buffer)])
}

function sortedGroups(groups: ReadonlyMap<string, Places>): MemoryRun['groups'] {
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([group, places]) => ({ group, starts: inOrder(places) }))
}

function inOrder({ ids, starts }: Places): Uint32Array<ArrayBuffer> {
  if (isSorted(ids)) return Uint32Array.from(starts)
  const order = Array.from(ids, (id, at) => ({ id, start: starts[at] ?? 0 })).sort((a, b) => (a.id < b.id ? -1 : 1))
  return Uint32Array.from(order, ({ start }) => start)
}

function isSorted(ids: readonly string[]): boolean {
  for (let i = 1; i < ids.length; i++) if ((ids[i - 1] ?? '') > (ids[i] ?? '')) return false
  return true
}

function* readMemory({ arena, groups }: MemoryRun): Generator<Entry> {
  const bytes = Buffer.from(arena.buffer, arena.byteOffset, arena.byteLength)
  for (const { group, starts } of groups) {
    for (const start of starts) {
      const from = start + HEAD_BYTES + bytes.readUInt8(start)
      const to = from + bytes.readUInt32LE(start + 1)
      yield { group, id: bytes.toString('latin1', start + HEAD_BYTES, from), value: bytes.subarray(from, to) }
    }
  }
}

function* merged(runs: readonly Iterable<Entry>[]): Generator<Entry> {
  const [only] = runs
  if (only && runs.length === 1) {
    yield* only
    return
  }
  const heads: Head[] = []
  try {
    for (const run of runs) {
      const rest = run[Symbol.iterator]()
      const first = rest.next()
      if (!first.done) heads.push({ entry: first.value, rest })
    }
    heads.sort((a, b) => (comesBefore(a.entry, b.entry) ? -1 : 1))
    for (let head = heads[0]; head; head = heads[0]) {
      yield head.entry
      const next = head.rest.next()
      if (!next.done) head.entry = next.value
      else {
        const last = heads.pop()
        if (last && last !== head) heads[0] = last
      }
      settle(heads)
    }
  } finally {
    for (const { rest } of heads) rest.return?.()
  }
}

/** A run with the entry that it is at. */
interface Head {
  entry: Entry
  readonly rest: Iterator<Entry>
}

/**
 * Moves the first head down to its place in a binary heap, the least first: a nation's compile merges a hundred runs, and looking
 * at all of them for every entry would cost more than the rest of the merge.
 */
function settle(heads: Head[]): void {
  const moved = heads[0]
  if (!moved) return
  let at = 0
  for (;;) {
    const left = heads[2 * at + 1]
    const right = heads[2 * at + 2]
    if (!left) break
    const isRight = right !== undefined && comesBefore(right.entry, left.entry)
    const least = isRight ? right : left
    if (!comesBefore(least.entry, moved.entry)) break
    heads[at] = least
    at = 2 * at + (isRight ? 2 : 1)
  }
  heads[at] = moved
}

function comesBefore(a: Entry, b: Entry): boolean {
  return a.group === b.group ? a.id < b.id : a.group < b.group
}
