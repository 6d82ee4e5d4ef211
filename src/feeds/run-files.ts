/**
 * A sorted run as a file. Written only by a sorter whose memory is full, read once by whoever merges; a file that does not open
 * again fails the compile, which starts over.
 */
import { readBlocks, writeBlocks } from './sealed-blocks.js'
import type { Entry } from './sorted-runs.js'

/** The lengths before group, id and value. */
const HEAD_BYTES = 1 + 1 + 4
const NAME = 'run'

/** Entries of `length(1) ‖ group ‖ length(1) ‖ id ‖ length(4) ‖ value`, whole in a block. */
export function writeRun(path: string, key: Uint8Array, entries: Iterable<Entry>): void {
  writeBlocks({ path, key, name: NAME }, encoded(entries))
}

export function* readRun(path: string, key: Uint8Array): Generator<Entry> {
  for (const block of readBlocks({ path, key, name: NAME })) {
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
}

function* encoded(entries: Iterable<Entry>): Generator<Buffer> {
  for (const { group, id, value } of entries) {
    const bytes = Buffer.allocUnsafe(group.length + id.length + value.length + HEAD_BYTES)
    let used = 0
    for (const part of [group, id]) {
      bytes[used] = part.length
      used += 1 + bytes.write(part, used + 1, 'latin1')
    }
    used = bytes.writeUInt32BE(value.length, used)
    value.copy(bytes, used)
    yield bytes
  }
}
