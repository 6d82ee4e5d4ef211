/**
 * A lease that somebody lends for a time and that is renewed while it is used. It counts from the moment at which it was
 * asked for, so that it ends here before it ends there; it trusts no single clock, and never comes back once it is lost.
 */
import type { Lease } from './jobs.js'

/** A moment on both clocks of this machine: one may be set, the other may stand still while the machine sleeps. */
export interface Instant {
  readonly wall: number
  readonly steady: number
}

export interface LentLease extends Lease {
  left: unknown
  isLost(): boolean
  /** It was asked for again at this moment, and given. */
  renewed(askedAt: Instant): void
  lose(): void
  /** The hub stops: the run ends, the lease is held until it has. */
  end(): void
}

export function instant(): Instant {
  return { wall: Date.now(), steady: performance.now() }
}

/** The same instant, said by the wall clock alone. */
export function instantAt(wallMs: number): Instant {
  const now = instant()
  return { wall: wallMs, steady: now.steady - Math.max(0, now.wall - wallMs) }
}

export function lendLease(askedAt: Instant, durationMs: number): LentLease {
  const ending = new AbortController()
  let since = askedAt
  let isLost = false

  const isOver = (): boolean => {
    const now = instant()
    return Math.max(now.wall - since.wall, now.steady - since.steady) >= durationMs
  }

  const lease: LentLease = {
    isLasting: false,
    left: undefined,
    signal: ending.signal,
    isHeld() {
      if (!isLost && isOver()) lease.lose()
      return !isLost
    },
    isLost: () => isLost,
    renewed(at) {
      if (!isLost) since = at
    },
    lose() {
      isLost = true
      ending.abort()
    },
    end: () => ending.abort(),
  }
  return lease
}
