/**
 * Chance that comes back: the same seed and labels give the same numbers on any machine (xoshiro128**, seeded by SHA-256).
 * It is good enough for make-believe and for nothing else: no key, nonce or salt may come from here.
 */
import { sha256 } from '../kernel/hash.js'
import { uuidv7 } from '../kernel/ids.js'

export interface SeededRandom {
  /** In [0, 1). */
  next(): number
  /** A whole number from `min` to `max`, both included. */
  whole(min: number, max: number): number
  /** True with this probability. */
  chance(probability: number): boolean
  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T
  /** One of the values, each as often as its weight says: `weighted([['a', 3], ['b', 1]])`. */
  weighted<T>(table: readonly (readonly [value: T, weight: number])[]): T
  /** Days until something that happens `perYear` times a year happens next; `Infinity` for 0. */
  daysUntil(perYear: number): number
  /** A UUIDv7 of this moment. */
  uuid(epochMs: number): string
}

/** E.g. `seededRandom(7, 'life', 42)`: one stream of numbers per person, so that no person's life moves another's. */
export function seededRandom(...labels: readonly (string | number)[]): SeededRandom {
  const digest = sha256(JSON.stringify(labels))
  const view = new DataView(digest.buffer, digest.byteOffset, digest.byteLength)
  let a = view.getUint32(0)
  let b = view.getUint32(4)
  let c = view.getUint32(8)
  let d = view.getUint32(12) | 1

  const word = (): number => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotateLeft(d, 11)
    return result
  }
  const next = (): number => word() / 0x1_0000_0000
  const whole = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1))

  return {
    next,
    whole,
    chance: (probability) => next() < probability,
    pick(list) {
      const chosen = list[whole(0, list.length - 1)]
      if (chosen === undefined) throw new Error('seededRandom.pick: expected a list that is not empty')
      return chosen
    },
    weighted(table) {
      let rest = next() * table.reduce((sum, [, weight]) => sum + weight, 0)
      for (const [value, weight] of table) {
        rest -= weight
        if (rest < 0) return value
      }
      const last = table.at(-1)
      if (!last) throw new Error('seededRandom.weighted: expected a table that is not empty')
      return last[0]
    },
    daysUntil: (perYear) => (-Math.log(1 - next()) / perYear) * DAYS_A_YEAR,
    uuid(epochMs) {
      const bytes = Uint8Array.from({ length: 10 }, () => word() >>> 24)
      return uuidv7(epochMs, bytes)
    },
  }
}

const DAYS_A_YEAR = 365.25

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}
