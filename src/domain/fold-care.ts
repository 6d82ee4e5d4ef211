/** Folds the visits: attempts, follow-ups, assessments, classes. Pure; a level is taken as stated, never derived. */
import { type CalendarDate, dayOfTime } from '../kernel/dates.js'
import type { StoredEvent } from './event.js'
import { timeOf, without } from './fold-state.js'
import type { PatientState, RiskState } from './patient-state.js'
import { readNumber, readText } from './read-data.js'

/** Enough for the rule of three on distinct days, however often somebody rang within one day. */
export const KEPT_MISSED_ATTEMPTS = 20

export function evolveCare(state: PatientState, event: StoredEvent): PatientState {
  const { data, type } = event
  switch (type) {
    case 'FollowUpAttempted':
      return withAttempt(state, event)
    case 'FollowUpCompleted': {
      const lastFollowUp = {
        id: event.id,
        date: timeOf(event),
        form: readNumber(data, 'form'),
        adherence: readNumber(data, 'adherence'),
        nextDate: readText(data, 'nextDate'),
        hospitalStay: readNumber(data, 'hospitalStay'),
      }
      return { ...without(state, 'lossOfContact'), lastFollowUp, missedAttempts: [] }
    }
    case 'RiskAssessed': {
      const risk: RiskState = {
        eventId: event.id,
        level: readNumber(data, 'level'),
        assessedAt: timeOf(event),
        targets: targetsOf(readText(data, 'targets')),
      }
      return { ...state, risk, ...(state.risk ? { previousRisk: state.risk } : {}) }
    }
    case 'LevelWentStale':
      return withoutStaleLevel(state, readText(data, 'assessedOn'))
    case 'ConditionClassified':
      return { ...state, conditionClass: { value: classOf(readNumber(data, 'class')), at: timeOf(event) } }
    default:
      throw new Error(`evolveCare: impossible type ${type}`)
  }
}

/** By its day, not by its version: a correction of what is as old stands no more than what it corrects. */
function withoutStaleLevel(state: PatientState, assessedOn: CalendarDate): PatientState {
  const { risk } = state
  if (!risk || dayOfTime(risk.assessedAt) > assessedOn) return state
  return { ...without(state, 'risk'), previousRisk: risk }
}

/** A miss counts, a contact clears the count, a refusal does neither (policy §5.2). */
function withAttempt(state: PatientState, event: StoredEvent): PatientState {
  switch (readText(event.data, 'outcome')) {
    case 'REACHED':
      return { ...state, missedAttempts: [] }
    case 'NOT_REACHED': {
      const missedAttempts = [...state.missedAttempts, { id: event.id, at: timeOf(event) }]
      return { ...state, missedAttempts: missedAttempts.slice(-KEPT_MISSED_ATTEMPTS) }
    }
    default:
      return state
  }
}

function targetsOf(text: string): RiskState['targets'] {
  if (text === 'NONE' || text === 'PROPERTY' || text === 'PERSON' || text === 'SELF') return text
  throw new Error('evolveCare: impossible targets')
}

function classOf(value: number): 1 | 2 | 3 {
  if (value === 1 || value === 2 || value === 3) return value
  throw new Error('evolveCare: impossible class')
}
