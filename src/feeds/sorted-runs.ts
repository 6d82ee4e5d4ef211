/**
 * Sorts more entries than fit in memory: full buffers are sorted and written as encrypted runs, and the runs are merged.
 * Keys are compared by code unit; each key comes once. Nothing of it survives `discard`.
 */
import { closeSync, mkdirSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { sealBytes, unsealBytes } from './sealed-file.js'

export type Entry = readonly [key: string, value: string]

export interface RunOptions {
  readonly directory: string
  /** Tells this sorter's files from others'. */
  readonly name: string
  readonly key: Uint8Array
  /** Characters held in memory before a run is written; 24 Mi by default. */
  readonly maxChars?: number
}

export interface SortedRuns {
  add(key: string, value: string): void
  /** Writes what is in memory too, and names all files: for another thread to merge. */
  flush(): readonly string[]
  /** All entries in order. Nothing may be added afterwards. */
  entries(): Iterable<Entry>
  discard(): void
}

const DEFAULT_CHARS = 24 * 1024 * 1024
const BLOCK_CHARS = 256 * 1024
/** What an entry costs beside its characters. */
const OVERHEAD = 64

export function sortedRuns({ directory, name, key, maxChars = DEFAULT_CHARS }: RunOptions): SortedRuns {
  const files: string[] = []
  let entries: Entry[] = []
  let chars = 0
  const write = (): void => {
    const file = join(directory, `${name}.${files.length}.run`)
    writeRun(file, key, sorted(entries))
    files.push(file)
    entries = []
    chars = 0
  }
  return {
    add(entryKey, value) {
      entries.push([entryKey, value])
      chars += entryKey.length + value.length + OVERHEAD
      if (chars > maxChars) write()
    },
    flush() {
      if (entries.length > 0) write()
      return files
    },
    entries: () => merged([...files.map((file) => readRun(file, key)), sorted(entries)]),
    discard() {
      entries = []
      for (const file of files) rmSync(file, { force: true })
    },
  }
}

/** The entries of several runs in order: those of other threads. */
export function mergeRuns(files: readonly string[], key: Uint8Array): Iterable<Entry> {
  return merged(files.map((file) => readRun(file, key)))
}

function sorted(entries: Entry[]): Entry[] {
  return entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
}

function writeRun(file: string, key: Uint8Array, entries: readonly Entry[]): void {
  mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 })
  const descriptor = openSync(file, 'w', 0o600)
  try {
    let block: Entry[] = []
    let chars = 0
    let number = 0
    const writeBlock = (): void => {
      const sealed = sealBytes(key, blockName(number++), Buffer.from(JSON.stringify(block), 'utf8'))
      const length = Buffer.alloc(4)
      length.writeUInt32BE(sealed.length)
      writeSync(descriptor, Buffer.concat([length, sealed]))
      block = []
      chars = 0
    }
    for (const entry of entries) {
      block.push(entry)
      chars += entry[0].length + entry[1].length
      if (chars >= BLOCK_CHARS) writeBlock()
    }
    if (block.length > 0) writeBlock()
  } finally {
    closeSync(descriptor)
  }
}

function* readRun(file: string, key: Uint8Array): Generator<Entry> {
  const descriptor = openSync(file, 'r')
  try {
    const length = Buffer.alloc(4)
    for (let number = 0; readSync(descriptor, length) === 4; number++) {
      const sealed = Buffer.alloc(length.readUInt32BE())
      readSync(descriptor, sealed)
      const plain = unsealBytes(key, blockName(number), sealed)
      if (!plain) throw new Error('sortedRuns: a run does not open again')
      yield* JSON.parse(plain.toString('utf8')) as Entry[]
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
  const heads: { entry: Entry; rest: Iterator<Entry> }[] = []
  try {
    for (const run of runs) {
      const rest = run[Symbol.iterator]()
      const first = rest.next()
      if (!first.done) heads.push({ entry: first.value, rest })
    }
    while (heads.length > 0) {
      let least = 0
      for (let i = 1; i < heads.length; i++) {
        if ((heads[i]?.entry[0] ?? '') < (heads[least]?.entry[0] ?? '')) least = i
      }
      const head = heads[least]
      if (!head) return
      yield head.entry
      const next = head.rest.next()
      if (next.done) heads.splice(least, 1)
      else head.entry = next.value
    }
  } finally {
    for (const { rest } of heads) rest.return?.()
  }
}
