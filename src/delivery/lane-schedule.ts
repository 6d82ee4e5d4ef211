/**
 * How a lane stands with its receiver: which step of the back-off it has reached, and what failed alone. A lane that closes
 * leaves it to the next one, maybe on another hub. Numbers and codes only; where it is lost, the schedule starts again.
 */
import { z } from 'zod'
import { sha256 } from '../kernel/hash.js'
import { backoffMs } from './backoff.js'

export interface LaneSchedule {
  /** For which address: another one is tried at once. */
  readonly to: string
  /** Failures of the receiver in a row. */
  readonly rounds: number
  /** The end of its pause, in milliseconds of the wall clock. */
  readonly until: number
  readonly reason: string
  /** `[sequence, attempts, not before]` of messages that failed alone, the next to be tried first. */
  readonly late: readonly (readonly [number, number, number])[]
}

/** Messages whose attempts are remembered; beyond them they count from one again. */
export const MAX_LATE = 64

const count = z.int().nonnegative()
const stored = z.object({
  to: z.string(),
  rounds: count,
  until: z.number(),
  reason: z.string(),
  late: z.array(z.tuple([count, count, z.number()])).max(MAX_LATE),
})

export function addressOf(url: string): string {
  return sha256(url).toString('base64url').slice(0, 16)
}

/** Undefined where it is none, or one for another address. */
export function scheduleFrom(left: unknown, url: string): LaneSchedule | undefined {
  const { success, data } = stored.safeParse(left)
  return success && data.to === addressOf(url) ? data : undefined
}

/** Until when the receiver is left alone. Another hub's clock may go wrong: no pause is longer than its step. */
export function pausedUntil({ rounds, until }: LaneSchedule, now: number): number {
  return Math.min(until, now + backoffMs(rounds))
}
