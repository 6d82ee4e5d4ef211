/**
 * The care of a whole county as one stream of acts in order of time, told lazily: nothing but the people's agendas is held,
 * so two years of 20,000 people need no more memory than one day of them.
 */
import { DAY, HOUR } from '../kernel/dates.js'
import type { CareAct, RecordAct } from './care-act.js'
import type { County } from './county.js'
import { beginLife } from './joining.js'
import { lifeOf, type Span } from './life.js'
import { REGISTERED_AT_START_SHARE } from './proportions.js'
import { seededRandom } from './seeded-random.js'
import { visit } from './visits.js'

/** Most people are registered in these first days, the others in the course of two and a half years. */
const FIRST_DAYS = 30
const LATER_DAYS = 912
/** The most that one write of a person may hold. */
const EVENTS_PER_WRITE = 50

/**
 * Same seed, same county, same span: the same acts, to the byte.
 * @param history `AS_IT_HAPPENED` tells all of it in order of time. `BY_PERSON` tells what lies before `liveFromMs` person by
 *   person and in large writes, as an import does, and then goes on in order of time.
 */
export function* careOf(
  county: County,
  span: Span,
  history: 'AS_IT_HAPPENED' | 'BY_PERSON' = 'AS_IT_HAPPENED',
): Generator<CareAct> {
  const queue = createQueue()
  for (let index = 0; index < county.patients; index++) {
    const random = seededRandom(county.seed, 'begin', index)
    const isFirst = index === 0 || random.chance(REGISTERED_AT_START_SHARE)
    const days = isFirst ? random.next() * FIRST_DAYS : FIRST_DAYS + random.next() * (LATER_DAYS - FIRST_DAYS)
    // Somebody sits at a desk when a person is registered.
    const beginMs = span.fromMs + Math.floor(days) * DAY + random.whole(9 * HOUR, 17 * HOUR)
    if (beginMs >= span.toMs) continue
    if (history === 'AS_IT_HAPPENED') queue.put(beginMs, index, undefined, undefined)
    else {
      const life = lifeOf(county, index, span, { begin: beginLife, visit, beginMs })
      const next = yield* importedHistory(life, span.liveFromMs ?? span.fromMs)
      if (next) queue.put(next.atMs, index, life, next)
    }
  }
  for (let next = queue.take(); next; next = queue.take()) {
    const { index, atMs } = next
    const life = next.life ?? lifeOf(county, index, span, { begin: beginLife, visit, beginMs: atMs })
    if (next.act) yield next.act
    const following = life.next()
    if (!following.done) queue.put(following.value.atMs, index, life, following.value)
  }
}

/** Tells a life up to a moment in as few writes as may be, and answers with the first act from then on. */
function* importedHistory(life: Generator<CareAct>, liveFromMs: number): Generator<CareAct, CareAct | undefined> {
  let pending: RecordAct | undefined
  for (let step = life.next(); ; step = life.next()) {
    const act = step.done ? undefined : step.value
    const joined = act && act.atMs < liveFromMs && pending ? inOneWrite(pending, act) : undefined
    if (joined) {
      pending = joined
      continue
    }
    if (pending) yield pending
    pending = undefined
    if (!act || act.atMs >= liveFromMs) return act
    if (act.kind === 'record' && act.isBackfill) pending = act
    else yield act
  }
}

/** What one agency recorded of a person without anything between. */
function inOneWrite(first: RecordAct, then: CareAct): RecordAct | undefined {
  if (then.kind !== 'record' || !then.isBackfill || then.agency !== first.agency) return undefined
  if (first.events.length + then.events.length > EVENTS_PER_WRITE) return undefined
  return { ...first, atMs: then.atMs, events: [...first.events, ...then.events] }
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
