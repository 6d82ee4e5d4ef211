/** The literal schedule on which a receiver that does not take a message is tried again. It never ends. Pure. */
import { HOUR, MINUTE, SECOND } from '../kernel/dates.js'

export const BACKOFF_MS: readonly number[] = [
  5 * SECOND,
  15 * SECOND,
  30 * SECOND,
  1 * MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  1 * HOUR,
]

/** The pause after the n-th failure in a row: 5 s after the first, an hour after the ninth and every later one. */
export function backoffMs(failures: number): number {
  return BACKOFF_MS[Math.min(Math.max(failures, 1), BACKOFF_MS.length) - 1] ?? HOUR
}
