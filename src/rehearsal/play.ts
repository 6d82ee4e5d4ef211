/**
 * Plays acts into a hub in the order of time, driving its calendar: many people at once, each person's acts one after the
 * other. A day is settled before the next begins, so `recordedAt` is right to the day and nothing piles up.
 */
import { isHealthRole } from '../domain/authority.js'
import { patientIdOf } from '../domain/derived-ids.js'
import type { DrivenClock } from '../kernel/clock.js'
import { DAY, dayOf, HOUR } from '../kernel/dates.js'
import { isHubError } from '../kernel/errors.js'
import type { Principal, Recorder, RecordOutcome } from '../recording/port.js'
import { type AnswerAct, type CareAct, type NameAct, type RecordAct, registers, writeOf } from './care-act.js'

/** What of a hub a play needs. */
export interface PlayHub {
  readonly logId: string
  readonly recorder: Recorder
  readonly held: {
    match(principal: Principal, heldId: string, patientId: string): Promise<unknown>
    reject(principal: Principal, heldId: string, reason: 'NOT_IDENTIFIED'): Promise<unknown>
  }
  readonly principalOf: (agency: string) => Principal
  /** What an agency outside health calls a person. */
  readonly pseudonymOf: (agency: string, patientId: string) => Promise<string>
}

export interface PlayOptions {
  readonly hub: PlayHub
  readonly calendar: DrivenClock
  /** People at work at the same time. Defaults to 64. */
  readonly concurrency?: number
  /**
   * Days that are in flight together before all is settled: more is faster, and lets `recordedAt` be late by as many days.
   * Defaults to 1.
   */
  readonly settleDays?: number
  /** Called after each act. */
  readonly onAct?: (act: CareAct, outcome: RecordOutcome | undefined) => void
  /** Called when all acts of these days are settled, before the calendar goes on; `dayEndMs` is the first moment after it. */
  readonly onDay?: (dayEndMs: number) => Promise<void> | void
  /** Asked between acts: true ends the play with `PlayStopped`. */
  readonly isStopping?: () => boolean
  /** Takes an act out of the play's hands, e.g. to send it over HTTP; undefined leaves it to the play. */
  readonly send?: (
    act: RecordAct | NameAct,
    ids: { readonly patientId: string; readonly pseudonym?: string },
  ) => Promise<RecordOutcome> | undefined
}

export interface Play {
  /** Change the options from here on. */
  settleEvery(days: number): void
  workWith(concurrency: number): void
  /** Plays every act before this moment; the calendar then stands there. */
  until(toMs: number): Promise<void>
  /** The hub's id of a person who has been registered. */
  patientId(person: number): string | undefined
  readonly counts: PlayCounts
}

export interface PlayCounts {
  readonly acts: number
  readonly events: number
  readonly warnings: number
  /** Warnings by rule. */
  readonly warningsByRule: ReadonlyMap<string, number>
  readonly held: number
}

const CONCURRENCY = 64

