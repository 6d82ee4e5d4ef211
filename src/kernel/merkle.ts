/**
 * Tree hashes of RFC 6962 §2.1: leaf = SHA-256(0x00 ‖ entry), node = SHA-256(0x01 ‖ left ‖ right), empty tree =
 * SHA-256 of nothing. Pure and incremental: memory grows with the logarithm of the number of leaves.
 */
import { sha256, sha256Of } from './hash.js'

const LEAF_PREFIX = Uint8Array.of(0x00)
const NODE_PREFIX = Uint8Array.of(0x01)

/** SHA-256(0x00 ‖ entry), e.g. of no bytes: `6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d`. */
export function leafHash(entry: string | Uint8Array): Buffer {
  return sha256Of(LEAF_PREFIX, entry)
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return sha256Of(NODE_PREFIX, left, right)
}

export interface TreeHasher {
  /** Adds the leaf hash of the next entry. */
  add(leaf: Uint8Array): void
  /** The tree hash over all leaves so far; more may be added afterwards. */
  root(): Buffer
  size(): number
}

/** Folds leaf hashes into a root; keeps one hash per level. */
export function treeHasher(): TreeHasher {
  const levels: (Buffer | undefined)[] = []
  let size = 0
  return {
    add(leaf) {
      let carry: Buffer = Buffer.from(leaf)
      let level = 0
      for (; levels[level] !== undefined; level++) {
        carry = nodeHash(levels[level] ?? carry, carry)
        levels[level] = undefined
      }
      levels[level] = carry
      size++
    },
    root() {
      let root: Buffer | undefined
      for (const subtree of levels) {
        if (subtree) root = root ? nodeHash(subtree, root) : subtree
      }
      return root ?? sha256('')
    },
    size: () => size,
  }
}

/** The tree hash of entries (not of leaf hashes). */
export function treeRoot(entries: Iterable<string | Uint8Array>): Buffer {
  const tree = treeHasher()
  for (const entry of entries) tree.add(leafHash(entry))
  return tree.root()
}
