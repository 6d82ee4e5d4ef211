/**
 * What one agency applied, in which order: the book by which a run is judged. It can be put back to what it was, as an agency's own
 * database is when it comes back from a backup.
 */
import type { ReceivedMessage } from '../../kit/envelope.js'

export interface Book {
  /** Sequence → id of what was applied. */
  readonly applied: ReadonlyMap<number, string>
  /** Applied once more after it had been. */
  readonly doubled: number
  /** Applied although a later message of the same person had been. */
  readonly outOfOrder: number
  readonly problems: readonly string[]
}

export interface Bookkeeper {
  apply(message: Pick<ReceivedMessage, 'id' | 'sequence' | 'subject'>): void
  problem(error: unknown): void
  book(): Book
  /** What is applied by now. What went wrong stays in the book whatever is put back. */
  copy(): BookCopy
  putBack(copy: BookCopy): void
}

export interface BookCopy {
  readonly applied: ReadonlyMap<number, string>
  readonly latestOf: ReadonlyMap<string, number>
}

const PROBLEMS_KEPT = 100

export function createBookkeeper(): Bookkeeper {
  let applied = new Map<number, string>()
  let latestOf = new Map<string, number>()
  const problems: string[] = []
  let [doubled, outOfOrder] = [0, 0]
  return {
    apply({ id, sequence, subject }) {
      if (applied.has(sequence)) doubled++
      const latest = latestOf.get(subject) ?? -1
      if (latest > sequence) outOfOrder++
      applied.set(sequence, id)
      latestOf.set(subject, Math.max(latest, sequence))
    },
    problem(error) {
      if (problems.length < PROBLEMS_KEPT) problems.push(String(error))
    },
    book: () => ({ applied, doubled, outOfOrder, problems }),
    copy: () => ({ applied: new Map(applied), latestOf: new Map(latestOf) }),
    putBack(copy) {
      applied = new Map(copy.applied)
      latestOf = new Map(copy.latestOf)
    },
  }
}