/** @param acts in order of time, e.g. `careOf(county, span)`; taken one by one */
export function createPlay(acts: Iterator<CareAct>, options: PlayOptions): Play {
  const { hub, calendar } = options
  let concurrency = options.concurrency ?? CONCURRENCY
  let settleDays = options.settleDays ?? 1
  const patients = new Map<number, string>()
  const heldIds = new Map<string, string>()
  const busy = new Map<number, Promise<void>>()
  const counts = { acts: 0, events: 0, warnings: 0, warningsByRule: new Map<string, number>(), held: 0 }
  let next = acts.next()
  let day = dayOf(calendar.now())

  const record = async (act: RecordAct | NameAct, principal: Principal): Promise<RecordOutcome> => {
    const [first] = act.kind === 'record' ? act.events : [act.event]
    if (act.kind === 'record' && registers(act)) patients.set(act.person, patientIdOf(hub.logId, first?.id ?? ''))
    const patientId = patients.get(act.person) ?? ''
    const isByName = act.kind === 'record' && !isHealthRole(act.role)
    const ids = isByName ? { patientId, pseudonym: await hub.pseudonymOf(act.agency, patientId) } : { patientId }
    const attempt = (): Promise<RecordOutcome> =>
      options.send?.(act, ids) ?? hub.recorder.record(principal, writeOf(act, ids))
    return isByName ? patiently(attempt) : attempt()
  }
  const perform = async (act: CareAct): Promise<void> => {
    const principal = hub.principalOf(act.agency)
    let outcome: RecordOutcome | undefined
    if (isAnswer(act)) {
      const key = `${act.heldFrom} ${act.heldEvent}`
      const heldId = heldIds.get(key) ?? ''
      heldIds.delete(key)
      if (act.kind === 'match') await hub.held.match(principal, heldId, patients.get(act.person) ?? '')
      else await hub.held.reject(principal, heldId, 'NOT_IDENTIFIED')
    } else {
      outcome = await record(act, principal)
      if (outcome.kind === 'held') {
        heldIds.set(`${act.agency} ${act.kind === 'name' ? act.event.id : ''}`, outcome.heldId)
        counts.held += 1
      } else counts.events += outcome.receipts.length
      if (outcome.kind === 'recorded') countWarnings(outcome.warnings.map(({ rule }) => rule))
    }
    counts.acts += 1
    options.onAct?.(act, outcome)
  }
  const countWarnings = (rules: readonly string[]): void => {
    counts.warnings += rules.length
    for (const rule of rules) counts.warningsByRule.set(rule, (counts.warningsByRule.get(rule) ?? 0) + 1)
  }

  let failure: { readonly error: unknown } | undefined
  const launch = (act: CareAct): void => {
    const work = (busy.get(act.person) ?? Promise.resolve())
      .then(() => (failure ? undefined : perform(act)))
      .catch((error: unknown) => {
        failure ??= { error: new PlayError(act, error) }
      })
      .then(() => {
        if (busy.get(act.person) === work) busy.delete(act.person)
      })
    busy.set(act.person, work)
  }
  const settle = async (): Promise<void> => {
    await Promise.all(busy.values())
    if (failure) throw failure.error
  }
  let daysInFlight = 0
  const endDay = async (dayEndMs: number): Promise<void> => {
    daysInFlight += 1
    if (daysInFlight >= settleDays) await settle()
    calendar.advanceTo(Math.max(calendar.now(), dayEndMs))
    day = dayOf(dayEndMs)
    if (daysInFlight < settleDays) return
    daysInFlight = 0
    await options.onDay?.(dayEndMs)
  }
  const endOf = (one: string): number => startOf(one) + DAY

  return {
    counts,
    settleEvery(days) {
      settleDays = days
    },
    workWith(people) {
      concurrency = people
    },
    patientId: (person) => patients.get(person),
    async until(toMs) {
      for (; !next.done && next.value.atMs < toMs; next = acts.next()) {
        const act = next.value
        if (options.isStopping?.()) {
          await settle()
          throw new PlayStopped()
        }
        while (dayOf(act.atMs) > day) await endDay(endOf(day))
        if (busy.size >= concurrency) await Promise.race(busy.values())
        calendar.advanceTo(Math.max(calendar.now(), act.atMs))
        launch(act)
      }
      while (endOf(day) < toMs) await endDay(endOf(day))
      daysInFlight = settleDays
      if (endOf(day) === toMs) await endDay(toMs)
      await settle()
      calendar.advanceTo(Math.max(calendar.now(), toMs))
    },
  }
}

/** An act that the hub refused, by its kind and types; says nothing of the person but the index in the county. */
export class PlayError extends Error {
  constructor(act: CareAct, cause: unknown) {
    const types = act.kind === 'record' ? act.events.map(({ type }) => type).join(' + ') : act.kind
    super(`the hub refused an act of person ${act.person}: ${types}`, { cause })
  }
}

/** The play was asked to end before its time. */
export class PlayStopped extends Error {
  constructor() {
    super('the play was stopped')
  }
}

function isAnswer(act: CareAct): act is AnswerAct {
  return act.kind === 'match' || act.kind === 'reject'
}

/** A name that the hub gave may be younger than the table of names that it looks in: a moment later it is there. */
async function patiently<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      if (!isHubError(error, 'HUB_NOT_FOUND') || tries === 5) throw error
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  }
}

function startOf(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) - 8 * HOUR
}
