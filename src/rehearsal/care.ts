/**
 * The care of a whole county as one stream of acts in order of time, told lazily: nothing but the people's agendas is held,
 * so two years of 20,000 people need no more memory than one day of them.
 */
import { DAY, HOUR } from '../kernel/dates.js'
import type { CareAct } from './care-act.js'
import type { County } from './county.js'
import { beginLife } from './joining.js'
import { lifeOf, type Span } from './life.js'
import { REGISTERED_AT_START_SHARE } from './proportions.js'
import { seededRandom } from './seeded-random.js'
import { visit } from './visits.js'

/** Most people are registered in these first days, the others in the course of two and a half years. */
const FIRST_DAYS = 30
const LATER_DAYS = 912

/** Same seed, same county, same span: the same acts, to the byte. */
export function* careOf(county: County, span: Span): Generator<CareAct> {
  const queue = createQueue()
  for (let index = 0; index < county.patients; index++) {
    const random = seededRandom(county.seed, 'begin', index)
    const isFirst = index === 0 || random.chance(REGISTERED_AT_START_SHARE)
    const days = isFirst ? random.next() * FIRST_DAYS : FIRST_DAYS + random.next() * (LATER_DAYS - FIRST_DAYS)
    // Somebody sits at a desk when a person is registered.
    const beginMs = span.fromMs + Math.floor(days) * DAY + random.whole(9 * HOUR, 17 * HOUR)
    if (beginMs < span.toMs) queue.put(beginMs, index, undefined, undefined)
  }
  for (let next = queue.take(); next; next = queue.take()) {
    const { index, atMs } = next
    const life = next.life ?? lifeOf(county, index, span, { begin: beginLife, visit, beginMs: atMs })
    if (next.act) yield next.act
    const following = life.next()
    if (!following.done) queue.put(following.value.atMs, index, life, following.value)
  }
}

interface Waiting {
  readonly atMs: number
  readonly index: number
  readonly life: Generator<CareAct> | undefined
  readonly act: CareAct | undefined
}

/** A binary heap by (moment, person): ties have one order, whatever went before. */
function createQueue() {
  const heap: Waiting[] = []
  const isBefore = (a: number, b: number): boolean => {
    const [x, y] = [heap[a], heap[b]]
    return x !== undefined && y !== undefined && (x.atMs < y.atMs || (x.atMs === y.atMs && x.index < y.index))
  }
  const swap = (a: number, b: number): void => {
    const [x, y] = [heap[a], heap[b]]
    if (x && y) {
      heap[a] = y
      heap[b] = x
    }
  }
  return {
    put(atMs: number, index: number, life: Waiting['life'], act: Waiting['act']): void {
      heap.push({ atMs, index, life, act })
      for (let at = heap.length - 1; at > 0; ) {
        const parent = (at - 1) >> 1
        if (!isBefore(at, parent)) break
        swap(at, parent)
        at = parent
      }
    },
    take(): Waiting | undefined {
      swap(0, heap.length - 1)
      const first = heap.pop()
      for (let at = 0; ; ) {
        const left = 2 * at + 1
        const child = isBefore(left + 1, left) ? left + 1 : left
        if (!isBefore(child, at)) return first
        swap(child, at)
        at = child
      }
    },
  }
}
