/**
 * Where the streams end that this process wrote to last. Only for a log that nobody else writes. A stream that is being written
 * has no known end: what is committed can be read from the file before its writer is told.
 */

export interface RecentTails {
  /** An append to the stream begins. */
  writing(stream: string): void
  /** It has ended: at this revision, or without any. */
  wrote(stream: string, revision: number | undefined): void
  /** The stream's last revision; undefined where it was not written lately, or is being written. */
  of(stream: string): number | undefined
}

/** Streams of a generation: the last so many are known, and up to twice as many. */
const KEPT = 4096

/** Two generations: of a log's streams most are written once and never asked for; to order them costs more than to let them go. */
export function createRecentTails(): RecentTails {
  const underWay = new Map<string, number>()
  let young = new Map<string, number>()
  let old = new Map<string, number>()
  return {
    writing: (stream) => void underWay.set(stream, (underWay.get(stream) ?? 0) + 1),
    wrote(stream, revision) {
      const left = (underWay.get(stream) ?? 1) - 1
      if (left > 0) underWay.set(stream, left)
      else underWay.delete(stream)
      if (revision === undefined) {
        young.delete(stream)
        old.delete(stream)
        return
      }
      if (young.size >= KEPT) {
        old = young
        young = new Map()
      }
      young.set(stream, revision)
    },
    of: (stream) => (underWay.has(stream) ? undefined : (young.get(stream) ?? old.get(stream))),
  }
}
