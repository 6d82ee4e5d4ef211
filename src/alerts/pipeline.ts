/**
 * What is under way between the cursor and the checkpoint. Appends are answered in any order; the checkpoint moves only over
 * events whose appends have all been answered, in log order, and writes what they changed in one transaction with itself.
 */
import type { Position } from '../log/port.js'
import type { Told } from './beliefs.js'
import type { Cut, DispatchState, StateWrite } from './dispatch-state-sqlite.js'
import type { Memory } from './matching.js'

export interface Pipeline extends Memory {
  /** Notes the next event of the log: what it changes, and the appends that must be answered first. */
  add(position: Position, writes: readonly StateWrite[], appends: readonly Promise<void>[]): void
  /** Resolves when few enough appends are under way for more. */
  room(): Promise<void>
  /** The last event whose appends have been answered, and those of all before it. */
  settled(): Position
  /** Resolves when something more has settled. */
  progress(): Promise<void>
  isEmpty(): boolean
  /** True after an append was refused for good: nothing behind it settles any more. */
  isBroken(): boolean
  /** Writes the checkpoint as far as things have settled. */
  flush(): void
}

interface Open {
  readonly position: Position
  readonly writes: readonly StateWrite[]
  unanswered: number
}

const MAX_UNDER_WAY = 256
/**
 * A checkpoint is a note of how far we came: the events after it are taken again, to the same effect. Small ones, since all
 * alerts wait while one is written.
 */
const FLUSH_MS = 50
const FLUSH_EVENTS = 50

export function createPipeline(state: DispatchState, fail: (error: unknown) => void): Pipeline {
  const open: Open[] = []
  let first = 0
  let underWay = 0
  let settled: Position = state.position
  let settledCount = 0
  let toWrite: StateWrite[] = []
  let timer: NodeJS.Timeout | undefined
  const pendingTold = new Map<string, Told[]>()
  let pendingCuts: Cut[] = []
  const pendingReleases = new Set<string>()
  /** The person asked for last, usually several times in a row. */
  let lastTold: { readonly patientId: string; readonly told: readonly Told[] } | undefined
  let waiting: (() => void)[] = []
  let isBroken = false

  const wake = (): void => {
    const woken = waiting
    waiting = []
    for (const resume of woken) resume()
  }

  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    if (settled === state.position) return
    state.commit(toWrite, settled)
    for (const write of toWrite) forget(write)
    toWrite = []
    settledCount = 0
  }

  const note = (write: StateWrite): void => {
    if (write.kind === 'told') {
      if (lastTold?.patientId === write.patientId) lastTold = undefined
      const told = pendingTold.get(write.patientId)
      if (told) told.push(write.told)
      else pendingTold.set(write.patientId, [write.told])
    } else if (write.kind === 'cut') pendingCuts.push(write.cut)
    else if (write.kind === 'release') pendingReleases.add(`${write.cutId} ${write.agency}`)
  }

  const forget = (write: StateWrite): void => {
    if (write.kind === 'told') {
      const left = (pendingTold.get(write.patientId) ?? []).filter((told) => told !== write.told)
      if (left.length === 0) pendingTold.delete(write.patientId)
      else pendingTold.set(write.patientId, left)
    } else if (write.kind === 'cut') pendingCuts = pendingCuts.filter((cut) => cut !== write.cut)
    else if (write.kind === 'release') pendingReleases.delete(`${write.cutId} ${write.agency}`)
  }

  const settle = (): void => {
    for (let head = open[first]; head && head.unanswered === 0; head = open[first]) {
      settled = head.position
      for (const write of head.writes) toWrite.push(write)
      settledCount++
      first++
    }
    if (first > 0 && first * 2 >= open.length) {
      open.splice(0, first)
      first = 0
    }
    if (settledCount >= FLUSH_EVENTS) flush()
    else if (settled !== state.position) timer ??= setTimeout(flush, FLUSH_MS)
    wake()
  }

  return {
    add(position, writes, appends) {
      for (const write of writes) note(write)
      const entry: Open = { position, writes, unanswered: appends.length }
      open.push(entry)
      underWay += appends.length
      for (const append of appends) {
        append.then(
          () => {
            underWay--
            entry.unanswered--
            settle()
          },
          (error: unknown) => {
            isBroken = true
            fail(error)
            wake()
          },
        )
      }
      if (appends.length === 0) settle()
    },
    async room() {
      while (underWay >= MAX_UNDER_WAY && !isBroken) await new Promise<void>((resolve) => waiting.push(resolve))
    },
    settled: () => settled,
    progress: () => new Promise((resolve) => waiting.push(resolve)),
    isEmpty: () => open.length === first,
    isBroken: () => isBroken,
    flush,
    toldOf(patientId) {
      if (lastTold?.patientId === patientId) return lastTold.told
      const pending = pendingTold.get(patientId)
      const written = state.toldOf(patientId)
      // As the file gives them: an alarm that climbed is remembered beside its cause.
      const told = pending ? [...written, ...pending].sort((a, b) => a.revision - b.revision) : written
      lastTold = { patientId, told }
      return told
    },
    wasTold: (patientId, kind) =>
      pendingTold.get(patientId)?.some((told) => told.kind === kind) === true || state.wasTold(patientId, kind),
    latestCuts(perFeed) {
      if (pendingCuts.length === 0) return state.latestCuts(perFeed)
      const all = [...pendingCuts, ...state.latestCuts(perFeed)].sort((a, b) => (a.closedAt < b.closedAt ? 1 : -1))
      return all.filter(({ feed }, i) => all.slice(0, i).filter((other) => other.feed === feed).length < perFeed)
    },
    isReleased: (cutId, agency) => pendingReleases.has(`${cutId} ${agency}`) || state.isReleased(cutId, agency),
  }
}
