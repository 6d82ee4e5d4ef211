/**
 * Where streams end and which ids lie in them, as far as this node knows: bounded, and never trusted against the server's
 * answer. An expectation is checked by the server; what is known here only spares the question.
 */
import { LRUCache } from 'lru-cache'

export interface KnownTail {
  /** The last revision that was read or written here; -1 where there is none. */
  readonly revision: number
  /** Revision by event id, for every event up to `revision`. */
  readonly ids: ReadonlyMap<string, number>
}

export interface KnownTails {
  get(stream: string): KnownTail | undefined
  /** Takes events that follow what is known of the stream. After a gap it is let go: an id that stands there would not be known. */
  extend(stream: string, events: readonly { readonly id: string; readonly revision: number }[]): void
  forget(stream: string): void
}

/** Ids of all streams together: some 30 MiB. */
const KNOWN_IDS = 200_000

interface Tail {
  revision: number
  readonly ids: Map<string, number>
}

export function createKnownTails(): KnownTails {
  const tails = new LRUCache<string, Tail>({ maxSize: KNOWN_IDS, sizeCalculation: ({ ids }) => ids.size + 1 })
  return {
    get: (stream) => tails.get(stream),
    extend(stream, events) {
      const known = tails.get(stream) ?? { revision: -1, ids: new Map<string, number>() }
      // Set anew at the end, since its size has changed.
      tails.delete(stream)
      for (const { id, revision } of events) {
        if (revision > known.revision + 1) return
        if (revision <= known.revision) continue
        known.ids.set(id, revision)
        known.revision = revision
      }
      tails.set(stream, known)
    },
    forget: (stream) => void tails.delete(stream),
  }
}
