/**
 * A sorted run as a file: encrypted blocks, each read back as a whole. Written only by a sorter whose memory is full, read
 * once by whoever merges; a file that does not open again fails the compile, which starts over.
 */
import { closeSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { sealBytes, unsealBytes } from './sealed-file.js'
import type { Entry } from './sorted-runs.js'

const BLOCK_BYTES = 256 * 1024
/** The lengths before group, id and value. */
const HEAD_BYTES = 1 + 1 + 4

/** Blocks of `length(4) ‖ sealed`; in a block, entries of `length(1) ‖ group ‖ length(1) ‖ id ‖ length(4) ‖ value`. */
export function writeRun(file: string, secret: Uint8Array, entries: Iterable<Entry>): void {
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

export function* readRun(file: string, secret: Uint8Array): Generator<Entry> {
  const descriptor = openSync(file, 'r')
  try {
    const length = Buffer.alloc(4)
    for (let number = 0; readSync(descriptor, length) === 4; number++) {
      const sealed = Buffer.alloc(length.readUInt32BE())
      readSync(descriptor, sealed)
      const block = unsealBytes(secret, blockName(number), sealed)
      if (!block) throw new Error('readRun: a run does not open again')
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
