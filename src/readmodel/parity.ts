/**
 * Compares two builds of one projection row by row, at the fixed end and at each open cut. Reads both in key order, so that
 * it needs the memory of two rows, and names rows by key alone.
 */
import { isDeepStrictEqual } from 'node:util'
import { NAMED_DIFFERENCES, type ParityReport, type RowDifference } from './port.js'
import type { RowText, TextReader } from './projection-reader.js'

/** What is compared: the live file, as it stands or at a cut that was opened at the fixed end, with the rebuilt one. */
export interface Comparison {
  readonly projection: string
  readonly leafIndex: number
  readonly live: TextReader
  readonly liveCut?: string
  readonly rebuilt: TextReader
  readonly openCuts: readonly string[]
}

export function compareBuilds(comparison: Comparison): ParityReport {
  const { projection, leafIndex, live, liveCut, rebuilt, openCuts } = comparison
  const differences: RowDifference[] = []
  let compared = 0
  let differing = 0
  const compare = (a: Iterable<RowText>, b: Iterable<RowText>, cut: string | undefined): void => {
    for (const { key, kind } of pairs(a, b)) {
      compared++
      if (kind === 'same') continue
      differing++
      if (differences.length < NAMED_DIFFERENCES) differences.push({ key, kind, ...(cut === undefined ? {} : { cut }) })
    }
  }
  compare(live.texts(liveCut), rebuilt.texts(), undefined)
  for (const cut of openCuts) compare(live.texts(cut), rebuilt.texts(cut), cut)
  for (const { key, kind } of pairs(headsOf(live, liveCut), headsOf(rebuilt, undefined))) {
    if (kind === 'same') continue
    differing++
    if (differences.length < NAMED_DIFFERENCES) differences.push({ key, kind })
  }
  return { projection, leafIndex, compared, differing, differences }
}

/** Stands for the head of a row that has changed since the cut: what its head was, nothing tells any more. */
const CHANGED = ''

function* headsOf(reader: TextReader, cut: string | undefined): Generator<Keyed> {
  for (const { key, head } of reader.heads(cut)) {
    if (head !== undefined) yield { key, row: head }
    else if (cut !== undefined && reader.textAt(cut, key)) yield { key, row: CHANGED }
  }
}

type Keyed = Pick<RowText, 'key' | 'row'>

interface Pair {
  readonly key: string
  /** `missing`: the live file lacks it; `extra`: the live file has a row too many. */
  readonly kind: RowDifference['kind'] | 'same'
}

/** Both in key order. */
function* pairs(live: Iterable<Keyed>, rebuilt: Iterable<Keyed>): Generator<Pair> {
  const a = live[Symbol.iterator]()
  const b = rebuilt[Symbol.iterator]()
  let left = a.next()
  let right = b.next()
  while (!left.done || !right.done) {
    if (!left.done && !right.done && left.value.key === right.value.key) {
      yield { key: left.value.key, kind: isSame(left.value.row, right.value.row) ? 'same' : 'differs' }
      left = a.next()
      right = b.next()
    } else if (right.done || (!left.done && left.value.key < right.value.key)) {
      if (!left.done) yield { key: left.value.key, kind: 'extra' }
      left = a.next()
    } else {
      yield { key: right.value.key, kind: 'missing' }
      right = b.next()
    }
  }
}

/** The same value; members may stand in another order, for a live row went through its JSON between events. */
function isSame(a: string, b: string): boolean {
  return a === b || a === CHANGED || isDeepStrictEqual(JSON.parse(a), JSON.parse(b))
}
