/**
 * Compiled documents wait here, each one encrypted file, until they are collected and expire. Disposable: what is missing or
 * damaged is compiled again to the same bytes. No name in it says anything of a person.
 */
import { randomUUID } from 'node:crypto'
import { type Dirent, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Period } from '../kernel/dates.js'
import { canonicalJson } from '../kernel/jcs.js'
import { writeToDisk } from './disk-write.js'
import type { DocumentSummary, FinishedDocument } from './finished-document.js'
import { type BlockFile, readBlocks, writeBlocks } from './sealed-blocks.js'
import { isMissing, sealBytes, unsealBytes, writeWhole } from './sealed-file.js'

export const SPOOL_SECRET = 'spool'

export interface Spool {
  /** Where a compile of this period may put its runs. */
  scratch(feed: string, period: Period): string
  put(feed: string, period: Period, finished: FinishedDocument): void
  get(feed: string, period: Period, document: string): FinishedDocument | undefined
  /** @param accounting in pieces, which are never in memory together */
  putUnmapped(feed: string, period: Period, accounting: Iterable<Buffer>): void
  /** Undefined where there is none, or none that is whole. */
  getUnmapped(feed: string, period: Period): Iterable<Buffer> | undefined
  /** The documents of a period that lie here, by their ids in the log. */
  documents(feed: string, period: Period): readonly string[]
  /** Removes what a crash left of a compile. */
  clearScratch(feed: string, period: Period): void
  remove(feed: string, period: Period): void
  /** Feeds and periods that have anything here. */
  list(): readonly { readonly feed: string; readonly period: Period }[]
}

/** No feed is called so. */
const PASSING = '.passing'
const UNMAPPED_FILE = 'unmapped'
const SUFFIX = '.bin'

/** A place of its own for a compile that keeps nothing. */
export function passingScratch(spoolDirectory: string): string {
  return join(spoolDirectory, PASSING, randomUUID())
}

/** Removes what such compiles left when they were killed. */
export function clearPassing(spoolDirectory: string): void {
  rmSync(join(spoolDirectory, PASSING), { recursive: true, force: true })
}

export function openSpool(directory: string, key: Uint8Array): Spool {
  const place = (feed: string, period: Period): string => join(directory, feed, period)
  const nameOf = (feed: string, period: Period, what: string): string => canonicalJson(['spool', feed, period, what])
  const write = (feed: string, period: Period, what: string, plain: readonly Buffer[]): void =>
    writeToDisk(() =>
      writeWhole(join(place(feed, period), what + SUFFIX), sealBytes(key, nameOf(feed, period, what), ...plain)),
    )
  const read = (feed: string, period: Period, what: string): Buffer | undefined => {
    const sealed = readIfThere(join(place(feed, period), what + SUFFIX))
    return sealed && unsealBytes(key, nameOf(feed, period, what), sealed)
  }

  const unmappedFile = (feed: string, period: Period): BlockFile => ({
    path: join(place(feed, period), UNMAPPED_FILE + SUFFIX),
    key,
    name: nameOf(feed, period, UNMAPPED_FILE),
  })

  return {
    scratch: (feed, period) => join(place(feed, period), 'runs'),
    put(feed, period, { summary, ndjson, manifest, accounting }) {
      const sections = [Buffer.from(canonicalJson(summary), 'utf8'), ndjson, manifest, accounting]
      write(feed, period, summary.document, packed(sections))
    },
    get(feed, period, document) {
      const plain = read(feed, period, document)
      if (!plain) return undefined
      const [summary, ndjson, manifest, accounting] = unpacked(plain)
      if (!summary || !ndjson || !manifest || !accounting) return undefined
      return { summary: JSON.parse(summary.toString('utf8')) as DocumentSummary, ndjson, manifest, accounting }
    },
    putUnmapped: (feed, period, accounting) => writeToDisk(() => writeBlocks(unmappedFile(feed, period), accounting)),
    getUnmapped(feed, period) {
      const file = unmappedFile(feed, period)
      try {
        for (const _ of readBlocks(file));
      } catch {
        return undefined
      }
      return readBlocks(file)
    },
    documents: (feed, period) =>
      filesIn(place(feed, period))
        .filter((name) => name.endsWith(SUFFIX) && name !== UNMAPPED_FILE + SUFFIX)
        .map((name) => name.slice(0, -SUFFIX.length)),
    clearScratch: (feed, period) => rmSync(join(place(feed, period), 'runs'), { recursive: true, force: true }),
    remove: (feed, period) => rmSync(place(feed, period), { recursive: true, force: true }),
    list: () =>
      namesIn(directory).flatMap((feed) => namesIn(join(directory, feed)).map((period) => ({ feed, period }))),
  }
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

function namesIn(directory: string): readonly string[] {
  return entriesIn(directory)
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
}

function filesIn(directory: string): readonly string[] {
  return entriesIn(directory)
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
}

function entriesIn(directory: string): readonly Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

/** Each section after its length in four bytes. */
function packed(sections: readonly Buffer[]): readonly Buffer[] {
  return sections.flatMap((section) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(section.length)
    return [length, section]
  })
}

function unpacked(bytes: Buffer): readonly Buffer[] {
  const sections: Buffer[] = []
  for (let at = 0; at + 4 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at)
    sections.push(bytes.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return sections
}
