/**
 * A file of sealed blocks, for what is larger than memory: each is `length(4) ‖ sealed`, bound to the file's name, its place and whether
 * it is the last, so that a file that was cut short or put together anew does not open.
 */
import { closeSync, mkdirSync, openSync, readSync, renameSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { sealBytes, unsealBytes } from './sealed-file.js'

const BLOCK_BYTES = 256 * 1024
const LENGTH_BYTES = 4

export interface BlockFile {
  readonly path: string
  readonly key: Uint8Array
  /** What no other file of this key is called. */
  readonly name: string
}

/** Gathers pieces into blocks; the file appears under its name when it is whole. */
export function writeBlocks({ path, key, name }: BlockFile, pieces: Iterable<Uint8Array>): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const part = `${path}.part`
  const descriptor = openSync(part, 'w', 0o600)
  try {
    let block: Uint8Array[] = []
    let bytes = 0
    let number = 0
    const write = (isLast: boolean): void => {
      const sealed = sealBytes(key, blockName(name, number++, isLast), ...block)
      const length = Buffer.alloc(LENGTH_BYTES)
      length.writeUInt32BE(sealed.length)
      writeSync(descriptor, Buffer.concat([length, sealed]))
      block = []
      bytes = 0
    }
    for (const piece of pieces) {
      if (bytes > 0 && bytes + piece.length > BLOCK_BYTES) write(false)
      block.push(piece)
      bytes += piece.length
    }
    write(true)
  } finally {
    closeSync(descriptor)
  }
  renameSync(part, path)
}

/** The blocks in order. Throws where one does not open, or the last is missing. */
export function* readBlocks({ path, key, name }: BlockFile): Generator<Buffer> {
  const descriptor = openSync(path, 'r')
  try {
    const length = Buffer.alloc(LENGTH_BYTES)
    for (let number = 0; ; number++) {
      if (readSync(descriptor, length) < LENGTH_BYTES)
        throw new Error('readBlocks: the file ends before its last block')
      const sealed = Buffer.alloc(length.readUInt32BE())
      readSync(descriptor, sealed)
      const block = unsealBytes(key, blockName(name, number, false), sealed)
      if (block) {
        yield block
        continue
      }
      const last = unsealBytes(key, blockName(name, number, true), sealed)
      if (!last) throw new Error('readBlocks: a block does not open')
      yield last
      return
    }
  } finally {
    closeSync(descriptor)
  }
}

function blockName(name: string, number: number, isLast: boolean): string {
  return `${name}#${number}${isLast ? '$' : ''}`
}
