/**
 * How far a receiver has come: a low-water mark, the sequences above it that were applied, and those that were passed over
 * because the hub has parked them. Pure numbers, nothing personal. Sample:
 * `{"format":1,"subscription":"0198…","source":"urn:lianhu:log:0198…","mark":41,"above":[[43,45]],"parked":[17],"erased":[]}`
 */
import { KitError } from './kit-error.js'

export interface StateSnapshot {
  readonly format: 1
  readonly subscription: string
  /** The hub that all messages so far came from; absent before the first. */
  readonly source?: string
  /** Everything through here was applied, or is parked; -1 at the beginning. */
  readonly mark: number
  /** What was applied above it, as ranges `[from, through]`. */
  readonly above: readonly (readonly [number, number])[]
  /** Not applied, and no gap either: the hub sends them when somebody asks for it. */
  readonly parked: readonly number[]
  /** Applied, and deleted since. */
  readonly erased: readonly number[]
}

/** Which sequences the hub says are parked now: beside a webhook the first hundred, beside a mailbox page all. */
export interface ParkedList {
  readonly sequences: ReadonlySet<number>
  readonly isComplete: boolean
}

export interface ReceiverState {
  mark(): number
  source(): string | undefined
  isApplied(sequence: number): boolean
  isErased(sequence: number): boolean
  /** Passed over and not applied since. */
  parked(): ReadonlySet<number>
  /** What is neither applied nor parked below a sequence, lowest first; also what was parked once and is not any more. */
  missingBelow(sequence: number, parked: ParkedList): Iterable<number>
  comesFrom(source: string): void
  applied(sequence: number): void
  erased(sequence: number): void
  /** True where that changed anything. */
  noteParked(parked: ParkedList): boolean
  snapshot(): StateSnapshot
}

export function emptyState(subscription: string): StateSnapshot {
  return { format: 1, subscription, mark: -1, above: [], parked: [], erased: [] }
}

export function createState(from: StateSnapshot): ReceiverState {
  let { mark, source } = from
  const above = new Set<number>()
  for (const [first, last] of from.above) for (let sequence = first; sequence <= last; sequence++) above.add(sequence)
  const parked = new Set(from.parked)
  const erased = new Set(from.erased)

  const isApplied = (sequence: number): boolean => !parked.has(sequence) && (sequence <= mark || above.has(sequence))

  const advance = (): void => {
    while (above.delete(mark + 1) || parked.has(mark + 1)) mark++
  }

  return {
    mark: () => mark,
    source: () => source,
    isApplied,
    isErased: (sequence) => erased.has(sequence),
    parked: () => parked,
    *missingBelow(sequence, listed) {
      const lastListed = listed.isComplete ? Number.POSITIVE_INFINITY : Math.max(-1, ...listed.sequences)
      for (const one of [...parked].sort((a, b) => a - b)) {
        if (one < sequence && one <= lastListed && !listed.sequences.has(one)) yield one
      }
      for (let one = mark + 1; one < sequence; one++) {
        if (!above.has(one) && !parked.has(one) && !listed.sequences.has(one)) yield one
      }
    },
    comesFrom(given) {
      source = given
    },
    applied(sequence) {
      parked.delete(sequence)
      if (sequence > mark) above.add(sequence)
      advance()
    },
    erased(sequence) {
      erased.add(sequence)
    },
    noteParked({ sequences }) {
      const before = parked.size
      for (const sequence of sequences) if (!isApplied(sequence)) parked.add(sequence)
      advance()
      return parked.size > before
    },
    snapshot: () => ({
      format: 1,
      subscription: from.subscription,
      ...(source === undefined ? {} : { source }),
      mark,
      above: rangesOf(above),
      parked: [...parked].sort((a, b) => a - b),
      erased: [...erased].sort((a, b) => a - b),
    }),
  }
}

/** Throws `STATE_UNREADABLE`: a state that cannot be read is never taken for an empty one. */
export function parseState(text: string): StateSnapshot {
  let state: Partial<StateSnapshot>
  try {
    state = JSON.parse(text)
  } catch (cause) {
    throw new KitError('STATE_UNREADABLE', 'expected the state file to hold JSON', { cause })
  }
  const isSequence = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0
  const areSequences = (values: unknown): boolean => Array.isArray(values) && values.every(isSequence)
  const isSound =
    state.format === 1 &&
    typeof state.subscription === 'string' &&
    (state.source === undefined || typeof state.source === 'string') &&
    Number.isSafeInteger(state.mark) &&
    Number(state.mark) >= -1 &&
    Array.isArray(state.above) &&
    state.above.every((range) => areSequences(range) && range.length === 2 && range[0] <= range[1]) &&
    areSequences(state.parked) &&
    areSequences(state.erased)
  if (!isSound) throw new KitError('STATE_UNREADABLE', 'expected a state file of format 1')
  return state as StateSnapshot
}

function rangesOf(sequences: ReadonlySet<number>): readonly (readonly [number, number])[] {
  const ranges: [number, number][] = []
  for (const sequence of [...sequences].sort((a, b) => a - b)) {
    const last = ranges.at(-1)
    if (last && last[1] === sequence - 1) last[1] = sequence
    else ranges.push([sequence, sequence])
  }
  return ranges
}
