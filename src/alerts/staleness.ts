/**
 * Levels that nobody has renewed: when the days of an assessment have passed, `LevelWentStale` goes into the person's stream,
 * right after what stands there, so that any hub may append it and one lands. Who held the level is told by the dispatcher. It
 * states no level and looks at nobody but those whose day has come.
 *
 * E.g. at revision 9 of `patient-…`: `{"type":"LevelWentStale","occurredAt":"2026-09-03T00:00:00.000+08:00","data":
 * {"assessment":"0199…","assessedOn":"2026-03-02"}}`.
 */
import {
  ASSESSED,
  type AssessmentDay,
  assessedOn,
  dayOfKey,
  recordedLateOn,
} from '../../projections/assessment-days.js'
import { correctionLedger } from '../domain/effective-history.js'
import type { StoredEvent } from '../domain/event.js'
import { FOLDED_TYPES, foldPatient } from '../domain/patient-fold.js'
import type { RiskState } from '../domain/patient-state.js'
import { patientStream } from '../domain/streams.js'
import type { Clock } from '../kernel/clock.js'
import { addDays, type CalendarDate, dayOf, dayOfTime } from '../kernel/dates.js'
import { isHubError } from '../kernel/errors.js'
import type { LogReader } from '../log/port.js'
import type { ReadModel } from '../readmodel/port.js'
import type { HubRecorder } from '../recording/port.js'

export interface StalenessDeps {
  readonly log: LogReader
  readonly recorder: Pick<HubRecorder, 'appendAt'>
  readonly calendar: Clock
  readonly days: () => Pick<ReadModel<AssessmentDay>, 'withPrefix'>
  /** The level that stands by a read model: it spares the reading of those who were assessed since. */
  readonly riskOf: (patientId: string) => Pick<RiskState, 'assessedAt'> | undefined
  readonly staleAfterDays: number
}

export interface StalenessKeeper {
  /** Looks at some of those whose day has come, and answers with how many levels it ended itself. Never while the clock is in doubt. */
  keep(): Promise<number>
}

/** Looked at in one turn: the others have theirs at the next. */
const CANDIDATES = 2000
const ENDED = 200
const FOLDED = new Set(FOLDED_TYPES)

export function createStalenessKeeper(deps: StalenessDeps): StalenessKeeper {
  const { log, recorder, calendar, days, riskOf, staleAfterDays } = deps
  /** Prefixes of what is still to be looked at, the latest days first; the one that is looked at now is out of the list. */
  const prefixes: string[] = []
  let current: { readonly prefix: string; readonly rows: Iterator<{ readonly row: AssessmentDay }> } | undefined
  let dueThrough: CalendarDate | undefined
  let lateThrough: CalendarDate | undefined

  const note = (today: CalendarDate, due: CalendarDate): void => {
    for (const { key } of dueThrough === undefined ? days().withPrefix(ASSESSED) : []) {
      dueThrough = addDays(dayOfKey(key), -1)
      break
    }
    // Without any assessment there is nothing to begin with: it is asked again.
    if (dueThrough === undefined) return
    for (; dueThrough < due; dueThrough = addDays(dueThrough, 1)) prefixes.unshift(assessedOn(addDays(dueThrough, 1)))
    // What was recorded today is looked at when the day is over: it may still grow.
    lateThrough ??= addDays(today, -1)
    for (; lateThrough < addDays(today, -1); lateThrough = addDays(lateThrough, 1)) {
      prefixes.unshift(recordedLateOn(addDays(lateThrough, 1)))
    }
  }

  /** The next who may have to be looked at; 'nobody' at the end of a day, undefined at the end of all. */
  const next = (): string | 'nobody' | undefined => {
    if (!current) {
      const prefix = prefixes.shift()
      if (prefix === undefined) return undefined
      current = { prefix, rows: days().withPrefix(prefix)[Symbol.iterator]() }
    }
    const found = current.rows.next()
    if (!found.done) return found.value.row.patientId
    current = undefined
    return 'nobody'
  }

  /** @returns 'lost' where somebody recorded at the same instant */
  const end = async (patientId: string, due: CalendarDate): Promise<'ended' | 'current' | 'lost'> => {
    const stream = patientStream(patientId)
    const { tail, risk } = await standingRisk(log, stream)
    if (!tail || !risk || dayOfTime(risk.assessedAt) > due) return 'current'
    const day = dayOfTime(risk.assessedAt)
    const data = {
      assessment: risk.eventId,
      assessedOn: day,
      at: `${addDays(day, staleAfterDays + 1)}T00:00:00.000+08:00`,
    }
    const causation = { stream, id: risk.eventId }
    try {
      const event = { stream, type: 'LevelWentStale', data, causation, floor: tail.recordedAt }
      const { outcome } = await recorder.appendAt({ after: tail.revision }, event)
      return outcome === 'landed' ? 'ended' : 'current'
    } catch (error) {
      if (!isHubError(error, 'HUB_DIFFERENT_CONTENT') && !isHubError(error, 'HUB_WRONG_EXPECTATION')) throw error
      return 'lost'
    }
  }

  const look = async (due: CalendarDate): Promise<number> => {
    let ended = 0
    const lost = new Set<string>()
    for (let looked = 0; looked < CANDIDATES && ended < ENDED; looked++) {
      const patientId = next()
      if (patientId === undefined) break
      const risk = patientId === 'nobody' ? undefined : riskOf(patientId)
      if (!risk || dayOfTime(risk.assessedAt) > due) continue
      const outcome = await end(patientId, due)
      if (outcome === 'ended') ended++
      if (outcome === 'lost') lost.add(assessedOn(dayOfTime(risk.assessedAt)))
    }
    // At the next look: this hub may have to see first what came before it.
    prefixes.push(...lost)
    return ended
  }

  return {
    async keep() {
      const today = dayOf(calendar.now())
      const due = addDays(today, -staleAfterDays - 1)
      note(today, due)
      try {
        return await look(due)
      } catch (error) {
        // A log that refuses, or a read model that was replaced meanwhile: the prefix begins anew.
        if (current) prefixes.unshift(current.prefix)
        current = undefined
        throw error
      }
    },
  }
}

/** The person's stream read to its end: its tail, and the level that stands. */
async function standingRisk(
  log: LogReader,
  stream: string,
): Promise<{ readonly tail: StoredEvent | undefined; readonly risk: RiskState | undefined }> {
  const ledger = correctionLedger<StoredEvent>()
  let tail: StoredEvent | undefined
  for await (const event of log.readStream(stream)) {
    ledger.apply(event)
    tail = event
  }
  const { risk } = foldPatient(ledger.effective().filter(({ type }) => FOLDED.has(type)))
  return { tail, risk }
}
