/** Folds what came back about a person and waits for the health centre. Pure. */
import type { StoredEvent } from './event.js'
import { timeOf, without } from './fold-state.js'
import type { PatientState } from './patient-state.js'
import { readText } from './read-data.js'
import { RETURN_TYPE } from './return-events.js'

export function evolveReturns(state: PatientState, event: StoredEvent): PatientState {
  const { data, id } = event
  if (event.type === RETURN_TYPE) {
    const { openReturns = [] } = state
    return { ...state, openReturns: [...openReturns, { event: id, about: readText(data, 'about'), on: timeOf(event) }] }
  }
  const openReturns = (state.openReturns ?? []).filter((open) => open.event !== data.targetEventId)
  return openReturns.length === 0 ? without(state, 'openReturns') : { ...state, openReturns }
}
