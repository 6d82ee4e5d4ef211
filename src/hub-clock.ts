/**
 * What the hub writes down about a clock that runs behind the log (design §5): that it is in doubt, and what ends the doubt:
 * the clock passing the last event, or a person who confirms it. It sets no clock.
 */
import type { Receipt, StoredEvent } from './domain/event.js'
import { readNumber, readText } from './domain/read-data.js'
import { HUB_STREAM } from './domain/streams.js'
import { epochMsOf } from './kernel/dates.js'
import { HubError } from './kernel/errors.js'
import type { ClockGuard } from './recording/clock-guard.js'
import type { LiveDirectory } from './recording/live-directory.js'
import type { HubRecorder, Principal } from './recording/port.js'

/** Who `ClockConfirmed.by` names where nobody confirmed: the clock passed the event. */
const BY_CLOCK = 'clock'

export interface ClockActs {
  /** Writes down that the clock is in doubt, and that it is no longer once it has passed the last event. */
  look(): Promise<void>
  /** A person says that the clock is right. Throws `HUB_ALREADY_DECIDED` where it is in no doubt. */
  confirm(by: Principal): Promise<Receipt>
}

export interface ClockActsDeps {
  readonly clockGuard: ClockGuard
  readonly directory: Pick<LiveDirectory, 'current' | 'through'>
  readonly hubRecorder: HubRecorder
}

export function createClockActs({ clockGuard, directory, hubRecorder }: ClockActsDeps): ClockActs {
  /** One after the other: two looks at once would both write the same doubt. */
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(act: () => Promise<T>): Promise<T> => {
    const result = turn.then(act)
    turn = result.catch(() => undefined)
    return result
  }
  const append = async (type: string, data: Readonly<Record<string, unknown>>, by?: Principal): Promise<Receipt> => {
    const receipt = await hubRecorder.appendNext({ stream: HUB_STREAM, type, data, ...(by ? { by } : {}) })
    await directory.through(receipt)
    return receipt
  }
  const look = async (): Promise<void> => {
    const isInDoubt = clockGuard.isInDoubt()
    if (isInDoubt === directory.current.isClockDoubted()) return
    if (isInDoubt) await append('ClockDoubted', { behindMs: Math.round(clockGuard.behindMs()) })
    else await append('ClockConfirmed', { by: BY_CLOCK })
  }
  return {
    look: () => inTurn(look),
    confirm: (by) =>
      inTurn(async () => {
        // The doubt is written down first, so that the log says what was confirmed.
        await look()
        if (!directory.current.isClockDoubted()) throw new HubError('HUB_ALREADY_DECIDED', 'the clock is in no doubt')
        const receipt = await append('ClockConfirmed', { by: by.person ?? by.client }, by)
        clockGuard.confirm()
        return receipt
      }),
  }
}

/** What the log says of a clock that was set back and may still be behind. */
export interface Doubt {
  readonly behindMs: number
  /** A person has said that it is right. */
  readonly isConfirmed: boolean
}

/** @returns undefined where the clock was never set back, or has passed since whatever the doubt was about */
export function doubtIn(hubEvents: readonly StoredEvent[], nowMs: number): Doubt | undefined {
  let doubt: (Doubt & { readonly untilMs: number }) | undefined
  for (const { type, data, recordedAt } of hubEvents) {
    if (type === 'ClockDoubted') {
      const behindMs = readNumber(data, 'behindMs')
      // At the latest: where the stream's tail was the floor, it was written down before that.
      doubt = { behindMs, isConfirmed: false, untilMs: epochMsOf(recordedAt) + behindMs }
    } else if (type === 'ClockConfirmed') {
      doubt = doubt && readText(data, 'by') !== BY_CLOCK ? { ...doubt, isConfirmed: true } : undefined
    }
  }
  return doubt && nowMs < doubt.untilMs ? doubt : undefined
}
