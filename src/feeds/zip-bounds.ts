/**
 * What a workbook would unpack to, from its directory alone, before anything is unpacked. The package that reads it unpacks no entry
 * beyond the size that its directory states, so that the sum of these is what it can cost. Pure; whatever cannot be told is refused,
 * and whatever could have another directory read than the one that was looked at: ZIP64 in any form, bytes before or behind it.
 */

export interface ZipBounds {
  readonly mostEntries: number
  /** Bytes, unpacked, of all entries together. */
  readonly mostBytes: number
}

const END_OF_DIRECTORY = 0x06054b50
const ZIP64_LOCATOR = 0x07064b50
const DIRECTORY_ENTRY = 0x02014b50
const END_BYTES = 22
const ENTRY_BYTES = 46
const LOCATOR_BYTES = 20
/** The longest comment behind the end of the directory. */
const MOST_COMMENT = 0xffff
/** The size stands elsewhere: in another field, which no sheet of ours needs. */
const ELSEWHERE = 0xffffffff
const COUNTED_ELSEWHERE = 0xffff
const DESCRIBED_BEHIND = 0x08
/** An extra field of this id holds such sizes. */
const ZIP64_EXTRA = 0x0001

/** True for an archive whose entries are few, state what they unpack to, and unpack to no more than that. */
export function isWithin(bytes: Buffer, { mostEntries, mostBytes }: ZipBounds): boolean {
  const directory = directoryOf(bytes)
  if (directory === undefined || directory.entries > mostEntries) return false
  const { entries, end } = directory
  let { at } = directory
  let total = 0
  for (let i = 0; i < entries; i++) {
    if (at + ENTRY_BYTES > end || bytes.readUInt32LE(at) !== DIRECTORY_ENTRY) return false
    const [packed, unpacked] = [bytes.readUInt32LE(at + 20), bytes.readUInt32LE(at + 24)]
    const isDescribedBehind = (bytes.readUInt16LE(at + 8) & DESCRIBED_BEHIND) !== 0
    if (packed === ELSEWHERE || unpacked === ELSEWHERE || bytes.readUInt32LE(at + 42) === ELSEWHERE) return false
    // Where the directory says nothing, something else does.
    if (packed === 0 ? isDescribedBehind || unpacked > 0 : unpacked === 0) return false
    // What is stored as it is comes out as long as it went in, whatever is stated.
    total += Math.max(packed, unpacked)
    if (total > mostBytes) return false
    const extra = at + ENTRY_BYTES + bytes.readUInt16LE(at + 28)
    const behind = extra + bytes.readUInt16LE(at + 30)
    if (behind > end || hasZip64(bytes.subarray(extra, behind))) return false
    at = behind + bytes.readUInt16LE(at + 32)
  }
  return at === end
}

interface Directory {
  readonly entries: number
  readonly at: number
  readonly end: number
}

/** Undefined where it does not end where its end is told of, or may stand elsewhere. */
function directoryOf(bytes: Buffer): Directory | undefined {
  const end = endOfDirectory(bytes)
  if (end === undefined) return undefined
  const entries = bytes.readUInt16LE(end + 10)
  const [size, at] = [bytes.readUInt32LE(end + 12), bytes.readUInt32LE(end + 16)]
  if (entries === 0 || entries === COUNTED_ELSEWHERE) return undefined
  if (end >= LOCATOR_BYTES && bytes.readUInt32LE(end - LOCATOR_BYTES) === ZIP64_LOCATOR) return undefined
  // What stands elsewhere has a size or place here that never adds up.
  return at + size === end ? { entries, at, end } : undefined
}

/** @param extra the extra fields of one entry, one behind the other: id, length, what is in it */
function hasZip64(extra: Buffer): boolean {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2))
    if (extra.readUInt16LE(at) === ZIP64_EXTRA) return true
  return false
}

function endOfDirectory(bytes: Buffer): number | undefined {
  const earliest = Math.max(0, bytes.length - END_BYTES - MOST_COMMENT)
  for (let at = bytes.length - END_BYTES; at >= earliest; at--)
    if (bytes.readUInt32LE(at) === END_OF_DIRECTORY) return at
  return undefined
}
