/**
 * Sorts more entries than fit in memory: full buffers are sorted and written as encrypted runs, and the runs are merged.
 * Keys are ASCII, compared by code unit, and each comes once; values are bytes. Nothing of it survives `discard`.
 *
 * Values lie in one arena, not on the heap: as strings they tripled the time that a compile spends collecting garbage.
 */
import { closeSync, mkdirSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { sealBytes, unsealBytes } from './sealed-file.js'

export interface Entry {
  readonly key: string
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
  /** The value is written as UTF-8. */
  add(key: string, value: string): void
  /** Writes what is in memory too, and names all files: for another thread to merge. */
  flush(): readonly string[]
  /** All entries in order. Nothing may be added afterwards. */
  entries(): Iterable<Entry>
  discard(): void
}

interface Place {
  readonly key: string
  readonly from: number
  readonly to: number
}

const DEFAULT_BYTES = 16 * 1024 * 1024
const FIRST_BYTES = 256 * 1024
const BLOCK_BYTES = 256 * 1024

export function sortedRuns({ directory, name, key, maxBytes = DEFAULT_BYTES }: RunOptions): SortedRuns {
  const files: string[] = []
  let arena = Buffer.allocUnsafe(Math.min(FIRST_BYTES, maxBytes))
  let used = 0
  let places: Place[] = []
  const inMemory = (): Iterable<Entry> => read(places.sort(byKey), arena)
  const write = (): void => {
    const file = join(directory, `${name}.${files.length}.run`)
    writeRun(file, key, inMemory())
    files.push(file)
    places = []
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
    add(entryKey, value) {
      reserve(value.length * 3)
      const to = used + arena.write(value, used, 'utf8')
      places.push({ key: entryKey, from: used, to })
      used = to
    },
    flush() {
      if (places.length > 0) write()
      return files
    },
    entries: () => merged([...files.map((file) => readRun(file, key)), inMemory()]),
    discard() {
      places = []
      used = 0
      for (const file of files) rmSync(file, { force: true })
    },
  }
}

/** The entries of several runs in order: those of other threads. */
export function mergeRuns(files: readonly string[], key: Uint8Array): Iterable<Entry> {
  return merged(files.map((file) => readRun(file, key)))
}

function byKey(a: Place, b: Place): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0
}

function* read(places: readonly Place[], arena: Buffer): Generator<Entry> {
  for (const { key, from, to } of places) yield { key, value: arena.subarray(from, to) }
}

/** Blocks of `length(4) ‖ sealed`; in a block, entries of `length(2) ‖ key ‖ length(4) ‖ value`. */
function writeRun(file: string, secret: Uint8Array, entries: Iterable<Entry>): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const descriptor = openSync(file, 'w', 0o600)
  try {
    let parts: Buffer[] = []
    let bytes = 0
    let number = 0
    const writeBlock = (): void => {
      const sealed = sealBytes(secret, blockName(number++), Buffer.concat(parts))
      const length = Buffer.alloc(4)
      length.writeUInt32BE(sealed.length)
      writeSync(descriptor, Buffer.concat([length, sealed]))
      parts = []
      bytes = 0
    }
    for (const { key, value } of entries) {
      const head = Buffer.allocUnsafe(2 + key.length + 4)
      head.writeUInt16BE(key.length)
      head.write(key, 2, 'latin1')
      head.writeUInt32BE(value.length, 2 + key.length)
      parts.push(head, value)
      bytes += head.length + value.length
      if (bytes >= BLOCK_BYTES) writeBlock()
    }
    if (parts.length > 0) writeBlock()
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
        const keyEnd = at + 2 + block.readUInt16BE(at)
        const valueEnd = keyEnd + 4 + block.readUInt32BE(keyEnd)
        yield { key: block.toString('latin1', at + 2, keyEnd), value: block.subarray(keyEnd + 4, valueEnd) }
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
  for (const head of heads) if (least && head.entry.key < least.entry.key) least = head
  return least
}
