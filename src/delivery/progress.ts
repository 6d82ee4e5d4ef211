/**
 * How far a subscription has come, folded from its stream. The cursor is the low-water mark: everything below it was handed
 * over or is parked. What was handed over beyond it is remembered, so that one stuck person holds up nobody else for ever.
 */
import type { StoredEvent } from '../domain/event.js'
import { readNumber, readText } from '../domain/read-data.js'

export interface Progress {
  /** The lowest sequence that is neither handed over nor parked. */
  cursor(): number
  /** True where the sequence needs no further attempt: handed over, or parked. */
  isDone(sequence: number): boolean
  /** The first sequence from this one on that needs an attempt. */
  nextOpen(sequence: number): number
  /** Sequence → ordering key, in order of sequence. */
  parked(): ReadonlyMap<number, string>
  /** Sequences that somebody asked to be sent again and that have not been taken since. */
  redriving(): ReadonlySet<number>
  collectedThrough(): number
  acknowledgedThrough(): number
  /** What the receiver has is parked no more. */
  handedOver(from: number, through: number): void
  /** Changes nothing where it was handed over and nobody asked for it since. */
  park(sequence: number, key: string): void
  redrive(sequences: readonly number[]): void
  collected(through: number): void
  acknowledged(through: number): void
}

export function createProgress(): Progress {
  let cursor = 0
  let collectedThrough = -1
  let acknowledgedThrough = -1
  const beyond = new Set<number>()
  let parked = new Map<number, string>()
  const redriving = new Set<number>()

  const done = (sequence: number): void => {
    if (sequence < cursor) return
    beyond.add(sequence)
    while (beyond.delete(cursor)) cursor++
  }

  return {
    cursor: () => cursor,
    isDone: (sequence) => sequence < cursor || beyond.has(sequence),
    nextOpen(sequence) {
      let next = Math.max(sequence, cursor)
      while (beyond.has(next)) next++
      return next
    },
    parked: () => parked,
    redriving: () => redriving,
    collectedThrough: () => collectedThrough,
    acknowledgedThrough: () => acknowledgedThrough,
    handedOver(from, through) {
      for (let sequence = from; sequence <= through; sequence++) {
        redriving.delete(sequence)
        parked.delete(sequence)
        done(sequence)
      }
    },
    park(sequence, key) {
      const isHandedOver = (sequence < cursor || beyond.has(sequence)) && !parked.has(sequence)
      // A hub that had lost its lease may say so late: the receiver has it.
      if (isHandedOver && !redriving.has(sequence)) return
      redriving.delete(sequence)
      parked.set(sequence, key)
      parked = new Map([...parked].sort(([a], [b]) => a - b))
      done(sequence)
    },
    redrive(sequences) {
      for (const sequence of sequences) {
        parked.delete(sequence)
        redriving.add(sequence)
      }
    },
    collected(through) {
      collectedThrough = Math.max(collectedThrough, through)
    },
    acknowledged(through) {
      acknowledgedThrough = Math.max(acknowledgedThrough, through)
    },
  }
}

/** Takes the next event of a `subscription-<id>` stream; what is no matter of delivery changes nothing. */
export function foldProgress(progress: Progress, { type, data }: StoredEvent): void {
  switch (type) {
    case 'MessageHandedOver':
      progress.handedOver(readNumber(data, 'from'), readNumber(data, 'through'))
      break
    case 'MessageParked':
      progress.park(readNumber(data, 'sequence'), readText(data, 'key'))
      break
    case 'MessageRedriven':
      if (Array.isArray(data.sequences)) progress.redrive(data.sequences.filter((one) => typeof one === 'number'))
      break
    case 'MessageCollected':
      progress.collected(readNumber(data, 'through'))
      break
    case 'MessageAcknowledged':
      progress.acknowledged(readNumber(data, 'through'))
      break
    default:
      break
  }
}
