/**
 * Sorts more entries than fit in memory: full buffers are sorted and written as encrypted runs, and the runs are merged.
 * They sort by group, then id; both are ASCII of at most 255 characters, compared by code unit, and each pair comes once; values are bytes. Nothing of it survives `discard`.
 *
 * Values lie in one arena, not on the heap: as strings they tripled the time that a compile spends collecting garbage.
 */
import { closeSync, mkdirSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { sealBytes, unsealBytes } from './sealed-file.js'

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
  /** Bytes of values held in memory before a run is written; 16 MiB by default. */
  readonly maxBytes?: number
}

export interface SortedRuns {
  /** The value is text, written as UTF-8, and the bytes after it. */
  add(group: string, id: string, value: string, after?: Buffer): void
  /** Writes what is in memory too, and names all files: for another thread to merge. */
  flush(): readonly string[]
  /** All entries in order. Nothing may be added afterwards. */
  entries(): Iterable<Entry>
  discard(): void
}

interface Place {
  readonly id: string
  readonly from: number
  readonly to: number
}

const DEFAULT_BYTES = 16 * 1024 * 1024
const FIRST_BYTES = 256 * 1024
const BLOCK_BYTES = 256 * 1024
/** The lengths before group, id and value. */
const HEAD_BYTES = 1 + 1 + 4

export function sortedRuns({ directory, name, key, maxBytes = DEFAULT_BYTES }: RunOptions): SortedRuns {
  const files: string[] = []
  let arena = Buffer.allocUnsafe(Math.min(FIRST_BYTES, maxBytes))
  let used = 0
  /** A group's places, in the order in which they came: often that of their ids already. */
  let groups = new Map<string, Place[]>()
  const inMemory = (): Iterable<Entry> => read(groups, arena)
  const write = (): void => {
    const file = join(directory, `${name}.${files.length}.run`)
    writeRun(file, key, inMemory())
    files.push(file)
    groups = new Map()
    used = 0
  }
  const reserve = (bytes: number): void => {
    if (used + bytes <= arena.length) return
    if (used > 0 && used + bytes > maxBytes) write()
    if (used + bytes <= arena.length) return
    const larger = Buffer.allocUnsafe(Math.max(used + bytes, Math.min(arena.length * 2, maxBytes)))
    arena.copy(larger, 0, 0, used)
    arena = larger
  }
  return {
    add(group, id, value, after) {
      reserve(value.length * 3 + (after?.length ?? 0))
      let to = used + arena.write(value, used, 'utf8')
      if (after) to += after.copy(arena, to)
      const place = { id, from: used, to }
      const places = groups.get(group)
      if (places) places.push(place)
      else groups.set(group, [place])
      used = to
    },
    flush() {
      if (groups.size > 0) write()
      return files
    },
    entries: () => merged([...files.map((file) => readRun(file, key)), inMemory()]),
    discard() {
      groups = new Map()
      used = 0
      for (const file of files) rmSync(file, { force: true })
    },
  }
}

/** The entries of several runs in order: those of other threads. */
export function mergeRuns(files: readonly string[], key: Uint8Array): Iterable<Entry> {
  return merged(files.map((file) => readRun(file, key)))
}

function* read(groups: ReadonlyMap<string, Place[]>, arena: Buffer): Generator<Entry> {
  for (const group of [...groups.keys()].sort()) {
    for (const { id, from, to } of sortedById(groups.get(group) ?? [])) {
      yield { group, id, value: arena.subarray(from, to) }
    }
  }
}

function sortedById(places: Place[]): readonly Place[] {
  for (let i = 1; i < places.length; i++) {
    if ((places[i - 1]?.id ?? '') > (places[i]?.id ?? '')) return places.sort((a, b) => (a.id < b.id ? -1 : 1))
  }
  return places
}

/** Blocks of `length(4) ‖ sealed`; in a block, entries of `length(1) ‖ group ‖ length(1) ‖ id ‖ length(4) ‖ value`. */
function writeRun(file: string, secret: Uint8Array, entries: Iterable<Entry>): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const descriptor = openSync(file, 'w', 0o600)
  try {
    let block = Buffer.allocUnsafe(BLOCK_BYTES)
    let used = 0
    let number = 0
    const writeBlock = (): void => {
      const sealed = sealBytes(secret, blockName(number++), block.subarray(0, used))
      const length = Buffer.alloc(4)
      length.writeUInt32BE(sealed.length)
      writeSync(descriptor, Buffer.concat([length, sealed]))
      used = 0
    }
    for (const { group, id, value } of entries) {
      const bytes = group.length + id.length + value.length + HEAD_BYTES
      if (used > 0 && used + bytes > block.length) writeBlock()
      if (bytes > block.length) block = Buffer.allocUnsafe(bytes)
      for (const part of [group, id]) {
        block[used] = part.length
        used += 1 + block.write(part, used + 1, 'latin1')
      }
      used = block.writeUInt32BE(value.length, used)
      used += value.copy(block, used)
    }
    if (used > 0) writeBlock()
  } finally {
    closeSync(descriptor)
  }
}

function* readRun(file: string, secret: Uint8Array): Generator<Entry> {
  const descriptor = openSync(file, 'r')
  try {
    const length = Buffer.alloc(4)
    for (let number = 0; readSync(descriptor, length) === 4; number++) {
      const sealed = Buffer.alloc(length.readUInt32BE())
      readSync(descriptor, sealed)
      const block = unsealBytes(secret, blockName(number), sealed)
      if (!block) throw new Error('sortedRuns: a run does not open again')
      for (let at = 0; at < block.length; ) {
        const groupEnd = at + 1 + block.readUInt8(at)
        const idEnd = groupEnd + 1 + block.readUInt8(groupEnd)
        const valueEnd = idEnd + 4 + block.readUInt32BE(idEnd)
        yield {
          group: block.toString('latin1', at + 1, groupEnd),
          id: block.toString('latin1', groupEnd + 1, idEnd),
          value: block.subarray(idEnd + 4, valueEnd),
        }
        at = valueEnd
      }
    }
  } finally {
    closeSync(descriptor)
  }
}

function blockName(number: number): string {
  return `run-block-${number}`
}

function* merged(runs: readonly Iterable<Entry>[]): Generator<Entry> {
  const [only] = runs
  if (only && runs.length === 1) {
    yield* only
    return
  }
  const heads: { entry: Entry; readonly rest: Iterator<Entry> }[] = []
  try {
    for (const run of runs) {
      const rest = run[Symbol.iterator]()
      const first = rest.next()
      if (!first.done) heads.push({ entry: first.value, rest })
    }
    for (;;) {
      const head = leastOf(heads)
      if (!head) return
      yield head.entry
      const next = head.rest.next()
      if (next.done) heads.splice(heads.indexOf(head), 1)
      else head.entry = next.value
    }
  } finally {
    for (const { rest } of heads) rest.return?.()
  }
}

function leastOf<Head extends { readonly entry: Entry }>(heads: readonly Head[]): Head | undefined {
  let least = heads[0]
  for (const head of heads) if (least && comesBefore(head.entry, least.entry)) least = head
  return least
}

function comesBefore(a: Entry, b: Entry): boolean {
  return a.group === b.group ? a.id < b.id : a.group < b.group
}
