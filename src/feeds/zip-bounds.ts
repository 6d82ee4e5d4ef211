/**
 * What a workbook would unpack to, from its directory alone, before anything is unpacked. The package that reads it unpacks no entry
 * beyond the size that its directory states, so that the sum of these is what it can cost. Pure; whatever cannot be told is refused.
 */

export interface ZipBounds {
  readonly mostEntries: number
  /** Bytes, unpacked, of all entries together. */
  readonly mostBytes: number
}

const END_OF_DIRECTORY = 0x06054b50
const DIRECTORY_ENTRY = 0x02014b50
const END_BYTES = 22
const ENTRY_BYTES = 46
/** The longest comment behind the end of the directory. */
const MOST_COMMENT = 0xffff
/** The size stands elsewhere: in another field, which no sheet of ours needs. */
const ELSEWHERE = 0xffffffff
const DESCRIBED_BEHIND = 0x08

/** True for an archive whose entries are few, state what they unpack to, and unpack to no more than that. */
export function isWithin(bytes: Buffer, { mostEntries, mostBytes }: ZipBounds): boolean {
  const end = endOfDirectory(bytes)
  if (end === undefined) return false
  const entries = bytes.readUInt16LE(end + 10)
  if (entries === 0 || entries > mostEntries) return false
  let at = bytes.readUInt32LE(end + 16)
  let total = 0
  for (let i = 0; i < entries; i++) {
    if (at + ENTRY_BYTES > bytes.length || bytes.readUInt32LE(at) !== DIRECTORY_ENTRY) return false
    const [packed, unpacked] = [bytes.readUInt32LE(at + 20), bytes.readUInt32LE(at + 24)]
    const isDescribedBehind = (bytes.readUInt16LE(at + 8) & DESCRIBED_BEHIND) !== 0
    if (packed === ELSEWHERE || unpacked === ELSEWHERE || bytes.readUInt32LE(at + 42) === ELSEWHERE) return false
    // Where the directory says nothing, something else does.
    if (packed === 0 ? isDescribedBehind || unpacked > 0 : unpacked === 0) return false
    total += unpacked
    if (total > mostBytes) return false
    at += ENTRY_BYTES + bytes.readUInt16LE(at + 28) + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32)
  }
  return true
}

function endOfDirectory(bytes: Buffer): number | undefined {
  const earliest = Math.max(0, bytes.length - END_BYTES - MOST_COMMENT)
  for (let at = bytes.length - END_BYTES; at >= earliest; at--)
    if (bytes.readUInt32LE(at) === END_OF_DIRECTORY) return at
  return undefined
}
