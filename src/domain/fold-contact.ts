/** Folds where a person is: loss of contact, contact regained, refusal, moves, death. Pure. */
import { STILL_MISSING } from './code-lists/contact.js'
import type { StoredEvent } from './event.js'
import { withGridCell } from './fold-registration.js'
import { present, sealedRef, timeOf, without } from './fold-state.js'
import type { PatientState } from './patient-state.js'
import { readNumber, readText } from './read-data.js'

export function evolveContact(state: PatientState, event: StoredEvent): PatientState {
  const { data, type } = event
  switch (type) {
    case 'LossOfContactDeclared': {
      const lossOfContact = {
        id: event.id,
        reason: readNumber(data, 'reason'),
        lastSeenOn: readText(data, 'lastSeenOn'),
        declaredAt: timeOf(event),
      }
      return { ...state, lossOfContact }
    }
    case 'ContactRegained':
      if (data.outcome === STILL_MISSING) return state
      return { ...without(state, 'lossOfContact'), missedAttempts: [] }
    case 'VisitRefused':
      return { ...state, lastRefusal: { by: readText(data, 'by'), at: timeOf(event) } }
    case 'PatientRelocated':
      return data.kind === 'WORK_AWAY' ? state : withMove(state, event)
    case 'PatientDied':
      return { ...state, died: { on: timeOf(event) } }
    default:
      throw new Error(`evolveContact: impossible type ${type}`)
  }
}

/** The whole residence is new: address, area and grid cell of the old township end with it. */
function withMove(state: PatientState, event: StoredEvent): PatientState {
  const residence = {
    township: readText(event.data, 'to'),
    ...present({ address: sealedRef(event, 'toAddress'), area: sealedRef(event, 'toArea') }),
    since: timeOf(event),
  }
  return { ...withGridCell(state, undefined), residence }
}
